//! Refresh tokens: opaque, derived, and carrying a MAC, so that only a token that we issued can revoke anything.
//!
//! The first secret is random. The next is HMAC(key, presented secret ‖ salt ‖ generation + 1): a retry with the same salt gives the same
//! successor, and no token text is stored.

use std::{fmt, sync::Arc};

use zeroize::Zeroizing;

use crate::{
    Env, Id, MasterSecret, SecretText, base64url,
    hash::{self, HmacKey},
};

const PREFIX: &str = "chabi_rt_";
/// Key version of today's keys; the first byte of each token.
const KEY_VERSION: u8 = 1;
const PAYLOAD: usize = 1 + 16 + 8 + 32;

/// The keys that refresh tokens are derived and marked with. Cheap to clone.
#[derive(Clone)]
pub struct RefreshTokenKeys(Arc<Keys>);

struct Keys {
    derive: HmacKey,
    mark: HmacKey,
}

/// A refresh token that came back, and that we did issue. Whether it is still good, the store says.
pub struct PresentedRefreshToken {
    /// Its family.
    pub family: Id,
    /// 0 for a family's first token, one more at each rotation.
    pub generation: i64,
    secret: Zeroizing<[u8; 32]>,
}

/// Not a refresh token of ours: malformed, changed, or another installation's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a refresh token of ours")]
pub struct NotOurs;

impl RefreshTokenKeys {
    /// Derived from the installation's secret.
    #[must_use]
    pub fn new(master: &MasterSecret) -> Self {
        let key = |purpose| HmacKey::new(Zeroizing::new(master.derive(purpose)).as_slice());
        Self(Arc::new(Keys { derive: key("refresh token/successor"), mark: key("refresh token/mac") }))
    }

    /// A family's first token, and the SHA-256 of its secret to be stored.
    #[must_use]
    pub fn first(&self, family: Id, env: &Env) -> (SecretText, [u8; 32]) {
        self.write(family, 0, &Zeroizing::new(env.random()))
    }

    /// Reads a token.
    ///
    /// # Errors
    /// [`NotOurs`] when it is not one that these keys marked, to the last bit.
    pub fn parse(&self, text: &str) -> Result<PresentedRefreshToken, NotOurs> {
        let encoded = text.strip_prefix(PREFIX).ok_or(NotOurs)?;
        let bytes = Zeroizing::new(base64url::decode_array::<{ PAYLOAD + 32 }>(encoded).map_err(|_| NotOurs)?);
        let (payload, mac) = bytes.split_at_checked(PAYLOAD).ok_or(NotOurs)?;
        if !hash::constant_time_eq(mac, &self.0.mark.sign(&[payload])) {
            return Err(NotOurs);
        }
        let (&version, rest) = payload.split_first().ok_or(NotOurs)?;
        let (family, rest) = rest.split_first_chunk().ok_or(NotOurs)?;
        let (generation, secret) = rest.split_first_chunk().ok_or(NotOurs)?;
        if version != KEY_VERSION {
            return Err(NotOurs);
        }
        Ok(PresentedRefreshToken {
            family: Id::from_bytes(*family),
            generation: i64::from_be_bytes(*generation),
            secret: Zeroizing::new(secret.try_into().map_err(|_| NotOurs)?),
        })
    }

    /// The token after `presented`, and the SHA-256 of its secret. The same salt gives the same successor.
    #[must_use]
    pub fn successor(&self, presented: &PresentedRefreshToken, salt: &[u8; 16]) -> (SecretText, [u8; 32]) {
        let generation = presented.generation.saturating_add(1);
        let secret = self.0.derive.sign(&[presented.secret.as_slice(), salt, &generation.to_be_bytes()]);
        self.write(presented.family, generation, &Zeroizing::new(secret))
    }

    /// Version of the keys, kept in the family's row.
    #[must_use]
    pub fn key_version(&self) -> i64 {
        i64::from(KEY_VERSION)
    }

    fn write(&self, family: Id, generation: i64, secret: &Zeroizing<[u8; 32]>) -> (SecretText, [u8; 32]) {
        let mut bytes = Zeroizing::new(Vec::with_capacity(PAYLOAD + 32));
        bytes.push(KEY_VERSION);
        bytes.extend_from_slice(family.as_bytes());
        bytes.extend_from_slice(&generation.to_be_bytes());
        bytes.extend_from_slice(secret.as_slice());
        let mac = self.0.mark.sign(&[&bytes]);
        bytes.extend_from_slice(&mac);
        (SecretText::new(format!("{PREFIX}{}", base64url::encode(bytes.as_slice()))), hash::sha256(secret.as_slice()))
    }
}

impl PresentedRefreshToken {
    /// SHA-256 of the secret, to be compared by the store's statement.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        hash::sha256(self.secret.as_slice())
    }
}

/// True when the text looks like a refresh token (not that it is one): tells the kinds of tokens apart at revocation and introspection.
#[must_use]
pub fn looks_like_one(text: &str) -> bool {
    text.starts_with(PREFIX)
}

impl fmt::Debug for RefreshTokenKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshTokenKeys(…)")
    }
}

impl fmt::Debug for PresentedRefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PresentedRefreshToken").field("family", &self.family).field("generation", &self.generation).finish_non_exhaustive()
    }
}
