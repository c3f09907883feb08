//! Refuses to run below a prefix of somebody else's: where our routes are, the issuer says.

use axum::{
    extract::{NestedPath, Request},
    response::{IntoResponse, Response},
};
use http::StatusCode;

const WORDS: &str = "Chabi's router was nested below a path. It must be merged at the root of the application, with \
    `Router::merge(chabi.router())`: it is below the issuer's path already, where the issuer has one. The prefix of people's pages is a \
    setting of the builder.";

/// 500 with words, for every request, when somebody nested us.
pub(super) fn refusal(request: &Request, mount: &str) -> Option<Response> {
    let path = request.extensions().get::<NestedPath>().filter(|path| path.as_str() != mount)?;
    tracing::error!(path = path.as_str(), "{WORDS}");
    Some((StatusCode::INTERNAL_SERVER_ERROR, WORDS).into_response())
}
