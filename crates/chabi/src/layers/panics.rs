//! A panic in a handler is a 500 for that request, and a line in the log. It should not happen; if it does, the server goes on.

use std::panic::AssertUnwindSafe;

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::FutureExt as _;
use http::{StatusCode, header};

use super::request_id::HEADER;

/// Answers 500 in JSON under `/oauth2` and `/.well-known`, else in plain words; neither says why.
pub(crate) async fn become_500(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let id = request.headers().get(HEADER).cloned();
    // the handler's values are dropped with it; what is shared holds its own invariants
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(answer) => answer,
        Err(_) => {
            tracing::error!(path, request_id = id.as_ref().and_then(|id| id.to_str().ok()), "a handler panicked");
            trouble(&path, StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// 500 or 503, without a reason.
pub(super) fn trouble(path: &str, status: StatusCode) -> Response {
    let no_store = [(header::CACHE_CONTROL, "no-store")];
    if path.starts_with("/oauth2/") || path.starts_with("/.well-known/") {
        // RFC 6749 §4.1.2.1 and §5.2: the codes for our own trouble
        let code = if status == StatusCode::SERVICE_UNAVAILABLE { "temporarily_unavailable" } else { "server_error" };
        (status, no_store, axum::Json(serde_json::json!({ "error": code }))).into_response()
    } else {
        (status, no_store, "Something went wrong on our side. Try again; if it stays, tell the operator the request id of this answer.\n")
            .into_response()
    }
}
