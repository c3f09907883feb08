//! What no route answers.

use axum::response::IntoResponse;
use http::{StatusCode, Uri, header};

/// 404: JSON for programs, a short page for people.
pub async fn not_found(uri: Uri) -> impl IntoResponse {
    let path = uri.path();
    if path.starts_with("/oauth2") || path.starts_with("/.well-known") || path.starts_with("/demo/api") {
        return (StatusCode::NOT_FOUND, axum::Json(serde_json::json!({ "error": "not_found" }))).into_response();
    }
    (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], "There is nothing here.\n").into_response()
}
