//! How long a URL, a body and an answer's making may be.

use std::time::Duration;

use axum::{
    body::{Body, HttpBody as _},
    extract::Request,
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

/// 414, 404 or 413 for what is too long, or odd.
pub(super) fn refusal(request: &Request, trouble: &Trouble, asked: &Asked) -> Option<Response> {
    if request.uri().path_and_query().is_some_and(|text| text.as_str().len() > LONGEST_URL) {
        return Some(StatusCode::URI_TOO_LONG.into_response());
    }
    if !is_plain(asked.path()) {
        return Some(trouble.not_found(asked));
    }
    announced_length(request).is_some_and(|length| length > LONGEST_BODY).then(|| StatusCode::PAYLOAD_TOO_LARGE.into_response())
}

/// A body without a length, or with a wrong one, is cut off while it is read.
pub(super) fn cut_off(request: Request) -> Request {
    if request.body().is_end_stream() { request } else { request.map(|body| Body::new(Limited::new(body, LONGEST_BODY))) }
}

/// 503 for what was not answered in time. It is the answer's beginning that must be there by then: what follows may go on for as long as
/// somebody listens.
pub(super) async fn in_time(answer: impl Future<Output = Response>, trouble: &Trouble, asked: &Asked) -> Response {
    match tokio::time::timeout(LONGEST_TIME, answer).await {
        Ok(answer) => answer,
        Err(_) => {
            tracing::warn!(path = asked.printable_path(), request_id = asked.id(), "a request took too long and was given up");
            trouble.fault(FaultKind::Unavailable, asked)
        }
    }
}

/// Paths that a proxy in front of us could read otherwise than we do lead nowhere.
fn is_plain(path: &str) -> bool {
    if !path.contains([';', '%', '\\']) && !path.contains("//") && !path.contains("/.") {
        return true;
    }
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
