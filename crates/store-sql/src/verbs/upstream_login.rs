//! Sign-ins under way at other providers.

use chabi_spec::Fault;
use chabi_store::{
    Answer,
    account::AccountId,
    upstream_login::{UpstreamLogin, UpstreamLoginId, UpstreamLoginVerbs},
};
use chabi_token::Timestamp;

use crate::{
    Execute, Sql,
    value::{Row, Value},
};

const INSERT: &str = "INSERT INTO upstream_logins (id, provider, state_hash, browser_hash, purpose, account_id, sealed_pending,
    sealed_answer, next, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const TAKE: &str =
    "DELETE FROM upstream_logins WHERE id = $1 AND provider = $2 AND state_hash = $3 AND browser_hash = $4 AND expires_at > $5
    RETURNING id, provider, state_hash, browser_hash, purpose, account_id, sealed_pending, sealed_answer, next, expires_at";
const PARK: &str = "UPDATE upstream_logins SET state_hash = $4, sealed_answer = $5
    WHERE id = $1 AND provider = $2 AND state_hash = $3 AND expires_at > $6 AND sealed_answer IS NULL";
const FIND: &str = "SELECT id, provider, state_hash, browser_hash, purpose, account_id, sealed_pending, sealed_answer, next, expires_at
    FROM upstream_logins WHERE id = $1 AND browser_hash = $2";

pub(super) const STATEMENTS: &[&str] = &[INSERT, TAKE, PARK, FIND];

fn login(row: &mut Row) -> Result<UpstreamLogin, Fault> {
    Ok(UpstreamLogin {
        id: UpstreamLoginId(row.take()?),
        provider: row.take()?,
        state_hash: row.take()?,
        browser_hash: row.take()?,
        purpose: row.take()?,
        account: row.take::<Option<_>>()?.map(AccountId),
        sealed_pending: row.take()?,
        sealed_answer: row.take()?,
        next: row.take()?,
        expires_at: row.take()?,
    })
}

impl<E: Execute> UpstreamLoginVerbs for Sql<E> {
    fn insert_upstream_login(&self, login: UpstreamLogin) -> Answer<'_, ()> {
        let UpstreamLogin { id, provider, state_hash, browser_hash, purpose, account, sealed_pending, sealed_answer, next, expires_at } =
            login;
        self.run(
            INSERT,
            vec![
                id.0.into(),
                provider.into(),
                state_hash.into(),
                browser_hash.into(),
                purpose.into(),
                account.map(|account| account.0).into(),
                sealed_pending.into(),
                Value::Bytes(sealed_answer),
                next.into(),
                expires_at.into(),
            ],
        )
    }

    fn park_upstream_answer(
        &self,
        id: UpstreamLoginId,
        provider: &str,
        state_hash: [u8; 32],
        (handle_hash, sealed_answer): ([u8; 32], Vec<u8>),
        now: Timestamp,
    ) -> Answer<'_, bool> {
        let values = vec![id.0.into(), provider.into(), state_hash.into(), handle_hash.into(), sealed_answer.into(), now.into()];
        self.touched(PARK, values)
    }

    fn find_upstream_login(&self, id: UpstreamLoginId, browser_hash: [u8; 32]) -> Answer<'_, Option<UpstreamLogin>> {
        self.find(FIND, vec![id.0.into(), browser_hash.into()], login)
    }

    fn take_upstream_login(
        &self,
        id: UpstreamLoginId,
        provider: &str,
        state_hash: [u8; 32],
        browser_hash: [u8; 32],
        now: Timestamp,
    ) -> Answer<'_, Option<UpstreamLogin>> {
        self.change(TAKE, vec![id.0.into(), provider.into(), state_hash.into(), browser_hash.into(), now.into()], login)
    }
}
