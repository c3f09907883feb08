//! The signing keys of the installation: made at the first start, sealed in the store, read again when they change.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use chabi_spec::{Failure, Fault};
use chabi_store::{Store, signing_key::SigningKeyRecord};
use chabi_token::{Algorithm, Env, KeyRing, Seconds, Timestamp, key_ring::RingKey, seal::Sealer, signing_key::SigningKey};

use crate::{
    LONGEST_ACCESS_TOKEN, audit,
    document::{CACHE_SECONDS, Document},
};

/// What the store calls the version number of the keys.
const VERSION: &str = "signing_keys";
/// What the keys are sealed for.
const PURPOSE: &str = "signing_key";
/// The algorithms that every installation has a key for, each its own (RFC 8725 §3.1).
pub const NEEDED: [Algorithm; 4] = [Algorithm::ES256, Algorithm::RS256, Algorithm::PS256, Algorithm::EdDSA];
/// Those that tokens are signed with where nobody chose.
const USUAL: [Algorithm; 2] = [Algorithm::ES256, Algorithm::RS256];
/// Even without a change the ring is built again after so long, since keys retire by the clock.
const OLDEST_RING: Seconds = Seconds(60);
/// What is added to a cache's lifetime before a key signs, and to a token's before a key goes: clocks and polls differ.
const MARGIN: Seconds = Seconds(60);

/// The keys in use, held without a lock. Until [`SigningKeys::prepare`] is done there are none, and who asks is told to come back.
pub struct SigningKeys {
    store: Store,
    sealer: Sealer,
    env: Env,
    loaded: ArcSwapOption<Loaded>,
}

struct Loaded {
    ring: Arc<KeyRing>,
    document: Document,
    version: i64,
    at: Timestamp,
}

impl SigningKeys {
    /// Without keys yet.
    #[must_use]
    pub fn new(store: Store, sealer: Sealer, env: Env) -> Arc<Self> {
        Arc::new(Self { store, sealer, env, loaded: ArcSwapOption::empty() })
    }

    /// Makes the keys that the store does not have yet, and loads all. Two nodes that start at once end up with the same keys.
    ///
    /// # Errors
    /// A fault of the store, or of opening a key that another master secret sealed.
    pub async fn prepare(&self) -> Result<(), Fault> {
        let present = self.store.list_signing_keys(self.env.now()).await?;
        let missing: Vec<_> = NEEDED.into_iter().filter(|algorithm| !present.iter().any(|key| key.alg == algorithm.as_str())).collect();
        // an installation of a version before has the usual keys: nobody waits for those that it lacks
        if missing.is_empty() || !missing.iter().any(|algorithm| USUAL.contains(algorithm)) {
            self.load().await?;
        }
        if missing.is_empty() {
            return Ok(());
        }
        let made: Vec<_> = missing
            .into_iter()
            .map(|algorithm| (algorithm, tokio::task::spawn_blocking(move || SigningKey::generate(algorithm))))
            .collect();
        for (algorithm, making) in made {
            let key = making.await.map_err(|error| Fault::internal("making a signing key").because(error))??;
            let now = self.env.now();
            let record = sealed(&key, now, now, &self.sealer, &self.env)?;
            let ours = self.store.insert_signing_key(record, true).await?;
            tracing::info!(alg = algorithm.as_str(), ours, "first signing key");
        }
        self.load().await
    }

    /// True once tokens can be signed: what `/readyz` asks.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.loaded.load().is_some()
    }

    /// Reads the keys again when another process changed them, or when the ring is a minute old. `versions` were just read.
    pub async fn follow(&self, versions: &[(String, i64)]) -> Result<(), Fault> {
        let version = versions.iter().find(|(name, _)| name == VERSION).map_or(0, |(_, version)| *version);
        let now = self.env.now();
        let fresh = self.loaded.load().as_ref().is_some_and(|loaded| {
            let age = now.since(loaded.at);
            loaded.version == version && age < OLDEST_RING && age >= Seconds(0)
        });
        if fresh { Ok(()) } else { self.load().await }
    }

    /// Looks once whether another process changed them: the authorization server does so each second.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn refresh(&self) -> Result<(), Fault> {
        self.follow(&self.store.list_versions().await?).await
    }

    /// The ring in use: what signs and verifies now.
    ///
    /// # Errors
    /// Unavailable while the first keys are being made.
    pub fn ring(&self) -> Result<Arc<KeyRing>, Fault> {
        self.loaded.load().as_ref().map(|loaded| Arc::clone(&loaded.ring)).ok_or_else(not_ready)
    }

    /// The JWKS document.
    pub fn published(&self) -> Result<Document, Fault> {
        self.loaded.load().as_ref().map(|loaded| loaded.document.clone()).ok_or_else(not_ready)
    }

    async fn load(&self) -> Result<(), Fault> {
        // the version first: a change that happens while we read is then seen by the next look
        let version = self.store.find_version(VERSION).await?;
        let now = self.env.now();
        let records = self.store.list_signing_keys(now).await?;
        let keys = records.iter().map(|record| opened(record, &self.sealer)).collect::<Result<Vec<_>, _>>()?;
        let ring = KeyRing::new(keys, now);
        let document = Document::new(ring.published_jwks().to_vec(), "application/json");
        self.loaded.store(Some(Arc::new(Loaded { ring: Arc::new(ring), document, version, at: now })));
        Ok(())
    }
}

impl std::fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKeys")
    }
}

/// Adds a key of `algorithm`, which signs once caches of the older JWKS have run out; the ones before are published until the last
/// token that they signed has expired. Answers with the new key's id.
///
/// # Errors
/// A fault of the store or of making the key.
pub async fn rotate(store: &Store, sealer: &Sealer, algorithm: Algorithm, env: &Env) -> Result<String, Fault> {
    // OpenID Connect Core §10.1.1: a key is published before it signs, as long as anybody keeps the older document
    let signs_from = env.now() + Seconds(CACHE_SECONDS) + MARGIN;
    let change = Change { signs_from, older_end: signs_from + LONGEST_ACCESS_TOKEN + MARGIN, kind: "key.rotated" };
    replace(store, sealer, algorithm, &change, env).await
}

/// For a key that others may have: the new one signs at once, and the ones before are gone at once, with every token that they signed.
/// Those who keep an older JWKS fetch it again when they meet the new key id. Answers with the new key's id.
///
/// # Errors
/// A fault of the store or of making the key.
pub async fn replace_compromised(store: &Store, sealer: &Sealer, algorithm: Algorithm, env: &Env) -> Result<String, Fault> {
    let now = env.now();
    replace(store, sealer, algorithm, &Change { signs_from: now, older_end: now, kind: "key.withdrawn" }, env).await
}

/// When the new key begins and the older ones end.
struct Change {
    signs_from: Timestamp,
    older_end: Timestamp,
    kind: &'static str,
}

async fn replace(store: &Store, sealer: &Sealer, algorithm: Algorithm, change: &Change, env: &Env) -> Result<String, Fault> {
    let making = tokio::task::spawn_blocking(move || SigningKey::generate(algorithm));
    let key = making.await.map_err(|error| Fault::internal("making a signing key").because(error))??;
    let now = env.now();
    let older_end = change.older_end;
    let record = sealed(&key, now, change.signs_from, sealer, env)?;
    let event = audit::event(change.kind, None, None, &format!("{algorithm} {}", key.kid()), env);
    let replaced = store.transaction("replace_signing_key", move |verbs| {
        let (record, event) = (record.clone(), event.clone());
        Box::pin(async move {
            // before the new one is there: all that are there now, also one that was made in this very microsecond
            let made_before = Timestamp(now.0.saturating_add(1));
            verbs.retire_signing_keys(algorithm.as_str(), made_before, older_end).await?;
            verbs.insert_signing_key(record, false).await?;
            verbs.insert_audit_event(event).await?;
            verbs.bump_version(VERSION).await?;
            Ok(())
        })
    });
    match replaced.await {
        Ok(()) => Ok(key.kid().to_owned()),
        Err(Failure::Fault(fault)) => Err(fault),
        Err(Failure::Refusal(refusal)) => Err(Fault::internal("replacing a signing key").because(refusal)),
    }
}

fn sealed(key: &SigningKey, now: Timestamp, signs_from: Timestamp, sealer: &Sealer, env: &Env) -> Result<SigningKeyRecord, Fault> {
    Ok(SigningKeyRecord {
        kid: key.kid().to_owned(),
        alg: key.algorithm().as_str().to_owned(),
        sealed_private_key: sealer.seal(PURPOSE, key.kid(), &key.to_pkcs8()?, env)?,
        public_jwk: key.public_jwk().to_json(),
        created_at: now,
        signs_from,
        retired_at: None,
    })
}

fn opened(record: &SigningKeyRecord, sealer: &Sealer) -> Result<RingKey, Fault> {
    let algorithm = Algorithm::parse(&record.alg).ok_or_else(|| Fault::internal("a stored signing key has an unknown algorithm"))?;
    let pkcs8 = sealer.open(PURPOSE, &record.kid, &record.sealed_private_key)?;
    let key = SigningKey::from_pkcs8(algorithm, &record.kid, &pkcs8)?;
    Ok(RingKey { key: Arc::new(key), signs_from: record.signs_from, retired_at: record.retired_at })
}

fn not_ready() -> Fault {
    Fault::unavailable("the signing keys are being made")
}
