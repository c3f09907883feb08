//! `/oauth2/session/check`: the page that applications put into a frame, to ask whether the person is still signed in (OpenID Connect
//! Session Management 1.0 §3.3). The same for everybody: it reads the browser's cookie by itself.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, header};

use crate::server::Shared;

/// Its script and nothing else; the one page of ours that anybody may put into a frame. It has no button that could be clicked, and what
/// it tells is told to the page that asks, and only whether what that page knows already is still so.
const POLICY: &str = "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *";

/// Session Management §3.3.
pub(crate) async fn check(State(shared): State<Arc<Shared>>) -> Response {
    let script = shared.pages.static_file("check-session.js").unwrap_or_default();
    let page = format!("<!doctype html>\n<meta charset=\"utf-8\">\n<title>Session</title>\n<script src=\"{script}\"></script>\n");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin")),
    ];
    (headers, page).into_response()
}
