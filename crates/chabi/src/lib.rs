//! Chabi in your own axum application: a login and token server as one router.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use chabi::{Chabi, MasterSecret};
//!
//! let secret = MasterSecret::parse(&std::fs::read_to_string("chabi.secret")?)?;
//! let chabi = Chabi::builder("https://id.example.org").store_url("sqlite:chabi.db").master_secret(secret).build().await?;
//! let notes = axum::Router::new().route("/notes", axum::routing::get(async || "notes"));
//! let notes = notes.route_layer(chabi.bearer_layer("https://api.example.org")?);
//! let app = axum::Router::new().merge(chabi.router()).merge(notes);
//! # Ok(())
//! # }
//! ```
//!
//! The router is merged at the root of the application: clients look for `/.well-known/openid-configuration` there. People's pages live
//! under a prefix of your choice. Signing keys are made in the background at the first start; [`Chabi::ready`] tells when they are there.

mod background;
mod builder;
mod chabi;
mod in_process_revocations;
mod installation;
mod layers;
pub mod operations;
mod printable_path;
mod refusals;
mod sites;
pub mod smtp;
mod static_files;
mod trouble;

pub use builder::{BuildError, Builder};
pub use chabi::Chabi;
pub use layers::request_id::RequestId;
pub use printable_path::printable_path;
pub use sites::SiteHandle;

pub use chabi_admin as admin;
pub use chabi_authorization_server::{RegistrationMode, RegistrationSettings, Standing};
pub use chabi_outgoing::roots as outgoing_roots;
pub use chabi_pages::mail::{Mail, Mailer};
pub use chabi_spec::difference;
pub use chabi_spec::{ClientAddress, ErrorCode, Fault, FaultKind, Observer, RequestRecord, Scope, issuer::Issuer};
pub use chabi_store::{
    Store,
    account::{Address as PostalAddress, Profile as PersonProfile},
    api::{AccessTokenType, Api, ApiSettings},
    application::{ApplicationKind, ClientAuthentication, Profile, RegisteredClient},
    application_settings::{ApplicationSettings, AssertionIssuer, ExchangeRule, RegisteredBy},
    refusal::{KeptRefusal, Story},
    site::{MAIN as MAIN_SITE, Site, SiteAccounts, SiteIds, SiteSettings, Theme},
};
pub use chabi_token::inspection::{self, UnverifiedToken};
pub use chabi_token::{Env, MasterSecret, Seconds, SecretText, Timestamp, client_secret::hash_of as client_secret_hash, pkce};

/// The schema of a database, looked at from outside.
pub mod schema {
    pub use chabi_store_sql::open::{Schema, look};
}

/// The layer for your own API, and what it puts into a request.
pub use chabi_resource_server as resource_server;

/// What must be registered at a provider as the redirect URI, byte by byte.
#[must_use]
pub fn provider_callback(issuer: &str, id: &str) -> String {
    format!("{issuer}/accounts/{id}/login/callback/")
}

/// Providers that people may sign in with.
pub mod provider {
    pub use chabi_client::provider::{
        ClientAuthentication, EmailTrust, FacebookSettings, GOOGLE_ISSUER, OAuth2Settings, OpenIdSettings, ProfileMapping, Protocol,
        Provider, facebook, google, openid,
    };
    pub use chabi_client::{CustomOAuth2, ProviderSettings, ProviderSettingsError, TrustEmail, catalogue, provider};
}
