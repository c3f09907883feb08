//! An issuer with a path: all of it lives below that path, and the documents that clients look for at the root of the host are there too.

use axum::{
    Router,
    extract::Request,
    response::{IntoResponse, Response},
    routing::any,
};
use chabi_spec::issuer;
use http::{Uri, uri::PathAndQuery};
use tower::ServiceExt as _;

/// The well-known names that RFC 8414 §3.1 and RFC 9728 §3.1 put between the host and the path; the older way of OpenID Connect Discovery §4,
/// at the end of the path, comes by itself.
const INSERTED: [(&str, &str); 3] = [
    ("/.well-known/oauth-authorization-server", ""),
    ("/.well-known/openid-configuration", ""),
    ("/.well-known/oauth-protected-resource", "/oauth2/userinfo"),
];

/// Puts a router of ours, whose paths begin at its root, where the issuer's path says.
pub(crate) fn below_the_path_of(issuer: &str, ours: Router) -> Router {
    let (_, mount) = issuer::split(issuer);
    if mount.is_empty() {
        return ours;
    }
    let nested = Router::new().nest(mount, ours.clone());
    INSERTED.into_iter().fold(nested, |router, (name, below)| {
        let (ours, known_as) = (ours.clone(), format!("{name}{below}"));
        router.route(&format!("{name}{mount}{below}"), any(move |request: Request| asked_as(ours, known_as, request)))
    })
}

/// The same document, by the name that our router knows it by.
async fn asked_as(ours: Router, name: String, mut request: Request) -> Response {
    if let Ok(path) = PathAndQuery::try_from(name) {
        *request.uri_mut() = Uri::from(path);
    }
    match ours.oneshot(request).await {
        Ok(answer) => answer,
        Err(never) => never.into_response(),
    }
}
