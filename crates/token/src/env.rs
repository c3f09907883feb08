//! Where time and randomness come in. One of the two files that may ask the operating system (see `clippy.toml`).

use std::{
    cell::RefCell,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
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
    /// The operating system's clock and generator. A process that draws from it and then forks gives out the same bytes in both, unless it
    /// executes another program at once.
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

/// AWS-LC's generator, asked for some hundred bytes at a time: a call costs it the same for 16 bytes as for 256. Each byte is given out
/// once, and wiped when it is.
struct SystemRandomness;

/// Bytes that nobody has had; those before `given` are wiped.
struct Unused {
    bytes: [u8; 256],
    given: usize,
}

thread_local! {
    static UNUSED: RefCell<Unused> = const { RefCell::new(Unused { bytes: [0; 256], given: 256 }) };
}

impl Unused {
    /// False when more are wanted than are ever kept.
    fn give(&mut self, wanted: &mut [u8]) -> bool {
        if wanted.len() > self.bytes.len().saturating_sub(self.given) {
            generate(&mut self.bytes);
            self.given = 0;
        }
        let end = self.given.saturating_add(wanted.len());
        let Some(next) = self.bytes.get_mut(self.given..end) else { return false };
        wanted.copy_from_slice(next);
        next.fill(0);
        self.given = end;
        true
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the file where the system's randomness comes in")]
#[expect(
    clippy::panic,
    reason = "invariant: AWS-LC's generator aborts by itself when it cannot be seeded; going on with zeros would be worse"
)]
fn generate(bytes: &mut [u8]) {
    if aws_lc_rs::rand::fill(bytes).is_err() {
        panic!("the operating system gave no randomness");
    }
}

impl Randomness for SystemRandomness {
    fn fill(&self, bytes: &mut [u8]) {
        // a thread that is ending has nothing kept any more
        if !UNUSED.try_with(|unused| unused.borrow_mut().give(bytes)).is_ok_and(|given| given) {
            generate(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_bytes_are_given_twice_whatever_is_left_of_those_that_were_kept() {
        let (env, mut seen) = (Env::system(), std::collections::HashSet::new());
        for _ in 0..500 {
            assert!(
                seen.insert(env.random::<8>().to_vec())
                    && seen.insert(env.random::<13>().to_vec())
                    && seen.insert(env.random::<64>().to_vec())
            );
        }
        let many = env.random::<1000>();
        assert!(many.chunks(8).all(|part| part != [0; 8] && seen.insert(part.to_vec())));
        let other = std::thread::spawn(|| Env::system().random::<8>().to_vec()).join().unwrap();
        assert!(seen.insert(other), "another thread has its own");
    }

    #[test]
    fn what_was_given_out_is_wiped() {
        let mut unused = Unused { bytes: [7; 256], given: 0 };
        let mut taken = [0; 100];
        assert!(unused.give(&mut taken));
        assert!(taken == [7; 100] && unused.bytes[..100] == [0; 100] && unused.bytes[100..] == [7; 156]);
        assert!(!unused.give(&mut [0; 257]));
    }

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
