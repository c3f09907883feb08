//! Signing keys, sealed.

use chabi_token::Timestamp;

use crate::Answer;

/// A key pair. Published from `created_at` to `retired_at`; signs from `signs_from` until a newer key of its algorithm does.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKeyRecord {
    /// Key id in the JWKS.
    pub kid: String,
    /// `ES256`, `RS256`.
    pub alg: String,
    /// PKCS#8, sealed with the installation's secret and bound to the key id.
    pub sealed_private_key: Vec<u8>,
    /// The public JWK, JSON.
    pub public_jwk: String,
    /// When it was made and published.
    pub created_at: Timestamp,
    /// From when on it signs.
    pub signs_from: Timestamp,
    /// From when on it is no longer published; `None`: not replaced yet.
    pub retired_at: Option<Timestamp>,
}

impl std::fmt::Debug for SigningKeyRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKeyRecord").field("kid", &self.kid).field("alg", &self.alg).finish_non_exhaustive()
    }
}

/// Verbs on signing keys.
pub trait SigningKeyVerbs {
    /// All that are published at `now`, the oldest first.
    fn list_signing_keys(&self, now: Timestamp) -> Answer<'_, Vec<SigningKeyRecord>>;
    /// Adds one unless there is already a published key of its algorithm that was made at the same start (`first_only`): two nodes
    /// that start at once must not make two first keys. `false`: it was not added.
    fn insert_signing_key(&self, key: SigningKeyRecord, first_only: bool) -> Answer<'_, bool>;
    /// Sets the end of publication of every key of `alg` that was made before `made_before` and has none yet, or a later one; how
    /// many. An end only ever comes nearer.
    fn retire_signing_keys(&self, alg: &str, made_before: Timestamp, retired_at: Timestamp) -> Answer<'_, i64>;
}
