//! What every handler here is given.

use std::{ops::Deref, sync::Arc};

use chabi_client::{Provider, Upstream};
use chabi_pages::{Pages, mail::Mailer};
use chabi_store::Store;
use chabi_token::{Env, csrf::CsrfKey, master_secret::MasterSecret, seal::Sealer};

use crate::{password::Hasher, settings::Settings};

/// What the builder puts in.
pub struct Parts {
    /// The store.
    pub store: Store,
    /// Templates and languages.
    pub pages: Arc<Pages>,
    /// Who takes our mail.
    pub mailer: Arc<dyn Mailer>,
    /// The providers that people may sign in with, in the order of their buttons.
    pub providers: Vec<Provider>,
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
    pub providers: Vec<Provider>,
    /// The client that talks to them.
    pub upstream: Upstream,
    /// Settings.
    pub settings: Settings,
    /// Time and randomness.
    pub env: Env,
    /// Seals what must come back in clear text at this site alone, such as a pending upstream login.
    pub sealer: Sealer,
    /// Seals what all sites of the installation read, such as the secret that a provider gave us.
    pub installation_sealer: Sealer,
    /// Hashes passwords, a bounded number at a time.
    pub hasher: Hasher,
    /// The key of CSRF tokens.
    pub(crate) csrf_key: CsrfKey,
    /// The key of the cookie by which a browser is known to an account.
    pub(crate) known_browser_key: [u8; 32],
}

impl ResourceOwner {
    /// Puts the parts together; keys are derived from the installation's secret, each site's apart.
    ///
    /// # Errors
    /// A fault when the Argon2id parameters are out of range.
    pub fn new(parts: Parts, secret: &MasterSecret) -> Result<Self, chabi_spec::Fault> {
        let site_secret = secret.for_site(parts.settings.site);
        let hasher = Hasher::new(parts.settings.password, &parts.settings.site_name, &parts.env)?;
        Ok(Self(Arc::new(Shared {
            store: parts.store,
            pages: parts.pages,
            mailer: parts.mailer,
            providers: parts.providers,
            upstream: parts.upstream,
            settings: parts.settings,
            env: parts.env,
            sealer: Sealer::new(&site_secret),
            installation_sealer: Sealer::new(secret),
            hasher,
            csrf_key: CsrfKey::new(&site_secret),
            known_browser_key: site_secret.derive("resource-owner known browser"),
        })))
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
