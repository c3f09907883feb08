//! Whom we are a client of: all that is known of a provider, as data.

mod facebook;
mod google;
mod native;
mod oauth2;
mod openid;
mod openid2;
mod signed_form;
mod signed_secret;

pub use facebook::{FacebookSettings, facebook};
pub use google::{GOOGLE_ISSUER, google};
pub use native::{AccessTokenCheck, NativeTokens, RevokeCall};
pub use oauth2::{
    EmailsCall, OAuth2Settings, ParameterNames, ProfileCall, ProfileMapping, ProfileMethod, StatusMember, TokenPlace, TokenRequestShape,
};
pub use openid::{OpenIdSettings, Tenants, openid};
pub use openid2::OpenId2Settings;
pub(crate) use signed_form::ANSWER as SIGNED_FORM_ANSWER;
pub use signed_form::SignedFormSettings;
pub use signed_secret::{SignedSecret, UnusableKey};

use chabi_token::SecretText;
use serde::{Deserialize, Serialize};

/// A provider. Made by [`catalogue::provider`](crate::catalogue::provider()), or by [`google()`], [`facebook()`] or [`openid()`], and
/// changed field by field where an operator wants it otherwise.
///
/// Source: OpenID Connect Core 1.0, OpenID Connect Discovery 1.0, RFC 6749; the vendors' own pages for the presets.
#[derive(Debug)]
pub struct Provider {
    /// In our routes and in links of accounts, such as `google`: lower-case letters, digits, `-`, `_`. Never to be changed once used.
    pub id: String,
    /// On the button, such as `Google`.
    pub name: String,
    /// The entry of the catalogue that it is; empty: none of them.
    pub entry: String,
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
    /// Whom ID tokens that our own mobile apps bring may be for, besides `client_id`.
    pub audiences: Vec<String>,
    /// What is different about ID tokens that our own mobile apps bring; `None`: nothing, or an OAuth 2 provider has none.
    pub native: Option<NativeTokens>,
    /// How it tells for whom an access token was made; `None`: it does not, and access tokens of apps are refused.
    pub access_token_check: Option<AccessTokenCheck>,
    /// Where tokens are revoked, where no discovery document says so.
    pub revoke: Option<RevokeCall>,
}

/// How a provider speaks.
#[derive(Debug)]
pub enum Protocol {
    /// OpenID Connect: everything by discovery, the person by an ID token.
    OpenId(Box<OpenIdSettings>),
    /// OAuth 2 alone: endpoints by configuration, the person by a call for their profile.
    OAuth2(Box<OAuth2Settings>),
    /// OpenID 2.0: the person by an assertion that the provider itself is asked about (Steam).
    OpenId2(Box<OpenId2Settings>),
    /// A form of claims with a MAC under our secret (Telegram).
    SignedForm(Box<SignedFormSettings>),
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
    /// Not at all: our id in the form, and PKCE (RFC 6749 §2.1, a public client).
    None,
}

/// The same, as it is written in configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthenticationMethod {
    /// By the secret, in the `Authorization` header.
    Basic,
    /// By the secret, in the form.
    #[default]
    Post,
    /// By a secret that is signed anew for each call.
    Signed,
    /// Not at all.
    None,
}

/// When a provider's word on an e-mail address proves who owns it today.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailTrust {
    /// Never. The address is taken as a hint.
    #[default]
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
            Protocol::OpenId2(settings) => &settings.issuer,
            Protocol::SignedForm(settings) => &settings.issuer,
        }
    }

    /// The name under which its answer stands behind the `#` of the callback URL, where only a script can read it (Telegram). The
    /// callback must then show a page whose script sends it on as a parameter of this name; [`Callback::parse`](crate::Callback::parse)
    /// reads that. `None`: nearly everywhere.
    #[must_use]
    pub fn answers_by_fragment(&self) -> Option<&'static str> {
        matches!(self.protocol, Protocol::SignedForm(_)).then_some(SIGNED_FORM_ANSWER)
    }

    /// Whether its answer comes as a form that the browser posts from the provider's page (`response_mode=form_post`): then the callback
    /// must take `POST`, and cookies with `SameSite=Lax` do not come with it.
    #[must_use]
    pub fn answers_by_post(&self) -> bool {
        self.auth_params.iter().any(|(name, value)| name == "response_mode" && value == "form_post")
    }

    /// The grant that makes a token live on, and the parameter that holds it.
    pub(crate) fn refresh_grant(&self) -> &str {
        match &self.protocol {
            Protocol::OAuth2(settings) if !settings.refresh_grant.is_empty() => &settings.refresh_grant,
            _ => "refresh_token",
        }
    }

    /// What it calls our id and secret.
    pub(crate) fn parameter_names(&self) -> ParameterNames {
        match &self.protocol {
            Protocol::OAuth2(settings) => settings.parameter_names.clone(),
            Protocol::OpenId(_) | Protocol::OpenId2(_) | Protocol::SignedForm(_) => ParameterNames::default(),
        }
    }
}
