//! A router on which a route without a policy answers 403.

use axum::{Router, response::IntoResponse, routing::MethodRouter};

use crate::{Reason, Rejection, ResourceServer};

/// Who may call a route. Nobody, unless it says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// Not decided yet: everybody is answered 403.
    #[default]
    Denied,
    /// Everybody, with or without a token; the token is not looked at.
    Public,
    /// Whoever has a good token, whatever its scope.
    Authenticated,
    /// Whoever has a good token with all of these words in its scope, separated by spaces.
    Scope(String),
}

impl Policy {
    /// [`Policy::Scope`].
    #[must_use]
    pub fn scope(words: &str) -> Self {
        Self::Scope(words.to_owned())
    }
}

/// Builds a router whose routes each name their policy; what comes without one is closed and not open.
///
/// ```no_run
/// # use axum::{Router, routing::get};
/// # use chabi_resource_server::{DenyByDefault, Policy, ResourceServer};
/// # fn f(api: &ResourceServer, from_elsewhere: Router) -> Router {
/// DenyByDefault::new(api)
///     .route("/health", Policy::Public, get(async || "ok"))
///     .route("/notes", Policy::scope("notes:read"), get(async || "notes"))
///     .undecided(from_elsewhere) // every route in it answers 403
///     .into_router()
/// # }
/// ```
pub struct DenyByDefault<S = ()> {
    server: ResourceServer,
    router: Router<S>,
    policies: Vec<(String, Policy)>,
}

impl<S: Clone + Send + Sync + 'static> DenyByDefault<S> {
    /// No routes yet.
    #[must_use]
    pub fn new(server: &ResourceServer) -> Self {
        Self { server: server.clone(), router: Router::new(), policies: Vec::new() }
    }

    /// Adds a route, with who may call it.
    #[must_use]
    pub fn route(mut self, path: &str, policy: Policy, handler: MethodRouter<S>) -> Self {
        let guarded = match &policy {
            Policy::Denied => handler.layer(axum::middleware::from_fn(refuse)),
            Policy::Public => handler,
            Policy::Authenticated => handler.layer(self.server.bearer_layer()),
            Policy::Scope(words) => handler.layer(self.server.require_scope(words)),
        };
        self.router = self.router.route(path, guarded);
        self.policies.push((path.to_owned(), policy));
        self
    }

    /// Adds routes that nobody has decided on: each answers 403 until it is given a policy by [`Self::route`].
    #[must_use]
    pub fn undecided(mut self, router: Router<S>) -> Self {
        if router.has_routes() {
            self.router = self.router.merge(router.route_layer(axum::middleware::from_fn(refuse)));
        }
        self
    }

    /// Each path with its policy, in the order they were added: for a test that looks at every one.
    pub fn policies(&self) -> impl Iterator<Item = (&str, &Policy)> {
        self.policies.iter().map(|(path, policy)| (path.as_str(), policy))
    }

    /// The router.
    pub fn into_router(self) -> Router<S> {
        self.router
    }
}

async fn refuse(_request: axum::extract::Request, _next: axum::middleware::Next) -> impl IntoResponse {
    Rejection::new(Reason::NoPolicy, None)
}
