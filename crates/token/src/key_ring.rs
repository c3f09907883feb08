//! All signing keys of the issuer, as one snapshot that never changes: rotating replaces the ring.

use std::sync::Arc;

use crate::{Algorithm, Timestamp, jwk::JwkSet, signing_key::SigningKey};

/// A key and its times.
#[derive(Clone, Debug)]
pub struct RingKey {
    /// The pair.
    pub key: Arc<SigningKey>,
    /// From when on it signs.
    pub signs_from: Timestamp,
    /// From when on it is no longer published; `None`: not replaced yet.
    pub retired_at: Option<Timestamp>,
}

/// The keys that are published now, and which of them signs.
#[derive(Debug, Default)]
pub struct KeyRing {
    keys: Vec<RingKey>,
    verification: JwkSet,
    published: Arc<[u8]>,
}

impl KeyRing {
    /// A snapshot at `now`: keys that are retired by then are left out.
    #[must_use]
    pub fn new(mut keys: Vec<RingKey>, now: Timestamp) -> Self {
        keys.retain(|key| key.retired_at.is_none_or(|retired_at| now < retired_at));
        // RS256 stands first: clients that look at the first key alone take RSA for granted
        keys.sort_by_key(|key| (key.key.algorithm() != Algorithm::RS256, key.signs_from));
        let verification = JwkSet::new(keys.iter().map(|key| key.key.public_jwk().clone()).collect());
        let published = verification.to_json().into_bytes().into();
        Self { keys, verification, published }
    }

    /// The JWKS document, ready to be sent.
    #[must_use]
    pub fn published_jwks(&self) -> Arc<[u8]> {
        Arc::clone(&self.published)
    }

    /// The keys that verify our own tokens.
    #[must_use]
    pub fn verification_keys(&self) -> &JwkSet {
        &self.verification
    }

    /// The key that signs with `algorithm` at `now`: the newest of those whose time has come, else (at the first start) the oldest.
    #[must_use]
    pub fn signing_key(&self, algorithm: Algorithm, now: Timestamp) -> Option<&Arc<SigningKey>> {
        let mut of_algorithm = self.keys.iter().filter(|key| key.key.algorithm() == algorithm);
        let current = of_algorithm.clone().rfind(|key| key.signs_from <= now);
        current.or_else(|| of_algorithm.next()).map(|key| &key.key)
    }

    /// All keys, RS256 first, each algorithm's oldest first.
    #[must_use]
    pub fn keys(&self) -> &[RingKey] {
        &self.keys
    }

    /// The algorithms there are keys for, RS256 first: what metadata may truthfully list.
    #[must_use]
    pub fn algorithms(&self) -> Vec<Algorithm> {
        let mut algorithms: Vec<_> = self.keys.iter().map(|key| key.key.algorithm()).collect();
        algorithms.dedup();
        let mut seen = Vec::new();
        algorithms.retain(|algorithm| {
            let new = !seen.contains(algorithm);
            seen.push(*algorithm);
            new
        });
        algorithms
    }
}
