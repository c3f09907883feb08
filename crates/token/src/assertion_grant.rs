//! Assertions as a grant: somebody whom the operator trusts says who asks (RFC 7523 §2.1 and §3).

use serde::Deserialize;

use crate::{
    Algorithm, Seconds, Timestamp, audience, hash,
    jwk::JwkSet,
    jws::{self, TokenError},
    numeric_date, strict_json,
};

/// `typ`: none, the usual one, or the one of the draft that succeeds RFC 7523.
const TYPES: [&str; 3] = ["", "JWT", "authorization-grant+jwt"];
/// The longest assertion, in bytes.
const LONGEST: usize = 8 * 1024;
/// The longest `jti`, in bytes.
const LONGEST_JTI: usize = 512;
/// How far `exp` may lie ahead: what lives longer is no assertion but a password.
pub const LONGEST_LIFE: Seconds = Seconds::hours(1);
/// How far two clocks may differ.
const SKEW: Seconds = Seconds(60);
/// What only other kinds of tokens have: an ID token, a logout token or an access token is nobody's assertion.
const FORBIDDEN: [&str; 9] = ["nonce", "at_hash", "c_hash", "events", "ath", "htm", "htu", "cnf", "client_id"];

/// What an assertion of one issuer must look like.
#[derive(Clone, Copy, Debug)]
pub struct GrantProfile<'a> {
    /// `iss`, whose keys these are.
    pub issuer: &'a str,
    /// `aud`: us alone. A string, or an array of one, as Kubernetes writes it.
    pub audience: &'a str,
}

/// Evidence that an assertion was signed by its issuer, for us, a short while ago. Made here alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedGrant {
    subject: String,
    replay_hash: Option<[u8; 32]>,
    ends: Timestamp,
}

impl VerifiedGrant {
    /// `sub`: somebody at this issuer, and nobody at another.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// What tells it from every other assertion, when it has a `jti`: then it is good once.
    #[must_use]
    pub fn replay_hash(&self) -> Option<[u8; 32]> {
        self.replay_hash
    }

    /// From then on it is refused by itself.
    #[must_use]
    pub fn ends(&self) -> Timestamp {
        self.ends
    }
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    #[serde(deserialize_with = "audience::read")]
    aud: Vec<String>,
    #[serde(deserialize_with = "numeric_date::required")]
    exp: i64,
    #[serde(default, deserialize_with = "numeric_date::optional")]
    iat: Option<i64>,
    #[serde(default, deserialize_with = "numeric_date::optional")]
    nbf: Option<i64>,
    #[serde(default)]
    jti: Option<String>,
}

/// `iss`, before anything is proven: whose keys are to be looked for.
#[must_use]
pub fn claimed_issuer(assertion: &str) -> Option<String> {
    jws::unverified_text_of(assertion, "iss", LONGEST)
}

/// Verifies an assertion: length and shape; header; type; algorithm; key; signature; claims; times.
///
/// # Errors
/// The first rule that it breaks.
pub fn verify(assertion: &str, keys: &JwkSet, profile: &GrantProfile<'_>, now: Timestamp) -> Result<VerifiedGrant, TokenError> {
    let payload = jws::verify_signature(assertion, keys, &TYPES, &Algorithm::ALL, LONGEST)?;
    let members = strict_json::object_members(&payload).map_err(|_| TokenError::Malformed)?;
    jws::check_presence(&members, &["iss", "sub", "aud", "exp"], &FORBIDDEN)?;
    let claims: Claims = serde_json::from_slice(&payload).map_err(|_| TokenError::Claim)?;
    // RFC 7523 §3 point 1: the issuer whose keys these are, byte for byte
    if claims.iss != profile.issuer {
        return Err(TokenError::Issuer);
    }
    // RFC 7523 §3 point 3: for us and for nobody else: one for several is what somebody in the middle makes an issuer sign for them
    if !matches!(claims.aud.as_slice(), [only] if only == profile.audience) {
        return Err(TokenError::Audience);
    }
    if claims.sub.is_empty() || claims.jti.as_ref().is_some_and(|jti| jti.is_empty() || jti.len() > LONGEST_JTI) {
        return Err(TokenError::Claim);
    }
    let ends = check_times(&claims, now)?;
    let replay_hash = claims.jti.map(|jti| hash::sha256(format!("assertion_grant\n{}\n{jti}", claims.iss).as_bytes()));
    Ok(VerifiedGrant { subject: claims.sub, replay_hash, ends })
}

/// RFC 7523 §3 points 4 to 6; the moment at which it is over.
fn check_times(claims: &Claims, now: Timestamp) -> Result<Timestamp, TokenError> {
    let expires = Timestamp::from_seconds(claims.exp);
    if now >= expires + SKEW {
        return Err(TokenError::Expired);
    }
    if expires > now + LONGEST_LIFE + SKEW {
        return Err(TokenError::Lifetime);
    }
    let earliest = claims.iat.into_iter().chain(claims.nbf).max().unwrap_or_default();
    if now < Timestamp::from_seconds(earliest) - SKEW {
        return Err(TokenError::NotYetValid);
    }
    Ok(expires + SKEW)
}
