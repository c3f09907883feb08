//! `/.well-known/openid-configuration`, `/.well-known/oauth-authorization-server` and `/.well-known/oauth-protected-resource/…`: rendered once, served from memory.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use http::HeaderMap;

use crate::server::Shared;

/// OpenID Connect Discovery §4.
pub(crate) async fn openid_configuration(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    shared.documents.openid_configuration.answer(&headers)
}

/// RFC 8414 §3.
pub(crate) async fn authorization_server(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    shared.documents.authorization_server.answer(&headers)
}

/// RFC 9728 §3, for userinfo.
pub(crate) async fn userinfo(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    shared.documents.userinfo.answer(&headers)
}
