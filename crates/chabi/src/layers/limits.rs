//! How long a URL, a body and an answer's making may be.

use std::time::Duration;

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use chabi_spec::FaultKind;
use http::{StatusCode, header};
use http_body_util::Limited;

use crate::trouble::{Asked, Trouble};

/// No form of ours is longer, in bytes.
const LONGEST_BODY: usize = 64 * 1024;
/// No URL of ours is longer, in bytes.
const LONGEST_URL: usize = 8 * 1024;
/// What is not answered by then is given up.
const LONGEST_TIME: Duration = Duration::from_secs(30);

/// 414, 404, 413 or 503 for what is too long.
pub(crate) async fn within(State(trouble): State<Trouble>, request: Request, next: Next) -> Response {
    let uri = request.uri();
    if uri.path_and_query().is_some_and(|text| text.as_str().len() > LONGEST_URL) {
        return StatusCode::URI_TOO_LONG.into_response();
    }
    let asked = Asked::by(&request);
    if !is_plain(asked.path()) {
        return trouble.not_found(&asked);
    }
    if announced_length(&request).is_some_and(|length| length > LONGEST_BODY) {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    }
    // a body without a length, or with a wrong one, is cut off while it is read
    let request = request.map(|body| Body::new(Limited::new(body, LONGEST_BODY)));
    match tokio::time::timeout(LONGEST_TIME, next.run(request)).await {
        Ok(answer) => answer,
        Err(_) => {
            tracing::warn!(path = asked.printable_path(), request_id = asked.id(), "a request took too long and was given up");
            trouble.fault(FaultKind::Unavailable, &asked)
        }
    }
}

/// Paths that a proxy in front of us could read otherwise than we do lead nowhere.
fn is_plain(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let odd = [";", "//", "%2f", "%5c", "%00", "\\", "/./", "/../", "%2e"].iter().any(|odd| lower.contains(odd));
    !odd && !path.ends_with("/.") && !path.ends_with("/..")
}

fn announced_length(request: &Request) -> Option<usize> {
    request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    // req: px.path
    #[test]
    fn paths_that_two_servers_could_read_in_two_ways_lead_nowhere() {
        let odd = ["/oauth2;a=b/token", "//oauth2/token", "/oauth2%2ftoken", "/oauth2/%2E%2e/token", "/a/./b", "/a/..", "/a%00", "/a\\b"];
        for path in odd {
            assert!(!is_plain(path), "{path}");
        }
        for path in ["/", "/accounts/login/", "/.well-known/openid-configuration", "/static/chabi/chabi.0a1b.css"] {
            assert!(is_plain(path), "{path}");
        }
    }
}
