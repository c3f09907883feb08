//! Signing keys: rotating and listing.

use chabi_authorization_server::keys;
use chabi_spec::Fault;
use chabi_store::Store;
use chabi_token::{Env, MasterSecret, Sealer, Timestamp};

/// A published key.
#[derive(Clone, Debug)]
pub struct PublishedKey {
    /// Its id in the JWKS.
    pub kid: String,
    /// `ES256`, `RS256`, `PS256` or `EdDSA`.
    pub alg: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it signs.
    pub signs_from: Timestamp,
    /// From when on it is no longer published.
    pub retired_at: Option<Timestamp>,
}

/// Makes a new key of each algorithm; a running server sees them within a second. Answers with their ids.
///
/// # Errors
/// A fault of the store or of making a key.
pub async fn rotate(store: &Store, secret: &MasterSecret, env: &Env) -> Result<Vec<String>, Fault> {
    rotate_with(store, &Sealer::new(secret), env).await
}

/// The same, with the installation's sealer at hand.
pub(crate) async fn rotate_with(store: &Store, sealer: &Sealer, env: &Env) -> Result<Vec<String>, Fault> {
    let mut made = Vec::new();
    for algorithm in keys::NEEDED {
        made.push(keys::rotate(store, sealer, algorithm, env).await?);
    }
    Ok(made)
}

/// For keys that others may have: new ones sign at once, and the older ones are withdrawn at once, with every token that they signed.
/// A running server sees it within a second. Answers with the new keys' ids.
///
/// # Errors
/// A fault of the store or of making a key.
pub async fn replace_compromised(store: &Store, secret: &MasterSecret, env: &Env) -> Result<Vec<String>, Fault> {
    replace_compromised_with(store, &Sealer::new(secret), env).await
}

/// The same, with the installation's sealer at hand.
pub(crate) async fn replace_compromised_with(store: &Store, sealer: &Sealer, env: &Env) -> Result<Vec<String>, Fault> {
    let mut made = Vec::new();
    for algorithm in keys::NEEDED {
        made.push(keys::replace_compromised(store, sealer, algorithm, env).await?);
    }
    Ok(made)
}

/// The keys that are published now, the oldest first.
///
/// # Errors
/// The store's fault.
pub async fn list(store: &Store, env: &Env) -> Result<Vec<PublishedKey>, Fault> {
    let records = store.list_signing_keys(env.now()).await?;
    let published = records.into_iter().map(|record| PublishedKey {
        kid: record.kid,
        alg: record.alg,
        created_at: record.created_at,
        signs_from: record.signs_from,
        retired_at: record.retired_at,
    });
    Ok(published.collect())
}
