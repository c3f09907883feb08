//! What the issuer takes back, followed behind the requests' backs: from its stream of changes, or else from its status lists.
//!
//! | | a token that was taken back is refused |
//! |---|---|
//! | the stream is open | as soon as the issuer has told it: well under a second |
//! | no stream, or broken | as soon as its status list is fetched again: the list's `ttl`, 10 seconds with Chabi |
//! | neither can be had | when it expires; with [`FollowLimits::fail_open_for`], nobody passes once knowledge is older than that |
//!
//! The metadata of the issuer names the stream (`status_changes_endpoint`), a token its list (`status`). Both are asked for at the issuer's
//! own origin alone, without redirects. Requests wait for none of this.

mod connection;
mod events;
mod known;
mod polling;
mod streaming;
#[cfg(test)]
mod tests;

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chabi_spec::Issuer;
use chabi_token::{Env, Seconds, Timestamp, VerifiedAccessToken};
use tokio::task::JoinHandle;

use self::{connection::Connection, known::Known, polling::Wanted, streaming::Pace};
use crate::{KeySource, RevocationSource, Standing};

/// What becomes of requests while nothing can be learnt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FollowLimits {
    /// For so long tokens pass on old knowledge; then they are answered 503. `None`, by default: until they expire, which is soon. Counted
    /// from the last proof that all is known, or from the first token. Whole seconds.
    pub fail_open_for: Option<Duration>,
}

/// Follows one issuer, from the first token on until it is dropped.
pub struct FollowedRevocations {
    shared: Arc<Shared>,
    task: Mutex<Option<JoinHandle<()>>>,
    pace: Pace,
}

struct Shared {
    connection: Connection,
    keys: Arc<dyn KeySource>,
    limit: Option<Seconds>,
    env: Env,
    known: RwLock<Known>,
    wanted: Mutex<Wanted>,
    /// While the stream is open nobody needs lists.
    streaming: AtomicBool,
    #[cfg(test)]
    changes: tokio::sync::watch::Sender<()>,
}

impl FollowedRevocations {
    /// Asks nobody yet. `keys` are the issuer's, for its status lists.
    #[must_use]
    pub fn new(issuer: &Issuer, keys: impl KeySource, limits: FollowLimits, env: &Env) -> Self {
        Self::with_pace(issuer, Arc::new(keys), limits, Pace::usual(), env)
    }

    fn with_pace(issuer: &Issuer, keys: Arc<dyn KeySource>, limits: FollowLimits, pace: Pace, env: &Env) -> Self {
        let limit = limits.fail_open_for.map(|limit| Seconds(i64::try_from(limit.as_secs()).unwrap_or(i64::MAX)));
        let shared = Shared {
            connection: Connection::new(issuer),
            keys,
            limit,
            env: env.clone(),
            known: RwLock::default(),
            wanted: Mutex::default(),
            streaming: AtomicBool::new(false),
            #[cfg(test)]
            changes: tokio::sync::watch::Sender::new(()),
        };
        Self { shared: Arc::new(shared), task: Mutex::new(None), pace }
    }
}

impl RevocationSource for FollowedRevocations {
    fn standing(&self, token: &VerifiedAccessToken, now: Timestamp) -> Standing {
        self.shared.note_list(token, now);
        self.shared.read(|known| known.standing(token, self.shared.limit, now))
    }

    fn begin(&self) {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        // begun again only if its runtime is gone
        if task.as_ref().is_none_or(JoinHandle::is_finished)
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let now = self.shared.env.now();
            self.shared.write(|known| known.begin(now));
            *task = Some(runtime.spawn(Arc::clone(&self.shared).follow(self.pace)));
        }
    }
}

impl Drop for FollowedRevocations {
    fn drop(&mut self) {
        if let Some(task) = self.task.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
    }
}

impl std::fmt::Debug for FollowedRevocations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FollowedRevocations").field("limit", &self.shared.limit).finish_non_exhaustive()
    }
}

impl Shared {
    /// Remembers which list the token names, for as long as there is no stream.
    fn note_list(&self, token: &VerifiedAccessToken, now: Timestamp) {
        if self.streaming.load(Ordering::Relaxed) {
            return;
        }
        let Some(reference) = token.claims().status.as_ref().and_then(|status| status.status_list.as_ref()) else { return };
        // a request never waits: another one will note it
        if let Ok(mut wanted) = self.wanted.try_lock() {
            wanted.note(&reference.uri, now);
        }
    }

    fn read<T>(&self, look: impl FnOnce(&Known) -> T) -> T {
        look(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, change: impl FnOnce(&mut Known) -> T) -> T {
        let outcome = change(&mut self.known.write().unwrap_or_else(PoisonError::into_inner));
        self.changed();
        outcome
    }

    fn wanted(&self) -> MutexGuard<'_, Wanted> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "tests are told")]
    fn changed(&self) {}

    #[cfg(test)]
    fn changed(&self) {
        self.changes.send_replace(());
    }
}
