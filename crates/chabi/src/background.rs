//! What goes on by itself while the server runs; it stops when the last handle is dropped.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chabi_authorization_server::{AuthorizationServer, keys::SigningKeys};
use chabi_spec::Fault;
use chabi_store::Store;
use chabi_token::{Env, Seconds};
use tokio::{sync::watch, task::JoinHandle};

use crate::sites::Sites;

/// Rows of each noun that one sweep removes at the most.
const SWEEP_BATCH: i64 = 500;
const SWEEP_EVERY: Duration = Duration::from_secs(60);
const PAUSE_BETWEEN_BATCHES: Duration = Duration::from_millis(250);
const MEASURE_CLOCK_EVERY: Duration = Duration::from_secs(30);
/// Further back than this, the clock is not merely late: somebody must look.
const MOST_BEHIND: Seconds = Seconds::days(1);
/// What a clock may gain on the monotonic one between two looks without having jumped.
const UNSTEADY: Seconds = Seconds(5);
const TRY_KEYS_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// The tasks; dropping it stops them.
pub(crate) struct Background {
    tasks: Vec<JoinHandle<()>>,
    keys_prepared: watch::Receiver<bool>,
}

impl Background {
    /// Starts: keys and the looks for changes, revocations, logouts to be told, the sweep of what has expired, the chain of
    /// the audit log, the offset to the database's clock.
    ///
    /// Each once for all sites of the installation.
    pub(crate) fn begin(server: &AuthorizationServer, keys: &Arc<SigningKeys>, sites: &Arc<Sites>, (store, env): (&Store, &Env)) -> Self {
        let (prepared, keys_prepared) = watch::channel(false);
        let tasks = vec![
            tokio::spawn(keep_keys(Arc::clone(keys), server.clone(), prepared)),
            tokio::spawn(Arc::clone(server.feed()).watch()),
            tokio::spawn(deliver_logouts(server.clone(), Arc::clone(sites))),
            tokio::spawn(Arc::clone(sites).follow()),
            tokio::spawn(sweep(store.clone(), env.clone())),
            tokio::spawn(chabi_admin::chain::keep(store.clone(), env.clone())),
            tokio::spawn(keep_clock(store.clone(), env.clone())),
        ];
        Self { tasks, keys_prepared }
    }

    /// Waits until the signing keys are there.
    pub(crate) async fn until_keys_are_prepared(&self) {
        // an error would mean that the task is gone, and the keys with it: `ready` tells
        let _ = self.keys_prepared.clone().wait_for(|prepared| *prepared).await;
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn keep_keys(keys: Arc<SigningKeys>, server: AuthorizationServer, prepared: watch::Sender<bool>) {
    while let Err(fault) = keys.prepare().await {
        tracing::error!(%fault, "the signing keys cannot be had; trying again");
        tokio::time::sleep(TRY_KEYS_AGAIN_AFTER).await;
    }
    // who is ready knows what was taken back; if it cannot be had now, whoever polls says so
    let _ = server.feed().refresh().await;
    prepared.send_replace(true);
    server.watch().await;
}

/// Each logout token bears the issuer of the site whose ID token it follows.
async fn deliver_logouts(server: AuthorizationServer, sites: Arc<Sites>) {
    server.deliver_logouts(move |id| sites.server(id)).await;
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

/// A clock that is set back revives nothing that has expired: time has been where it was. A jump forwards that does not last is not
/// believed, or time would stand still until the clock is there again.
async fn keep_clock(store: Store, env: Env) {
    let (mut monotonic, mut wall) = (Instant::now(), env.now());
    loop {
        tokio::time::sleep(MEASURE_CLOCK_EVERY).await;
        let elapsed = Seconds(i64::try_from(monotonic.elapsed().as_secs()).unwrap_or(i64::MAX));
        if env.now() <= wall + elapsed + UNSTEADY {
            env.not_before(env.now());
        }
        (monotonic, wall) = (Instant::now(), env.now());
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

/// The last time that is written in the database: time has been there, whatever this machine's clock says after a restart.
pub(crate) async fn resume_clock(store: &Store, env: &Env) -> Result<(), Fault> {
    let written = store.list_audit_events(1).await?.first().map(|event| event.at);
    let Some(written) = written.filter(|written| *written > env.now()) else { return Ok(()) };
    let seconds = written.since(env.now()).0;
    if seconds <= MOST_BEHIND.0 {
        tracing::error!(seconds, "this machine's clock is behind what the database says it was: time stands still until it has caught up");
        env.not_before(written);
    } else {
        tracing::error!(seconds, "this machine's clock is far behind what the database says it was: one of them is wrong; set it");
    }
    Ok(())
}
