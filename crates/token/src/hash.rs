//! SHA-256, HMAC-SHA-256, and comparing without telling by time.

use aws_lc_rs::{digest, hmac};
use subtle::ConstantTimeEq;

/// SHA-256 (FIPS 180-4).
#[must_use]
pub fn sha256(data: &[u8]) -> [u8; 32] {
    first_32(digest::digest(&digest::SHA256, data).as_ref())
}

/// HMAC-SHA-256 (RFC 2104) over `parts`, one after the other with nothing in between: where lengths vary, the caller puts them in.
#[must_use]
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    HmacKey::new(key).sign(parts)
}

/// A key of HMAC-SHA-256, set up once: that takes as long as the MAC of a short text.
pub struct HmacKey(hmac::Key);

impl HmacKey {
    /// Sets it up.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// As [`hmac_sha256`].
    #[must_use]
    pub fn sign(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(part);
        }
        first_32(context.sign().as_ref())
    }
}

impl std::fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HmacKey(…)")
    }
}

/// True when both are equal. The time taken tells their lengths, and nothing else.
#[must_use]
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// Copies a 32-byte digest out of a slice that is known to have that length.
fn first_32(digest: &[u8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (to, from) in bytes.iter_mut().zip(digest) {
        *to = *from;
    }
    bytes
}
