//! Whom we are a client of: all that is known of a provider, as data.

mod facebook;
mod google;
mod oauth2;
mod openid;
mod signed_secret;

pub use facebook::{FacebookSettings, facebook};
pub use google::{GOOGLE_ISSUER, google};
pub use oauth2::{
    EmailsCall, OAuth2Settings, ParameterNames, ProfileCall, ProfileMapping, ProfileMethod, StatusMember, TokenPlace, TokenRequestShape,
};
pub use openid::{OpenIdSettings, Tenants, openid};
pub use signed_secret::{SignedSecret, UnusableKey};

use chabi_token::SecretText;

/// A provider. Made by [`google()`], [`facebook()`] or [`openid()`], and changed field by field
/// where an operator wants it otherwise.
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
    /// Our secret there; empty where `client_authentication` needs none.
    pub client_secret: SecretText,
    /// How it speaks.
    pub protocol: Protocol,
    /// What we ask for; empty: nothing in particular, and the parameter is left out.
    pub scopes: Vec<String>,
    /// What stands between scopes: a space (RFC 6749 §3.3) nearly everywhere.
    pub scope_separator: char,
    /// More parameters of the authorization request, such as `prompt=select_account`.
    pub auth_params: Vec<(String, String)>,
    /// Whether PKCE goes with the code (RFC 7636). Always, but for the few providers that refuse a request because of it.
    pub pkce: bool,
    /// How our secret is shown at the token endpoint.
    pub client_authentication: ClientAuthentication,
    /// When an e-mail address that it tells is its owner's.
    pub email_trust: EmailTrust,
}

/// How a provider speaks.
#[derive(Debug)]
pub enum Protocol {
    /// OpenID Connect: everything by discovery, the person by an ID token.
    OpenId(Box<OpenIdSettings>),
    /// OAuth 2 alone: endpoints by configuration, the person by a call for their profile.
    OAuth2(Box<OAuth2Settings>),
}

/// How we prove who we are at the token endpoint (RFC 6749 §2.3).
#[derive(Debug)]
pub enum ClientAuthentication {
    /// By the secret, in the `Authorization` header.
    Basic,
    /// By the secret, in the form.
    Post,
    /// By a secret that is signed anew for each call, in the form (Apple).
    Signed(Box<SignedSecret>),
}

/// When a provider's word on an e-mail address proves who owns it today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmailTrust {
    /// Never. The address is taken as a hint.
    Never,
    /// Google: addresses at gmail.com; and verified ones of Workspace domains, which have `hd`. Others were verified once, and may
    /// belong to somebody else by now.
    GoogleDomains,
    /// Verified addresses at these domains, whose mailboxes the provider itself runs; in lower case.
    OwnDomains(Vec<String>),
    /// Whenever the provider says that it is verified: an operator's own decision, for a directory of their own.
    WhenVerified,
}

impl Provider {
    /// The issuer half of the key of its people, and what `iss` of its authorization responses must be. For a provider of many tenants
    /// it is a template, and the key has the tenant's own.
    #[must_use]
    pub fn issuer(&self) -> &str {
        match &self.protocol {
            Protocol::OpenId(settings) => &settings.issuer,
            Protocol::OAuth2(settings) => &settings.issuer,
        }
    }

    /// Whether its answer comes as a form that the browser posts from the provider's page (`response_mode=form_post`): then the callback
    /// must take `POST`, and cookies with `SameSite=Lax` do not come with it.
    #[must_use]
    pub fn answers_by_post(&self) -> bool {
        self.auth_params.iter().any(|(name, value)| name == "response_mode" && value == "form_post")
    }

    /// Ours there, as an operator has it.
    pub(crate) fn parameter_names(&self) -> ParameterNames {
        match &self.protocol {
            Protocol::OAuth2(settings) => settings.parameter_names.clone(),
            Protocol::OpenId(_) => ParameterNames::default(),
        }
    }
}
