//! Wrong secrets, counted. Secrets have 256 bits, so that guessing is hopeless: this bounds the load that a guesser makes.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chabi_spec::{Fault, Refusal};
use chabi_store::throttle::Attempt;
use chabi_token::{Seconds, Timestamp, base64url, hash};

use super::refused;
use crate::server::Shared;

/// So many wrong secrets …
const LIMIT: i64 = 20;
/// … in so long.
const WINDOW: Seconds = Seconds::minutes(15);
/// The memory never holds more; the store has the counters.
const MOST_REMEMBERED: usize = 10_000;

/// Who is blocked, until when: what the store's counters said, remembered so that a blocked caller costs nothing.
#[derive(Default)]
pub(crate) struct SecretFailures(Mutex<HashMap<String, Timestamp>>);

/// Per application and address, so that nobody can lock an application out from elsewhere. Hashed: both are the caller's to choose.
pub(super) fn key(client_id: &str, network: Option<&str>) -> String {
    let digest = hash::sha256(format!("{client_id}\n{}", network.unwrap_or_default()).as_bytes());
    format!("client_secret:{}", base64url::encode(digest))
}

/// Counts one; the end of the block when it is one too many.
pub(super) async fn count(key: &str, shared: &Shared) -> Result<Option<Timestamp>, Fault> {
    match shared.store.count_attempt(key, LIMIT, WINDOW, shared.env.now()).await? {
        Attempt::Allowed => Ok(None),
        Attempt::Blocked { until } => Ok(Some(until)),
    }
}

impl SecretFailures {
    /// Refuses while blocked, in the same words as a wrong secret. Usually nobody is, and no key need be made.
    pub(super) fn check(&self, key: impl FnOnce() -> String, now: Timestamp) -> Result<(), Refusal> {
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
            return Ok(());
        }
        let key = key();
        let blocked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match blocked.get(&key) {
            Some(until) if now < *until => {
                let mut refusal = refused();
                refusal.cause.rule = "client_secret_throttled";
                Err(refusal)
            }
            _ => Ok(()),
        }
    }

    pub(super) fn block(&self, key: &str, until: Timestamp, now: Timestamp) {
        let mut blocked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if blocked.len() >= MOST_REMEMBERED {
            blocked.retain(|_, until| now < *until);
        }
        if blocked.len() < MOST_REMEMBERED {
            blocked.insert(key.to_owned(), until);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blocked_caller_is_refused_until_the_window_ends_and_others_are_not() {
        let failures = SecretFailures::default();
        let (ours, theirs) = (key("app", Some("192.0.2.1")), key("app", Some("192.0.2.2")));
        failures.block(&ours, Timestamp(100), Timestamp(0));
        assert!(failures.check(|| ours.clone(), Timestamp(99)).is_err());
        assert!(failures.check(|| ours.clone(), Timestamp(100)).is_ok());
        assert!(failures.check(|| theirs.clone(), Timestamp(99)).is_ok());
    }

    // req: dos.map
    #[test]
    fn the_memory_is_bounded() {
        let failures = SecretFailures::default();
        for number in 0..MOST_REMEMBERED + 10 {
            failures.block(&number.to_string(), Timestamp(100), Timestamp(0));
        }
        assert_eq!(failures.0.lock().unwrap().len(), MOST_REMEMBERED);
    }
}
