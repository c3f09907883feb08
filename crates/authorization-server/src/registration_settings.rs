//! Who may register an application, and what such an application may do.

use chabi_spec::Scope;
use chabi_store::application::Profile;
use chabi_token::Seconds;

/// Who may register an application by itself (RFC 7591).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RegistrationMode {
    /// Nobody: the endpoint is not there.
    #[default]
    Off,
    /// Who has an initial access token of an operator.
    Token,
    /// Everybody, up to the quota.
    Open,
}

/// Settings of registration by applications themselves, and of client ids that are the URL of a document.
#[derive(Clone, Debug)]
pub struct RegistrationSettings {
    /// Who may register.
    pub mode: RegistrationMode,
    /// The rules that an application which registers itself follows.
    pub profile: Profile,
    /// What such applications and documents may ask for beside `openid`, `profile`, `email`, `address`, `phone` and `offline_access`.
    pub scope: Scope,
    /// As many may be registered from one network in an hour.
    pub most_per_network: i64,
    /// As many may be registered in a day in all.
    pub most_per_day: i64,
    /// One that never got a token is removed after so long; a day at least.
    pub unused_lifetime: Seconds,
    /// One that got its last token so long ago is removed; a month at least.
    pub idle_lifetime: Seconds,
    /// Whether a client id may be the URL of a metadata document.
    pub client_id_documents: bool,
    /// Hosts whose documents are taken; empty: all.
    pub document_hosts: Vec<String>,
}

impl Default for RegistrationSettings {
    /// Registration is off, documents are on; `oauth21`; 20 an hour, 1,000 a day; a week and half a year.
    fn default() -> Self {
        Self {
            mode: RegistrationMode::Off,
            profile: Profile::OAuth21,
            scope: Scope::default(),
            most_per_network: 20,
            most_per_day: 1_000,
            unused_lifetime: Seconds::days(7),
            idle_lifetime: Seconds::days(180),
            client_id_documents: true,
            document_hosts: Vec::new(),
        }
    }
}

/// Scopes that are about the person alone: they decide themselves.
const OPEN: [&str; 6] = ["openid", "profile", "email", "address", "phone", "offline_access"];

impl RegistrationSettings {
    /// The same, with lifetimes that cannot end under somebody's feet.
    pub(crate) fn bounded(mut self) -> Self {
        self.unused_lifetime = self.unused_lifetime.max(Seconds::days(1));
        self.idle_lifetime = self.idle_lifetime.max(Seconds::days(30));
        self
    }

    /// What an application that no operator made may ask for at the most.
    pub(crate) fn allowed_scope(&self) -> Scope {
        Scope::of(OPEN).union(&self.scope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_setting_takes_a_registration_away_before_anybody_could_use_it() {
        let short = RegistrationSettings { unused_lifetime: Seconds(1), idle_lifetime: Seconds(1), ..RegistrationSettings::default() };
        let bounded = short.bounded();
        assert_eq!((bounded.unused_lifetime, bounded.idle_lifetime), (Seconds::days(1), Seconds::days(30)));
        let usual = RegistrationSettings::default().bounded();
        assert_eq!((usual.unused_lifetime, usual.idle_lifetime), (Seconds::days(7), Seconds::days(180)));
    }
}
