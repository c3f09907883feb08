//! Refuses to run below a prefix: `/.well-known` must be at the root, and the issuer is the origin.

use axum::{
    extract::{NestedPath, Request},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::StatusCode;

const WORDS: &str = "Chabi's router was nested below a path. It must be merged at the root of the application, with \
    `Router::merge(chabi.router())`: clients look for `/.well-known/openid-configuration` there. The prefix of people's pages is a \
    setting of the builder.";

/// 500 with words, for every request, when somebody nested us.
pub(crate) async fn refused(request: Request, next: Next) -> Response {
    match request.extensions().get::<NestedPath>() {
        None => next.run(request).await,
        Some(path) => {
            tracing::error!(path = path.as_str(), "{WORDS}");
            (StatusCode::INTERNAL_SERVER_ERROR, WORDS).into_response()
        }
    }
}
