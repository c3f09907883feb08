//! Whose connection a request came by, where nobody in front has said so.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, Request},
    middleware::Next,
    response::Response,
};
use chabi_spec::ClientAddress;

/// An embedding application that serves with `into_make_service_with_connect_info` need not do anything for throttles to know addresses.
pub(crate) async fn of_the_connection(mut request: Request, next: Next) -> Response {
    if request.extensions().get::<ClientAddress>().is_none()
        && let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied()
    {
        request.extensions_mut().insert(ClientAddress(peer.ip()));
    }
    next.run(request).await
}
