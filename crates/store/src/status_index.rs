//! Places among the status lists: handed out in blocks, so that issuing a token writes nothing.

use chabi_token::{StatusIndex, Timestamp};

use crate::Answer;

/// Verbs on status indexes and on the epochs of applications.
pub trait StatusIndexVerbs {
    /// Reserves `count` places in a row, for this caller alone; answers with the first. Those that a caller never uses are lost: places
    /// are plenty.
    fn reserve_status_indexes(&self, count: i64) -> Answer<'_, StatusIndex>;
    /// The place of the tokens that this application gets for itself: `proposed`, unless its present epoch has one.
    fn settle_client_epoch(&self, client_id: &str, proposed: StatusIndex, now: Timestamp) -> Answer<'_, StatusIndex>;
    /// True while the epoch of this place has not been revoked.
    fn is_client_epoch_current(&self, status: StatusIndex) -> Answer<'_, bool>;
}
