//! The applications, APIs and providers of development mode, as the library takes them.

use chabi::{
    AccessTokenType, Api, ApplicationKind, Builder, ClientAuthentication, Profile, RegisteredClient, Scope, Seconds, SecretText, Timestamp,
    client_secret_hash,
    provider::{FacebookSettings, facebook, google},
};
use chabi_dev::fixtures::{self, TestApplication};

/// Audience of a second API, which nothing serves: tokens for it must not open the demo API.
pub fn other_audience(public_url: &str) -> String {
    format!("{public_url}/dev/another-api")
}

/// Adds all of them; `providers`: the fake ones too.
pub fn all(builder: Builder, public_url: &str, providers: bool) -> Builder {
    let notes = Scope::of([fixtures::NOTES_READ, fixtures::NOTES_WRITE]);
    let builder = builder.api(api(fixtures::demo_audience(public_url), "Demo API", notes.clone())).api(api(
        other_audience(public_url),
        "Another API",
        notes,
    ));
    let applications = fixtures::applications(public_url).into_iter().map(|test| application(test, public_url));
    let builder = applications.fold(builder, Builder::application);
    if providers { with_providers(builder, public_url) } else { builder }
}

fn with_providers(builder: Builder, public_url: &str) -> Builder {
    // they are of this very server, which is called as any provider is
    let authority = public_url.split("://").nth(1).unwrap_or_default();
    let port = if public_url.starts_with("https") { 443 } else { 80 };
    let host = if authority.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']')) {
        authority.to_owned()
    } else {
        format!("{authority}:{port}")
    };
    let builder = builder.allow_outgoing(host);
    let graph = format!("{public_url}{}", fixtures::FACEBOOK_PATH);
    let places = FacebookSettings { www: graph.clone(), graph, version: fixtures::FACEBOOK_VERSION.to_owned() };
    builder
        .provider(google(
            fixtures::GOOGLE_CLIENT_ID,
            SecretText::new(fixtures::GOOGLE_CLIENT_SECRET.to_owned()),
            &format!("{public_url}{}", fixtures::GOOGLE_PATH),
        ))
        .provider(facebook(fixtures::FACEBOOK_APP_ID, SecretText::new(fixtures::FACEBOOK_APP_SECRET.to_owned()), &places))
}

fn api(audience: String, name: &str, scope: Scope) -> Api {
    Api {
        audience,
        name: name.to_owned(),
        scope,
        access_token_lifetime: Seconds::minutes(5),
        token_type: AccessTokenType::AtJwt,
        signing_alg: "ES256".to_owned(),
        settings: Default::default(),
    }
}

fn application(test: TestApplication, public_url: &str) -> RegisteredClient {
    RegisteredClient {
        client_id: test.client_id.to_owned(),
        name: test.name.to_owned(),
        profile: Profile::OAuth21,
        kind: ApplicationKind::Web,
        authentication: if test.client_secret.is_some() { ClientAuthentication::Secret } else { ClientAuthentication::None },
        secret_hashes: test.client_secret.map(client_secret_hash).into_iter().collect(),
        redirect_uris: test.redirect_uris,
        post_logout_redirect_uris: test.post_logout_redirect_uris,
        origins: if test.client_secret.is_none() { vec![public_url.to_owned()] } else { Vec::new() },
        grant_types: test.grant_types.iter().map(|grant| (*grant).to_owned()).collect(),
        scope: Scope::of(test.scopes.split(' ')),
        default_audience: test.audience,
        id_token_alg: "RS256".to_owned(),
        first_party: test.first_party,
        disabled_at: None,
        created_at: Timestamp::default(),
        settings: Default::default(),
    }
}
