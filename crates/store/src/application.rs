//! Applications registered with us: OAuth clients.

use chabi_spec::Scope;
use chabi_token::Timestamp;

use crate::{
    Answer,
    application_settings::{ApplicationSettings, RegisteredBy},
};

/// Which set of rules an application follows, decided once and not in code paths scattered about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// PKCE for all (OAuth 2.1).
    OAuth21,
    /// PKCE optional for a confidential application, checked when sent; then `nonce` is required (OpenID Connect Core).
    Oidc,
}

/// How an application proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuthentication {
    /// Public: a single-page or native application.
    None,
    /// A secret, by HTTP Basic or in the body.
    Secret,
    /// A secret, by HTTP Basic alone.
    SecretBasic,
    /// A secret, in the body alone.
    SecretPost,
    /// A signed assertion (RFC 7523 §2.2), checked with the keys of `settings.jwks` or `settings.jwks_uri`.
    PrivateKeyJwt,
}

impl ClientAuthentication {
    /// True for an application that can keep a secret or a key (RFC 6749 §2.1).
    #[must_use]
    pub const fn is_confidential(self) -> bool {
        !matches!(self, Self::None)
    }

    /// True when it proves itself by a secret.
    #[must_use]
    pub const fn is_by_secret(self) -> bool {
        matches!(self, Self::Secret | Self::SecretBasic | Self::SecretPost)
    }
}

/// Whether the redirect rules for native applications apply (RFC 8252 §7.3: the port of a loopback redirect is free).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplicationKind {
    /// Runs on a server, or in a browser from an https origin.
    Web,
    /// Installed on a device.
    Native,
}

/// An application that may ask for tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredClient {
    /// `client_id`, of `[A-Za-z0-9_-]`; or the URL of a metadata document.
    pub client_id: String,
    /// Shown on the consent page.
    pub name: String,
    /// Rules.
    pub profile: Profile,
    /// Web or native.
    pub kind: ApplicationKind,
    /// Public or confidential.
    pub authentication: ClientAuthentication,
    /// SHA-256 of the secrets in force: two at the most, so that one can be replaced.
    pub secret_hashes: Vec<[u8; 32]>,
    /// Compared byte for byte.
    pub redirect_uris: Vec<String>,
    /// Compared byte for byte.
    pub post_logout_redirect_uris: Vec<String>,
    /// Browser origins that may read the token endpoint's answers (CORS), such as `https://app.example`.
    pub origins: Vec<String>,
    /// As registered, such as `authorization_code`, `refresh_token`, `client_credentials`.
    pub grant_types: Vec<String>,
    /// What it may ask for.
    pub scope: Scope,
    /// Audience of its tokens when it names no `resource`; empty: userinfo alone.
    pub default_audience: String,
    /// `id_token_signed_response_alg`: `RS256` unless it chose another.
    pub id_token_alg: String,
    /// Our own application: consent is taken for granted.
    pub first_party: bool,
    /// Set: refused everywhere.
    pub disabled_at: Option<Timestamp>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// Everything that no statement looks at.
    pub settings: ApplicationSettings,
}

impl RegisteredClient {
    /// The operator's own, so that people are not asked; what registered itself never is, whatever stands in its row.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.first_party && self.settings.registered_by == RegisteredBy::Operator
    }
}

/// Verbs on applications.
pub trait ApplicationVerbs {
    /// By `client_id`.
    fn find_application(&self, client_id: &str) -> Answer<'_, Option<RegisteredClient>>;
    /// All, by name.
    fn list_applications(&self) -> Answer<'_, Vec<RegisteredClient>>;
    /// Adds it, or replaces the one of the same `client_id`.
    fn put_application(&self, application: RegisteredClient) -> Answer<'_, ()>;
    /// Removes it; `false` when there was none. Families are revoked by the caller in the same transaction.
    fn delete_application(&self, client_id: &str) -> Answer<'_, bool>;
    /// True when an application that this site knows registered this origin: what CORS asks.
    fn is_registered_origin(&self, origin: &str, site: &str) -> Answer<'_, bool>;
}
