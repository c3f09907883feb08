//! `sub`: who a person is, as one application knows them. Whatever tells an application or reads from it goes through here.

use std::borrow::Cow;

use chabi_registration::sector;
use chabi_store::{application::RegisteredClient, browser_session::SessionId};
use chabi_token::{MasterSecret, base64url, hash};

/// Makes subjects. The key comes from the installation's secret, so that pairwise subjects stay for as long as it does.
pub(crate) struct Subjects {
    key: [u8; 32],
}

impl Subjects {
    pub(crate) fn new(master: &MasterSecret) -> Self {
        Self { key: master.derive("pairwise subjects") }
    }

    /// The person with this subject of ours, as the application knows them: the same for all applications, or another one for each sector.
    pub(crate) fn of<'a>(&self, subject: &'a str, client: &RegisteredClient) -> Cow<'a, str> {
        if !client.settings.pairwise {
            return Cow::Borrowed(subject);
        }
        Cow::Owned(self.within(client, "sub", subject))
    }

    /// `sid`: the session, as the application knows it. OpenID Connect Core §8.1: a session that two sectors know by one name would tell
    /// them that their two persons are one.
    pub(crate) fn sid(&self, session: SessionId, client: &RegisteredClient) -> String {
        match client.settings.pairwise {
            true => self.within(client, "sid", &session.to_string()),
            false => session.to_string(),
        }
    }

    /// What stands for `name` in the application's sector.
    fn within(&self, client: &RegisteredClient, kind: &str, name: &str) -> String {
        // the rules see to it that there is a sector; without one, the application is alone in its own
        let sector = sector::of(client).unwrap_or_else(|| format!("application {}", client.client_id));
        // OpenID Connect Core §8.1: not to be reversed by anybody but us, and never the same for two sectors
        let parts: [&[u8]; 5] = [kind.as_bytes(), b"\n", sector.as_bytes(), b"\n", name.as_bytes()];
        base64url::encode(hash::hmac_sha256(&self.key, &parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::application;

    fn subjects() -> Subjects {
        Subjects { key: [7; 32] }
    }

    fn pairwise(client_id: &str, redirect_uri: &str) -> RegisteredClient {
        let mut client = RegisteredClient { client_id: client_id.into(), redirect_uris: vec![redirect_uri.into()], ..application() };
        client.settings.pairwise = true;
        client
    }

    #[test]
    fn a_public_subject_is_the_same_for_all() {
        assert_eq!(subjects().of("ada", &application()), "ada");
    }

    #[test]
    fn a_pairwise_subject_is_one_for_each_sector_and_person() {
        let subjects = subjects();
        let (one, same) = (pairwise("one", "https://app.example/cb"), pairwise("two", "https://app.example/other"));
        let other = pairwise("three", "https://other.example/cb");
        assert_eq!(subjects.of("ada", &one), subjects.of("ada", &same));
        assert_ne!(subjects.of("ada", &one), subjects.of("ada", &other));
        assert_ne!(subjects.of("ada", &one), subjects.of("grace", &one));
        assert_ne!(subjects.of("ada", &one), "ada");
        assert_eq!(subjects.of("ada", &one).len(), 43);
    }

    #[test]
    fn the_sector_that_a_document_names_counts_and_not_the_redirect() {
        let subjects = subjects();
        let plain = pairwise("one", "https://app.example/cb");
        let mut named = pairwise("two", "https://elsewhere.example/cb");
        named.settings.sector_identifier_uri = "https://app.example/sector.json".into();
        assert_eq!(subjects.of("ada", &plain), subjects.of("ada", &named));
    }
}
