//! What was taken back and may still be met: followed in the store, and told to whoever checks tokens offline.
//!
//! [`feed`] polls the store's log; [`live`] is what it knows; [`log`] is the last of it in order, for streams that go on; [`lists`] are
//! the Token Status Lists made of it; [`stream`] tells of changes as they come.

pub mod feed;
pub mod lists;
mod live;
mod log;
pub mod stream;

use chabi_token::{Seconds, Timestamp};

pub use feed::Feed;

use crate::LONGEST_ACCESS_TOKEN;

/// Added to the life of the longest token: clocks, polls, a place that was handed out in the very second when it was taken back.
const MARGIN: Seconds = Seconds::minutes(2);

/// From then on, no token that was taken back at this moment lives.
fn over_at(revoked_at: Timestamp) -> Timestamp {
    revoked_at + LONGEST_ACCESS_TOKEN + MARGIN
}
