//! Authorization codes.

use chabi_spec::Fault;
use chabi_store::{
    Answer,
    account::{AccountId, PersonInSession},
    authorization_code::{AuthorizationCode, AuthorizationCodeVerbs, CodeId, Redemption},
    browser_session::SessionId,
    token_family::FamilyId,
};
use chabi_token::{Id, Timestamp};

use super::{
    account::{in_session, its_person, its_person_cells, its_session_seen_at, perhaps_positioned, person_cells, with_person},
    json_or_none, scope, some_to_json,
};
use crate::{Execute, Sql, value::Row};

const INSERT: &str = "INSERT INTO authorization_codes (id, secret_hash, client_id, redirect_uri, redirect_uri_was_sent, code_challenge,
    scope, resource, nonce, account_id, session_id, auth_time, amr, expires_at, details)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
const FIND: &str = concat!(
    "SELECT g.id, g.secret_hash, g.client_id, g.redirect_uri, g.redirect_uri_was_sent, g.code_challenge, g.scope, g.resource, g.nonce,
    g.account_id, g.session_id, g.auth_time, g.amr, g.expires_at, g.details, ",
    its_session_seen_at!(),
    ", ",
    its_person_cells!(),
    " FROM authorization_codes g",
    its_person!(),
    " WHERE g.id = $1"
);
// It returns nothing: for what a change returns, SQLite makes a table of its own, which cost more than the change.
const REDEEM: &str = "UPDATE authorization_codes SET redeemed_by = $3, family_id = $2
    WHERE id = $1 AND redeemed_by IS NULL AND expires_at > $4";
// A code that was redeemed in time is known as replayed even after its end, for as long as its row lives.
const FIND_REDEEMED: &str = "SELECT family_id FROM authorization_codes WHERE id = $1 AND redeemed_by IS NOT NULL";
const DELETE_OF_SESSION: &str = "DELETE FROM authorization_codes WHERE session_id = $1 AND redeemed_by IS NULL";

pub(super) const STATEMENTS: &[&str] = &[INSERT, FIND, REDEEM, FIND_REDEEMED, DELETE_OF_SESSION];
/// What token requests send most: PostgreSQL's driver sends them for many at once.
pub(super) const HOT: &[&str] = &[FIND];
/// What SQLite looks for at its place: the person of a code.
pub(super) const PLACED: &[&str] = &[FIND];

fn code(row: &mut Row) -> Result<AuthorizationCode, Fault> {
    Ok(AuthorizationCode {
        id: CodeId(row.take()?),
        secret_hash: row.take()?,
        client_id: row.take()?,
        redirect_uri: row.take()?,
        redirect_uri_was_sent: row.take()?,
        code_challenge: row.take()?,
        scope: scope(row)?,
        resource: row.take()?,
        nonce: row.take()?,
        account: AccountId(row.take()?),
        session: SessionId(row.take()?),
        auth_time: row.take()?,
        amr: row.take()?,
        expires_at: row.take()?,
        details: json_or_none(row)?,
    })
}

/// Somebody's try to redeem a code, or what a device was allowed.
pub(super) struct Attempt {
    pub(super) of: Id,
    pub(super) family: FamilyId,
    pub(super) attempt: Id,
    pub(super) now: Timestamp,
}

impl<E: Execute> Sql<E> {
    /// `redeem` decides, alone; who did not get it is told why by `find_redeemed`.
    pub(super) fn redeem(&self, redeem: &'static str, find_redeemed: &'static str, asked: Attempt) -> Answer<'_, Redemption> {
        let Attempt { of, family, attempt, now } = asked;
        let fresh = self.touched(redeem, vec![of.into(), family.0.into(), attempt.into(), now.into()]);
        Box::pin(async move {
            if fresh.await? {
                return Ok(Redemption::Fresh);
            }
            let first = self.find(find_redeemed, vec![of.into()], |row| Ok(FamilyId(row.take()?))).await?;
            Ok(first.map_or(Redemption::Unknown, |family| Redemption::Replayed { family }))
        })
    }
}

impl<E: Execute> AuthorizationCodeVerbs for Sql<E> {
    fn insert_authorization_code(&self, code: AuthorizationCode) -> Answer<'_, ()> {
        self.run(
            INSERT,
            vec![
                code.id.0.into(),
                code.secret_hash.into(),
                code.client_id.into(),
                code.redirect_uri.into(),
                code.redirect_uri_was_sent.into(),
                code.code_challenge.into(),
                code.scope.to_string().into(),
                code.resource.as_slice().into(),
                code.nonce.into(),
                code.account.0.into(),
                code.session.0.into(),
                code.auth_time.into(),
                code.amr.as_slice().into(),
                code.expires_at.into(),
                some_to_json(code.details.as_deref()),
            ],
        )
    }

    fn find_authorization_code(&self, id: CodeId, now: Timestamp) -> Answer<'_, Option<(AuthorizationCode, Option<PersonInSession>)>> {
        let rows = self.list_to_write(FIND, vec![id.0.into(), now.into()], |row| Ok((code(row)?, row.take()?, perhaps_positioned(row)?)));
        Box::pin(async move { Ok(with_person(rows.await?).map(|(code, person)| (code, person.map(in_session)))) })
    }

    fn redeem_authorization_code(&self, id: CodeId, family: FamilyId, attempt: Id, now: Timestamp) -> Answer<'_, Redemption> {
        self.redeem(REDEEM, FIND_REDEEMED, Attempt { of: id.0, family, attempt, now })
    }

    fn delete_codes_of_session(&self, session: SessionId) -> Answer<'_, i64> {
        self.count(DELETE_OF_SESSION, vec![session.0.into()])
    }
}
