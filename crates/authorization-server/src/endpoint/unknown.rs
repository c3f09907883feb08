//! Paths below `/oauth2` and `/.well-known` that are no endpoint: JSON 404, never a page, since discovery tries several.

use axum::response::Response;

use crate::respond::json;

/// 404.
pub(crate) async fn serve() -> Response {
    json::not_found()
}
