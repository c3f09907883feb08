//! One line a request: what was asked for, by whom, how it went. Neither query nor headers nor bodies: codes and tokens stand there.

use std::time::Instant;

use axum::{extract::Request, middleware::Next, response::Response};
use chabi::{ClientAddress, printable_path};

/// Asked every few seconds by those who watch over us: no line each.
const OF_HEALTH: [&str; 3] = ["/healthz", "/livez", "/readyz"];

/// Logs a request after it was answered.
pub async fn logged(request: Request, next: Next) -> Response {
    if OF_HEALTH.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    let begun = Instant::now();
    let method = request.method().clone();
    let path = printable_path(request.uri().path());
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
