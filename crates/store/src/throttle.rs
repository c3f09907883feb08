//! Counters of attempts, shared by all nodes.

use chabi_token::{Seconds, Timestamp};

use crate::Answer;

/// What counting an attempt found.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// Go on.
    Allowed,
    /// Too many; not before this moment.
    Blocked {
        /// When the window ends.
        until: Timestamp,
    },
}

/// Verbs on throttles.
pub trait ThrottleVerbs {
    /// Counts one attempt under `key`, and says whether it may go on: at most `limit` in a window that begins with its first attempt.
    /// One statement: K parallel attempts cost K.
    fn count_attempt(&self, key: &str, limit: i64, window: Seconds, now: Timestamp) -> Answer<'_, Attempt>;
    /// Forgets the attempts under `key`.
    fn clear_attempts(&self, key: &str) -> Answer<'_, ()>;
}
