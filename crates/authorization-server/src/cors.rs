//! Which scripts of other origins may read our answers (Browser-Based Apps §6.3).
//!
//! Everybody's may read what is public anyway; scripts of the origins of this site's applications may call token, userinfo and revoke. Never
//! with cookies, and pages never at all.

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::{
    FutureExt as _, TryFutureExt as _,
    future::{BoxFuture, Either, MapOk},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tower::{Layer, Service, ServiceExt as _};

use crate::{respond::json, server::Shared};

/// For metadata and JWKS.
pub(crate) async fn for_everybody(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    allow(response.headers_mut(), HeaderValue::from_static("*"));
    response
}

/// For the endpoints that single-page applications call.
#[derive(Clone)]
pub(crate) struct ForRegisteredOrigins(pub Arc<Shared>);

impl<S> Layer<S> for ForRegisteredOrigins {
    type Service = OriginChecked<S>;

    fn layer(&self, endpoint: S) -> OriginChecked<S> {
        OriginChecked { endpoint, shared: Arc::clone(&self.0) }
    }
}

/// What [`ForRegisteredOrigins`] makes.
#[derive(Clone)]
pub(crate) struct OriginChecked<S> {
    endpoint: S,
    shared: Arc<Shared>,
}

impl<S> Service<Request> for OriginChecked<S>
where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    // a service by hand, because every token request goes through it: those of programs name no origin, and then it costs a header
    type Future = Either<MapOk<S::Future, fn(Response) -> Response>, BoxFuture<'static, Result<Response, Infallible>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.endpoint.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let Some(origin) = request.headers().get(header::ORIGIN).cloned() else {
            return Either::Left(self.endpoint.call(request).map_ok(differs_by_origin));
        };
        let Self { endpoint, shared } = self.clone();
        Either::Right(for_origin(origin, request, endpoint, shared).boxed())
    }
}

async fn for_origin<S>(origin: HeaderValue, request: Request, endpoint: S, shared: Arc<Shared>) -> Result<Response, Infallible>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    let allowed = match origin.to_str() {
        Ok(text) => match shared.store.is_registered_origin(text, &shared.settings.site_id).await {
            Ok(registered) => registered,
            Err(fault) => return Ok(json::faulty(&fault)),
        },
        Err(_) => false,
    };
    let mut response = differs_by_origin(endpoint.oneshot(request).await?);
    if allowed {
        allow(response.headers_mut(), origin);
    }
    Ok(response)
}

fn differs_by_origin(mut response: Response) -> Response {
    response.headers_mut().append(header::VARY, HeaderValue::from_static("Origin"));
    response
}

/// The answer to a preflight: which of its headers count is decided by the layers above.
pub(crate) async fn preflight() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

fn allow(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, OPTIONS"));
    // the last two are what MSAL sends
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("authorization, content-type, dpop, x-requested-with, x-client-sku, x-client-ver"),
    );
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("www-authenticate, retry-after, dpop-nonce"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
}
