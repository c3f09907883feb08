//! Passwords, as hashes.

use chabi_token::Timestamp;

use crate::{Answer, account::AccountId};

/// An account's password. An account without one has no row: nothing can match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordRecord {
    /// Whose.
    pub account: AccountId,
    /// PHC string of Argon2id.
    pub hash: String,
    /// Version of the text's normalization before hashing: 1 is Unicode NFC.
    pub normalization: i64,
    /// When it was set.
    pub changed_at: Timestamp,
}

/// Verbs on passwords.
pub trait PasswordVerbs {
    /// By account.
    fn find_password(&self, account: AccountId) -> Answer<'_, Option<PasswordRecord>>;
    /// Sets or replaces it.
    fn put_password(&self, password: PasswordRecord) -> Answer<'_, ()>;
    /// Replaces `old_hash` by a stronger hash of the same password; `false` when it was changed meanwhile.
    fn rehash_password(&self, account: AccountId, old_hash: &str, new_hash: &str) -> Answer<'_, bool>;
    /// Removes it; `false` when there was none.
    fn delete_password(&self, account: AccountId) -> Answer<'_, bool>;
}
