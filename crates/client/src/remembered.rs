//! A document of a provider, kept for a while: discovery, keys.

use std::{future::Future, sync::Arc};

use arc_swap::ArcSwapOption;
use chabi_token::{Env, Seconds, Timestamp};
use tokio::sync::Mutex;

use crate::refusal::UpstreamRefusal;

/// How long a document is fresh when its server does not say, and the bounds of what its server may say.
const FRESH: Seconds = Seconds::hours(1);
const FRESH_AT_LEAST: i64 = 60;
const FRESH_AT_MOST: i64 = 86_400;
/// How much longer it serves while it cannot be fetched anew.
const STALE: Seconds = Seconds::hours(24);
/// After a failed attempt others are spared the same wait for this long.
const SPARED: Seconds = Seconds(5);
/// How often a caller who misses something in a fresh document may have it fetched again.
const AGAIN: Seconds = Seconds(60);

/// What a fetch gave, and for how many seconds its server calls it fresh.
pub(crate) struct Fetched<T> {
    pub(crate) document: T,
    pub(crate) max_age: Option<i64>,
}

/// Read without a lock; fetched by one caller at a time.
pub(crate) struct Remembered<T> {
    current: ArcSwapOption<Kept<T>>,
    attempts: Mutex<Attempts>,
}

struct Kept<T> {
    document: Arc<T>,
    fresh_until: Timestamp,
}

#[derive(Default)]
struct Attempts {
    failed: Option<(Timestamp, UpstreamRefusal)>,
    again: Option<Timestamp>,
}

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self { current: ArcSwapOption::empty(), attempts: Mutex::default() }
    }
}

impl<T> Remembered<T> {
    /// The document: as kept while it is fresh, else fetched; when fetching fails, as kept for up to 24 hours more.
    pub(crate) async fn current<F>(&self, fetch: impl FnOnce() -> F + Send, env: &Env) -> Result<Arc<T>, UpstreamRefusal>
    where
        F: Future<Output = Result<Fetched<T>, UpstreamRefusal>> + Send,
    {
        if let Some(document) = self.fresh(env.now()) {
            return Ok(document);
        }
        let mut attempts = match (self.attempts.try_lock(), self.stale(env.now())) {
            (Ok(attempts), _) => attempts,
            // somebody is fetching it: nobody waits while the older one will do
            (Err(_), Some(document)) => return Ok(document),
            (Err(_), None) => self.attempts.lock().await,
        };
        if let Some(document) = self.fresh(env.now()) {
            return Ok(document);
        }
        let outcome = match attempts.failed.take() {
            Some((at, refusal)) if env.now() < at + SPARED => {
                attempts.failed = Some((at, refusal.clone()));
                Err(refusal)
            }
            _ => self.attempt(fetch, &mut attempts, env).await,
        };
        outcome.or_else(|refusal| self.stale(env.now()).ok_or(refusal))
    }

    /// The document, fetched again because `seen` lacks something: at most once in 60 s. `None`: not now.
    pub(crate) async fn again<F>(&self, seen: &Arc<T>, fetch: impl FnOnce() -> F + Send, env: &Env) -> Option<Arc<T>>
    where
        F: Future<Output = Result<Fetched<T>, UpstreamRefusal>> + Send,
    {
        let mut attempts = self.attempts.lock().await;
        if let Some(kept) = self.current.load_full().filter(|kept| !Arc::ptr_eq(&kept.document, seen)) {
            return Some(Arc::clone(&kept.document));
        }
        if attempts.again.is_some_and(|at| env.now() < at + AGAIN) {
            return None;
        }
        attempts.again = Some(env.now());
        self.attempt(fetch, &mut attempts, env).await.ok()
    }

    async fn attempt<F>(&self, fetch: impl FnOnce() -> F + Send, attempts: &mut Attempts, env: &Env) -> Result<Arc<T>, UpstreamRefusal>
    where
        F: Future<Output = Result<Fetched<T>, UpstreamRefusal>> + Send,
    {
        match fetch().await {
            Ok(Fetched { document, max_age }) => {
                let fresh = max_age.map_or(FRESH, |seconds| Seconds(seconds.clamp(FRESH_AT_LEAST, FRESH_AT_MOST)));
                let document = Arc::new(document);
                self.current.store(Some(Arc::new(Kept { document: Arc::clone(&document), fresh_until: env.now() + fresh })));
                attempts.failed = None;
                Ok(document)
            }
            Err(refusal) => {
                tracing::warn!(%refusal, "a provider's document could not be fetched");
                attempts.failed = Some((env.now(), refusal.clone()));
                Err(refusal)
            }
        }
    }

    fn fresh(&self, now: Timestamp) -> Option<Arc<T>> {
        self.kept_until(now, Seconds(0))
    }

    fn stale(&self, now: Timestamp) -> Option<Arc<T>> {
        self.kept_until(now, STALE)
    }

    fn kept_until(&self, now: Timestamp, longer: Seconds) -> Option<Arc<T>> {
        let kept = self.current.load();
        kept.as_ref().filter(|kept| now < kept.fresh_until + longer).map(|kept| Arc::clone(&kept.document))
    }
}
