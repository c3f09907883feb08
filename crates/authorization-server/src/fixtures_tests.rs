//! Records for the unit tests of this crate.

use chabi_spec::Scope;
use chabi_store::{
    api::{AccessTokenType, Api},
    application::{ApplicationKind, ClientAuthentication, Profile, RegisteredClient},
};
use chabi_token::{Seconds, Timestamp};

/// A public single-page application.
pub(crate) fn application() -> RegisteredClient {
    RegisteredClient {
        client_id: "spa".to_owned(),
        name: "Notes".to_owned(),
        profile: Profile::OAuth21,
        kind: ApplicationKind::Web,
        authentication: ClientAuthentication::None,
        secret_hashes: Vec::new(),
        redirect_uris: vec!["https://app.example/cb".to_owned()],
        post_logout_redirect_uris: vec!["https://app.example/bye".to_owned()],
        origins: vec!["https://app.example".to_owned()],
        grant_types: vec!["authorization_code".to_owned(), "refresh_token".to_owned()],
        scope: Scope::of(["openid", "profile", "email", "offline_access", "notes:read"]),
        default_audience: "https://api.example/".to_owned(),
        id_token_alg: "RS256".to_owned(),
        first_party: false,
        disabled_at: None,
        created_at: Timestamp(0),
        settings: Default::default(),
    }
}

/// An API with two scopes.
pub(crate) fn api(audience: &str) -> Api {
    Api {
        audience: audience.to_owned(),
        name: "Notes API".to_owned(),
        scope: Scope::of(["notes:read", "notes:write"]),
        access_token_lifetime: Seconds::minutes(5),
        token_type: AccessTokenType::AtJwt,
        signing_alg: "ES256".to_owned(),
        settings: Default::default(),
    }
}
