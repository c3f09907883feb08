//! Proofs of applications that prove nothing else: anybody makes as many as they like, and each that is good is a durable row.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chabi_token::{Seconds, Timestamp};

/// So many of one network …
const MOST: u32 = 600;
/// … at one node in so long.
const WINDOW: Seconds = Seconds(60);
/// The memory never holds more networks; those beyond are let through.
const MOST_REMEMBERED: usize = 10_000;

/// How many each network sent to this node, and until when they are counted together.
#[derive(Default)]
pub(crate) struct ProofsOfStrangers(Mutex<HashMap<String, (Timestamp, u32)>>);

impl ProofsOfStrangers {
    /// Counts one; false when it is one too many.
    pub(super) fn allows(&self, network: &str, now: Timestamp) -> bool {
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, count)) = sent.get_mut(network).filter(|(ends, _)| now < *ends) {
            *count = count.saturating_add(1);
            return *count <= MOST;
        }
        if sent.len() >= MOST_REMEMBERED {
            sent.retain(|_, (ends, _)| now < *ends);
        }
        if sent.len() < MOST_REMEMBERED {
            sent.insert(network.to_owned(), (now + WINDOW, 1));
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // req: dos.map
    #[test]
    fn a_network_is_bounded_for_a_minute_others_are_not_and_neither_is_the_memory_filled() {
        let (proofs, second) = (ProofsOfStrangers::default(), |seconds: i64| Timestamp(0) + Seconds(seconds));
        assert!((0..MOST).all(|_| proofs.allows("here", second(0))));
        assert!(!proofs.allows("here", second(59)));
        assert!(proofs.allows("elsewhere", second(59)));
        assert!(proofs.allows("here", second(60)));
        for number in 0..MOST_REMEMBERED + 10 {
            assert!(proofs.allows(&number.to_string(), second(61)));
        }
        assert_eq!(proofs.0.lock().unwrap().len(), MOST_REMEMBERED);
    }
}
