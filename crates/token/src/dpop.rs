//! DPoP proofs: whoever sends a request holds a key (RFC 9449 §4).

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    Algorithm, Seconds, Timestamp, base64url,
    dpop_url::same_url,
    hash,
    jwk::{Jwk, JwkError},
    jws::{self, TokenError},
    numeric_date, strict_json,
};

/// `typ` (RFC 9449 §4.2).
pub const DPOP_JWT: &str = "dpop+jwt";
/// The longest proof, in bytes.
pub const LONGEST: usize = 8 * 1024;
/// The longest `jti` and the longest `nonce`, in bytes.
const LONGEST_TEXT: usize = 512;
/// How long a proof is taken after it was made: clocks that are this far behind work without nonces.
const LIFE: Seconds = Seconds::minutes(5);
/// How far ahead of ours the clock of its maker may be.
const AHEAD: Seconds = Seconds(60);

/// Why a proof is refused. For logs and the inspector; whoever sent it is told `invalid_dpop_proof`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DpopError {
    /// Too long, not a JWT, of another type, changed, not signed by its own key, or without a claim that it needs.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The header has no public key, or one of a kind that we do not take.
    #[error("the proof's header has no public key that is taken")]
    Key,
    /// The header has a private or symmetric key: it has leaked by this.
    #[error("the proof's header has a private or symmetric key")]
    PrivateKey,
    /// `htm` is another method.
    #[error("the proof is for another method")]
    Method,
    /// `htu` is another URL.
    #[error("the proof is for another URL")]
    Url,
    /// `iat` is too long ago.
    #[error("the proof is too old")]
    TooOld,
    /// `ath` is missing, or another token's.
    #[error("the proof is for another access token")]
    AccessToken,
}

/// The request that a proof must be for.
#[derive(Clone, Copy, Debug)]
pub struct ProvenRequest<'a> {
    /// Such as `POST`; compared byte for byte.
    pub method: &'a str,
    /// As its sender sees it; query and fragment do not count.
    pub url: &'a str,
    /// The access token that comes with it; `None` where none is presented.
    pub access_token: Option<&'a str>,
}

/// Evidence that whoever made this request holds the key. It is good once: whoever has it asks a store before it believes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedProof {
    thumbprint: String,
    replay_hash: [u8; 32],
    nonce: Option<String>,
    ends: Timestamp,
}

impl VerifiedProof {
    /// RFC 7638 thumbprint of the key, base64url: `jkt`.
    #[must_use]
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// What tells it from every other proof of every key.
    #[must_use]
    pub fn replay_hash(&self) -> [u8; 32] {
        self.replay_hash
    }

    /// `nonce`, if it has one; whether it must be there, and good, is the caller's to say.
    #[must_use]
    pub fn nonce(&self) -> Option<&str> {
        self.nonce.as_deref()
    }

    /// From then on it is refused by itself.
    #[must_use]
    pub fn ends(&self) -> Timestamp {
        self.ends
    }
}

#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    #[serde(deserialize_with = "numeric_date::required")]
    iat: i64,
    #[serde(default, deserialize_with = "numeric_date::optional")]
    exp: Option<i64>,
    #[serde(default, deserialize_with = "numeric_date::optional")]
    nbf: Option<i64>,
    ath: Option<String>,
    nonce: Option<String>,
}

/// What only other kinds of tokens have.
const FORBIDDEN: [&str; 4] = ["client_id", "scope", "events", "at_hash"];

/// Verifies a proof (RFC 9449 §4.3): length and shape; header; type; algorithm; key; signature; claims; request; times; token.
///
/// # Errors
/// The first rule that it breaks.
pub fn verify(proof: &str, request: &ProvenRequest<'_>, now: Timestamp) -> Result<VerifiedProof, DpopError> {
    let key = key_of(proof)?;
    let payload = jws::verify_by(proof, &key, &[DPOP_JWT], &Algorithm::ALL, LONGEST)?;
    let members = strict_json::object_members(&payload).map_err(|_| TokenError::Malformed)?;
    jws::check_presence(&members, &["jti", "htm", "htu", "iat"], &FORBIDDEN)?;
    let claims: Claims = serde_json::from_slice(&payload).map_err(|_| TokenError::Claim)?;
    let too_long = |text: &str| text.is_empty() || text.len() > LONGEST_TEXT;
    if too_long(&claims.jti) || claims.nonce.as_deref().is_some_and(too_long) {
        return Err(TokenError::Claim.into());
    }
    // RFC 9449 §4.3 points 8 and 9
    if claims.htm != request.method {
        return Err(DpopError::Method);
    }
    if !same_url(&claims.htu, request.url) {
        return Err(DpopError::Url);
    }
    let ends = check_times(&claims, now)?;
    check_access_token(claims.ath.as_deref(), request.access_token)?;
    let thumbprint = key.thumbprint();
    let replay_hash = hash::sha256(format!("dpop\n{thumbprint}\n{}", claims.jti).as_bytes());
    Ok(VerifiedProof { thumbprint, replay_hash, nonce: claims.nonce, ends })
}

/// RFC 9449 §4.3 points 5 to 7: the header brings the key, public and asymmetric. It proves nothing but that its holder signed.
fn key_of(proof: &str) -> Result<Jwk, DpopError> {
    let [header, ..] = jws::segments(proof, LONGEST)?;
    let header = base64url::decode(header).map_err(|_| TokenError::Malformed)?;
    strict_json::object_members(&header).map_err(|_| TokenError::Malformed)?;
    let header: Map<String, Value> = serde_json::from_slice(&header).map_err(|_| TokenError::Malformed)?;
    let Some(Value::Object(members)) = header.get("jwk") else { return Err(DpopError::Key) };
    match Jwk::from_members(members) {
        Ok(Some(key)) => Ok(key),
        Err(JwkError::Private) => Err(DpopError::PrivateKey),
        Ok(None) | Err(_) => Err(DpopError::Key),
    }
}

/// RFC 9449 §4.3 point 11; the moment at which it is over.
fn check_times(claims: &Claims, now: Timestamp) -> Result<Timestamp, DpopError> {
    let made = Timestamp::from_seconds(claims.iat);
    let earliest = claims.nbf.into_iter().chain([claims.iat]).max().unwrap_or_default();
    if now < Timestamp::from_seconds(earliest) - AHEAD {
        return Err(TokenError::NotYetValid.into());
    }
    if now >= made + LIFE {
        return Err(DpopError::TooOld);
    }
    if claims.exp.is_some_and(|expires| now >= Timestamp::from_seconds(expires) + AHEAD) {
        return Err(TokenError::Expired.into());
    }
    Ok(made + LIFE)
}

/// RFC 9449 §4.3 point 12: for this very token.
fn check_access_token(ath: Option<&str>, token: Option<&str>) -> Result<(), DpopError> {
    let Some(token) = token else { return Ok(()) };
    let expected = base64url::encode(hash::sha256(token.as_bytes()));
    match ath.is_some_and(|ath| hash::constant_time_eq(ath.as_bytes(), expected.as_bytes())) {
        true => Ok(()),
        false => Err(DpopError::AccessToken),
    }
}

/// True for the text of a thumbprint: 32 bytes, base64url (RFC 9449 §10, `dpop_jkt`).
#[must_use]
pub fn is_thumbprint(text: &str) -> bool {
    base64url::decode_array::<32>(text).is_ok()
}
