//! base64url without padding (RFC 4648 §5, RFC 7515 §2): one text for each run of bytes, and no other is read.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// Not canonical base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not base64url without padding")]
pub struct NotBase64url;

/// Bytes to text.
#[must_use]
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Bytes to text, behind what is there.
pub(crate) fn append(text: &mut String, bytes: &[u8]) {
    URL_SAFE_NO_PAD.encode_string(bytes, text);
}

/// Text to bytes.
///
/// # Errors
/// For padding, white space, other alphabets, an impossible length, and left-over bits that are not zero.
pub fn decode(text: impl AsRef<[u8]>) -> Result<Vec<u8>, NotBase64url> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| NotBase64url)
}

/// Text to exactly `N` bytes.
///
/// # Errors
/// As [`decode`], and for any other length.
pub fn decode_array<const N: usize>(text: &str) -> Result<[u8; N], NotBase64url> {
    decode(text)?.try_into().map_err(|_| NotBase64url)
}
