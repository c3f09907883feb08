//! Randomness that is the same at every run of a test: SHA-256 of a seed and a counter.

use std::sync::atomic::{AtomicU64, Ordering};

use chabi_token::{env::Randomness, hash::sha256};

/// Unpredictable to nobody.
#[derive(Debug)]
pub struct SeededRandomness {
    seed: u64,
    counter: AtomicU64,
}

impl SeededRandomness {
    /// Two of the same seed give the same bytes.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, counter: AtomicU64::new(0) }
    }
}

impl Randomness for SeededRandomness {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let counter = self.counter.fetch_add(1, Ordering::SeqCst);
            let block = sha256(&[self.seed.to_be_bytes(), counter.to_be_bytes()].concat());
            for (byte, random) in chunk.iter_mut().zip(block) {
                *byte = random;
            }
        }
    }
}
