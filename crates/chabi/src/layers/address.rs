//! Whose connection a request came by, where nobody in front has said so.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request};
use chabi_spec::ClientAddress;

/// An embedding application that serves with `into_make_service_with_connect_info` need not do anything for throttles to know addresses.
pub(super) fn of_the_connection(request: &mut Request) {
    if request.extensions().get::<ClientAddress>().is_none()
        && let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied()
    {
        request.extensions_mut().insert(ClientAddress(peer.ip()));
    }
}
