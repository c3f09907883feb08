//! Links that set a new password.

use chabi_spec::Fault;
use chabi_store::{
    Answer,
    account::AccountId,
    password_reset::{PasswordReset, PasswordResetId, PasswordResetVerbs},
};
use chabi_token::Timestamp;

use crate::{Execute, Sql, value::Row};

// One row an account: a newer mail takes the place of the older one, to whichever of its addresses that went.
const INSERT: &str = "INSERT INTO password_resets (account_id, id, secret_hash, canonical, expires_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (account_id) DO UPDATE SET id = excluded.id, secret_hash = excluded.secret_hash, canonical = excluded.canonical,
    expires_at = excluded.expires_at";
const PEEK: &str = "SELECT id, secret_hash, account_id, canonical, expires_at FROM password_resets
    WHERE id = $1 AND secret_hash = $2 AND expires_at > $3";
const TAKE: &str = "DELETE FROM password_resets WHERE id = $1 AND secret_hash = $2 AND expires_at > $3
    RETURNING id, secret_hash, account_id, canonical, expires_at";
const DELETE: &str = "DELETE FROM password_resets WHERE account_id = $1";

pub(super) const STATEMENTS: &[&str] = &[INSERT, PEEK, TAKE, DELETE];

fn reset(row: &mut Row) -> Result<PasswordReset, Fault> {
    Ok(PasswordReset {
        id: PasswordResetId(row.take()?),
        secret_hash: row.take()?,
        account: AccountId(row.take()?),
        canonical: row.take()?,
        expires_at: row.take()?,
    })
}

impl<E: Execute> PasswordResetVerbs for Sql<E> {
    fn insert_password_reset(&self, reset: PasswordReset) -> Answer<'_, ()> {
        let PasswordReset { id, secret_hash, account, canonical, expires_at } = reset;
        self.run(INSERT, vec![account.0.into(), id.0.into(), secret_hash.into(), canonical.into(), expires_at.into()])
    }

    fn peek_password_reset(&self, id: PasswordResetId, secret_hash: [u8; 32], now: Timestamp) -> Answer<'_, Option<PasswordReset>> {
        self.find(PEEK, vec![id.0.into(), secret_hash.into(), now.into()], reset)
    }

    fn take_password_reset(&self, id: PasswordResetId, secret_hash: [u8; 32], now: Timestamp) -> Answer<'_, Option<PasswordReset>> {
        self.change(TAKE, vec![id.0.into(), secret_hash.into(), now.into()], reset)
    }

    fn delete_password_reset(&self, account: AccountId) -> Answer<'_, bool> {
        self.touched(DELETE, vec![account.0.into()])
    }
}
