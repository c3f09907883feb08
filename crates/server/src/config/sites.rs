//! `[sites.<id>]`: further sites of the installation, put into the database at every start.

use anyhow::{Result, ensure};
use chabi::{
    Site, SiteAccounts, SiteSettings, Theme, Timestamp,
    operations::sites::{SiteProblem, check},
};
use serde::Deserialize;

/// One site, as the file declares it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredSite {
    /// Its issuer, which is its public URL, with a host of its own.
    issuer: String,
    /// On pages and in mails.
    name: String,
    /// Whose accounts it knows: `shared` (those of the installation) or `separate` (its own).
    #[serde(default)]
    accounts: SiteAccounts,
    /// The languages of its pages, the first for who asks for none of them; all when missing.
    #[serde(default)]
    languages: Vec<String>,
    /// The colour of links and buttons on light ground.
    #[serde(default)]
    accent_light: String,
    /// On dark ground.
    #[serde(default)]
    accent_dark: String,
    /// A picture, as a `data:` URL.
    #[serde(default)]
    logo: String,
    /// Strangers may make an account.
    sign_up_open: Option<bool>,
    /// People sign in by a password.
    password_sign_in: Option<bool>,
    /// Seconds that a browser stays signed in without any use.
    session_idle: Option<i64>,
    /// In all.
    session_absolute: Option<i64>,
    /// Sensitive changes need a sign-in that is not older.
    session_fresh: Option<i64>,
    /// Requests are taken only if they were pushed.
    require_pushed_requests: Option<bool>,
    /// DPoP proofs must hold a nonce.
    require_dpop_nonces: Option<bool>,
}

impl DeclaredSite {
    /// As the library takes it.
    pub fn site(&self, id: &str) -> Site {
        let theme = Theme {
            accent_light: self.accent_light.clone(),
            accent_dark: self.accent_dark.clone(),
            logo: self.logo.clone(),
            ..Theme::default()
        };
        let settings = SiteSettings {
            sign_up_open: self.sign_up_open,
            password_sign_in: self.password_sign_in,
            session_idle: self.session_idle,
            session_absolute: self.session_absolute,
            session_fresh: self.session_fresh,
            require_pushed_authorization_requests: self.require_pushed_requests,
            require_dpop_nonces: self.require_dpop_nonces,
            ..SiteSettings::default()
        };
        Site {
            id: id.to_owned(),
            issuer: self.issuer.clone(),
            name: self.name.clone(),
            theme,
            languages: self.languages.clone(),
            accounts: self.accounts,
            settings,
            created_at: Timestamp::default(),
            disabled_at: None,
        }
    }

    /// Its rules, beside the main site of this issuer.
    pub fn check(&self, id: &str, main_issuer: &str) -> Result<()> {
        ensure!(id != chabi::MAIN_SITE, "sites.main: the main site is `public_url` itself, and `[site]` has its name");
        match check(&self.site(id), main_issuer).first() {
            Some(SiteProblem { field, words }) => anyhow::bail!("sites.{id}: {field}: {words}"),
            None => Ok(()),
        }
    }
}
