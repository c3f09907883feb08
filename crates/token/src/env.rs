//! Where time and randomness come in. One of the two files that may ask the operating system (see `clippy.toml`).

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use crate::{Id, Timestamp};

/// A source of the present moment.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// A source of unpredictable bytes.
pub trait Randomness: Send + Sync {
    /// Fills the whole slice.
    fn fill(&self, bytes: &mut [u8]);
}

/// Time and randomness for everything below; always the last argument.
#[derive(Clone)]
pub struct Env {
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    offset: Arc<AtomicI64>,
    floor: Arc<AtomicI64>,
}

impl Env {
    /// The operating system's clock and generator.
    #[must_use]
    pub fn system() -> Self {
        Self::new(Arc::new(SystemClock), Arc::new(SystemRandomness))
    }

    /// A clock and a generator of one's own, for tests.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, randomness: Arc<dyn Randomness>) -> Self {
        Self { clock, randomness, offset: Arc::default(), floor: Arc::new(AtomicI64::new(i64::MIN)) }
    }

    /// The local clock, corrected by the measured offset to the database's; never before what [`Self::not_before`] said.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let corrected = self.clock.now().0.saturating_add(self.offset.load(Ordering::Relaxed));
        Timestamp(corrected.max(self.floor.load(Ordering::Relaxed)))
    }

    /// Time has been here: a clock that is set back does not bring it back, and what has expired stays expired. Every clone of this
    /// `Env` sees it. Until the clock has caught up, time stands still.
    pub fn not_before(&self, moment: Timestamp) {
        self.floor.fetch_max(moment.0, Ordering::Relaxed);
    }

    /// Sets the offset to the database's clock, in microseconds; every clone of this `Env` sees it.
    pub fn correct_by(&self, micros: i64) {
        self.offset.store(micros, Ordering::Relaxed);
    }

    /// The local clock, uncorrected: what offsets are measured against.
    #[must_use]
    pub fn uncorrected_now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Unpredictable bytes.
    #[must_use]
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.randomness.fill(&mut bytes);
        bytes
    }

    /// A new id, later in order than those made before.
    #[must_use]
    pub fn new_id(&self) -> Id {
        Id::new(self.now(), self.random())
    }
}

impl std::fmt::Debug for Env {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Env")
    }
}

struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the file where the system's clock comes in")]
    fn now(&self) -> Timestamp {
        let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since_1970.as_micros()).unwrap_or(i64::MAX))
    }
}

struct SystemRandomness;

impl Randomness for SystemRandomness {
    #[expect(clippy::disallowed_methods, reason = "this is the file where the system's randomness comes in")]
    #[expect(
        clippy::panic,
        reason = "invariant: AWS-LC's generator aborts by itself when it cannot be seeded; going on with zeros would be worse"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        if aws_lc_rs::rand::fill(bytes).is_err() {
            panic!("the operating system gave no randomness");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(AtomicI64);

    impl Clock for Fixed {
        fn now(&self) -> Timestamp {
            Timestamp(self.0.load(Ordering::Relaxed))
        }
    }

    // req: op.clock
    #[test]
    fn a_clock_that_is_set_back_does_not_bring_time_back() {
        let clock = Arc::new(Fixed(AtomicI64::new(1_000)));
        let env = Env::new(clock.clone(), Arc::new(SystemRandomness));
        env.not_before(env.now());
        clock.0.store(10, Ordering::Relaxed);
        assert_eq!((env.now(), env.clone().now()), (Timestamp(1_000), Timestamp(1_000)));
        clock.0.store(1_001, Ordering::Relaxed);
        assert_eq!(env.now(), Timestamp(1_001));
    }
}
