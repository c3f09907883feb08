//! Applications and APIs in memory, since every request names one and they change seldom.
//!
//! Positive answers alone are kept: what is new is found at once. What was changed or removed by another process is seen when the version
//! `configuration` moves, which every node looks at each second: so nothing here is older than that second and the look itself. What this
//! process changed through the same store is seen at once. A node
//! that could not look for [`MOST_STALE`] asks the store each time, as it did before the first look.

use std::{
    collections::HashMap,
    ops::Deref,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use chabi_spec::Fault;
use chabi_store::{
    Answer, Store, api::Api, application::RegisteredClient, application_settings::RegisteredBy, installation::CONFIGURATION,
};
use chabi_token::{Env, Seconds, StatusIndex, Timestamp};

use chabi_registration::client_id_document;

use crate::{registering::ClientIdDocuments, status_indexes::StatusIndexes};

/// What the store calls the count of places that were handed out.
const STATUS_INDEXES: &str = "status_indexes";
/// Of each kind; beyond it, they are forgotten and begun anew.
const MOST_KEPT: usize = 10_000;
/// From then on nothing in memory is believed.
const MOST_STALE: Seconds = Seconds(5);

/// Records by name, each with the generation in which it was read.
type Kept<T> = RwLock<HashMap<Box<str>, T>>;

/// What is kept of the operator's decisions.
pub(crate) struct Registry {
    applications: Kept<Arc<RegisteredClient>>,
    apis: Kept<Arc<Api>>,
    epochs: Kept<StatusIndex>,
    /// Grows when everything is forgotten, so that a reading that began before is not kept.
    generation: AtomicU64,
    version: AtomicI64,
    /// Changes by this process.
    changes: AtomicU64,
    /// When the versions were last looked at; `i64::MIN`: never.
    looked_at: AtomicI64,
    /// Places that were handed out by all nodes.
    places: AtomicI64,
    /// Applications that no row describes.
    documents: Option<ClientIdDocuments>,
    env: Env,
}

impl Registry {
    pub(crate) fn new(documents: Option<ClientIdDocuments>, env: Env) -> Self {
        Self {
            applications: Kept::default(),
            apis: Kept::default(),
            epochs: Kept::default(),
            generation: AtomicU64::default(),
            version: AtomicI64::new(i64::MIN),
            changes: AtomicU64::default(),
            looked_at: AtomicI64::new(i64::MIN),
            places: AtomicI64::default(),
            documents,
            env,
        }
    }

    /// An application by its `client_id`, of whichever site.
    async fn of_any_site(&self, client_id: &str, store: &Store) -> Result<Option<Arc<RegisteredClient>>, Fault> {
        let row = self.find(&self.applications, client_id, store, || store.find_application(client_id)).await?;
        match &self.documents {
            Some(documents) if client_id_document::is_meant(client_id) => Ok(described(row, client_id, documents).await),
            _ => Ok(row.filter(|row| row.settings.registered_by != RegisteredBy::Document)),
        }
    }

    /// The version of the operator's decisions that was last seen; `i64::MIN` before the first look.
    pub(crate) fn version(&self) -> i64 {
        self.version.load(Ordering::Acquire)
    }

    /// True when this client id is a URL at which nobody has looked yet.
    pub(crate) fn would_fetch(&self, client_id: &str) -> bool {
        client_id_document::is_meant(client_id) && self.documents.as_ref().is_some_and(|documents| !documents.knows(client_id))
    }

    /// Why a client id that is the URL of a document names no application; `None` for any other.
    pub(crate) async fn why_unknown(&self, client_id: &str) -> Option<String> {
        match &self.documents {
            Some(documents) if client_id_document::is_meant(client_id) => documents.why_not(client_id).await,
            _ => None,
        }
    }

    /// An API by its audience.
    ///
    /// # Errors
    /// A fault of the store.
    pub(crate) async fn api(&self, audience: &str, store: &Store) -> Result<Option<Arc<Api>>, Fault> {
        self.find(&self.apis, audience, store, || store.find_api(audience)).await
    }

    async fn find<'a, T: Send + Sync>(
        &self,
        kept: &Kept<Arc<T>>,
        name: &str,
        store: &Store,
        ask: impl FnOnce() -> Answer<'a, Option<T>> + Send,
    ) -> Result<Option<Arc<T>>, Fault> {
        if let Some(found) = self.kept(kept, name, store) {
            return Ok(Some(found));
        }
        let generation = self.generation.load(Ordering::Acquire);
        let found = ask().await?.map(Arc::new);
        if let Some(found) = &found {
            self.keep(kept, name, Arc::clone(found), generation);
        }
        Ok(found)
    }

    /// The place of the tokens that an application gets for itself. Revoking the application ends it; for as long as another node may
    /// still give it to new tokens, those are born revoked.
    ///
    /// # Errors
    /// A fault of the store.
    pub(crate) async fn epoch(&self, client_id: &str, indexes: &StatusIndexes, store: &Store) -> Result<StatusIndex, Fault> {
        if let Some(found) = self.kept(&self.epochs, client_id, store) {
            return Ok(found);
        }
        let generation = self.generation.load(Ordering::Acquire);
        let proposed = indexes.next(store).await?;
        let found = store.settle_client_epoch(client_id, proposed, self.env.now()).await?;
        self.keep(&self.epochs, client_id, found, generation);
        Ok(found)
    }

    /// True when the list exists. One more than those of which a place was handed out, since another node may have begun it this second.
    ///
    /// # Errors
    /// A fault of the store.
    pub(crate) async fn has_list(&self, list: i64, store: &Store) -> Result<bool, Fault> {
        let places = match self.is_current() {
            true => self.places.load(Ordering::Relaxed),
            false => store.find_version(STATUS_INDEXES).await?,
        };
        Ok((0..=StatusIndex(places).list().saturating_add(1)).contains(&list))
    }

    /// Takes note of the versions as they were after `looked_at`.
    pub(crate) fn look(&self, versions: &[(String, i64)], looked_at: Timestamp) {
        let version = |name| versions.iter().find(|(other, _)| other == name).map_or(0, |(_, version)| *version);
        self.places.store(version(STATUS_INDEXES), Ordering::Relaxed);
        if self.version.swap(version(CONFIGURATION), Ordering::AcqRel) != version(CONFIGURATION) {
            self.forget();
        }
        self.looked_at.store(looked_at.0, Ordering::Release);
    }

    fn forget(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        self.applications.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.apis.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.epochs.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn is_current(&self) -> bool {
        let age = self.env.now().since(Timestamp(self.looked_at.load(Ordering::Acquire)));
        (Seconds(-1)..MOST_STALE).contains(&age)
    }

    fn kept<T: Clone>(&self, kept: &Kept<T>, name: &str, store: &Store) -> Option<T> {
        let changes = store.configuration_changes();
        if self.changes.load(Ordering::Acquire) != changes {
            self.forget();
            self.changes.store(changes, Ordering::Release);
        }
        if !self.is_current() {
            return None;
        }
        kept.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn keep<T>(&self, kept: &Kept<T>, name: &str, value: T, generation: u64) {
        let mut kept = kept.write().unwrap_or_else(PoisonError::into_inner);
        // under the lock that forgetting takes too: what was read before is not kept after
        if self.generation.load(Ordering::Acquire) == generation && self.is_current() {
            if kept.len() >= MOST_KEPT {
                kept.clear();
            }
            kept.insert(name.into(), value);
        }
    }
}

/// The registry as one site sees it. What is read once serves all sites of the process.
pub(crate) struct SiteRegistry {
    all: Arc<Registry>,
    site_id: String,
}

impl SiteRegistry {
    pub(crate) fn new(all: Arc<Registry>, site_id: &str) -> Self {
        Self { all, site_id: site_id.to_owned() }
    }

    /// The same for another site.
    pub(crate) fn at(&self, site_id: &str) -> Self {
        Self::new(Arc::clone(&self.all), site_id)
    }

    /// An application by its `client_id`. One that does not belong to this site is as unknown here as one that nobody registered.
    ///
    /// # Errors
    /// A fault of the store.
    pub(crate) async fn application(&self, client_id: &str, store: &Store) -> Result<Option<Arc<RegisteredClient>>, Fault> {
        let found = self.all.of_any_site(client_id, store).await?;
        Ok(found.filter(|found| found.settings.belong_to(&self.site_id)))
    }
}

impl Deref for SiteRegistry {
    type Target = Registry;
    fn deref(&self) -> &Registry {
        &self.all
    }
}

/// What an operator wrote counts, so that they can shut a document out; all else is as the document says now.
async fn described(row: Option<Arc<RegisteredClient>>, client_id: &str, documents: &ClientIdDocuments) -> Option<Arc<RegisteredClient>> {
    match row {
        Some(row) if row.disabled_at.is_some() || row.settings.registered_by != RegisteredBy::Document => Some(row),
        _ => documents.application(client_id).await.map(Arc::new),
    }
}
