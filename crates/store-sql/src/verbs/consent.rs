//! What people allowed.

use chabi_spec::Fault;
use chabi_store::{
    Answer,
    account::AccountId,
    consent::{Consent, ConsentVerbs},
};

use super::scope;
use crate::{Execute, Sql, value::Row};

const FIND: &str = "SELECT account_id, client_id, resource, scope, given_at, declined, claims FROM consents
    WHERE account_id = $1 AND client_id = $2 AND resource = $3";
const LIST: &str = "SELECT account_id, client_id, resource, scope, given_at, declined, claims FROM consents WHERE account_id = $1
    ORDER BY client_id, resource";
const PUT: &str = "INSERT INTO consents (account_id, client_id, resource, scope, given_at, declined, claims)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (account_id, client_id, resource) DO UPDATE SET scope = excluded.scope, given_at = excluded.given_at,
    declined = excluded.declined, claims = excluded.claims";
const DELETE: &str = "DELETE FROM consents WHERE account_id = $1 AND client_id = $2";

const DELETE_OF_ACCOUNT: &str = "DELETE FROM consents WHERE account_id = $1";

pub(super) const STATEMENTS: &[&str] = &[FIND, LIST, PUT, DELETE, DELETE_OF_ACCOUNT];

fn consent(row: &mut Row) -> Result<Consent, Fault> {
    Ok(Consent {
        account: AccountId(row.take()?),
        client_id: row.take()?,
        resource: row.take()?,
        scope: scope(row)?,
        given_at: row.take()?,
        declined: scope(row)?,
        claims: row.take::<String>()?.split(' ').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
    })
}

impl<E: Execute> ConsentVerbs for Sql<E> {
    fn find_consent(&self, account: AccountId, client_id: &str, resource: &str) -> Answer<'_, Option<Consent>> {
        self.find(FIND, vec![account.0.into(), client_id.into(), resource.into()], consent)
    }

    fn list_consents(&self, account: AccountId) -> Answer<'_, Vec<Consent>> {
        self.list(LIST, vec![account.0.into()], consent)
    }

    fn put_consent(&self, consent: Consent) -> Answer<'_, ()> {
        let Consent { account, client_id, resource, scope, given_at, declined, claims } = consent;
        self.run(
            PUT,
            vec![
                account.0.into(),
                client_id.into(),
                resource.into(),
                scope.to_string().into(),
                given_at.into(),
                declined.to_string().into(),
                claims.join(" ").into(),
            ],
        )
    }

    fn delete_consents(&self, account: AccountId, client_id: &str) -> Answer<'_, i64> {
        self.count(DELETE, vec![account.0.into(), client_id.into()])
    }

    fn delete_consents_of_account(&self, account: AccountId) -> Answer<'_, i64> {
        self.count(DELETE_OF_ACCOUNT, vec![account.0.into()])
    }
}
