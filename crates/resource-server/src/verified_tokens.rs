//! Tokens that were verified a short while ago, so that the next request with one costs a hash and no signature.
//!
//! Keyed by SHA-256 of the whole text, so that nothing about a token can differ and still be found; refusals are never kept, so that nobody
//! fills it with what is not a good token. Each cache belongs to one `ResourceServer`, that is to one issuer, audience and set of rules;
//! scope is looked at anew for each request. Bounded by two generations: what is asked for stays, what is not leaves after at most two.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chabi_token::{Seconds, Timestamp, hash};

use crate::{Bearer, Keys};

/// Locks, so that threads seldom wait for one another.
const SHARDS: usize = 16;

/// Which token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(crate) fn of(token: &str) -> Self {
        Self(hash::sha256(token.as_bytes()))
    }

    fn first_byte(self) -> usize {
        self.0.first().copied().map_or(0, usize::from)
    }
}

impl std::hash::Hash for Fingerprint {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(&self.0);
    }
}

/// The end of a SHA-256 is a hash already; and only the issuer's tokens get this far.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.last_chunk().map_or(0, |last| u64::from_le_bytes(*last));
    }
}

type Generation = HashMap<Fingerprint, Entry, BuildHasherDefault<AsItIs>>;

#[derive(Clone)]
struct Entry {
    bearer: Bearer,
    /// The snapshot that it was verified with.
    keys: Keys,
}

#[derive(Default)]
struct Shard {
    young: Generation,
    old: Generation,
}

/// The cache.
pub(crate) struct VerifiedTokens {
    shards: [Mutex<Shard>; SHARDS],
    /// Entries of one generation of one shard; 0 keeps nothing.
    most: usize,
    skew: Seconds,
}

impl VerifiedTokens {
    /// At most some `capacity` tokens. `skew` is that of the rules by which they were verified.
    pub(crate) fn new(capacity: usize, skew: Seconds) -> Self {
        Self { shards: Default::default(), most: capacity.div_ceil(2 * SHARDS), skew }
    }

    /// The token, when it was verified with this very snapshot of the keys and has not expired.
    pub(crate) fn find(&self, token: Fingerprint, keys: &Keys, now: Timestamp) -> Option<Bearer> {
        let mut shard = self.shard(token)?;
        let (entry, is_old) = match shard.young.get(&token) {
            Some(entry) => (entry, false),
            None => (shard.old.get(&token)?, true),
        };
        // RFC 7519 §4.1.4 again, and the key may have been withdrawn since: what was good once may not be good now
        if now >= entry.bearer.expires_at() + self.skew || !entry.keys.is_same(keys) {
            shard.young.remove(&token);
            shard.old.remove(&token);
            return None;
        }
        let found = entry.bearer.clone();
        if is_old && let Some(entry) = shard.old.remove(&token) {
            self.put(&mut shard, token, entry);
        }
        Some(found)
    }

    /// Keeps a token that was just verified.
    pub(crate) fn insert(&self, token: Fingerprint, bearer: Bearer, keys: Keys) {
        if self.most > 0
            && let Some(mut shard) = self.shard(token)
        {
            self.put(&mut shard, token, Entry { bearer, keys });
        }
    }

    fn put(&self, shard: &mut Shard, token: Fingerprint, entry: Entry) {
        if shard.young.len() >= self.most {
            shard.old = mem::take(&mut shard.young);
        }
        shard.young.insert(token, entry);
    }

    fn shard(&self, token: Fingerprint) -> Option<MutexGuard<'_, Shard>> {
        let shard = self.shards.get(token.first_byte() % SHARDS)?;
        // No code of others runs while it is held, so nothing half done can be found in it.
        Some(shard.lock().unwrap_or_else(PoisonError::into_inner))
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().unwrap()).map(|shard| shard.young.len() + shard.old.len()).sum()
    }
}
