//! Passwords, as hashes.

use chabi_spec::Fault;
use chabi_store::{
    Answer,
    account::AccountId,
    password::{PasswordRecord, PasswordVerbs},
};

use crate::{Execute, Sql, value::Row};

const FIND: &str = "SELECT account_id, hash, normalization, changed_at FROM passwords WHERE account_id = $1";
const PUT: &str = "INSERT INTO passwords (account_id, hash, normalization, changed_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (account_id) DO UPDATE SET hash = excluded.hash, normalization = excluded.normalization, changed_at = excluded.changed_at";
const REHASH: &str = "UPDATE passwords SET hash = $3 WHERE account_id = $1 AND hash = $2";
const DELETE: &str = "DELETE FROM passwords WHERE account_id = $1";

pub(super) const STATEMENTS: &[&str] = &[FIND, PUT, REHASH, DELETE];

fn password(row: &mut Row) -> Result<PasswordRecord, Fault> {
    Ok(PasswordRecord { account: AccountId(row.take()?), hash: row.take()?, normalization: row.take()?, changed_at: row.take()? })
}

impl<E: Execute> PasswordVerbs for Sql<E> {
    fn find_password(&self, account: AccountId) -> Answer<'_, Option<PasswordRecord>> {
        self.find(FIND, vec![account.0.into()], password)
    }

    fn put_password(&self, password: PasswordRecord) -> Answer<'_, ()> {
        let PasswordRecord { account, hash, normalization, changed_at } = password;
        self.run(PUT, vec![account.0.into(), hash.into(), normalization.into(), changed_at.into()])
    }

    fn rehash_password(&self, account: AccountId, old_hash: &str, new_hash: &str) -> Answer<'_, bool> {
        self.touched(REHASH, vec![account.0.into(), old_hash.into(), new_hash.into()])
    }

    fn delete_password(&self, account: AccountId) -> Answer<'_, bool> {
        self.touched(DELETE, vec![account.0.into()])
    }
}
