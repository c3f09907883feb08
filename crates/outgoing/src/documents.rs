//! Documents that somebody else's word makes us fetch, by URL: an application's keys, its metadata.
//!
//! A URL is asked for by one caller at a time, and what it gave serves all until it is no longer fresh, or, while it cannot be fetched
//! anew, stale. What failed is not asked for again at once. There are at most so many entries of at most so many bytes in all: URLs that
//! gave nothing go first, then those that nobody asked for the longest time. Nobody, whoever they may be, fills the memory.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use chabi_token::{Env, JwkSet};
use tokio::sync::Semaphore;
use url::Url;

use crate::{
    guarded_http::{Answer, GuardedHttp, HttpTrouble},
    remembered::{Fetched, Keeping, Remembered},
};

/// What may be fetched and kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentLimits {
    /// The largest document, in bytes.
    pub largest: usize,
    /// How long fetching one may take in all.
    pub timeout: Duration,
    /// How many are kept.
    pub most_entries: usize,
    /// How many bytes they may have in all.
    pub most_bytes: usize,
    /// How many may be under way; more are refused.
    pub fetches_at_once: usize,
    /// How long one serves.
    pub keeping: Keeping,
}

impl Default for DocumentLimits {
    /// 64 KiB in 5 s; 1,000 documents of 16 MiB in all; 32 fetches; [`Keeping::default`].
    fn default() -> Self {
        Self {
            largest: 64 * 1024,
            timeout: Duration::from_secs(5),
            most_entries: 1000,
            most_bytes: 16 << 20,
            fetches_at_once: 32,
            keeping: Keeping::default(),
        }
    }
}

/// Why there is no document. For logs and the inspector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentTrouble {
    /// Not a URL, or one with a fragment.
    #[error("not a URL of a document")]
    Url,
    /// It could not be had.
    #[error(transparent)]
    Http(#[from] HttpTrouble),
    /// The answer was another than 200. Redirects are not followed.
    #[error("the answer has status {0}")]
    Status(u16),
}

/// What stands at a URL.
#[derive(Debug)]
pub struct Document {
    /// `Content-Type` without its parameters, in small letters; empty when there was none.
    pub media_type: String,
    /// Its bytes.
    pub body: Vec<u8>,
    keys: OnceLock<Option<JwkSet>>,
}

impl Document {
    /// The document as a JWK Set, read once; `None` when it is none, or has a key that must not be published.
    #[must_use]
    pub fn keys(&self) -> Option<&JwkSet> {
        self.keys.get_or_init(|| JwkSet::parse(&self.body).ok()).as_ref()
    }
}

type Slot = Arc<Remembered<Document, DocumentTrouble>>;

/// The cache. One for each kind of document: their limits differ.
pub struct Documents {
    http: Arc<GuardedHttp>,
    limits: DocumentLimits,
    under_way: Semaphore,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    slots: HashMap<Box<str>, Entry>,
    /// Grows at each look: the order of use.
    looks: u64,
}

struct Entry {
    slot: Slot,
    used: u64,
}

impl Documents {
    /// Empty.
    #[must_use]
    pub fn new(http: Arc<GuardedHttp>, limits: DocumentLimits) -> Self {
        let under_way = Semaphore::new(limits.fetches_at_once);
        Self { http, limits, under_way, kept: Mutex::default() }
    }

    /// True when this URL was asked for before and is not forgotten, with whatever outcome.
    #[must_use]
    pub fn knows(&self, url: &str) -> bool {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).slots.contains_key(url)
    }

    /// What stands at this URL: as kept, or fetched.
    ///
    /// # Errors
    /// [`DocumentTrouble`], of this attempt or of one a moment ago.
    pub async fn get(&self, url: &str, env: &Env) -> Result<Arc<Document>, DocumentTrouble> {
        let parsed = document_url(url)?;
        let slot = self.slot(url);
        let before = slot.last();
        let found = slot.current(|| self.fetch(&parsed), env).await;
        if let Ok(found) = &found
            && before.is_none_or(|before| !Arc::ptr_eq(&before, found))
        {
            self.make_room(0);
        }
        found
    }

    /// What stands at this URL, fetched again because `seen` lacks something, such as a key: at most once a minute, see
    /// [`Keeping::again`]. `None`: not now, or it could not be had.
    pub async fn again(&self, url: &str, seen: &Arc<Document>, env: &Env) -> Option<Arc<Document>> {
        let parsed = document_url(url).ok()?;
        let found = self.slot(url).again(seen, || self.fetch(&parsed), env).await;
        self.make_room(0);
        found
    }

    async fn fetch(&self, url: &Url) -> Result<Fetched<Document>, DocumentTrouble> {
        let Ok(_permit) = self.under_way.try_acquire() else {
            return Err(HttpTrouble::NotAsked("too many documents are being fetched").into());
        };
        let answer = self.http.get_within(url, self.limits.largest, self.limits.timeout).await?;
        match answer {
            Answer { status: 200, max_age, media_type, body } => {
                Ok(Fetched { document: Document { media_type, body, keys: OnceLock::new() }, max_age })
            }
            Answer { status, .. } => Err(DocumentTrouble::Status(status)),
        }
    }

    /// The slot of a URL, with room made for it.
    fn slot(&self, url: &str) -> Slot {
        {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.looks = kept.looks.saturating_add(1);
            let looks = kept.looks;
            if let Some(entry) = kept.slots.get_mut(url) {
                entry.used = looks;
                return Arc::clone(&entry.slot);
            }
        }
        self.make_room(1);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let used = kept.looks;
        let entry = || Entry { slot: Arc::new(Remembered::new(self.limits.keeping)), used };
        Arc::clone(&kept.slots.entry(url.into()).or_insert_with(entry).slot)
    }

    /// Lets go of what nobody needs until `more` entries fit in. Seldom done, and short: it walks a thousand entries.
    fn make_room(&self, more: usize) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let size = |entry: &Entry| entry.slot.last().map_or(0, |document| document.body.len());
        let mut bytes: usize = kept.slots.values().map(size).sum();
        while kept.slots.len().saturating_add(more) > self.limits.most_entries || bytes > self.limits.most_bytes {
            // what gave nothing goes first: somebody who names many URLs that lead nowhere takes nothing from the others
            let least =
                kept.slots.iter().min_by_key(|(_, entry)| (entry.slot.last().is_some() || bytes > self.limits.most_bytes, entry.used));
            let Some(url) = least.map(|(url, _)| url.clone()) else { return };
            if let Some(entry) = kept.slots.remove(&url) {
                bytes = bytes.saturating_sub(size(&entry));
            }
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.kept.lock().unwrap().slots.len()
    }
}

impl std::fmt::Debug for Documents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Documents").field("limits", &self.limits).finish_non_exhaustive()
    }
}

fn document_url(url: &str) -> Result<Url, DocumentTrouble> {
    let url: Url = url.parse().map_err(|_| DocumentTrouble::Url)?;
    if url.fragment().is_some() { Err(DocumentTrouble::Url) } else { Ok(url) }
}

#[cfg(test)]
mod tests;
