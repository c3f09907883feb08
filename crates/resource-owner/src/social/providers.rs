//! The providers that people may come in by at this site: those of the configuration, then the social applications that an operator keeps
//! in the database.
//!
//! They are made once and kept in memory. What another process changed is seen when the version `configuration` moves, at which the first
//! request of a second looks; what this process changed is seen at once. A row that cannot be made is left out, and logged in words.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

use chabi_client::{Provider, ProviderSettings};
use chabi_spec::Fault;
use chabi_store::{Store, installation::CONFIGURATION, social_application::SocialApplication};
use chabi_token::{Env, Seconds, SecretText, Timestamp, base64url, hash::sha256, seal::Sealer};
use tokio::sync::Mutex;

use super::link::Linking;

/// What a client secret is sealed for by the installation's sealer, in the row of its id.
pub const SECRET_SEALED_FOR: &str = "social_application";
/// How often the versions are looked at.
const LOOK_EVERY: Seconds = Seconds(1);

/// A provider, and who may come in by it.
#[derive(Debug)]
pub struct OfferedProvider {
    /// The provider.
    pub provider: Provider,
    /// Whether people who are new here may come in by it.
    pub sign_up: bool,
    /// How it joins accounts.
    pub linking: Linking,
    /// Whether its own tokens are kept.
    pub keep_tokens: bool,
    /// To whom its people's tokens may be shown: what was given under another destination stays here.
    pub(super) destination: String,
    /// Off: nobody comes in by it, and it can be tried out by its operator alone.
    pub on: bool,
}

/// In the order of their buttons.
pub type Offered = Arc<[Arc<OfferedProvider>]>;

/// All of them, as they are now.
pub struct Providers {
    configured: Vec<Arc<OfferedProvider>>,
    site: String,
    secrets: Sealer,
    known: RwLock<Offered>,
    /// Held by the one who looks.
    looking: Mutex<()>,
    /// Changes by this process; one more than there were, so that the first request looks.
    changes: AtomicU64,
    version: AtomicI64,
    looked_at: AtomicI64,
}

impl std::fmt::Debug for Providers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Providers").field("known", &self.known).finish_non_exhaustive()
    }
}

impl Providers {
    /// `secrets`: the installation's sealer, whichever site this is.
    #[must_use]
    pub fn new(configured: Vec<Provider>, site: &str, secrets: Sealer) -> Self {
        let configured: Vec<_> = configured.into_iter().map(|provider| Arc::new(as_configured(provider))).collect();
        Self {
            known: RwLock::new(configured.clone().into()),
            configured,
            site: site.to_owned(),
            secrets,
            looking: Mutex::default(),
            changes: AtomicU64::new(u64::MAX),
            version: AtomicI64::new(i64::MIN),
            looked_at: AtomicI64::new(i64::MIN),
        }
    }

    /// All that are known, those that are off too. Never fails: if the store cannot be asked, what was known goes on.
    pub async fn all(&self, store: &Store, env: &Env) -> Offered {
        if self.is_due(store, env) {
            self.refresh(store, env).await;
        }
        self.known()
    }

    /// Those that people may come in by.
    pub async fn offered(&self, store: &Store, env: &Env) -> Vec<Arc<OfferedProvider>> {
        self.all(store, env).await.iter().filter(|offered| offered.on).cloned().collect()
    }

    fn known(&self) -> Offered {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn changed_here(&self, store: &Store) -> bool {
        self.changes.load(Ordering::Acquire) != store.configuration_changes()
    }

    fn is_due(&self, store: &Store, env: &Env) -> bool {
        let age = env.now().since(Timestamp(self.looked_at.load(Ordering::Acquire)));
        self.changed_here(store) || !(Seconds(0)..LOOK_EVERY).contains(&age)
    }

    async fn refresh(&self, store: &Store, env: &Env) {
        // who changed something here waits to see it; others go on with what is known while one looks
        let _looking = match self.changed_here(store) {
            true => self.looking.lock().await,
            false => match self.looking.try_lock() {
                Ok(looking) => looking,
                Err(_) => return,
            },
        };
        if self.is_due(store, env) {
            if let Err(fault) = self.look(store, env.now()).await {
                tracing::warn!(%fault, "the social applications could not be read; those that are known stay in use");
            }
            self.looked_at.store(env.now().0, Ordering::Release);
        }
    }

    async fn look(&self, store: &Store, now: Timestamp) -> Result<(), Fault> {
        // both before the rows are read: what is changed meanwhile is read again
        let changes = store.configuration_changes();
        let version = store.find_version(CONFIGURATION).await?;
        if self.version.load(Ordering::Acquire) != version || self.changes.load(Ordering::Acquire) != changes {
            let rows = store.list_social_applications().await?;
            *self.known.write().unwrap_or_else(PoisonError::into_inner) = self.made(&rows, now);
            self.version.store(version, Ordering::Release);
        }
        self.changes.store(changes, Ordering::Release);
        Ok(())
    }

    fn made(&self, rows: &[SocialApplication], now: Timestamp) -> Offered {
        let here = rows.iter().filter(|row| row.sites.contains(&self.site));
        here.clone().for_each(|row| remind(row, now));
        let made = here.filter_map(|row| match self.make(row) {
            Ok(offered) => Some(Arc::new(offered)),
            Err(why) => {
                tracing::warn!(social_application = %row.id, %why, "a social application is left out until it is mended");
                None
            }
        });
        self.configured.iter().cloned().chain(made).collect()
    }

    /// The provider of a row, whichever site it is of.
    pub(super) fn make(&self, row: &SocialApplication) -> Result<OfferedProvider, String> {
        if self.configured.iter().any(|offered| offered.provider.id == row.id) {
            return Err("the configuration file has a provider of this name, which counts".to_owned());
        }
        let settings: ProviderSettings =
            serde_json::from_str(&row.settings).map_err(|error| format!("its settings cannot be read: {error}"))?;
        let secret = self.secrets.open(SECRET_SEALED_FOR, &row.id, &row.sealed_secret).map_err(|fault| fault.to_string())?;
        let secret = String::from_utf8(secret.to_vec()).map_err(|_| "its secret is no text".to_owned())?;
        let provider = chabi_client::provider(&row.id, &settings, SecretText::new(secret)).map_err(|error| error.to_string())?;
        let linking = Linking::parse(&row.linking).ok_or("`linking` must be `trusted` or `never`")?;
        let (destination, on) = (destination(&settings), row.disabled_at.is_none());
        Ok(OfferedProvider { provider, sign_up: row.sign_up, linking, keep_tokens: row.keep_tokens, destination, on })
    }
}

/// Once for each start, and for each change of the configuration.
fn remind(row: &SocialApplication, now: Timestamp) {
    if let Some(left) = row.secret_ends_in(now).filter(|_| row.disabled_at.is_none()) {
        let days = left.0.div_euclid(86_400);
        tracing::warn!(social_application = %row.id, days, "the provider's secret ends before long: make a new one there, and give it here");
    }
}

/// What is written in the configuration file is on, and joins accounts as its trust allows.
fn as_configured(provider: Provider) -> OfferedProvider {
    OfferedProvider { provider, sign_up: true, linking: Linking::Trusted, keep_tokens: false, destination: String::new(), on: true }
}

fn destination(settings: &ProviderSettings) -> String {
    base64url::encode(sha256(settings.destination().as_bytes()))
}
