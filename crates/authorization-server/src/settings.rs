//! What an operator may choose.

use chabi_spec::issuer;
use chabi_store::account::Realm;
use chabi_token::{Seconds, SiteTag};

use crate::registration_settings::RegistrationSettings;

/// Settings of the authorization server. [`Settings::new`] gives the values that fit nearly everybody.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The issuer: an absolute URL without trailing slash, and the public URL. Compared byte for byte, never made from `Host`.
    pub issuer: String,
    /// Which site of the installation this is: nothing that another one made is good here.
    pub site: SiteTag,
    /// Its id; `main` where there are no others.
    pub site_id: String,
    /// Among whom people are looked for.
    pub realm: Realm,
    /// True in development: refused pages say what was received and what was expected.
    pub development: bool,
    /// Lifetime of authorization codes: 60 seconds, 600 at the most (ASVS 10.4.3).
    pub code_lifetime: Seconds,
    /// How long a person may take to sign in and consent.
    pub transaction_lifetime: Seconds,
    /// How long a pushed request may wait for its browser (RFC 9126 §2.2): 5 to 599 seconds.
    pub pushed_request_lifetime: Seconds,
    /// True: requests are taken only if they were pushed, whatever an application chose (RFC 9126 §5).
    pub require_pushed_authorization_requests: bool,
    /// True: a DPoP proof must hold a nonce of ours (RFC 9449 §8), so that nobody makes proofs ahead of time. It costs applications a
    /// second request when theirs has run out.
    pub require_dpop_nonces: bool,
    /// As many grants a person can have at one application; beyond it those that were used least recently end. 1 to 1,000,000.
    pub most_grants: i64,
    /// How long a device waits for its person (RFC 8628 §3.2): 10 minutes, 15 at the most.
    pub device_code_lifetime: Seconds,
    /// Lifetime of ID tokens: an hour at the most, since retired keys are published no longer.
    pub id_token_lifetime: Seconds,
    /// Lifetime of access tokens that are for userinfo alone; an API says its own.
    pub access_token_lifetime: Seconds,
    /// How long the refresh token before the current one gives the same answer to the same request: 0 to 60 seconds.
    pub refresh_grace: Seconds,
    /// A refresh token that nobody uses for so long is dead.
    pub refresh_idle_lifetime: Seconds,
    /// The end of a family, measured from the grant: it never slides.
    pub refresh_lifetime: Seconds,
    /// Applications that register themselves, and those that a document describes.
    pub registration: RegistrationSettings,
}

impl Settings {
    /// The defaults for this issuer.
    #[must_use]
    pub fn new(issuer: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            site: SiteTag::MAIN,
            site_id: chabi_token::site::MAIN.to_owned(),
            realm: Realm::SHARED,
            development: false,
            code_lifetime: Seconds(60),
            transaction_lifetime: Seconds::minutes(30),
            pushed_request_lifetime: Seconds(90),
            require_pushed_authorization_requests: false,
            require_dpop_nonces: false,
            most_grants: 50,
            device_code_lifetime: Seconds::minutes(10),
            id_token_lifetime: Seconds::hours(1),
            access_token_lifetime: Seconds::minutes(5),
            refresh_grace: Seconds(30),
            refresh_idle_lifetime: Seconds::days(14),
            refresh_lifetime: Seconds::days(90),
            registration: RegistrationSettings::default(),
        }
    }

    /// True when people reach us by https.
    #[must_use]
    pub fn secure(&self) -> bool {
        self.issuer.starts_with("https:")
    }

    /// The same settings, with every lifetime inside the bounds that the standards and DESIGN.md set.
    #[must_use]
    pub(crate) fn bounded(mut self) -> Self {
        self.code_lifetime = between(self.code_lifetime, 1, 600);
        self.device_code_lifetime = between(self.device_code_lifetime, 1, 900);
        self.access_token_lifetime = between(self.access_token_lifetime, 1, LONGEST_ACCESS_TOKEN.0);
        self.id_token_lifetime = between(self.id_token_lifetime, 1, LONGEST_ACCESS_TOKEN.0);
        self.pushed_request_lifetime = between(self.pushed_request_lifetime, 5, 599);
        self.most_grants = self.most_grants.clamp(1, 1_000_000);
        self.registration = self.registration.bounded();
        self.refresh_grace = between(self.refresh_grace, 0, 60);
        self
    }

    /// The URL of one of our endpoints.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// The path of one of our endpoints as browsers ask for it: below the issuer's path, where it has one.
    pub(crate) fn path(&self, path: &str) -> String {
        let (_, mount) = issuer::split(&self.issuer);
        format!("{mount}{path}")
    }

    /// The URL of a page, by its path as browsers ask for it.
    pub(crate) fn page_url(&self, path: &str) -> String {
        let (origin, _) = issuer::split(&self.issuer);
        format!("{origin}{path}")
    }

    /// The audience of access tokens that are for no API: our own userinfo endpoint.
    pub(crate) fn userinfo_audience(&self) -> String {
        self.url("/oauth2/userinfo")
    }
}

pub(crate) use chabi_issuing::LONGEST_ACCESS_TOKEN;

fn between(span: Seconds, least: i64, most: i64) -> Seconds {
    Seconds(span.0.clamp(least, most))
}

#[cfg(test)]
mod tests {
    use super::*;

    // req: cd.ttl
    #[test]
    fn a_code_lives_60_seconds_by_default_and_600_at_the_most() {
        let settings = Settings::new("https://id.example");
        assert_eq!(settings.code_lifetime, Seconds(60));
        assert_eq!(Settings { code_lifetime: Seconds(3600), ..settings }.bounded().code_lifetime, Seconds(600));
    }

    // req: dv.code
    #[test]
    fn a_device_code_lives_ten_minutes_by_default_and_fifteen_at_the_most() {
        let settings = Settings::new("https://id.example");
        assert_eq!(settings.device_code_lifetime, Seconds::minutes(10));
        let longer = Settings { device_code_lifetime: Seconds::hours(1), ..settings };
        assert_eq!(longer.bounded().device_code_lifetime, Seconds::minutes(15));
    }

    // req: at.ttl
    #[test]
    fn an_access_token_lives_five_minutes_by_default_and_an_hour_at_the_most() {
        let settings = Settings::new("https://id.example");
        assert_eq!(settings.access_token_lifetime, Seconds::minutes(5));
        assert_eq!(Settings { access_token_lifetime: Seconds::days(1), ..settings }.bounded().access_token_lifetime, Seconds::hours(1));
    }
}
