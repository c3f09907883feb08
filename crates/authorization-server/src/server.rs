//! The authorization server: its parts, and its routes.

use std::sync::Arc;

use axum::{
    Router,
    routing::{any, get, post},
};
use chabi_outgoing::{DocumentLimits, GuardedHttp};
use chabi_pages::Pages;
use chabi_resource_server::{Bearer, KeySource, Keys, LiveKeys, Rejection, ResourceServer};
use chabi_spec::{Fault, Observer};
use chabi_store::Store;
use chabi_token::{DpopNonces, Env, MasterSecret, OpaqueTokens, refresh_token::RefreshTokenKeys};
use tokio::sync::watch;

use crate::{
    client_auth::SecretFailures,
    cors,
    documents::Documents,
    dpop::ProofsOfStrangers,
    endpoint,
    gate::ResourceOwnerGate,
    grant::device_polls::DevicePolls,
    incoming::Incoming,
    keys::SigningKeys,
    registering::{ClientIdDocuments, Usage},
    registry::{Registry, SiteRegistry},
    revocations::{Feed, stream::Listeners},
    rsa_pool::RsaPool,
    settings::Settings,
    status_indexes::StatusIndexes,
    subject::Subjects,
    trail::Trail,
};

/// What the authorization server works with.
pub struct Parts {
    /// What is remembered.
    pub store: Store,
    /// Who logs people in.
    pub gate: Arc<dyn ResourceOwnerGate>,
    /// What people see.
    pub pages: Arc<Pages>,
    /// What tokens are signed with. It may still be loading: until then requests that need it are answered 503.
    pub keys: Arc<SigningKeys>,
    /// The one way out: logout URIs, keys and documents of applications.
    pub http: Arc<GuardedHttp>,
    /// Told of every request: the inspector of development mode, a test.
    pub observer: Option<Arc<dyn Observer>>,
    /// Turns true when the process is about to end: answers that go on for as long as somebody listens end then, so that it can.
    pub closing: watch::Receiver<bool>,
}

/// OAuth 2 and OpenID Connect endpoints over a store and a gate. Cheap to clone.
#[derive(Clone)]
pub struct AuthorizationServer(Arc<Shared>);

/// What every endpoint can reach.
pub(crate) struct Shared {
    pub settings: Settings,
    pub store: Store,
    pub gate: Arc<dyn ResourceOwnerGate>,
    pub pages: Arc<Pages>,
    pub keys: Arc<SigningKeys>,
    pub http: Arc<GuardedHttp>,
    /// Keys that applications, and those whose assertions are taken, publish.
    pub client_keys: chabi_outgoing::Documents,
    /// Nonces of DPoP proofs: every node makes the same.
    pub dpop_nonces: DpopNonces,
    /// What stands before userinfo and introspection: our own tokens, for whichever API.
    pub own_layer: ResourceServer,
    /// Seals and opens tokens for APIs that want no JWTs.
    pub opaque: OpaqueTokens,
    pub refresh_keys: RefreshTokenKeys,
    pub documents: Documents,
    pub secret_failures: SecretFailures,
    pub device_polls: DevicePolls,
    pub proofs_of_strangers: ProofsOfStrangers,
    pub registry: SiteRegistry,
    pub usage: Usage,
    /// Of `sector_identifier_uri`.
    pub sector_documents: chabi_outgoing::Documents,
    pub status_indexes: StatusIndexes,
    pub subjects: Subjects,
    pub feed: Arc<Feed>,
    pub listeners: Arc<Listeners>,
    pub rsa: Arc<RsaPool>,
    pub observer: Option<Arc<dyn Observer>>,
    pub closing: watch::Receiver<bool>,
    pub env: Env,
}

/// What the sites of one process have together.
struct Common {
    registry: SiteRegistry,
    feed: Arc<Feed>,
    listeners: Arc<Listeners>,
    rsa: Arc<RsaPool>,
}

impl AuthorizationServer {
    /// Puts the parts together. `master` is the installation's secret: what refresh tokens are derived from, at each site others.
    ///
    /// # Errors
    /// When the metadata cannot be written: a defect.
    pub fn new(settings: Settings, parts: Parts, master: &MasterSecret, env: Env) -> Result<Self, Fault> {
        let settings = settings.bounded();
        let registry = Registry::new(ClientIdDocuments::new(&settings, &parts.http, &env), env.clone());
        let common = Common {
            registry: SiteRegistry::new(Arc::new(registry), &settings.site_id),
            feed: Feed::new(parts.store.clone(), env.clone()),
            listeners: Arc::default(),
            rsa: Arc::default(),
        };
        Self::with(common, settings, parts, master, env)
    }

    /// Another site of the same installation, with an issuer, a gate and pages of its own. What is kept in memory of the store (applications,
    /// APIs, what was taken back) is kept once for both, and [`AuthorizationServer::watch`] of the first is enough.
    ///
    /// # Errors
    /// When the metadata cannot be written: a defect.
    pub fn beside(
        &self,
        settings: Settings,
        (gate, pages): (Arc<dyn ResourceOwnerGate>, Arc<Pages>),
        master: &MasterSecret,
    ) -> Result<Self, Fault> {
        let shared = self.shared();
        let common = Common {
            registry: shared.registry.at(&settings.site_id),
            feed: Arc::clone(&shared.feed),
            listeners: Arc::clone(&shared.listeners),
            rsa: Arc::clone(&shared.rsa),
        };
        let parts = Parts {
            store: shared.store.clone(),
            gate,
            pages,
            keys: Arc::clone(&shared.keys),
            http: Arc::clone(&shared.http),
            observer: shared.observer.clone(),
            closing: shared.closing.clone(),
        };
        Self::with(common, settings, parts, master, shared.env.clone())
    }

    fn with(common: Common, settings: Settings, parts: Parts, master: &MasterSecret, env: Env) -> Result<Self, Fault> {
        let settings = settings.bounded();
        let master = &master.for_site(settings.site);
        let opaque = OpaqueTokens::new(&settings.issuer, master);
        let Parts { store, gate, pages, keys, http, observer, closing } = parts;
        let Common { registry, feed, listeners, rsa } = common;
        Ok(Self(Arc::new(Shared {
            client_keys: chabi_outgoing::Documents::new(Arc::clone(&http), DocumentLimits::default()),
            dpop_nonces: DpopNonces::new(master.derive("dpop nonces")),
            documents: Documents::render(&settings, gate.may_sign_up())?,
            own_layer: own_layer(&settings, &keys, &opaque, &env)?,
            opaque,
            refresh_keys: RefreshTokenKeys::new(master),
            secret_failures: SecretFailures::default(),
            device_polls: DevicePolls::default(),
            proofs_of_strangers: ProofsOfStrangers::default(),
            registry,
            usage: Usage::default(),
            sector_documents: chabi_outgoing::Documents::new(Arc::clone(&http), Default::default()),
            status_indexes: StatusIndexes::default(),
            subjects: Subjects::new(master),
            feed,
            listeners,
            rsa,
            settings,
            store,
            gate,
            pages,
            keys,
            http,
            observer,
            closing,
            env,
        })))
    }

    /// The version of the operator's decisions that this process has seen: when it moves, sites may have changed.
    #[must_use]
    pub fn configuration_version(&self) -> i64 {
        self.0.registry.version()
    }

    /// Turns true when the process is about to end. An answer without an end of its own ends then.
    #[must_use]
    pub fn closing(&self) -> watch::Receiver<bool> {
        self.0.closing.clone()
    }

    /// The keys of this very process, for APIs that run in it: nothing is fetched.
    pub fn key_source(&self) -> impl KeySource + use<> {
        live_keys(&self.0.keys)
    }

    /// Opens opaque tokens of this issuer, for APIs that run in its process.
    #[must_use]
    pub fn opaque_tokens(&self) -> &OpaqueTokens {
        &self.0.opaque
    }

    /// What was taken back, as this node knows it. It must be followed: [`Feed::watch`].
    #[must_use]
    pub fn feed(&self) -> &Arc<Feed> {
        &self.0.feed
    }

    /// Verifies an access token of ours, for whichever API it is. Whether it was taken back, the store must be asked.
    ///
    /// # Errors
    /// Why it is not good.
    pub async fn verify(&self, token: &str) -> Result<Bearer, Rejection> {
        self.0.own_layer.verify(token).await
    }

    /// The same for a token that may be bound to a key, by who lets nobody in by it.
    ///
    /// # Errors
    /// Why it is not good.
    pub async fn verify_for_whomever(&self, token: &str) -> Result<Bearer, Rejection> {
        self.0.own_layer.verify_for_whomever(token).await
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0
    }

    /// The routes, to be merged at the root of an application.
    ///
    /// `/oauth2/…` and `/.well-known/…` are answered as a whole: what is no endpoint there is 404 in JSON.
    pub fn router(&self) -> Router {
        let shared = &self.0;
        // browsers of registered origins may read these answers; pages and redirects are for nobody's script
        let for_scripts = Router::new()
            .route("/oauth2/par", post(endpoint::par::serve).options(cors::preflight))
            .route("/oauth2/token", post(endpoint::token::serve).options(cors::preflight))
            .route("/oauth2/userinfo", get(endpoint::userinfo::serve).post(endpoint::userinfo::serve).options(cors::preflight))
            .route("/oauth2/userinfo/emails", get(endpoint::userinfo::emails))
            .route("/oauth2/revoke", post(endpoint::revoke::serve).options(cors::preflight))
            .route("/oauth2/device_authorization", post(endpoint::device_authorization::serve).options(cors::preflight))
            .layer(cors::ForRegisteredOrigins(Arc::clone(shared)));
        let public = Router::new()
            .route("/.well-known/openid-configuration", get(endpoint::metadata::openid_configuration).options(cors::preflight))
            .route("/.well-known/oauth-authorization-server", get(endpoint::metadata::authorization_server).options(cors::preflight))
            .route("/.well-known/oauth-protected-resource/oauth2/userinfo", get(endpoint::metadata::userinfo).options(cors::preflight))
            .route("/.well-known/jwks.json", get(endpoint::jwks::serve).options(cors::preflight))
            .route("/oauth2/jwks", get(endpoint::jwks::serve).options(cors::preflight))
            .route("/oauth2/status", get(endpoint::status::aggregation).options(cors::preflight))
            .route("/oauth2/status/changes", get(endpoint::status::changes).options(cors::preflight))
            .route("/oauth2/status/{list}", get(endpoint::status::list).options(cors::preflight))
            .route("/oauth2/register", post(endpoint::register::serve).options(cors::preflight))
            .route(
                "/oauth2/register/{client_id}",
                get(endpoint::register::read).put(endpoint::register::replace).delete(endpoint::register::remove).options(cors::preflight),
            )
            .route("/.well-known/", any(endpoint::unknown::serve))
            .route("/.well-known/{*unknown}", any(endpoint::unknown::serve))
            .layer(axum::middleware::from_fn(cors::for_everybody));
        Router::new()
            .route("/oauth2/authorize", get(endpoint::authorize::serve).post(endpoint::authorize::serve))
            .route("/oauth2/authorize/resume/{transaction}", get(endpoint::authorize::resume))
            .route("/oauth2/introspect", post(endpoint::introspect::serve))
            .route("/oauth2/logout", get(endpoint::logout::serve).post(endpoint::logout::serve))
            .route("/oauth2/logout/resume/{transaction}", get(endpoint::logout::resume))
            .route("/oauth2/session/check", get(endpoint::session::check))
            .route("/oauth2/", any(endpoint::unknown::serve))
            .route("/oauth2/{*unknown}", any(endpoint::unknown::serve))
            .merge(for_scripts)
            .merge(public)
            .with_state(Arc::clone(shared))
    }
}

/// Always the ring of the moment; no keys while the first are being made.
fn live_keys(keys: &Arc<SigningKeys>) -> impl KeySource + use<> {
    let keys = Arc::clone(keys);
    LiveKeys(move || keys.ring().map_or_else(|_| Keys::Set(Arc::default()), Keys::Ring))
}

/// By the keys of the moment; the store is asked what was taken back.
fn own_layer(settings: &Settings, keys: &Arc<SigningKeys>, opaque: &OpaqueTokens, env: &Env) -> Result<ResourceServer, Fault> {
    let layer = ResourceServer::builder(&settings.issuer).every_audience_of_the_issuer().keys(live_keys(keys));
    layer
        .opaque_tokens(opaque.clone())
        .env(env)
        .build()
        .map_err(|error| Fault::internal("setting up the layer before userinfo").because(error))
}

impl Shared {
    /// Begins the trail of a request.
    pub(crate) fn trail(&self, endpoint: &'static str, incoming: &Incoming) -> Trail {
        Trail::begin(endpoint, incoming, self.observer.clone(), &self.env)
    }
}
