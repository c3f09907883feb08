//! Headers that every answer carries, unless the route said otherwise.

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// For what is not a page: nothing of it may be rendered, framed or sniffed. Pages bring their own.
static ALWAYS: [(HeaderName, HeaderValue); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
];

/// A year, as browsers' preload lists want it at least.
const STRICT_TRANSPORT: &str = "max-age=31536000";

/// `secure`: people reach us by https, and browsers should never try anything else.
pub(super) fn complete(headers: &mut HeaderMap, secure: bool) {
    // Session Management §3.3: the one page that applications put into a frame says so itself; the older header has no word for it
    let for_frames = headers.get(header::CONTENT_SECURITY_POLICY).is_some_and(|policy| policy.as_bytes().ends_with(b"frame-ancestors *"));
    for (name, value) in ALWAYS.iter().filter(|(name, _)| !(for_frames && name == header::X_FRAME_OPTIONS)) {
        headers.entry(name).or_insert_with(|| value.clone());
    }
    if secure {
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(HeaderValue::from_static(STRICT_TRANSPORT));
    }
}
