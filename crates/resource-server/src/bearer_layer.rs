//! The tower layer: lets a request pass when its token does, see the list at the top of the crate.

use std::{
    mem,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::response::{IntoResponse, Response};
use chabi_spec::Scope;
use futures_util::future::BoxFuture;
use http::{HeaderValue, Request};
use tower::{Layer, Service};

use crate::{
    Reason, Rejection, ResourceServer, SignInDemand,
    bearer::Found,
    dpop::{Asked, NONCE},
};

/// Guards what is behind it. Made by [`ResourceServer::bearer_layer`] and [`ResourceServer::require_scope`]; goes on a router, on one
/// route, or on any tower service of HTTP.
#[derive(Clone)]
pub struct BearerLayer {
    server: ResourceServer,
    scope: Arc<Scope>,
    demand: Arc<SignInDemand>,
    optional: bool,
}

impl BearerLayer {
    pub(crate) fn new(server: ResourceServer) -> Self {
        Self { server, scope: Arc::default(), demand: Arc::default(), optional: false }
    }

    /// Asks for these words too, separated by spaces; each is matched whole.
    #[must_use]
    pub fn require_scope(mut self, words: &str) -> Self {
        self.scope = Arc::new(self.scope.union(&Scope::of(words.split(' '))));
        self
    }

    /// Asks for a sign-in of one of these `acr`, the best first: anybody else is told to step up (RFC 9470).
    #[must_use]
    pub fn require_acr(mut self, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Arc::make_mut(&mut self.demand).require_acr(values);
        self
    }

    /// Asks for a sign-in no longer ago than this, in whole seconds (RFC 9470). Clocks of issuer and API differ: leave some seconds.
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        Arc::make_mut(&mut self.demand).max_age(age);
        self
    }

    /// Lets requests without any token pass; handlers then see `None` in `Option<Bearer>`. A token that comes must be good all the same.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    async fn check<B>(&self, request: &mut Request<B>) -> Result<(), Rejection> {
        let reject = |reason| Rejection::new(reason, self.server.resource_metadata());
        let token = crate::presented::unverified_token(request.headers(), request.uri()).map_err(reject)?;
        let asked = Asked::of(request);
        let bearer = match token {
            Some(token) => {
                let bearer = self.server.verify_presented(&token, asked).await.map_err(reject)?;
                self.check_scope(bearer.scope()).map_err(reject)?;
                self.demand.check(&bearer, self.server.now()).map_err(reject)?;
                Some(bearer)
            }
            None if self.optional => None,
            None => return Err(reject(Reason::TokenMissing)),
        };
        // In place of what a guard further out may have found: that counts for nothing here.
        request.extensions_mut().insert(Found { bearer, resource_metadata: self.server.resource_metadata() });
        Ok(())
    }

    /// RFC 6750 §3.1, RFC 9068 §2.2.3: every word that the route asks for, matched whole.
    fn check_scope(&self, granted: &Scope) -> Result<(), Reason> {
        if granted.covers(&self.scope) { Ok(()) } else { Err(Reason::Scope((*self.scope).clone())) }
    }
}

impl<S> Layer<S> for BearerLayer {
    type Service = BearerService<S>;

    fn layer(&self, inner: S) -> BearerService<S> {
        BearerService { layer: self.clone(), inner }
    }
}

/// What [`BearerLayer`] makes of a service.
#[derive(Clone)]
pub struct BearerService<S> {
    layer: BearerLayer,
    inner: S,
}

impl<S, B> Service<Request<B>> for BearerService<S>
where
    S: Service<Request<B>> + Clone + Send + 'static,
    S::Response: IntoResponse,
    S::Future: Send,
    B: Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // The service that was polled ready is the one that is called; the clone stays behind.
        let fresh = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, fresh);
        let layer = self.layer.clone();
        Box::pin(async move {
            let nonce = layer.server.dpop_nonce(request.headers());
            let mut answer = match layer.check(&mut request).await {
                Ok(()) => inner.call(request).await.map(IntoResponse::into_response)?,
                Err(rejection) => rejection.into_response(),
            };
            // RFC 9449 §8.2: with each answer, so that the next proof has it
            if let Some(nonce) = nonce.and_then(|nonce| HeaderValue::from_str(&nonce).ok()) {
                answer.headers_mut().insert(NONCE, nonce);
            }
            Ok(answer)
        })
    }
}
