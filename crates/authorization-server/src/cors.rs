//! Which scripts of other origins may read our answers (Browser-Based Apps §6.3).
//!
//! Everybody's may read what is public anyway; scripts of the origins of this site's applications may call token, userinfo and revoke. Never
//! with cookies, and pages never at all.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::{respond::json, server::Shared};

/// For metadata and JWKS.
pub(crate) async fn for_everybody(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    allow(response.headers_mut(), HeaderValue::from_static("*"));
    response
}

/// For the endpoints that single-page applications call.
pub(crate) async fn for_registered_origins(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let allowed = match origin.as_ref().and_then(|origin| origin.to_str().ok()) {
        Some(text) => match shared.store.is_registered_origin(text, &shared.settings.site_id).await {
            Ok(registered) => origin.filter(|_| registered),
            Err(fault) => return json::faulty(&fault),
        },
        None => None,
    };
    let mut response = next.run(request).await;
    response.headers_mut().append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = allowed {
        allow(response.headers_mut(), origin);
    }
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
