//! What has expired goes away by itself, in small batches. Nothing relies on it: expiry is checked at use.

use chabi_token::Timestamp;

use crate::Answer;

/// Verbs on expired rows.
pub trait ExpiryVerbs {
    /// Removes up to `limit` rows of each noun whose time is over; how many in all.
    fn delete_expired(&self, now: Timestamp, limit: i64) -> Answer<'_, i64>;
}
