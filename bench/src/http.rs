//! The least of HTTP/1.1 that a load generator needs: one request at a time on a connection that stays open, answers with a length.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// No answer of a scenario is larger.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// A connection that is kept open.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What came back; it lives in the connection's buffer.
pub struct Answer<'a> {
    /// Status code.
    pub status: u16,
    /// Status line and headers, without the empty line.
    pub head: &'a str,
    /// The body.
    pub body: &'a [u8],
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// Nobody listens.
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("connecting to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 * 1024) })
    }

    /// Sends a whole request, and reads the whole answer to it.
    ///
    /// # Errors
    /// The connection ends, or what comes is no answer of a known length.
    pub async fn ask(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let (end_of_head, end) = loop {
            let read = self.stream.read_buf(&mut self.buffer).await?;
            ensure!(read > 0, "the server closed the connection in place of an answer");
            if let Some(end_of_head) = find(&self.buffer, b"\r\n\r\n") {
                let head = text(self.buffer.get(..end_of_head))?;
                break (end_of_head, end_of_head + 4 + length_of_body(head)?);
            }
            ensure!(self.buffer.len() < LARGEST_ANSWER, "the headers of an answer have no end");
        };
        ensure!(end < LARGEST_ANSWER, "an answer of {end} bytes is larger than a scenario's");
        while self.buffer.len() < end {
            let read = self.stream.read_buf(&mut self.buffer).await?;
            ensure!(read > 0, "the server closed the connection in the middle of an answer");
        }
        let head = text(self.buffer.get(..end_of_head))?;
        let body = self.buffer.get(end_of_head + 4..end).context("a body")?;
        let status = head.get(9..12).and_then(|digits| digits.parse().ok()).context("an answer begins with its status")?;
        Ok(Answer { status, head, body })
    }
}

impl<'a> Answer<'a> {
    /// The values of a header, whose name is given in lower case.
    pub fn headers(&self, name: &'a str) -> impl Iterator<Item = &'a str> {
        headers(self.head, name)
    }

    /// An error in words when it is no success.
    ///
    /// # Errors
    /// Status and the beginning of the body.
    pub fn succeeded(&self) -> Result<()> {
        if (200..300).contains(&self.status) {
            return Ok(());
        }
        let body = String::from_utf8_lossy(self.body);
        bail!("the server answered {}: {}", self.status, body.chars().take(300).collect::<String>())
    }

    /// The text of a member of a flat JSON object, which has no escapes in it: a token, an id.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&'a str> {
        let body = std::str::from_utf8(self.body).ok()?;
        let (_, rest) = body.split_once(&format!("\"{name}\":"))?;
        rest.trim_start().strip_prefix('"')?.split('"').next()
    }
}

/// A request without body.
#[must_use]
pub fn get(path: &str, host: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut text = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    text.into_bytes()
}

/// A request with a form.
#[must_use]
pub fn post(path: &str, host: &str, form: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut text = format!("POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/x-www-form-urlencoded\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("content-length: {}\r\n\r\n{form}", form.len()));
    text.into_bytes()
}

/// `a=b&c=d`, encoded.
#[must_use]
pub fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn headers<'a>(head: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    let pairs = head.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
    pairs.filter(move |(of, _)| of.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

fn length_of_body(head: &str) -> Result<usize> {
    if let Some(length) = headers(head, "content-length").next() {
        return length.parse().context("a content-length");
    }
    ensure!(headers(head, "transfer-encoding").next().is_none(), "the server answers in chunks, which this load generator does not read");
    Ok(0)
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn text(bytes: Option<&[u8]>) -> Result<&str> {
    Ok(std::str::from_utf8(bytes.context("the head of an answer")?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_and_the_headers_of_an_answer_are_read() {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\nSet-Cookie: a=b\r\nset-cookie: c=d";
        assert_eq!(length_of_body(head).unwrap(), 12);
        assert_eq!(headers(head, "set-cookie").collect::<Vec<_>>(), ["a=b", "c=d"]);
        assert!(length_of_body("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked").is_err());
    }

    #[test]
    fn a_member_of_a_flat_answer_is_found_and_a_failure_is_told() {
        let answer = Answer { status: 400, head: "", body: br#"{"error":"invalid_grant","x":1}"# };
        assert_eq!(answer.member("error"), Some("invalid_grant"));
        assert_eq!(answer.member("y"), None);
        assert!(answer.succeeded().unwrap_err().to_string().contains("400"));
    }
}
