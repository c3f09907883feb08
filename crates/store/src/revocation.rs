//! Taking back what was issued, and the log of it that every node and every API follows.
//!
//! There is no table of revocations: the moment that stands in the revoked row itself is the log, read in the order of time.

use chabi_token::{StatusIndex, Timestamp};

use crate::{Answer, account::AccountId, browser_session::SessionId, token_family::FamilyId};

/// What is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation<'a> {
    /// One grant: its refresh token and every access token.
    Family(FamilyId),
    /// What was granted in a browser session, save what is `offline`.
    Session(SessionId),
    /// Everything that a person granted.
    Account(AccountId),
    /// What a person granted to one application.
    AccountAt(AccountId, &'a str),
    /// What a person granted to one application beyond the newest so many: those that were used least recently go.
    BeyondAt(AccountId, &'a str, i64),
    /// Everything of an application: what people granted to it, and what it got for itself (its epoch). Two statements: to be called in
    /// a transaction, which also bumps [`crate::installation::CONFIGURATION`].
    Application(&'a str),
    /// One single access token, until it would have expired anyway.
    Token {
        /// Its `jti`.
        jti: &'a str,
        /// Its place among the status lists.
        status: Option<StatusIndex>,
        /// Its `exp`.
        expires_at: Timestamp,
    },
}

/// A place among the status lists that was taken back, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RevokedStatus {
    /// When; first, so that the order is the log's.
    pub revoked_at: Timestamp,
    /// Which.
    pub status: StatusIndex,
}

/// A single token that was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeniedToken {
    /// When.
    pub denied_at: Timestamp,
    /// Its `jti`.
    pub jti: String,
    /// Its place among the status lists: whose list tells of it.
    pub status: Option<StatusIndex>,
    /// From then on nobody need know.
    pub expires_at: Timestamp,
}

/// Verbs on revocations.
pub trait RevocationVerbs {
    /// Takes back what is named and was not taken back before; how many rows. `because` is a word such as `logout`.
    fn revoke(&self, what: Revocation<'_>, because: &str, now: Timestamp) -> Answer<'_, i64>;
    /// Families and epochs that were revoked after `after`, in order, `limit` at the most. Rows may become visible late, by as much as
    /// their transaction took: who follows the log reads the last seconds again.
    fn list_revoked_statuses(&self, after: RevokedStatus, limit: i64) -> Answer<'_, Vec<RevokedStatus>>;
    /// Single tokens that were denied at `since` or later and have not expired at `now`, the oldest first.
    fn list_denied_tokens(&self, since: Timestamp, now: Timestamp) -> Answer<'_, Vec<DeniedToken>>;
    /// True when this `jti` was denied.
    fn is_access_token_denied(&self, jti: &str) -> Answer<'_, bool>;
}
