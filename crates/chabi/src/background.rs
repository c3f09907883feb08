//! What goes on by itself while the server runs; it stops when the last handle is dropped.

use std::{sync::Arc, time::Duration};

use chabi_authorization_server::keys::SigningKeys;
use chabi_spec::Fault;
use chabi_store::Store;
use chabi_token::Env;
use tokio::task::JoinHandle;

/// Rows of each noun that one sweep removes at the most.
const SWEEP_BATCH: i64 = 500;
const SWEEP_EVERY: Duration = Duration::from_secs(60);
const PAUSE_BETWEEN_BATCHES: Duration = Duration::from_millis(250);
const MEASURE_CLOCK_EVERY: Duration = Duration::from_secs(30);
const TRY_KEYS_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// The tasks; dropping it stops them.
pub(crate) struct Background(Vec<JoinHandle<()>>);

impl Background {
    /// Starts: keys, the sweep of what has expired, the offset to the database's clock.
    pub(crate) fn begin(store: &Store, keys: &Arc<SigningKeys>, env: &Env) -> Self {
        let tasks = vec![
            tokio::spawn(keep_keys(Arc::clone(keys))),
            tokio::spawn(sweep(store.clone(), env.clone())),
            tokio::spawn(keep_clock(store.clone(), env.clone())),
        ];
        Self(tasks)
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

async fn keep_keys(keys: Arc<SigningKeys>) {
    while let Err(fault) = keys.prepare().await {
        tracing::error!(%fault, "the signing keys cannot be had; trying again");
        tokio::time::sleep(TRY_KEYS_AGAIN_AFTER).await;
    }
    keys.watch().await;
}

/// Nothing relies on it: expiry is checked at use.
async fn sweep(store: Store, env: Env) {
    loop {
        tokio::time::sleep(SWEEP_EVERY).await;
        loop {
            match store.delete_expired(env.now(), SWEEP_BATCH).await {
                Ok(removed) if removed >= SWEEP_BATCH => tokio::time::sleep(PAUSE_BETWEEN_BATCHES).await,
                Ok(_) => break,
                Err(fault) => {
                    tracing::warn!(%fault, "what has expired could not be swept; nothing relies on it");
                    break;
                }
            }
        }
    }
}

async fn keep_clock(store: Store, env: Env) {
    loop {
        tokio::time::sleep(MEASURE_CLOCK_EVERY).await;
        if let Err(fault) = correct_clock(&store, &env).await {
            tracing::warn!(%fault, "the offset to the database's clock could not be measured; the last one stays");
        }
    }
}

/// Measures how far this machine's clock is from the database's, so that all nodes agree on the time.
pub(crate) async fn correct_clock(store: &Store, env: &Env) -> Result<(), Fault> {
    let offset = store.engine().clock_offset().await?;
    env.correct_by(offset);
    Ok(())
}
