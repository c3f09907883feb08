//! A public document in memory: bytes, an ETag, and how long others may keep it.

use axum::response::Response;
use bytes::Bytes;
use chabi_token::{base64url, hash};
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// How long others may keep metadata and keys: also how long a new signing key is published before it signs.
pub const CACHE_SECONDS: i64 = 300;
const CACHE: &str = "public, max-age=300";

/// A document, rendered once.
#[derive(Clone, Debug)]
pub struct Document {
    bytes: Bytes,
    etag: HeaderValue,
    content_type: &'static str,
    cache: &'static str,
}

impl Document {
    /// From its bytes.
    pub fn new(bytes: impl Into<Bytes>, content_type: &'static str) -> Self {
        let bytes = bytes.into();
        let tag = format!("\"{}\"", base64url::encode(hash::sha256(&bytes)));
        // base64url and quotes are always a header's value
        let etag = HeaderValue::from_str(&tag).unwrap_or_else(|_| HeaderValue::from_static("\"\""));
        Self { bytes, etag, content_type, cache: CACHE }
    }

    /// The same, with another `Cache-Control`.
    pub fn kept_by_others(self, cache: &'static str) -> Self {
        Self { cache, ..self }
    }

    /// The document, or 304 when the client has it already.
    pub fn answer(&self, headers: &HeaderMap) -> Response {
        let known = headers.get_all(header::IF_NONE_MATCH).iter().any(|value| self.is_among(value));
        let (status, bytes) = if known { (StatusCode::NOT_MODIFIED, Bytes::new()) } else { (StatusCode::OK, self.bytes.clone()) };
        let mut response = with_body(status, self.content_type, self.cache, bytes);
        response.headers_mut().insert(header::ETAG, self.etag.clone());
        response
    }

    fn is_among(&self, value: &HeaderValue) -> bool {
        let (Ok(list), Ok(etag)) = (value.to_str(), self.etag.to_str()) else { return false };
        list.split(',').map(|tag| tag.trim().trim_start_matches("W/")).any(|tag| tag == etag || tag == "*")
    }
}

/// A response with the headers that all of ours have.
pub fn with_body(status: StatusCode, content_type: &'static str, cache: &'static str, body: Bytes) -> Response {
    let mut response = Response::new(axum::body::Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_the_document_already_is_told_304() {
        let document = Document::new("{}", "application/json");
        let fresh = document.answer(&HeaderMap::new());
        assert_eq!(fresh.status(), 200);
        assert_eq!(fresh.headers()["cache-control"], CACHE);
        let mut headers = HeaderMap::new();
        headers.insert("if-none-match", fresh.headers()["etag"].clone());
        assert_eq!(document.answer(&headers).status(), 304);
        headers.insert("if-none-match", HeaderValue::from_static("\"other\""));
        assert_eq!(document.answer(&headers).status(), 200);
    }

    #[test]
    fn the_header_says_what_the_constant_says() {
        assert!(CACHE.ends_with(&format!("={CACHE_SECONDS}")));
    }
}
