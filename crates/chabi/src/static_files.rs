//! The theme and the marks of people's pages: inside the binary, cached for ever by their hashed names.

use axum::{
    Router,
    extract::Path,
    response::{IntoResponse, Response},
    routing::get,
};
use chabi_pages::{STATIC_ROUTE, StaticFile};
use http::StatusCode;

/// `/static/chabi/…`.
pub(crate) fn router() -> Router {
    Router::new().route(STATIC_ROUTE, get(serve))
}

async fn serve(Path(name): Path<String>) -> Response {
    let Some(file) = StaticFile::find(&name) else { return StatusCode::NOT_FOUND.into_response() };
    let mut answer = file.content.into_response();
    for (name, value) in file.headers() {
        // in place of the type that bytes have by themselves: one that stands beside it is read by nobody alike
        answer.headers_mut().insert(name, value);
    }
    answer
}
