//! One line a request: what was asked for, by whom, how it went. Neither query nor headers nor bodies: codes and tokens stand there.

use std::{net::IpAddr, time::Instant};

use axum::response::Response;
use chabi::printable_path;
use http::{Method, Request};

/// Asked every few seconds by those who watch over us: no line each.
const OF_HEALTH: [&str; 3] = ["/healthz", "/livez", "/readyz"];

/// A line in the making.
pub struct Line {
    begun: Instant,
    method: Method,
    path: String,
    address: IpAddr,
}

impl Line {
    /// Before a request is answered; `None`: nobody wants a line.
    pub fn begin<B>(request: &Request<B>, address: IpAddr) -> Option<Self> {
        let wanted = tracing::enabled!(target: "chabi::access", tracing::Level::INFO) && !OF_HEALTH.contains(&request.uri().path());
        let line = || Self { begun: Instant::now(), method: request.method().clone(), path: printable_path(request.uri().path()), address };
        wanted.then(line)
    }

    /// Logs it, after the request was answered.
    pub fn end(self, answer: &Response) {
        tracing::info!(
            target: "chabi::access",
            method = self.method.as_str(),
            path = self.path,
            status = answer.status().as_u16(),
            milliseconds = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            address = %self.address,
            request_id = answer.headers().get("x-request-id").and_then(|id| id.to_str().ok()),
            "answered"
        );
    }
}
