//! One line a request: what was asked for, by whom, how it went. Neither query nor headers nor bodies: codes and tokens stand there.

use std::time::Instant;

use axum::{extract::Request, middleware::Next, response::Response};
use chabi::ClientAddress;

/// Asked every few seconds by those who watch over us: no line each.
const OF_HEALTH: [&str; 3] = ["/healthz", "/livez", "/readyz"];

/// Logs a request after it was answered.
pub async fn logged(request: Request, next: Next) -> Response {
    if OF_HEALTH.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    let begun = Instant::now();
    let method = request.method().clone();
    let path = printable(request.uri().path());
    let address = request.extensions().get::<ClientAddress>().map(|address| address.0);
    let answer = next.run(request).await;
    tracing::info!(
        target: "chabi::access",
        method = %method,
        path,
        status = answer.status().as_u16(),
        milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        address = address.map(tracing::field::display),
        request_id = answer.headers().get("x-request-id").and_then(|id| id.to_str().ok()),
        "answered"
    );
    answer
}

const LONGEST: usize = 200;

/// A path as it may stand in a log: short, and without characters that a terminal would obey. Ids of transactions are cut away: they are
/// part of what a browser proves.
fn printable(path: &str) -> String {
    let shown = match path.split_once("/resume/") {
        Some((before, _)) => format!("{before}/resume/…"),
        None => path.to_owned(),
    };
    shown.chars().take(LONGEST).map(|c| if c.is_control() { '?' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // req: lg.inj
    #[test]
    fn control_characters_and_transactions_do_not_stand_in_the_log() {
        assert_eq!(printable("/a\u{1b}[31mb\n"), "/a?[31mb?");
        assert_eq!(printable("/oauth2/authorize/resume/abc"), "/oauth2/authorize/resume/…");
    }
}
