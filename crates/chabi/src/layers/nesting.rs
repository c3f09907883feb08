//! Refuses to run below a prefix: `/.well-known` must be at the root, and the issuer is the origin.

use axum::{
    extract::{NestedPath, Request},
    response::{IntoResponse, Response},
};
use http::StatusCode;

const WORDS: &str = "Chabi's router was nested below a path. It must be merged at the root of the application, with \
    `Router::merge(chabi.router())`: clients look for `/.well-known/openid-configuration` there. The prefix of people's pages is a \
    setting of the builder.";

/// 500 with words, for every request, when somebody nested us.
pub(super) fn refusal(request: &Request) -> Option<Response> {
    let path = request.extensions().get::<NestedPath>()?;
    tracing::error!(path = path.as_str(), "{WORDS}");
    Some((StatusCode::INTERNAL_SERVER_ERROR, WORDS).into_response())
}
