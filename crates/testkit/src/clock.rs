//! A clock that stands still until a test moves it.

use std::sync::atomic::{AtomicI64, Ordering};

use chabi_token::{Seconds, Timestamp, env::Clock};

/// Begins at 2026-01-01 00:00 UTC.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

const BEGINNING: Timestamp = Timestamp(1_767_225_600_000_000);

impl Default for ManualClock {
    fn default() -> Self {
        Self(AtomicI64::new(BEGINNING.0))
    }
}

impl ManualClock {
    /// Moves it, forwards or (with a negative span) backwards.
    pub fn advance(&self, span: Seconds) {
        self.0.fetch_add(span.0.saturating_mul(1_000_000), Ordering::SeqCst);
    }

    /// Sets it.
    pub fn set(&self, moment: Timestamp) {
        self.0.store(moment.0, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}
