//! The theme and the marks of people's pages: inside the binary, cached for ever by their hashed names.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::get,
};
use chabi_pages::{Pages, STATIC_ROUTE, StaticFile, look, static_files};
use http::StatusCode;

/// `/static/chabi/…`.
pub(crate) fn router(pages: Arc<Pages>) -> Router {
    Router::new().route(STATIC_ROUTE, get(serve)).with_state(pages)
}

async fn serve(State(pages): State<Arc<Pages>>, Path(name): Path<String>) -> Response {
    if name == look::STYLESHEET {
        return stylesheet(&pages);
    }
    let Some(file) = StaticFile::find(&name) else { return StatusCode::NOT_FOUND.into_response() };
    let mut answer = file.content.into_response();
    for (name, value) in file.headers() {
        // in place of the type that bytes have by themselves: one that stands beside it is read by nobody alike
        answer.headers_mut().insert(name, value);
    }
    answer
}

/// The site's own, whose URL has a hash of what is in it.
fn stylesheet(pages: &Pages) -> Response {
    let Some(text) = pages.stylesheet() else { return StatusCode::NOT_FOUND.into_response() };
    let mut answer = text.to_owned().into_response();
    for (name, value) in static_files::headers_of_stylesheet() {
        answer.headers_mut().insert(name, value);
    }
    answer
}
