//! Accounts as they are seen by who runs the installation.

use chabi_spec::Fault;
use chabi_store::{
    Answer,
    account::{Account, AccountEmail, AccountId, Realm},
    people::{Counted, PeopleFilter, PeopleVerbs, Person},
};
use chabi_token::{Id, Timestamp};

use super::account::{account_and_email, account_and_perhaps_email};
use crate::{
    Execute, Sql,
    value::{Row, Value},
};

/// A page of accounts with their addresses: first the page, then what belongs to it.
macro_rules! page {
    ($where:literal) => {
        concat!(
            "SELECT a.id, a.subject, a.name, a.locale, a.created_at, a.disabled_at, a.profile, a.realm, a.updated_at,
    e.canonical, e.address, e.account_id, e.verified_at
    FROM accounts a LEFT JOIN account_emails e ON e.account_id = a.id
    WHERE a.id IN (SELECT id FROM accounts WHERE ",
            $where,
            " ORDER BY id DESC LIMIT $2) ORDER BY a.id DESC, e.position, e.canonical"
        )
    };
}

const LIST: &str = page!("id < $1");
const LIST_OF_REALM: &str = page!("realm = $3 AND id < $1");
const LIST_SHUT: &str = page!("disabled_at IS NOT NULL AND id < $1");
const LIST_SHUT_OF_REALM: &str = page!("disabled_at IS NOT NULL AND realm = $3 AND id < $1");
const SEARCH: &str = "SELECT a.id, a.subject, a.name, a.locale, a.created_at, a.disabled_at, a.profile, a.realm, a.updated_at,
    e.canonical, e.address, e.account_id, e.verified_at
    FROM account_emails e JOIN accounts a ON a.id = e.account_id
    WHERE e.search >= $1 AND e.search < $2 AND (e.search, e.account_id) > ($3, $7) AND ($5 OR a.realm = $6)
    ORDER BY e.search, e.account_id LIMIT $4";
const UNINDEXED: &str = "SELECT canonical FROM account_emails WHERE search IS NULL LIMIT $1";
const INDEX: &str = "UPDATE account_emails SET search = $2 WHERE canonical = $1 AND search IS NULL";
const DELETE_ACCOUNT: &str = "DELETE FROM accounts WHERE id = $1";
const DELETE_EMAILS: &str = "DELETE FROM account_emails WHERE account_id = $1";
const DELETE_PASSWORD: &str = "DELETE FROM passwords WHERE account_id = $1";
const DELETE_RESETS: &str = "DELETE FROM password_resets WHERE account_id = $1";
const DELETE_VERIFICATIONS: &str = "DELETE FROM email_verifications WHERE account_id = $1";
const DELETE_LINKS: &str = "DELETE FROM provider_links WHERE account_id = $1";
const DELETE_UPSTREAM_TOKENS: &str = "DELETE FROM upstream_tokens WHERE account_id = $1";
const DELETE_CONSENTS: &str = "DELETE FROM consents WHERE account_id = $1";
const EVENTS: &str = "SELECT at / $3, COUNT(*) FROM audit_events WHERE kind = $1 AND at >= $2 GROUP BY 1 ORDER BY 1";
const ACTIVE: &str = "SELECT COUNT(DISTINCT account_id) FROM audit_events WHERE kind = 'login.succeeded' AND at >= $1";
const DETAILS: &str = "SELECT detail, COUNT(*) FROM audit_events WHERE kind = $1 AND at >= $2 GROUP BY detail ORDER BY 2 DESC, 1 LIMIT $3";
const GRANTS: &str = "SELECT client_id, COUNT(*) FROM token_families WHERE id >= $1 GROUP BY client_id ORDER BY 2 DESC, 1 LIMIT $2";

pub(super) const STATEMENTS: &[&str] = &[
    LIST,
    LIST_OF_REALM,
    LIST_SHUT,
    LIST_SHUT_OF_REALM,
    SEARCH,
    UNINDEXED,
    INDEX,
    DELETE_ACCOUNT,
    DELETE_EMAILS,
    DELETE_PASSWORD,
    DELETE_RESETS,
    DELETE_VERIFICATIONS,
    DELETE_LINKS,
    DELETE_UPSTREAM_TOKENS,
    DELETE_CONSENTS,
    EVENTS,
    ACTIVE,
    DETAILS,
    GRANTS,
];

/// Everything about an account, and the account itself last.
const ALL_OF_ACCOUNT: [&str; 8] = [
    DELETE_EMAILS,
    DELETE_PASSWORD,
    DELETE_RESETS,
    DELETE_VERIFICATIONS,
    DELETE_LINKS,
    DELETE_UPSTREAM_TOKENS,
    DELETE_CONSENTS,
    DELETE_ACCOUNT,
];

fn counted(row: &mut Row) -> Result<Counted, Fault> {
    Ok(Counted { what: row.take()?, count: row.take()? })
}

/// The first bytes after all that begin so; such a text has no 0xff.
fn end_of(beginning: &[u8]) -> Vec<u8> {
    [beginning, &[0xff]].concat()
}

/// Rows of one account stand together.
fn people(rows: Vec<(Account, Option<AccountEmail>)>) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    for (account, email) in rows {
        match people.last_mut().filter(|(last, _)| last.id == account.id) {
            Some((_, emails)) => emails.extend(email),
            None => people.push((account, email.into_iter().collect())),
        }
    }
    people
}

impl<E: Execute> PeopleVerbs for Sql<E> {
    fn list_people(&self, filter: PeopleFilter) -> Answer<'_, Vec<Person>> {
        let PeopleFilter { realm, only_disabled, before, limit } = filter;
        let mut parameters: Vec<Value> = vec![before.0.into(), limit.into()];
        let sql = match (&realm, only_disabled) {
            (None, false) => LIST,
            (None, true) => LIST_SHUT,
            (Some(_), false) => LIST_OF_REALM,
            (Some(_), true) => LIST_SHUT_OF_REALM,
        };
        parameters.extend(realm.map(|realm| Value::from(realm.as_str())));
        let rows = self.list(sql, parameters, account_and_perhaps_email);
        Box::pin(async move { Ok(people(rows.await?)) })
    }

    fn search_people(
        &self,
        realm: Option<&Realm>,
        beginning: &str,
        after: (&str, AccountId),
        limit: i64,
    ) -> Answer<'_, Vec<(Account, AccountEmail)>> {
        let end = end_of(beginning.as_bytes());
        let (every, of) = (realm.is_none(), realm.map_or("", Realm::as_str));
        let (after, account) = (after.0.as_bytes().to_vec(), after.1.0);
        let beginning = beginning.as_bytes().to_vec();
        let parameters = vec![beginning.into(), end.into(), after.into(), limit.into(), every.into(), of.into(), account.into()];
        self.list(SEARCH, parameters, account_and_email)
    }

    fn index_addresses(&self, limit: i64) -> Answer<'_, i64> {
        Box::pin(async move {
            let keys = self.list(UNINDEXED, vec![limit.into()], |row| row.take::<String>()).await?;
            let mut indexed = 0_i64;
            for key in keys {
                let search = Realm::name_in(&key).as_bytes().to_vec();
                indexed = indexed.saturating_add(self.count(INDEX, vec![key.into(), search.into()]).await?);
            }
            Ok(indexed)
        })
    }

    fn delete_account(&self, id: AccountId) -> Answer<'_, bool> {
        Box::pin(async move {
            let mut deleted = false;
            for statement in ALL_OF_ACCOUNT {
                deleted = self.touched(statement, vec![id.0.into()]).await? && statement == DELETE_ACCOUNT;
            }
            Ok(deleted)
        })
    }

    fn count_events(&self, kind: &str, since: Timestamp, span: i64) -> Answer<'_, Vec<(i64, i64)>> {
        self.list(EVENTS, vec![kind.into(), since.into(), span.into()], |row| Ok((row.take()?, row.take()?)))
    }

    fn count_active_people(&self, since: Timestamp) -> Answer<'_, i64> {
        let counted = self.find(ACTIVE, vec![since.into()], super::cell);
        Box::pin(async move { Ok(counted.await?.unwrap_or(0)) })
    }

    fn count_details(&self, kind: &str, since: Timestamp, limit: i64) -> Answer<'_, Vec<Counted>> {
        self.list(DETAILS, vec![kind.into(), since.into(), limit.into()], counted)
    }

    fn count_grants(&self, since: Timestamp, limit: i64) -> Answer<'_, Vec<Counted>> {
        self.list(GRANTS, vec![Id::new(since, [0; 8]).into(), limit.into()], counted)
    }
}
