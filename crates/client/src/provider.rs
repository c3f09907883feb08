//! Whom we are a client of: all that is known of a provider, as data.

mod facebook;
mod google;
mod openid;

pub use facebook::{FacebookSettings, facebook};
pub use google::{GOOGLE_ISSUER, google};
pub use openid::openid;

use chabi_token::{SecretText, algorithm::Algorithm};

/// A provider. Made by [`google()`], [`facebook()`] or [`openid()`], and changed field by field where an operator wants it otherwise.
///
/// Source: OpenID Connect Core 1.0, OpenID Connect Discovery 1.0, RFC 6749; the vendors' own pages for the presets.
#[derive(Debug)]
pub struct Provider {
    /// In our routes and in links of accounts, such as `google`: lower-case letters, digits, `-`, `_`. Never to be changed once used.
    pub id: String,
    /// On the button, such as `Google`.
    pub name: String,
    /// Our id there.
    pub client_id: String,
    /// Our secret there.
    pub client_secret: SecretText,
    /// How it speaks.
    pub protocol: Protocol,
    /// What we ask for.
    pub scopes: Vec<String>,
    /// What stands between scopes: a space (RFC 6749 §3.3) nearly everywhere.
    pub scope_separator: char,
    /// More parameters of the authorization request, such as `prompt=select_account`.
    pub auth_params: Vec<(String, String)>,
    /// How our secret is shown at the token endpoint.
    pub client_authentication: ClientAuthentication,
    /// When an e-mail address that it tells is its owner's.
    pub email_trust: EmailTrust,
}

/// How a provider speaks.
#[derive(Debug)]
pub enum Protocol {
    /// OpenID Connect: everything by discovery, the person by an ID token.
    OpenId(OpenIdSettings),
    /// OAuth 2 alone: endpoints by configuration, the person by a call for their profile.
    OAuth2(OAuth2Settings),
}

/// A provider of OpenID Connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenIdSettings {
    /// Must equal `issuer` of its discovery document, byte by byte.
    pub issuer: String,
    /// Where that document is; `None`: below the issuer, as OpenID Connect Discovery §4 says.
    pub discovery_url: Option<String>,
    /// Other texts that `iss` of its ID tokens may be. Google alone has one.
    pub other_issuers: Vec<String>,
    /// With which algorithms its ID tokens may be signed, whatever their header says.
    pub algorithms: Vec<Algorithm>,
}

/// A provider of OAuth 2 without OpenID Connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuth2Settings {
    /// The issuer half of the key of its people: constant, never sent to anybody.
    pub issuer: String,
    /// Where the browser is sent.
    pub authorize_url: String,
    /// Where the code is exchanged.
    pub token_url: String,
    /// Where the profile is, with its query.
    pub profile_url: String,
    /// Whether calls carry `appsecret_proof`: the access token's HMAC under our secret (Facebook).
    pub appsecret_proof: bool,
    /// Where in the profile the person stands.
    pub mapping: ProfileMapping,
}

/// JSON pointers (RFC 6901) into a profile; an empty one names nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileMapping {
    /// The stable id, a string or a number. Never a name or an address.
    pub subject: String,
    /// The e-mail address.
    pub email: String,
    /// Whether that address is verified; only JSON `true` counts.
    pub email_verified: String,
    /// The whole name.
    pub name: String,
    /// The given name.
    pub given_name: String,
    /// The family name.
    pub family_name: String,
    /// The picture's URL.
    pub picture: String,
}

/// How our secret is shown at the token endpoint (RFC 6749 §2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuthentication {
    /// In the `Authorization` header.
    Basic,
    /// In the form.
    Post,
}

/// When a provider's word on an e-mail address proves who owns it today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailTrust {
    /// Never. The address is taken as a hint.
    Never,
    /// Google: addresses at gmail.com; and verified ones of Workspace domains, which have `hd`. Others were verified once, and may
    /// belong to somebody else by now.
    GoogleDomains,
    /// Whenever the provider says that it is verified: an operator's own decision, for a directory of their own.
    WhenVerified,
}

impl Provider {
    /// The issuer half of the key of its people, and what `iss` of its authorization responses must be.
    #[must_use]
    pub fn issuer(&self) -> &str {
        match &self.protocol {
            Protocol::OpenId(settings) => &settings.issuer,
            Protocol::OAuth2(settings) => &settings.issuer,
        }
    }
}
