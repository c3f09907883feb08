//! Accounts tied to people at other providers.

use chabi_spec::Fault;
use chabi_store::{
    Answer,
    account::{AccountId, Insertion, Realm},
    provider_link::{ProviderLink, ProviderLinkVerbs},
};

use super::keyed;
use crate::{Execute, Sql, value::Row};

const FIND: &str = "SELECT provider, issuer, subject, account_id, email, created_at, used_at FROM provider_links
    WHERE provider = $1 AND issuer = $2 AND subject = $3";
const INSERT: &str = concat!(
    "INSERT INTO provider_links (provider, issuer, subject, account_id, email, created_at, used_at) VALUES ($1, ",
    keyed!("$2", "$4"),
    ", $3, $4, $5, $6, $7) ON CONFLICT (provider, issuer, subject) DO NOTHING"
);
const TOUCH: &str = concat!(
    "UPDATE provider_links SET email = $4, used_at = $5 WHERE provider = $1 AND issuer = ",
    keyed!("$2", "$6"),
    " AND subject = $3"
);
const LIST: &str = "SELECT provider, issuer, subject, account_id, email, created_at, used_at FROM provider_links
    WHERE account_id = $1 ORDER BY created_at, provider, issuer, subject";
const DELETE_TO_PROVIDER: &str = "DELETE FROM provider_links WHERE account_id = $1 AND provider = $2";
const DELETE: &str = "DELETE FROM provider_links WHERE account_id = $1";

pub(super) const STATEMENTS: &[&str] = &[FIND, INSERT, TOUCH, LIST, DELETE_TO_PROVIDER, DELETE];

fn link(row: &mut Row) -> Result<ProviderLink, Fault> {
    Ok(ProviderLink {
        provider: row.take()?,
        issuer: Realm::name_in(&row.take::<String>()?).to_owned(),
        subject: row.take()?,
        account: AccountId(row.take()?),
        email: row.take()?,
        created_at: row.take()?,
        used_at: row.take()?,
    })
}

impl<E: Execute> ProviderLinkVerbs for Sql<E> {
    fn find_provider_link(&self, realm: &Realm, provider: &str, issuer: &str, subject: &str) -> Answer<'_, Option<ProviderLink>> {
        self.find(FIND, vec![provider.into(), realm.key(issuer).into(), subject.into()], link)
    }

    fn insert_provider_link(&self, link: ProviderLink) -> Answer<'_, Insertion> {
        let ProviderLink { provider, issuer, subject, account, email, created_at, used_at } = link;
        self.insert(
            INSERT,
            vec![provider.into(), issuer.into(), subject.into(), account.0.into(), email.into(), created_at.into(), used_at.into()],
        )
    }

    fn touch_provider_link(&self, link: ProviderLink) -> Answer<'_, ()> {
        let ProviderLink { provider, issuer, subject, account, email, used_at, .. } = link;
        self.run(TOUCH, vec![provider.into(), issuer.into(), subject.into(), email.into(), used_at.into(), account.0.into()])
    }

    fn list_provider_links(&self, account: AccountId) -> Answer<'_, Vec<ProviderLink>> {
        self.list(LIST, vec![account.0.into()], link)
    }

    fn delete_links_to_provider(&self, account: AccountId, provider: &str) -> Answer<'_, i64> {
        self.count(DELETE_TO_PROVIDER, vec![account.0.into(), provider.into()])
    }

    fn delete_provider_links(&self, account: AccountId) -> Answer<'_, i64> {
        self.count(DELETE, vec![account.0.into()])
    }
}
