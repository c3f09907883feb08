//! What every handler here is given.

use std::{ops::Deref, sync::Arc};

use chabi_client::{Provider, Upstream};
use chabi_pages::{Pages, mail::Mailer};
use chabi_store::Store;
use chabi_token::{Env, csrf::CsrfKey, master_secret::MasterSecret, seal::Sealer};

use crate::{
    password::Hasher,
    settings::Settings,
    social::{Providers, Refreshing},
};

/// What the builder puts in.
pub struct Parts {
    /// The store.
    pub store: Store,
    /// Templates and languages.
    pub pages: Arc<Pages>,
    /// Who takes our mail.
    pub mailer: Arc<dyn Mailer>,
    /// The providers of the configuration that people may sign in with, in the order of their buttons; those of the database follow.
    pub providers: Vec<Provider>,
    /// The installation's sealer, whichever site this is: of client secrets and of the providers' own tokens.
    pub client_secrets: Sealer,
    /// The client that talks to them.
    pub upstream: Upstream,
    /// Settings.
    pub settings: Settings,
    /// Time and randomness.
    pub env: Env,
}

/// The resource owner's side of the server; a handle that is cheap to clone.
#[derive(Clone)]
pub struct ResourceOwner(Arc<Shared>);

/// What the handle points at. Reached through [`Deref`]: `owner.store`.
pub struct Shared {
    /// The store.
    pub store: Store,
    /// Templates and languages.
    pub pages: Arc<Pages>,
    /// Who takes our mail.
    pub mailer: Arc<dyn Mailer>,
    /// The providers that people may sign in with.
    pub providers: Arc<Providers>,
    /// The installation's sealer, whichever site this is: of client secrets and of the providers' own tokens.
    pub client_secrets: Sealer,
    /// Tokens of providers that are being refreshed.
    pub(crate) refreshing: Arc<Refreshing>,
    /// The client that talks to them.
    pub upstream: Arc<Upstream>,
    /// Settings.
    pub settings: Settings,
    /// Time and randomness.
    pub env: Env,
    /// Seals what must come back in clear text at this site alone, such as a pending upstream login.
    pub sealer: Sealer,
    /// Hashes passwords, a bounded number at a time.
    pub hasher: Hasher,
    /// The key of CSRF tokens.
    pub(crate) csrf_key: CsrfKey,
    /// The key of the cookie by which a browser is known to an account.
    pub(crate) known_browser_key: [u8; 32],
}

/// What the sites of one process have together.
struct Common {
    hasher: Hasher,
    providers: Arc<Providers>,
    refreshing: Arc<Refreshing>,
    upstream: Arc<Upstream>,
    store: Store,
    mailer: Arc<dyn Mailer>,
    client_secrets: Sealer,
    env: Env,
}

impl ResourceOwner {
    /// Puts the parts together; keys are derived from the installation's secret, each site's apart.
    ///
    /// # Errors
    /// A fault when the Argon2id parameters are out of range.
    pub fn new(parts: Parts, secret: &MasterSecret) -> Result<Self, chabi_spec::Fault> {
        let Parts { store, pages, mailer, providers, client_secrets, upstream, settings, env } = parts;
        let common = Common {
            hasher: Hasher::new(settings.password, &settings.site_name, &env)?,
            providers: Arc::new(Providers::new(providers, &settings.site_id, client_secrets.clone())),
            refreshing: Arc::default(),
            upstream: Arc::new(upstream),
            store,
            mailer,
            client_secrets,
            env,
        };
        Ok(Self::with(common, pages, settings, secret))
    }

    /// The same over the same store, for another site, or for the same one as its operator wants it now. The providers of the configuration
    /// stay with their site, and the bound on hashes that are computed at once is one for all of them.
    #[must_use]
    pub fn beside(&self, pages: Arc<Pages>, settings: Settings, secret: &MasterSecret) -> Self {
        let common = Common {
            hasher: self.hasher.beside(&settings.site_name),
            providers: match settings.site_id == self.settings.site_id {
                true => Arc::clone(&self.providers),
                false => Arc::new(Providers::new(Vec::new(), &settings.site_id, self.client_secrets.clone())),
            },
            refreshing: Arc::clone(&self.refreshing),
            upstream: Arc::clone(&self.upstream),
            store: self.store.clone(),
            mailer: Arc::clone(&self.mailer),
            client_secrets: self.client_secrets.clone(),
            env: self.env.clone(),
        };
        Self::with(common, pages, settings, secret)
    }

    fn with(common: Common, pages: Arc<Pages>, settings: Settings, secret: &MasterSecret) -> Self {
        let Common { hasher, providers, refreshing, upstream, store, mailer, client_secrets, env } = common;
        let site_secret = secret.for_site(settings.site);
        Self(Arc::new(Shared {
            store,
            pages,
            mailer,
            providers,
            client_secrets,
            refreshing,
            upstream,
            settings,
            env,
            sealer: Sealer::new(&site_secret),
            hasher,
            csrf_key: CsrfKey::new(&site_secret),
            known_browser_key: site_secret.derive("resource-owner known browser"),
        }))
    }
}

impl Deref for ResourceOwner {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl std::fmt::Debug for ResourceOwner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ResourceOwner")
    }
}
