//! The issuer's keys over HTTP: fetched when the first token comes, kept, and fetched again by one request at a time.
//!
//! | known keys | a token comes |
//! |---|---|
//! | fresh | they are used |
//! | stale | they are used, and fetched again behind the request's back; while that fails they stay in use, for a day at the most |
//! | none | everybody waits for one fetch; when it fails, nobody passes, and the next fetch is a second away |
//! | without the token's `kid` | one fetch in ten seconds at the most, for which only requests with an unknown `kid` wait |

pub(crate) mod download;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use chabi_spec::Issuer;
use chabi_token::{Env, JwkSet, Seconds, Timestamp};
use futures_util::future::BoxFuture;
use serde::Deserialize;
use tokio::sync::Mutex;
use url::Url;

use self::download::{Document, Download, HttpDownload, Trouble};
use crate::{BuildError, KeySource, Keys, KeysUnavailable};

/// How long fetched keys are used, and how often they are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchLimits {
    /// Fresh for so long when the answer has no `Cache-Control: max-age`. Ten minutes by default.
    pub usual_fresh: Seconds,
    /// Fresh for so long at the most, whatever the answer says: how long a withdrawn key may go on being accepted. An hour by default.
    pub longest_fresh: Seconds,
    /// Used for so long at the most while they cannot be fetched again. A day by default.
    pub longest_stale: Seconds,
    /// Between two fetches, when keys are known. Ten seconds by default.
    pub between_fetches: Seconds,
    /// Between two fetches, when the last one failed and none are known. A second by default.
    pub between_first_fetches: Seconds,
}

impl Default for FetchLimits {
    fn default() -> Self {
        Self {
            usual_fresh: Seconds::minutes(10),
            longest_fresh: Seconds::hours(1),
            longest_stale: Seconds::days(1),
            between_fetches: Seconds(10),
            between_first_fetches: Seconds(1),
        }
    }
}

/// Keys of one issuer, found through its metadata or at a given URL.
#[derive(Clone)]
pub struct FetchedKeys(Arc<Inner>);

struct Inner {
    issuer: Issuer,
    jwks_uri: Option<Url>,
    limits: FetchLimits,
    download: Box<dyn Download>,
    env: Env,
    cached: ArcSwapOption<Cached>,
    /// When the last fetch began. Whoever holds the lock is the one who fetches.
    last_fetch: Mutex<Option<Timestamp>>,
}

struct Cached {
    keys: Keys,
    fetched_at: Timestamp,
    fresh_until: Timestamp,
}

impl FetchedKeys {
    /// Fetches nothing yet. `jwks_uri: None` asks the issuer's metadata (`/.well-known/openid-configuration`) for it.
    ///
    /// # Errors
    /// When `jwks_uri` is neither https, nor http on loopback for an issuer on loopback.
    pub fn new(issuer: &Issuer, jwks_uri: Option<&str>, limits: FetchLimits, env: &Env) -> Result<Self, BuildError> {
        Self::downloading_with(issuer, jwks_uri, Box::new(HttpDownload::new(issuer)), limits, env)
    }

    fn downloading_with(
        issuer: &Issuer,
        jwks_uri: Option<&str>,
        download: Box<dyn Download>,
        limits: FetchLimits,
        env: &Env,
    ) -> Result<Self, BuildError> {
        let jwks_uri = jwks_uri.map(|text| allowed(text, issuer).ok_or(BuildError::JwksUri)).transpose()?;
        let (cached, last_fetch) = (ArcSwapOption::empty(), Mutex::new(None));
        Ok(Self(Arc::new(Inner { issuer: issuer.clone(), jwks_uri, limits, download, env: env.clone(), cached, last_fetch })))
    }
}

/// https; or http to loopback, when the issuer is there too and so cannot have https.
fn allowed(text: &str, issuer: &Issuer) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let on_loopback = match url.host()? {
        url::Host::Domain(name) => name == "localhost",
        url::Host::Ipv4(address) => address.is_loopback(),
        url::Host::Ipv6(address) => address.is_loopback(),
    };
    let plain_allowed = on_loopback && issuer.is_loopback() && !issuer.is_secure();
    (url.scheme() == "https" || (url.scheme() == "http" && plain_allowed)).then_some(url)
}

impl KeySource for FetchedKeys {
    fn keys(&self) -> BoxFuture<'_, Result<Keys, KeysUnavailable>> {
        Box::pin(async {
            let now = self.0.env.now();
            match self.0.usable(now) {
                Some(cached) => {
                    if now >= cached.fresh_until {
                        self.fetch_behind(now);
                    }
                    Ok(cached.keys.clone())
                }
                // In a task of its own: a caller who hangs up must not spoil the fetch for those who wait.
                None => {
                    let inner = Arc::clone(&self.0);
                    tokio::spawn(async move { inner.first().await }).await.unwrap_or(Err(KeysUnavailable))
                }
            }
        })
    }

    fn newer_than<'a>(&'a self, known: &'a Keys) -> BoxFuture<'a, Option<Keys>> {
        let (inner, known) = (Arc::clone(&self.0), known.clone());
        Box::pin(async move { tokio::spawn(async move { inner.newer_than(&known).await }).await.ok().flatten() })
    }
}

impl FetchedKeys {
    /// Begins a fetch for which nobody waits, unless one is under way or was just now.
    fn fetch_behind(&self, now: Timestamp) {
        let between = self.0.limits.between_fetches;
        if !self.0.last_fetch.try_lock().is_ok_and(|last| may_fetch(*last, between, now)) {
            return;
        }
        let inner = Arc::clone(&self.0);
        tokio::spawn(async move {
            if let Ok(mut last) = inner.last_fetch.try_lock()
                && may_fetch(*last, between, inner.env.now())
            {
                // A failure is logged there; the stale keys stay in use.
                let _stale_stay = inner.fetch(&mut last).await;
            }
        });
    }
}

fn may_fetch(last: Option<Timestamp>, between: Seconds, now: Timestamp) -> bool {
    // A clock that was set back must not stop fetching.
    last.is_none_or(|last| now >= last + between || now < last)
}

impl Inner {
    /// Keys that are not too old to be used.
    fn usable(&self, now: Timestamp) -> Option<Arc<Cached>> {
        self.cached.load_full().filter(|cached| now < cached.fetched_at + self.limits.longest_stale)
    }

    /// No usable keys: the first one here fetches, the others wait and take what it got.
    async fn first(&self) -> Result<Keys, KeysUnavailable> {
        let mut last = self.last_fetch.lock().await;
        let now = self.env.now();
        if let Some(cached) = self.usable(now) {
            return Ok(cached.keys.clone());
        }
        match may_fetch(*last, self.limits.between_first_fetches, now) {
            true => self.fetch(&mut last).await,
            false => Err(KeysUnavailable),
        }
    }

    async fn newer_than(&self, known: &Keys) -> Option<Keys> {
        let mut last = self.last_fetch.lock().await;
        let now = self.env.now();
        if let Some(cached) = self.usable(now)
            && !cached.keys.is_same(known)
        {
            return Some(cached.keys.clone());
        }
        // Anybody can invent a `kid`: the issuer must not feel it.
        match may_fetch(*last, self.limits.between_fetches, now) {
            true => self.fetch(&mut last).await.ok(),
            false => None,
        }
    }

    async fn fetch(&self, last: &mut Option<Timestamp>) -> Result<Keys, KeysUnavailable> {
        let now = self.env.now();
        *last = Some(now);
        match self.download_keys().await {
            Ok((set, max_age)) => {
                let fresh_for =
                    max_age.map_or(self.limits.usual_fresh, |seconds| Seconds(seconds).clamp(Seconds(0), self.limits.longest_fresh));
                let keys = self.same_as_before(&set).unwrap_or_else(|| Keys::Set(Arc::new(set)));
                let cached = Cached { keys: keys.clone(), fetched_at: now, fresh_until: now + fresh_for };
                self.cached.store(Some(Arc::new(cached)));
                Ok(keys)
            }
            Err(trouble) => {
                tracing::warn!(issuer = %self.issuer, %trouble, "the issuer's keys could not be fetched");
                Err(KeysUnavailable)
            }
        }
    }

    /// The snapshot that is known, when the set is still the same: tokens that were verified with it stay remembered.
    fn same_as_before(&self, set: &JwkSet) -> Option<Keys> {
        let before = self.cached.load_full()?.keys.clone();
        (before.set().to_json() == set.to_json()).then_some(before)
    }

    async fn download_keys(&self) -> Result<(JwkSet, Option<i64>), Trouble> {
        let url = match &self.jwks_uri {
            Some(url) => url.clone(),
            None => self.discover().await?,
        };
        let Document { body, max_age } = self.download.get(&url).await?;
        let set = JwkSet::parse(&body).map_err(|error| Trouble::Malformed(error.to_string()))?;
        // An answer without keys is a fault of the issuer; what was known before is more likely right.
        if set.keys().is_empty() { Err(Trouble::Malformed("the set has no key that we can use".to_owned())) } else { Ok((set, max_age)) }
    }

    async fn discover(&self) -> Result<Url, Trouble> {
        #[derive(Deserialize)]
        struct Metadata {
            issuer: String,
            jwks_uri: String,
        }
        let malformed = |words: &str| Trouble::Malformed(words.to_owned());
        let url = Url::parse(&format!("{}/.well-known/openid-configuration", self.issuer)).map_err(|_| malformed("the issuer"))?;
        let document = self.download.get(&url).await?;
        let metadata: Metadata = serde_json::from_slice(&document.body).map_err(|error| Trouble::Malformed(error.to_string()))?;
        // RFC 8414 §3.3, OpenID Connect Discovery §4.3: metadata that names another issuer is not this issuer's
        if metadata.issuer != self.issuer.as_str() {
            return Err(malformed("the metadata names another issuer"));
        }
        allowed(&metadata.jwks_uri, &self.issuer).ok_or_else(|| malformed("jwks_uri must be https"))
    }
}
