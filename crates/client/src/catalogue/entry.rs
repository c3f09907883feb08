//! One entry: what people read about a provider, and the template of its settings.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use toml::Table;

use crate::provider::{AccessTokenCheck, AuthenticationMethod, EmailTrust, NativeTokens, RevokeCall};

/// A provider of the catalogue.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Such as `google`: lower-case letters, digits and `_`.
    pub id: String,
    /// Such as `Google`.
    pub name: String,
    /// How it looks on a button; `None`: nobody has drawn it.
    #[serde(default)]
    pub mark: Option<Mark>,
    /// Names under which people may look for it, such as its former one.
    #[serde(default)]
    pub also: Vec<String>,
    /// How it speaks.
    pub protocol: EntryProtocol,
    /// What must, or may, be filled in, by name.
    #[serde(default, rename = "values")]
    pub places: BTreeMap<String, Place>,
    /// What is asked for.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// What its word on an e-mail address is worth, in words.
    #[serde(default, rename = "email")]
    pub email_words: String,
    /// Where an application is registered there.
    #[serde(default)]
    pub console_url: Option<String>,
    /// What to do there, step by step; the last one ends with an id and, nearly everywhere, a secret.
    #[serde(default)]
    pub steps: Vec<String>,
    /// What the provider demands of the callback URL, in words; empty: nothing but `https`.
    #[serde(default)]
    pub callback: String,
    /// Whether it works without a secret.
    #[serde(default)]
    pub secret_optional: bool,
    /// Whether people can be held to one organisation's domain (`hosted_domain`).
    #[serde(default)]
    pub takes_hosted_domain: bool,
    #[serde(default)]
    pub(super) trust: EmailTrust,
    #[serde(default = "space")]
    pub(super) scope_separator: char,
    #[serde(default)]
    pub(super) auth_params: BTreeMap<String, String>,
    #[serde(default = "yes")]
    pub(super) pkce: bool,
    #[serde(default)]
    pub(super) client_authentication: AuthenticationMethod,
    #[serde(default)]
    pub(super) revoke: Option<RevokeCall>,
    #[serde(default)]
    pub(super) native: Option<NativeTokens>,
    #[serde(default)]
    pub(super) access_token_check: Option<AccessTokenCheck>,
    /// The template of the protocol's own settings.
    #[serde(default)]
    pub(super) settings: Table,
}

/// A tile with a letter or two, in the provider's own colour.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// `#rrggbb`.
    pub colour: String,
    /// One or two.
    pub letters: String,
}

/// How a provider of the catalogue speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryProtocol {
    /// OpenID Connect.
    OpenId,
    /// OAuth 2, and a call for the profile.
    OAuth2,
    /// OpenID 2.0 (Steam).
    OpenId2,
    /// A form signed with our secret (Telegram).
    SignedForm,
}

impl EntryProtocol {
    /// For people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::OpenId => "OpenID Connect",
            Self::OAuth2 => "OAuth 2",
            Self::OpenId2 => "OpenID 2.0",
            Self::SignedForm => "signed form",
        }
    }
}

/// Something that must, or may, be filled in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// What it is, for the person who fills it in.
    pub about: String,
    /// What stands there when nothing is filled in; `None`: it must be.
    #[serde(default)]
    pub default: Option<String>,
    /// What it looks like.
    #[serde(default)]
    pub kind: PlaceKind,
    /// Such as `login.example.com`.
    #[serde(default)]
    pub example: String,
}

/// What a value looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlaceKind {
    /// Letters, digits, `.`, `_`, `~` and `-`.
    #[default]
    Word,
    /// A host, with a path where it has one; becomes a URL without a slash at its end.
    Host,
}

impl Entry {
    /// As [`Provider::answers_by_post`](crate::Provider::answers_by_post).
    #[must_use]
    pub fn answers_by_post(&self) -> bool {
        self.auth_params.get("response_mode").is_some_and(|mode| mode == "form_post")
    }

    /// Whether it takes ID tokens, or access tokens that it can check, from our own mobile apps.
    #[must_use]
    pub fn takes_native_tokens(&self) -> bool {
        self.native.is_some() || self.access_token_check.is_some() || self.protocol == EntryProtocol::OpenId
    }

    /// Whether it gives applications an id at all: all but Steam.
    #[must_use]
    pub fn needs_client_id(&self) -> bool {
        self.protocol != EntryProtocol::OpenId2
    }

    /// Whose addresses it is believed about, before an operator decides otherwise.
    #[must_use]
    pub fn email_trust(&self) -> &EmailTrust {
        &self.trust
    }

    /// Whether PKCE goes with its codes.
    #[must_use]
    pub fn pkce(&self) -> bool {
        self.pkce && matches!(self.protocol, EntryProtocol::OpenId | EntryProtocol::OAuth2)
    }

    /// Whether the secret is the text of a private key's file (Apple).
    #[must_use]
    pub fn takes_private_key(&self) -> bool {
        self.client_authentication == AuthenticationMethod::Signed
    }

    /// Whether the operator describes the whole provider: the entry for any provider of OAuth 2.
    #[must_use]
    pub fn takes_custom(&self) -> bool {
        self.protocol == EntryProtocol::OAuth2 && self.settings.is_empty()
    }

    /// Whether the operator names the issuer: the entry for any provider of OpenID Connect.
    #[must_use]
    pub fn needs_issuer(&self) -> bool {
        self.protocol == EntryProtocol::OpenId && !self.settings.contains_key("issuer")
    }
}

fn space() -> char {
    ' '
}

fn yes() -> bool {
    true
}
