//! Opaque access tokens: an access token's claims, sealed under the installation's secret (AES-256-GCM). No row is kept of them; who has
//! no key learns nothing, and asks the issuer (RFC 7662).
//!
//! The text is `chabi_at_` and base64url of: version (1 byte), salt (16), ciphertext, tag (16). Each token has a key of its own, derived
//! with its salt: so the nonce is always the same, and takes no room.

use std::{fmt, sync::Arc};

use aws_lc_rs::aead::{self, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use chabi_spec::Fault;
use zeroize::Zeroizing;

use crate::{
    AccessTokenClaims, AccessTokenProfile, Env, MasterSecret, StatusIndex, Timestamp, TokenError, VerifiedAccessToken, access_token,
    base64url, hash::HmacKey, jws,
};

/// What every opaque access token begins with.
pub const PREFIX: &str = "chabi_at_";
/// First byte of what is sealed: which key and layout.
const VERSION: u8 = 1;
const SALT: usize = 16;

/// Seals and opens opaque access tokens of one issuer. Cheap to clone.
#[derive(Clone)]
pub struct OpaqueTokens(Arc<Inside>);

struct Inside {
    issuer: String,
    derive: HmacKey,
}

impl OpaqueTokens {
    /// With a key derived from the installation's secret.
    #[must_use]
    pub fn new(issuer: impl Into<String>, master: &MasterSecret) -> Self {
        let key = Zeroizing::new(master.derive("opaque access token"));
        Self(Arc::new(Inside { issuer: issuer.into(), derive: HmacKey::new(key.as_slice()) }))
    }

    /// The text of a token.
    ///
    /// # Errors
    /// A fault when the claims cannot be written as JSON, or the library fails.
    pub fn seal(&self, claims: &AccessTokenClaims, env: &Env) -> Result<String, Fault> {
        // what every token of ours has need not stand in each: the issuer, and the URL before the number of its list
        let status = place_of(claims);
        let short = AccessTokenClaims { iss: String::new(), status: None, ..claims.clone() };
        let written = serde_json::to_vec(&(status.map(|place| place.0), short));
        let mut body = written.map_err(|error| Fault::internal("writing a token").because(error))?;
        let salt: [u8; SALT] = env.random();
        self.key(&salt)?
            .seal_in_place_append_tag(nonce(), Aad::from([VERSION]), &mut body)
            .map_err(|_| Fault::internal("sealing a token"))?;
        let mut token = String::with_capacity(PREFIX.len() + (1 + SALT + body.len()) * 4 / 3 + 4);
        token.push_str(PREFIX);
        let sealed: Vec<u8> = [VERSION].iter().chain(&salt).chain(&body).copied().collect();
        base64url::append(&mut token, &sealed);
        Ok(token)
    }

    /// Opens a token and checks what [`access_token::verify_access_token`] checks of a JWT: audience and times.
    ///
    /// # Errors
    /// [`TokenError::Signature`] when it is not, to the last bit, a token of this installation; else the rule that its claims break.
    pub fn open(&self, text: &str, profile: &AccessTokenProfile, now: Timestamp) -> Result<VerifiedAccessToken, TokenError> {
        let claims = self.claims(text)?;
        access_token::accept(claims, profile, now)
    }

    fn claims(&self, text: &str) -> Result<AccessTokenClaims, TokenError> {
        if text.len() > jws::LONGEST {
            return Err(TokenError::TooLong);
        }
        let sealed = text.strip_prefix(PREFIX).ok_or(TokenError::Malformed)?;
        let sealed = base64url::decode(sealed).map_err(|_| TokenError::Malformed)?;
        let rest = sealed.strip_prefix(&[VERSION]).ok_or(TokenError::Malformed)?;
        let (salt, body) = rest.split_first_chunk::<SALT>().ok_or(TokenError::Malformed)?;
        let mut body = body.to_vec();
        let key = self.key(salt).map_err(|_| TokenError::Signature)?;
        let plain = key.open_in_place(nonce(), Aad::from([VERSION]), &mut body).map_err(|_| TokenError::Signature)?;
        let (place, short): (Option<i64>, AccessTokenClaims) = serde_json::from_slice(plain).map_err(|_| TokenError::Claim)?;
        let issuer = &self.0.issuer;
        Ok(AccessTokenClaims { iss: issuer.clone(), status: place.map(|place| StatusIndex(place).claim(issuer)), ..short })
    }

    fn key(&self, salt: &[u8; SALT]) -> Result<LessSafeKey, Fault> {
        let key = Zeroizing::new(self.0.derive.sign(&[salt]));
        let key = UnboundKey::new(&AES_256_GCM, key.as_slice()).map_err(|_| Fault::internal("making a sealing key"))?;
        Ok(LessSafeKey::new(key))
    }
}

/// True when the text looks like an opaque access token (not that it is one).
#[must_use]
pub fn looks_like_one(text: &str) -> bool {
    text.starts_with(PREFIX)
}

fn place_of(claims: &AccessTokenClaims) -> Option<StatusIndex> {
    claims.status.as_ref()?.status_list.as_ref()?.index(&claims.iss)
}

/// Of a key that seals one token.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; aead::NONCE_LEN])
}

impl fmt::Debug for OpaqueTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpaqueTokens(…)")
    }
}
