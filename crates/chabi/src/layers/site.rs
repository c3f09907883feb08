//! Which site a request is for: the one whose host it names. `Host` alone counts, as the proxy before us sends it on; `X-Forwarded-Host` and
//! `Forwarded` are never believed. A host that is nobody's gets the main site, as in an installation of one site; a site that is switched
//! off answers 421.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, OriginalUri, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use chabi_admin::Admin;
use chabi_spec::ClientAddress;
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Either},
};
use http::{Extensions, StatusCode, header};
use tower::{Layer, Service, ServiceExt as _};

use super::request_id::RequestId;
use crate::sites::Sites;

/// The answer of another site than the configured one, or the request again.
pub(super) async fn answer(sites: &Sites, request: Request) -> Result<Response, Request> {
    // RFC 9112 §3.2: two of them may be read in two ways, by us and by the proxy before us
    if sites.are_several() && request.headers().get_all(header::HOST).iter().count() > 1 {
        return Ok((StatusCode::BAD_REQUEST, "One `Host` is enough.\n").into_response());
    }
    let Some(site) = sites.asked_for(host_of(&request)).await else { return Err(request) };
    let Some(router) = site.router() else {
        // RFC 9110 §7.4: not a host that answers here
        return Ok((StatusCode::MISDIRECTED_REQUEST, "This site is switched off.\n").into_response());
    };
    Ok(by(router, request).await)
}

/// Around the main site's routes: where its operator has changed it, they are those of its new parts.
#[derive(Clone)]
pub(crate) struct MainAsItIsNow(pub Arc<Sites>);

impl<S> Layer<S> for MainAsItIsNow {
    type Service = MainSite<S>;

    fn layer(&self, configured: S) -> MainSite<S> {
        MainSite { configured, sites: Arc::clone(&self.0) }
    }
}

/// What [`MainAsItIsNow`] makes.
#[derive(Clone)]
pub(crate) struct MainSite<S> {
    configured: S,
    sites: Arc<Sites>,
}

impl<S> Service<Request> for MainSite<S>
where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    // a service by hand, because what is asked for most goes through it: as configured, it costs nothing
    type Future = Either<S::Future, BoxFuture<'static, Result<Response, Infallible>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.configured.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if self.sites.main_is_as_configured() {
            return Either::Left(self.configured.call(request));
        }
        let Self { configured, sites } = self.clone();
        let answer = async move {
            match sites.main().await.as_ref().and_then(|main| main.router()) {
                Some(router) => Ok(by(router, request).await),
                None => configured.oneshot(request).await,
            }
        };
        Either::Right(answer.boxed())
    }
}

/// The same for the console, which keeps to the main site's sessions and shows its name: few ask for it, so it is put together for each.
pub(crate) async fn console_as_it_is_now(State((sites, admin)): State<(Arc<Sites>, Admin)>, request: Request, next: Next) -> Response {
    match sites.main().await.as_ref().and_then(|main| main.parts()) {
        Some(parts) => by(&chabi_console::router(admin.at(parts.server.clone(), parts.owner.clone())), request).await,
        None => next.run(request).await,
    }
}

async fn by(router: &Router, request: Request) -> Response {
    match router.clone().oneshot(afresh(request)).await {
        Ok(answer) => answer,
        Err(never) => match never {},
    }
}

/// RFC 9112 §3.2.2: where the request line names an authority, it counts, and `Host` does not.
pub(crate) fn host_of(request: &Request) -> &str {
    let named = request.uri().authority().map(http::uri::Authority::as_str);
    named.or_else(|| request.headers().get(header::HOST).and_then(|host| host.to_str().ok())).unwrap_or_default()
}

/// Without what the router on the way noted for its own handlers, such as the parts of the path.
fn afresh(request: Request) -> Request {
    let (mut head, body): (_, Body) = request.into_parts();
    let mut kept = Extensions::new();
    keep::<ClientAddress>(&head.extensions, &mut kept);
    keep::<ConnectInfo<SocketAddr>>(&head.extensions, &mut kept);
    keep::<OriginalUri>(&head.extensions, &mut kept);
    keep::<RequestId>(&head.extensions, &mut kept);
    head.extensions = kept;
    Request::from_parts(head, body)
}

fn keep<T: Clone + Send + Sync + 'static>(from: &Extensions, into: &mut Extensions) {
    if let Some(value) = from.get::<T>() {
        into.insert(value.clone());
    }
}
