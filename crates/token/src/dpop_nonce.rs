//! Nonces for DPoP proofs (RFC 9449 §8 and §9), kept nowhere: each is a MAC of the time at which it was given.

use crate::{Timestamp, base64url, hash};

/// A nonce is given for so long, in seconds, and taken for as long again.
const SLOT: i64 = 300;

/// Makes nonces, and knows them again. Whoever has the same key makes the same ones.
#[derive(Clone)]
pub struct DpopNonces {
    key: [u8; 32],
}

impl DpopNonces {
    /// With a key that nobody else has.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// The nonce of the moment, base64url.
    #[must_use]
    pub fn current(&self, now: Timestamp) -> String {
        self.of(slot(now))
    }

    /// True for the nonce of the moment, for the one before (it was on its way), and for the next one: the clock of the node that gave
    /// it may be ahead.
    #[must_use]
    pub fn is_good(&self, nonce: &str, now: Timestamp) -> bool {
        let slot = slot(now);
        let taken = [slot - 1, slot, slot + 1];
        taken.into_iter().fold(false, |good, slot| good | hash::constant_time_eq(nonce.as_bytes(), self.of(slot).as_bytes()))
    }

    fn of(&self, slot: i64) -> String {
        let mac = hash::hmac_sha256(&self.key, &[b"dpop nonce", &slot.to_be_bytes()]);
        base64url::encode(mac.first_chunk::<16>().copied().unwrap_or_default())
    }
}

impl std::fmt::Debug for DpopNonces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DpopNonces")
    }
}

fn slot(now: Timestamp) -> i64 {
    now.as_seconds().div_euclid(SLOT)
}
