//! From settings to a running Chabi.

use std::sync::Arc;

use chabi_admin::{self as administration, Admin};
use chabi_authorization_server::{self as authorization_server, AuthorizationServer, RegistrationSettings, keys::SigningKeys};
use chabi_client::{HttpSettings, Provider, Upstream};
use chabi_outgoing::GuardedHttp;
use chabi_pages::mail::Mailer;
use chabi_resource_owner::{self as resource_owner, ResourceOwner};
use chabi_spec::{Fault, Observer, issuer::Issuer};
use chabi_store::{Store, api::Api, application::RegisteredClient, site::Site};
use chabi_token::{Env, MasterSecret, Sealer};
use rustls::pki_types::CertificateDer;
use tokio::sync::watch;

use crate::{
    Chabi,
    background::{self, Background},
    chabi::Inside,
    installation,
    layers::same_origin,
    operations::{self, applications::Place},
    refusals::RefusalLog,
    sites::{Blueprint, Plan, SiteParts, Sites},
    smtp::NoMailer,
    trouble::Trouble,
};

/// Why there is no Chabi.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Not an issuer.
    #[error("the issuer `{0}` is refused: {1}")]
    Issuer(String, String),
    /// No store was named.
    #[error("name a store: `.store_url(\"sqlite:chabi.db\")` or `.store(…)`")]
    NoStore,
    /// No secret was given.
    #[error("give the installation's secret: `.master_secret(…)`")]
    NoSecret,
    /// The database was begun with another secret.
    #[error("this database belongs to another secret: every node needs the very file that the first one used")]
    WrongSecret,
    /// Development mode made the database.
    #[error("this database was made by development mode, whose passwords and secrets everybody knows: begin with a new one")]
    DevelopmentDatabase,
    /// Production made the database.
    #[error("this database was not made by development mode, which would add people with known passwords to it: name another one")]
    ProductionDatabase,
    /// An application or API breaks a rule.
    #[error(transparent)]
    Registration(#[from] operations::RegistrationError),
    /// A site breaks a rule.
    #[error(transparent)]
    Site(#[from] operations::sites::SiteError),
    /// The store cannot be opened, or something is broken.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Settings of a Chabi in the making. [`Chabi::builder`] begins.
#[must_use]
pub struct Builder {
    issuer: String,
    store: Option<Store>,
    store_url: Option<String>,
    secret: Option<MasterSecret>,
    site_name: String,
    prefix: String,
    sign_up_open: bool,
    development: bool,
    providers: Vec<Provider>,
    applications: Vec<RegisteredClient>,
    sites: Vec<Site>,
    apis: Vec<Api>,
    mailer: Arc<dyn Mailer>,
    observer: Option<Arc<dyn Observer>>,
    outgoing: HttpSettings,
    pushed_requests_alone: bool,
    dpop_nonces: bool,
    most_grants: i64,
    registration: RegistrationSettings,
    env: Env,
}

impl Builder {
    pub(crate) fn new(issuer: String) -> Self {
        Self {
            issuer,
            store: None,
            store_url: None,
            secret: None,
            site_name: "Chabi".to_owned(),
            prefix: "/accounts".to_owned(),
            sign_up_open: true,
            development: false,
            providers: Vec::new(),
            applications: Vec::new(),
            sites: Vec::new(),
            apis: Vec::new(),
            mailer: Arc::new(NoMailer),
            observer: None,
            outgoing: HttpSettings::default(),
            pushed_requests_alone: false,
            dpop_nonces: false,
            most_grants: 50,
            registration: RegistrationSettings::default(),
            env: Env::system(),
        }
    }

    /// `sqlite:chabi.db`, `sqlite::memory:` or `postgres://…`. Opened, and its schema brought up to date, by [`Self::build`].
    pub fn store_url(mut self, url: impl Into<String>) -> Self {
        self.store_url = Some(url.into());
        self
    }

    /// A store that is open already.
    pub fn store(mut self, store: Store) -> Self {
        self.store = Some(store);
        self
    }

    /// The installation's secret, the same for every node and every start.
    pub fn master_secret(mut self, secret: MasterSecret) -> Self {
        self.secret = Some(secret);
        self
    }

    /// The site's name, on pages and in mails.
    pub fn site_name(mut self, name: impl Into<String>) -> Self {
        self.site_name = name.into();
        self
    }

    /// Under which path people's pages live, without trailing slash; `/accounts` by default.
    pub fn pages_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Whether every application must push its requests (RFC 9126 §5); no by default: each may say so of itself.
    pub fn require_pushed_authorization_requests(mut self, required: bool) -> Self {
        self.pushed_requests_alone = required;
        self
    }

    /// Whether DPoP proofs must hold a nonce of this server (RFC 9449 §8); no by default.
    pub fn require_dpop_nonces(mut self, required: bool) -> Self {
        self.dpop_nonces = required;
        self
    }

    /// How many grants a person can have at one application, 1 to 1,000,000; 50 by default. Beyond it those that were used least recently end.
    pub fn most_grants(mut self, most: i64) -> Self {
        self.most_grants = most;
        self
    }

    /// Whether strangers may make an account; yes by default.
    pub fn sign_up_open(mut self, open: bool) -> Self {
        self.sign_up_open = open;
        self
    }

    /// Development mode: refused pages say what was received and expected; marks the database, so that production refuses it.
    pub fn development(mut self, development: bool) -> Self {
        self.development = development;
        self
    }

    /// A provider that people may sign in with; their buttons come in this order.
    pub fn provider(mut self, provider: Provider) -> Self {
        self.providers.push(provider);
        self
    }

    /// An application, put into the store at start (replacing the one of the same `client_id`).
    pub fn application(mut self, application: RegisteredClient) -> Self {
        self.applications.push(application);
        self
    }

    /// A further site, put into the store at start. One of the same id is changed; its issuer and whose accounts it knows never are.
    pub fn site(mut self, site: Site) -> Self {
        self.sites.push(site);
        self
    }

    /// An API, put into the store at start (replacing the one of the same audience).
    pub fn api(mut self, api: Api) -> Self {
        self.apis.push(api);
        self
    }

    /// Who takes our mail. Without one, pages that need mail say that it could not be sent.
    pub fn mailer(mut self, mailer: Arc<dyn Mailer>) -> Self {
        self.mailer = mailer;
        self
    }

    /// Somebody who is told of every OAuth request.
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// An exact `host:port` that may be called by plain http and at a special address: for fake providers on loopback.
    pub fn allow_outgoing(mut self, host_and_port: impl Into<String>) -> Self {
        self.outgoing.allowed_hosts.push(host_and_port.into());
        self
    }

    /// Certificate authorities that outgoing calls trust beside the system's: see [`crate::outgoing_roots`].
    pub fn trust_outgoing(mut self, authorities: Vec<CertificateDer<'static>>) -> Self {
        self.outgoing.extra_roots.extend(authorities);
        self
    }

    /// Which applications may register themselves, and be described at their client id; none may, and all may, by default.
    pub fn registration(mut self, registration: RegistrationSettings) -> Self {
        self.registration = registration;
        self
    }

    /// Time and randomness; the system's by default.
    pub fn env(mut self, env: Env) -> Self {
        self.env = env;
        self
    }

    /// Opens the store, settles what it belongs to, and puts the parts together. Signing keys are made in the background.
    ///
    /// # Errors
    /// [`BuildError`].
    pub async fn build(mut self) -> Result<Chabi, BuildError> {
        let issuer = Issuer::parse(&self.issuer).map_err(|error| BuildError::Issuer(self.issuer.clone(), error.to_string()))?;
        // our router's own words would not survive in it
        if !issuer.path().chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '/' | '-' | '_' | '.' | '~')) {
            return Err(BuildError::Issuer(self.issuer, "its path may hold letters, digits, `-`, `_`, `.` and `~` alone".to_owned()));
        }
        let secret = self.secret.take().ok_or(BuildError::NoSecret)?;
        let store = self.open_store().await?;
        background::correct_clock(&store, &self.env).await?;
        background::resume_clock(&store, &self.env).await?;
        installation::settle(&store, &secret, self.development).await?;
        self.register(&store).await?;
        self.assemble(store, &secret).await
    }

    async fn open_store(&mut self) -> Result<Store, BuildError> {
        match (self.store.take(), self.store_url.take()) {
            (Some(store), _) => Ok(store),
            (None, Some(url)) => Ok(chabi_store_sql::open(&url, &self.env).await?),
            (None, None) => Err(BuildError::NoStore),
        }
    }

    async fn register(&mut self, store: &Store) -> Result<(), BuildError> {
        for mut site in self.sites.drain(..) {
            site.created_at = self.env.now();
            operations::sites::put(store, site, &self.issuer).await?;
        }
        for api in self.apis.drain(..) {
            operations::apis::put(store, api).await?;
        }
        // development mode listens on this machine alone, whatever it is called
        let place = if self.development { Place::ThisMachine } else { Place::of(&self.issuer) };
        for application in self.applications.drain(..) {
            operations::applications::put(store, application, place).await?;
        }
        Ok(())
    }

    async fn assemble(self, store: Store, secret: &MasterSecret) -> Result<Chabi, BuildError> {
        let keys = SigningKeys::new(store.clone(), Sealer::new(secret), self.env.clone());
        let (closing, closes) = watch::channel(false);
        let (issuer, env, development) = (self.issuer.clone(), self.env.clone(), self.development);
        let configured_providers = self.providers.iter().map(|provider| provider.id.clone()).collect();
        let (blueprint, main) = self.main_site(&store, secret, (&keys, closes))?;
        let admin_parts = administration::Parts {
            issuer: issuer.clone(),
            store: store.clone(),
            server: main.server.clone(),
            owner: main.owner.clone(),
            keys: Arc::clone(&keys),
            configured_providers,
            development,
            env: env.clone(),
        };
        let admin = Admin::new(admin_parts, secret);
        administration::rest::register(&admin).await?;
        let sites = Sites::begin(blueprint, Arc::clone(&main), store.clone()).await?;
        let background = Background::begin(&main.server, &keys, &sites, (&store, &env));
        Ok(Chabi::of(Inside { issuer, store, env, keys, main, sites, admin, background, closing }))
    }

    /// The main site, as it is configured, and what other sites are made by.
    fn main_site(
        self,
        store: &Store,
        secret: &MasterSecret,
        (keys, closing): (&Arc<SigningKeys>, watch::Receiver<bool>),
    ) -> Result<(Blueprint, Arc<SiteParts>), BuildError> {
        let plan = Plan::main(&self.issuer);
        let blueprint = Blueprint {
            prefix: self.prefix,
            site_name: self.site_name,
            sign_up_open: self.sign_up_open,
            development: self.development,
            pushed_requests_alone: self.pushed_requests_alone,
            dpop_nonces: self.dpop_nonces,
            most_grants: self.most_grants,
            registration: self.registration,
            secret: secret.clone(),
        };
        let pages = blueprint.pages(&plan)?;
        let owner_parts = resource_owner::Parts {
            store: store.clone(),
            pages: Arc::clone(&pages),
            mailer: self.mailer,
            providers: self.providers,
            client_secrets: Sealer::new(secret),
            upstream: Upstream::new(self.outgoing.clone()),
            settings: blueprint.owner_settings(&plan),
            env: self.env.clone(),
        };
        let owner = ResourceOwner::new(owner_parts, secret)?;
        let parts = authorization_server::Parts {
            store: store.clone(),
            gate: Arc::new(owner.clone()),
            pages: Arc::clone(&pages),
            keys: Arc::clone(keys),
            http: Arc::new(GuardedHttp::new(self.outgoing)),
            observer: Some(RefusalLog::begin(store.clone(), self.observer)),
            closing,
        };
        let server = AuthorizationServer::new(blueprint.server_settings(&plan), parts, secret, self.env.clone())?;
        let (same_origin, trouble) = (same_origin::rule(&self.issuer)?, Trouble::new(Arc::clone(&pages)));
        let main = SiteParts { issuer: self.issuer, owner, server, pages, same_origin, trouble, env: self.env };
        Ok((blueprint, Arc::new(main)))
    }
}
