//! Sites: the issuers of one installation, each with a host, a name, a theme, languages, ways to sign in and policies of its own.
//!
//! The main site is the configured issuer. It has no row until somebody edits it; an installation of one site has none at all.

use std::collections::BTreeMap;

use chabi_token::{Timestamp, site};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Answer,
    account::{Insertion, Realm},
};

/// The id of the site that every installation has.
pub const MAIN: &str = site::MAIN;

/// Whose accounts a site knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SiteAccounts {
    /// Those of the installation.
    #[default]
    Shared,
    /// Its own: an address is another person here.
    Separate,
}

impl SiteAccounts {
    /// As the store keeps it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Separate => "separate",
        }
    }

    /// What [`Self::word`] wrote.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        [Self::Shared, Self::Separate].into_iter().find(|one| one.word() == word)
    }
}

/// What people see of a site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Theme {
    /// The colour of links and buttons on light ground, `#rrggbb`; empty: Chabi's.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub accent_light: String,
    /// The same on dark ground.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub accent_dark: String,
    /// A picture above the forms: `data:image/png;base64,…` or another kind of picture; empty: the name alone.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub logo: String,
    /// What a newer version knows of: kept as it is.
    #[serde(flatten)]
    pub unknown: BTreeMap<String, Value>,
}

/// Ways to sign in and policies of a site. `None`: as the installation has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SiteSettings {
    /// Whether strangers may make an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_up_open: Option<bool>,
    /// Whether people sign in by a password; if not, by providers alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_sign_in: Option<bool>,
    /// How long a browser stays signed in without any use, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_idle: Option<i64>,
    /// The same in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_absolute: Option<i64>,
    /// Sensitive changes need a sign-in that is not older than this, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_fresh: Option<i64>,
    /// Whether every application must push its requests (RFC 9126 §5).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_pushed_authorization_requests: Option<bool>,
    /// Whether DPoP proofs must hold a nonce (RFC 9449 §8).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_dpop_nonces: Option<bool>,
    /// What a newer version knows of: kept as it is.
    #[serde(flatten)]
    pub unknown: BTreeMap<String, Value>,
}

/// A site. Whoever writes one bumps [`crate::installation::CONFIGURATION`] in the same transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// A short name of `[a-z0-9-]`, for operators and in the settings of applications. Never changed.
    pub id: String,
    /// Its issuer, which is its public URL. Never changed: applications compare it byte for byte.
    pub issuer: String,
    /// On pages and in mails.
    pub name: String,
    /// Colours and logo.
    pub theme: Theme,
    /// The languages of its pages, the first for who asks for none of them; empty: all.
    pub languages: Vec<String>,
    /// Whose accounts it knows. Never changed.
    pub accounts: SiteAccounts,
    /// Ways to sign in and policies.
    pub settings: SiteSettings,
    /// When it was made.
    pub created_at: Timestamp,
    /// Set: it answers to nobody.
    pub disabled_at: Option<Timestamp>,
}

impl Site {
    /// Where requests for it come in: the authority of its issuer, such as `b.example` or `b.localhost:8000`.
    #[must_use]
    pub fn host(&self) -> String {
        host_of(&self.issuer)
    }

    /// Among whom its people are known.
    #[must_use]
    pub fn realm(&self) -> Realm {
        match self.accounts {
            SiteAccounts::Shared => Realm::SHARED,
            SiteAccounts::Separate => Realm::of_site(&self.id),
        }
    }
}

/// The authority of an issuer, in lower case; empty for what is none.
#[must_use]
pub fn host_of(issuer: &str) -> String {
    let behind_scheme = issuer.split_once("://").map_or("", |(_, rest)| rest);
    behind_scheme.split('/').next().unwrap_or_default().to_ascii_lowercase()
}

/// The sites to which something belongs; the main one unless somebody says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SiteIds(pub Vec<String>);

impl SiteIds {
    /// Does it belong to this one?
    #[must_use]
    pub fn hold(&self, id: &str) -> bool {
        self.0.iter().any(|own| own == id)
    }
}

impl Default for SiteIds {
    fn default() -> Self {
        Self(vec![MAIN.to_owned()])
    }
}

/// Verbs on sites.
pub trait SiteVerbs {
    /// Adds one, unless its id, issuer or host is another's, or its id that of one that was removed.
    fn insert_site(&self, site: Site) -> Answer<'_, Insertion>;
    /// Writes all that may change; `false` when there is none of this id.
    fn update_site(&self, site: Site) -> Answer<'_, bool>;
    /// Removes it; `false` when there was none. Accounts, grants and applications stay, and lead nowhere from then on: no other site gets
    /// its id.
    fn delete_site(&self, id: &str, now: Timestamp) -> Answer<'_, bool>;
    /// True when a site of this id was removed.
    fn is_site_removed(&self, id: &str) -> Answer<'_, bool>;
    /// By its id.
    fn find_site(&self, id: &str) -> Answer<'_, Option<Site>>;
    /// All, by id.
    fn list_sites(&self) -> Answer<'_, Vec<Site>>;
}
