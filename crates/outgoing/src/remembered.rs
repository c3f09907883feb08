//! One document of somebody else's, kept for a while: a provider's discovery document, an application's keys.

use std::{fmt::Display, future::Future, sync::Arc};

use arc_swap::ArcSwapOption;
use chabi_token::{Env, Seconds, Timestamp};
use tokio::sync::Mutex;

/// How long a document serves, and how often it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keeping {
    /// Fresh for so long when its server does not say.
    pub usual_fresh: Seconds,
    /// The least of what its server may say.
    pub shortest_fresh: Seconds,
    /// The most of what its server may say.
    pub longest_fresh: Seconds,
    /// How much longer it serves while it cannot be fetched anew.
    pub stale: Seconds,
    /// After a failed attempt others are spared the same wait for this long.
    pub spared: Seconds,
    /// How often a caller who misses something in a fresh document may have it fetched again.
    pub again: Seconds,
}

impl Default for Keeping {
    /// An hour, of what its server may say one minute to one day; stale for a day more; 5 s after a failure; again once a minute.
    fn default() -> Self {
        Self {
            usual_fresh: Seconds::hours(1),
            shortest_fresh: Seconds::minutes(1),
            longest_fresh: Seconds::hours(24),
            stale: Seconds::hours(24),
            spared: Seconds(5),
            again: Seconds(60),
        }
    }
}

impl Keeping {
    fn fresh(&self, max_age: Option<i64>) -> Seconds {
        max_age.map_or(self.usual_fresh, |seconds| Seconds(seconds.clamp(self.shortest_fresh.0, self.longest_fresh.0)))
    }
}

/// What a fetch gave, and for how many seconds its server calls it fresh.
pub struct Fetched<T> {
    /// What it was read as.
    pub document: T,
    /// `max-age`, if it says.
    pub max_age: Option<i64>,
}

/// Read without a lock; fetched by one caller at a time.
pub struct Remembered<T, E> {
    current: ArcSwapOption<Kept<T>>,
    attempts: Mutex<Attempts<E>>,
    keeping: Keeping,
}

struct Kept<T> {
    document: Arc<T>,
    fresh_until: Timestamp,
}

struct Attempts<E> {
    failed: Option<(Timestamp, E)>,
    again: Option<Timestamp>,
}

impl<T, E> Default for Remembered<T, E> {
    fn default() -> Self {
        Self::new(Keeping::default())
    }
}

impl<T, E> Remembered<T, E> {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(keeping: Keeping) -> Self {
        Self { current: ArcSwapOption::empty(), attempts: Mutex::new(Attempts { failed: None, again: None }), keeping }
    }

    /// What was fetched last, however old it is.
    #[must_use]
    pub fn last(&self) -> Option<Arc<T>> {
        self.current.load().as_ref().map(|kept| Arc::clone(&kept.document))
    }
}

impl<T, E: Clone + Display> Remembered<T, E> {
    /// The document: as kept while it is fresh, else fetched; when fetching fails, as kept while it is stale.
    ///
    /// # Errors
    /// That of the attempt, this one or one a moment ago.
    pub async fn current<F>(&self, fetch: impl FnOnce() -> F + Send, env: &Env) -> Result<Arc<T>, E>
    where
        F: Future<Output = Result<Fetched<T>, E>> + Send,
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
            Some((at, refusal)) if env.now() < at + self.keeping.spared => {
                attempts.failed = Some((at, refusal.clone()));
                Err(refusal)
            }
            _ => self.attempt(fetch, &mut attempts, env).await,
        };
        outcome.or_else(|refusal| self.stale(env.now()).ok_or(refusal))
    }

    /// The document, fetched again because `seen` lacks something: at most once in [`Keeping::again`]. `None`: not now.
    pub async fn again<F>(&self, seen: &Arc<T>, fetch: impl FnOnce() -> F + Send, env: &Env) -> Option<Arc<T>>
    where
        F: Future<Output = Result<Fetched<T>, E>> + Send,
    {
        let mut attempts = self.attempts.lock().await;
        if let Some(kept) = self.current.load_full().filter(|kept| !Arc::ptr_eq(&kept.document, seen)) {
            return Some(Arc::clone(&kept.document));
        }
        if attempts.again.is_some_and(|at| env.now() < at + self.keeping.again) {
            return None;
        }
        attempts.again = Some(env.now());
        self.attempt(fetch, &mut attempts, env).await.ok()
    }

    async fn attempt<F>(&self, fetch: impl FnOnce() -> F + Send, attempts: &mut Attempts<E>, env: &Env) -> Result<Arc<T>, E>
    where
        F: Future<Output = Result<Fetched<T>, E>> + Send,
    {
        match fetch().await {
            Ok(Fetched { document, max_age }) => {
                let fresh = self.keeping.fresh(max_age);
                let document = Arc::new(document);
                self.current.store(Some(Arc::new(Kept { document: Arc::clone(&document), fresh_until: env.now() + fresh })));
                attempts.failed = None;
                Ok(document)
            }
            Err(refusal) => {
                tracing::warn!(%refusal, "a document could not be fetched");
                attempts.failed = Some((env.now(), refusal.clone()));
                Err(refusal)
            }
        }
    }

    fn fresh(&self, now: Timestamp) -> Option<Arc<T>> {
        self.kept_until(now, Seconds(0))
    }

    fn stale(&self, now: Timestamp) -> Option<Arc<T>> {
        self.kept_until(now, self.keeping.stale)
    }

    fn kept_until(&self, now: Timestamp, longer: Seconds) -> Option<Arc<T>> {
        let kept = self.current.load();
        kept.as_ref().filter(|kept| now < kept.fresh_until + longer).map(|kept| Arc::clone(&kept.document))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_publishes_says_how_long_it_is_fresh_within_bounds() {
        let keeping = Keeping::default();
        let fresh = |max_age| keeping.fresh(max_age);
        assert_eq!(fresh(Some(600)), Seconds(600));
        assert_eq!((fresh(Some(0)), fresh(Some(-1))), (Seconds::minutes(1), Seconds::minutes(1)), "or each request would fetch it");
        assert_eq!(fresh(Some(i64::MAX)), Seconds::hours(24), "or a key that was taken away would be good for ever");
    }
}
