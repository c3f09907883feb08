//! Taking back what was issued, and the log of it.

use chabi_spec::Fault;
use chabi_store::{
    Answer,
    revocation::{DeniedToken, Revocation, RevocationVerbs, RevokedStatus},
};
use chabi_token::{StatusIndex, Timestamp};

use super::cell;
use crate::{
    Execute, Sql,
    value::{Row, Value},
};

const FAMILY: &str = "UPDATE token_families SET revoked_at = $3, revoked_because = $2 WHERE id = $1 AND revoked_at IS NULL";
const OF_SESSION: &str = "UPDATE token_families SET revoked_at = $3, revoked_because = $2
    WHERE session_id = $1 AND NOT offline AND revoked_at IS NULL";
const OF_ACCOUNT: &str = "UPDATE token_families SET revoked_at = $3, revoked_because = $2 WHERE account_id = $1 AND revoked_at IS NULL";
const OF_ACCOUNT_AT: &str = "UPDATE token_families SET revoked_at = $3, revoked_because = $2
    WHERE account_id = $1 AND client_id = $4 AND revoked_at IS NULL";
/// Of those that are neither revoked nor over; used last means rotated last.
const BEYOND_AT: &str = "UPDATE token_families SET revoked_at = $3, revoked_because = $2 WHERE revoked_at IS NULL AND id IN (
    SELECT id FROM token_families WHERE account_id = $1 AND client_id = $4 AND revoked_at IS NULL AND expires_at > $3
    ORDER BY COALESCE(rotated_at, created_at) DESC, id DESC LIMIT 1000 OFFSET $5)";
const OF_APPLICATION: &str = "UPDATE token_families SET revoked_at = $3, revoked_because = $2
    WHERE client_id = $1 AND revoked_at IS NULL";
const EPOCH: &str = "UPDATE client_epochs SET retired_at = $2 WHERE client_id = $1 AND retired_at IS NULL";
const TOKEN: &str = "INSERT INTO denied_tokens (jti, expires_at, denied_at, status_index) VALUES ($1, $2, $3, $4)
    ON CONFLICT (jti) DO NOTHING";
const IS_DENIED: &str = "SELECT jti FROM denied_tokens WHERE jti = $1";
const LIST: &str = "SELECT revoked_at, status_index FROM token_families
    WHERE revoked_at IS NOT NULL AND status_index IS NOT NULL AND (revoked_at, status_index) > ($1, $2)
    UNION ALL SELECT retired_at, status_index FROM client_epochs
    WHERE retired_at IS NOT NULL AND (retired_at, status_index) > ($1, $2)
    ORDER BY 1, 2 LIMIT $3";
/// In two parts, so that each follows the index: with OR between them the table would be read from end to end, five times a second.
const LIST_DENIED: &str = "SELECT denied_at, jti, status_index, expires_at FROM denied_tokens WHERE denied_at >= $1 AND expires_at > $2
    UNION ALL SELECT denied_at, jti, status_index, expires_at FROM denied_tokens WHERE denied_at = 0 AND $1 > 0 AND expires_at > $2
    ORDER BY 1, 2";

pub(super) const STATEMENTS: &[&str] =
    &[FAMILY, OF_SESSION, OF_ACCOUNT, OF_ACCOUNT_AT, BEYOND_AT, OF_APPLICATION, EPOCH, TOKEN, IS_DENIED, LIST, LIST_DENIED];
/// What token requests send most: PostgreSQL's driver sends them for many at once.
pub(super) const HOT: &[&str] = &[IS_DENIED];

fn revoked_status(row: &mut Row) -> Result<RevokedStatus, Fault> {
    Ok(RevokedStatus { revoked_at: row.take()?, status: StatusIndex(row.take()?) })
}

fn denied_token(row: &mut Row) -> Result<DeniedToken, Fault> {
    let (denied_at, jti) = (row.take()?, row.take()?);
    let status = row.take::<Option<i64>>()?.map(StatusIndex);
    Ok(DeniedToken { denied_at, jti, status, expires_at: row.take()? })
}

impl<E: Execute> RevocationVerbs for Sql<E> {
    fn revoke(&self, what: Revocation<'_>, because: &str, now: Timestamp) -> Answer<'_, i64> {
        let families = |which: Value| vec![which, because.into(), now.into()];
        match what {
            Revocation::Family(family) => self.count(FAMILY, families(family.0.into())),
            Revocation::Session(session) => self.count(OF_SESSION, families(session.0.into())),
            Revocation::Account(account) => self.count(OF_ACCOUNT, families(account.0.into())),
            Revocation::AccountAt(account, client_id) => {
                let mut parameters = families(account.0.into());
                parameters.push(client_id.into());
                self.count(OF_ACCOUNT_AT, parameters)
            }
            Revocation::BeyondAt(account, client_id, keep) => {
                let mut parameters = families(account.0.into());
                parameters.extend([client_id.into(), keep.into()]);
                self.count(BEYOND_AT, parameters)
            }
            Revocation::Application(client_id) => {
                let of_people = self.count(OF_APPLICATION, families(client_id.into()));
                let of_itself = self.count(EPOCH, vec![client_id.into(), now.into()]);
                Box::pin(async move { Ok(of_people.await?.saturating_add(of_itself.await?)) })
            }
            Revocation::Token { jti, status, expires_at } => {
                self.count(TOKEN, vec![jti.into(), expires_at.into(), now.into(), status.map(|status| status.0).into()])
            }
        }
    }

    fn list_revoked_statuses(&self, after: RevokedStatus, limit: i64) -> Answer<'_, Vec<RevokedStatus>> {
        self.list(LIST, vec![after.revoked_at.into(), after.status.0.into(), limit.into()], revoked_status)
    }

    fn list_denied_tokens(&self, since: Timestamp, now: Timestamp) -> Answer<'_, Vec<DeniedToken>> {
        self.list(LIST_DENIED, vec![since.into(), now.into()], denied_token)
    }

    fn is_access_token_denied(&self, jti: &str) -> Answer<'_, bool> {
        let found = self.find(IS_DENIED, vec![jti.into()], cell::<String>);
        Box::pin(async move { Ok(found.await?.is_some()) })
    }
}
