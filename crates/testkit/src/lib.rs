//! For tests only: a clock moved by hand, seeded randomness, a browser without scripts, a server on a free port.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on should say so at once")]

use std::sync::Arc;

use chabi_token::Env;

pub mod browser;
pub mod certificates;
pub mod clock;
pub mod databases;
pub mod dpop;
pub mod families;
pub mod page;
pub mod randomness;
pub mod round_robin;
pub mod server;

pub use browser::Browser;
pub use clock::ManualClock;
pub use dpop::DpopKey;
pub use page::Page;
pub use randomness::SeededRandomness;
pub use round_robin::RoundRobin;
pub use server::{BoundPort, TestServer};

/// Time that stands still and randomness of this seed; the clock, to move it.
#[must_use]
pub fn env(seed: u64) -> (Env, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::default());
    let moved_by_hand = Arc::clone(&clock);
    (Env::new(moved_by_hand, Arc::new(SeededRandomness::new(seed))), clock)
}
