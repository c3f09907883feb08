//! Proofs that an e-mail address is its owner's: a link with a button, and a code beside it.

use chabi_token::{Timestamp, id_type};

use crate::{Answer, account::AccountId};

id_type!(
    /// A verification's row.
    VerificationId
);

/// A mail that waits for its answer. Only hashes of the link's secret and of the code are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailVerification {
    /// Its row; part of the link.
    pub id: VerificationId,
    /// SHA-256 of the link's secret.
    pub secret_hash: [u8; 32],
    /// SHA-256 of the code, salted with the id.
    pub code_hash: [u8; 32],
    /// The browser in which the code may be typed.
    pub browser_hash: [u8; 32],
    /// Whose.
    pub account: AccountId,
    /// Which address, in canonical form.
    pub canonical: String,
    /// Wrong codes so far.
    pub failures: i64,
    /// Checked at use.
    pub expires_at: Timestamp,
}

/// What presenting a link or a code found.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verification {
    /// Right, and spent now.
    Proven {
        /// Whose address it is.
        account: AccountId,
        /// Which.
        canonical: String,
    },
    /// The code is wrong; this many tries are left.
    Wrong {
        /// Zero: ask for a new mail.
        tries_left: i64,
    },
    /// No such mail, or it is spent, expired, or replaced by a newer one.
    Unknown,
}

/// How many wrong codes a mail survives.
pub const CODE_TRIES: i64 = 5;

/// Verbs on e-mail verifications.
pub trait EmailVerificationVerbs {
    /// Adds one and makes older ones of the same account and address void.
    fn insert_email_verification(&self, verification: EmailVerification) -> Answer<'_, ()>;
    /// The newest unspent one that this browser may answer, for the page that takes the code.
    fn find_email_verification(&self, browser_hash: [u8; 32], now: Timestamp) -> Answer<'_, Option<EmailVerification>>;
    /// Reads the one a link names, if its secret is right and it is neither spent nor expired, without spending it (the GET).
    fn peek_email_link(&self, id: VerificationId, secret_hash: [u8; 32], now: Timestamp) -> Answer<'_, Option<EmailVerification>>;
    /// Spends it by its link: one conditional statement, exactly one caller wins.
    fn redeem_email_link(&self, id: VerificationId, secret_hash: [u8; 32], now: Timestamp) -> Answer<'_, Verification>;
    /// Spends it by its code, or counts a failure: one conditional statement.
    fn redeem_email_code(
        &self,
        id: VerificationId,
        browser_hash: [u8; 32],
        code_hash: [u8; 32],
        now: Timestamp,
    ) -> Answer<'_, Verification>;
}
