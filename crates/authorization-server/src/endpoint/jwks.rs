//! `/oauth2/jwks`, and `/.well-known/jwks.json` for those who guess.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use http::HeaderMap;

use crate::{respond::json, server::Shared};

/// RFC 7517 §5: the public keys.
pub(crate) async fn serve(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    match shared.keys.published() {
        Ok(document) => document.answer(&headers),
        Err(fault) => json::faulty(&fault),
    }
}
