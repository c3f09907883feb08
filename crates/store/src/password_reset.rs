//! Links by which a person who lost their password sets a new one.

use chabi_token::{Timestamp, id_type};

use crate::{Answer, account::AccountId};

id_type!(
    /// A link's row.
    PasswordResetId
);

/// A mail that waits for its answer. Only the hash of the link's secret is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordReset {
    /// Its row; part of the link.
    pub id: PasswordResetId,
    /// SHA-256 of the link's secret.
    pub secret_hash: [u8; 32],
    /// Whose password it sets.
    pub account: AccountId,
    /// The address that the mail went to, in canonical form.
    pub canonical: String,
    /// Checked at use.
    pub expires_at: Timestamp,
}

/// Verbs on these links.
pub trait PasswordResetVerbs {
    /// Adds one in place of the account's older one, which is void from then on.
    fn insert_password_reset(&self, reset: PasswordReset) -> Answer<'_, ()>;
    /// Reads the one a link names, if its secret is right and it is neither spent nor expired, without spending it (the GET).
    fn peek_password_reset(&self, id: PasswordResetId, secret_hash: [u8; 32], now: Timestamp) -> Answer<'_, Option<PasswordReset>>;
    /// Spends it: one conditional statement, exactly one caller gets it.
    fn take_password_reset(&self, id: PasswordResetId, secret_hash: [u8; 32], now: Timestamp) -> Answer<'_, Option<PasswordReset>>;
    /// Makes the account's link void; `false` when there was none.
    fn delete_password_reset(&self, account: AccountId) -> Answer<'_, bool>;
}
