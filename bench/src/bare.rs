//! A bare HTTP server: parses the form that it is sent and answers with as many bytes as it is told to, and nothing more. What HTTP costs.

use std::net::SocketAddr;

use anyhow::Result;
use axum::{
    Router,
    body::Bytes,
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
    serve::ListenerExt as _,
};
use tokio::net::TcpListener;

use crate::{
    load::{Caller, Same},
    server::Pinning,
    server::{self, ServerProcess},
};

/// More than any answer of a scenario.
const LARGEST: usize = 64 * 1024;

/// Serves until it is killed.
///
/// # Errors
/// The address is taken.
pub async fn serve(address: SocketAddr) -> Result<()> {
    let router = Router::new().route("/bytes/{count}", get(plain).post(form));
    let listener = TcpListener::bind(address).await?.tap_io(|stream| {
        // as ours does
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, router).await?;
    Ok(())
}

async fn plain(Path(count): Path<usize>) -> Response {
    bytes(count)
}

async fn form(Path(count): Path<usize>, body: Bytes) -> Response {
    let fields = form_urlencoded::parse(&body).into_owned().collect::<Vec<_>>();
    if fields.is_empty() { StatusCode::BAD_REQUEST.into_response() } else { bytes(count) }
}

fn bytes(count: usize) -> Response {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], vec![b' '; count.min(LARGEST)]).into_response()
}

/// The same program as this, in this mode, on the server's core.
///
/// # Errors
/// It does not start.
pub async fn start(pinning: Pinning) -> Result<ServerProcess> {
    let address = server::free_address()?;
    let mut command = pinning.command(&std::env::current_exe()?);
    command.args(["bare", "--listen", &address.to_string()]);
    ServerProcess::start(&mut command, address, "/bytes/2", std::path::Path::new("/dev/null")).await
}

/// Callers that send what a scenario's callers sent, and are answered with as many bytes.
#[must_use]
pub fn callers(request: &[u8], answer_bytes: usize, count: usize) -> Vec<Box<dyn Caller>> {
    let text = String::from_utf8_lossy(request);
    let (line, rest) = text.split_once("\r\n").unwrap_or_default();
    let method = line.split(' ').next().unwrap_or_default();
    let request = format!("{method} /bytes/{answer_bytes} HTTP/1.1\r\n{rest}");
    (0..count).map(|_| -> Box<dyn Caller> { Box::new(Same(request.clone().into_bytes())) }).collect()
}
