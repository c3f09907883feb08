//! The running server, as an application holds it.

use std::sync::Arc;

use axum::{Router, extract::Request, middleware, response::Response};
use chabi_admin::Admin;
use chabi_authorization_server::{Standing, keys::SigningKeys};
use chabi_resource_owner::ResourceOwner;
use chabi_resource_server::{Bearer, BearerLayer, Rejection};
use chabi_spec::{Fault, issuer};
use chabi_store::Store;
use chabi_token::{Env, inspection};
use tokio::sync::watch;

use crate::{
    Builder,
    background::Background,
    layers::{self, Around, Ours},
    sites::{SiteHandle, SiteParts, Sites},
    trouble::Asked,
};

/// A login and token server. Cheap to clone; its background tasks stop when the last clone and the last router are dropped.
#[derive(Clone)]
pub struct Chabi(Arc<Inside>);

pub(crate) struct Inside {
    pub issuer: String,
    pub store: Store,
    pub env: Env,
    pub keys: Arc<SigningKeys>,
    /// The main site as it is configured.
    pub main: Arc<SiteParts>,
    pub sites: Arc<Sites>,
    pub admin: Admin,
    pub background: Background,
    pub closing: watch::Sender<bool>,
}

impl Chabi {
    /// Begins with the issuer, which is the public URL: an absolute URL without trailing slash, https unless it is of this machine.
    pub fn builder(issuer: impl Into<String>) -> Builder {
        Builder::new(issuer.into())
    }

    pub(crate) fn of(inside: Inside) -> Self {
        Self(Arc::new(inside))
    }

    /// All routes, to be merged at the root: `/.well-known/…`, `/oauth2/…`, people's pages, `/static/chabi/…`; where the issuer has a path,
    /// all of them are below it, and the documents of RFC 8414 and OpenID Connect Discovery at the root too.
    pub fn router(&self) -> Router {
        let now = layers::site::MainAsItIsNow(Arc::clone(&self.0.sites));
        // the router keeps the background tasks alive
        let ours = layers::around(self.0.main.routes().layer(now).merge(self.administration()), self.surroundings(true));
        layers::mount::below_the_path_of(&self.0.issuer, ours)
    }

    /// What runs the installation is at the main site alone.
    fn administration(&self) -> Router {
        let main = &self.0.main;
        let now = (Arc::clone(&self.0.sites), self.0.admin.clone());
        let console = chabi_console::router(self.0.admin.clone());
        let console = console.layer(middleware::from_fn_with_state(now, layers::site::console_as_it_is_now));
        let console = layers::same_origin::required(console, &main.same_origin, &main.trouble);
        match self.bearer_layer(self.0.admin.audience()) {
            Ok(layer) => console.merge(chabi_admin::rest::router(&self.0.admin, layer)),
            Err(error) => {
                tracing::error!(%error, "the administrators' API has no audience");
                console
            }
        }
    }

    /// Puts what stands around our own routes around others too: request ids, headers, limits, one host.
    pub fn surround(&self, router: Router) -> Router {
        layers::around(router, self.surroundings(false))
    }

    fn surroundings(&self, dispatch: bool) -> Around<'_> {
        let main = &self.0.main;
        Around { issuer: &main.issuer, trouble: &main.trouble, env: &self.0.env, ours: Some(Ours { chabi: self.clone(), dispatch }) }
    }

    pub(crate) fn sites(&self) -> &Sites {
        &self.0.sites
    }

    /// A site of this installation by its id, as it is now; `main` is this very server. `None`: there is none, or it is switched off.
    #[must_use]
    pub fn site(&self, id: &str) -> Option<SiteHandle> {
        self.0.sites.parts(id).map(SiteHandle::new)
    }

    /// 404: a page for people, JSON below `/oauth2/` and `/.well-known/`. For a router's fallback.
    #[must_use]
    pub fn not_found(&self, request: &Request) -> Response {
        let site = self.0.sites.known_for(layers::site::host_of(request));
        let parts = site.as_ref().and_then(|site| site.parts()).unwrap_or(&self.0.main);
        parts.trouble.not_found(&Asked::by(request))
    }

    /// A layer for an API of the same process: checks access tokens of this issuer for `audience`, with the keys at hand, and
    /// refuses what was taken back within a second on whichever node.
    ///
    /// # Errors
    /// The audience is empty.
    pub fn bearer_layer(&self, audience: impl Into<String>) -> Result<BearerLayer, chabi_resource_server::BuildError> {
        self.0.main.bearer_layer(audience)
    }

    /// Verifies an access token of this issuer, for whichever API it is. Whether it was taken back is not looked at.
    ///
    /// # Errors
    /// Why it is not good.
    pub async fn verify(&self, token: &str) -> Result<Bearer, Rejection> {
        self.0.main.server.verify(token).await
    }

    /// The same for a token that may be bound to a key (RFC 9449), by who lets nobody in by it: an operator who takes it back.
    ///
    /// # Errors
    /// Why it is not good.
    pub async fn verify_for_whomever(&self, token: &str) -> Result<Bearer, Rejection> {
        self.0.main.server.verify_for_whomever(token).await
    }

    /// How an access token stands at this moment: the store is asked too. For an operator who looks at it.
    ///
    /// # Errors
    /// The store's fault.
    pub async fn standing(&self, token: &str) -> Result<Standing, Fault> {
        self.0.main.server.standing(token).await
    }

    /// Whether one of our published keys signed it, whatever kind of token it is and however old.
    ///
    /// # Errors
    /// The rule that it breaks, in words; an unavailable fault's words while there are no keys.
    pub fn check_signature(&self, token: &str) -> Result<(), String> {
        let ring = self.0.keys.ring().map_err(|fault| fault.to_string())?;
        inspection::check_signature(token, ring.verification_keys()).map_err(|error| error.to_string())
    }

    /// The store, for operations such as those of [`crate::operations`].
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The issuer.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// The issuer's path, below which all of it lives: empty, or `/…`.
    #[must_use]
    pub fn mount(&self) -> &str {
        issuer::split(&self.0.issuer).1
    }

    /// Time and randomness.
    #[must_use]
    pub fn env(&self) -> &Env {
        &self.0.env
    }

    /// People: to make accounts, say.
    #[must_use]
    pub fn resource_owner(&self) -> &ResourceOwner {
        &self.0.main.owner
    }

    /// Administration: the operations that the API, the console and the command line run.
    #[must_use]
    pub fn admin(&self) -> &Admin {
        &self.0.admin
    }

    /// Answers when tokens can be signed and the store can be asked.
    ///
    /// # Errors
    /// An unavailable fault when not.
    pub async fn ready(&self) -> Result<(), Fault> {
        self.0.keys.ring()?;
        self.0.store.engine().ready().await
    }

    /// Says that the process is about to end: answers that go on for as long as somebody listens (streams of changes) end at once, so that
    /// the requests under way can be waited for. All else goes on. To be called first at shutdown, before the listener drains.
    pub fn close(&self) {
        self.0.closing.send_replace(true);
    }

    /// Waits until the signing keys are there: a second or two at the very first start, no time after it.
    ///
    /// # Errors
    /// An unavailable fault when the store cannot be asked.
    pub async fn until_ready(&self) -> Result<(), Fault> {
        self.0.background.until_keys_are_prepared().await;
        self.ready().await
    }
}

impl std::fmt::Debug for Chabi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chabi").field("issuer", &self.0.issuer).finish_non_exhaustive()
    }
}
