//! HTTP by hand: one connection a request, so that a test decides what was written, when, and who hung up.

use std::{io, time::Duration};

use ::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    response::{IntoResponse as _, Response},
};
use chabi_testkit::Page;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// Longer than anything may take, so that a server that hangs is told from one that is slow.
const PATIENCE: Duration = Duration::from_secs(30);

/// A form for this path of the server whose public URL is `http://localhost:<host>`.
pub fn post(host: u16, path: &str, fields: &[(&str, &str)]) -> Vec<u8> {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let length = body.len();
    let kind = "application/x-www-form-urlencoded";
    let head = format!("POST {path} HTTP/1.1\r\nHost: localhost:{host}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n");
    format!("{head}Connection: close\r\n\r\n{body}").into_bytes()
}

/// A GET, with an access token unless it is empty.
pub fn get(host: u16, path: &str, token: &str) -> Vec<u8> {
    let credentials = if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
    format!("GET {path} HTTP/1.1\r\nHost: localhost:{host}\r\n{credentials}Connection: close\r\n\r\n").into_bytes()
}

/// Sends it to this port and reads the whole answer.
///
/// # Errors
/// Nobody listens, or the connection broke before the answer was whole.
pub async fn ask(port: u16, request: &[u8]) -> io::Result<Page> {
    tokio::time::timeout(PATIENCE, exchange(port, request)).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

async fn exchange(port: u16, request: &[u8]) -> io::Result<Page> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(request).await?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await?;
    read(&bytes).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

/// Writes the request, and hangs up after this long without having read anything.
pub async fn ask_and_lose_the_answer(port: u16, request: &[u8], after: Duration) -> io::Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(request).await?;
    tokio::time::sleep(after).await;
    Ok(())
}

fn read(bytes: &[u8]) -> Option<Page> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let body = bytes.get(end + 4..)?;
    let mut lines = head.split("\r\n");
    let status = StatusCode::from_bytes(lines.next()?.split(' ').nth(1)?.as_bytes()).ok()?;
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(':')?;
        headers.append(HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value.trim()).ok()?);
    }
    let length: Option<usize> = headers.get("content-length").and_then(|value| value.to_str().ok()?.parse().ok());
    // every answer of ours that these tests read says how long it is: less is an answer that was cut off
    (length.unwrap_or_default() == body.len()).then_some(())?;
    Some(Page { url: String::new(), status, headers, body: String::from_utf8_lossy(body).into_owned() })
}

/// The server at this port, as the router that the test kit's browser wants.
pub fn router(port: u16) -> Router {
    Router::new().fallback(move |request: Request| pass_on(port, request))
}

async fn pass_on(port: u16, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let mut text = format!("{} {} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", head.method, head.uri, body.len());
    for (name, value) in &head.headers {
        text.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    let mut bytes = format!("{text}\r\n").into_bytes();
    bytes.extend(&body);
    match ask(port, &bytes).await {
        Ok(page) => (page.status, page.headers, Body::from(page.body)).into_response(),
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}
