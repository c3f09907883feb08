//! Client assertions: an application proves who it is by a key (RFC 7523 §2.2 and §3, RFC 7521 §4.2).

use serde::Deserialize;
use serde_json::Value;

use crate::{
    Algorithm, Seconds, Timestamp, hash,
    jwk::JwkSet,
    jws::{self, TokenError},
    numeric_date, strict_json,
};

/// `typ`: none, the usual one, or the one of the draft that succeeds RFC 7523.
const TYPES: [&str; 3] = ["", "JWT", "client-authentication+jwt"];
/// The longest assertion, in bytes.
const LONGEST: usize = 8 * 1024;
/// The longest `jti`, in bytes.
const LONGEST_JTI: usize = 512;
/// How far `exp` may lie ahead: the store of what was presented is bounded by it.
pub const LONGEST_LIFE: Seconds = Seconds::minutes(5);
/// How far ahead of ours an application's clock may be.
pub const AHEAD: Seconds = Seconds(60);
/// How far behind ours an application's clock may be.
const BEHIND: Seconds = Seconds(30);
/// What only other kinds of tokens have.
const FORBIDDEN: [&str; 8] = ["nonce", "at_hash", "c_hash", "events", "ath", "htm", "htu", "cnf"];
/// As many keys are tried for an assertion that does not say which one signed it.
const MOST_TRIED: usize = 5;

/// What an assertion of one application must look like.
#[derive(Clone, Copy, Debug)]
pub struct AssertionProfile<'a> {
    /// `iss` and `sub`, both.
    pub client_id: &'a str,
    /// What `aud` must be: the issuer, as one string.
    pub audience: &'a str,
    /// For older libraries: with any of these, `aud` may also be one of them, or an array that holds one of all of them.
    pub legacy_audiences: &'a [&'a str],
    /// What it may be signed with.
    pub algorithms: &'a [Algorithm],
}

/// Evidence that an assertion was signed by the application's key, for us, a short while ago. It is good once: whoever has it asks the
/// store before it believes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedAssertion {
    replay_hash: [u8; 32],
    ends: Timestamp,
}

impl VerifiedAssertion {
    /// What tells it from every other assertion of every application.
    #[must_use]
    pub fn replay_hash(&self) -> [u8; 32] {
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
    aud: Value,
    #[serde(deserialize_with = "numeric_date::required")]
    exp: i64,
    #[serde(default, deserialize_with = "numeric_date::optional")]
    iat: Option<i64>,
    #[serde(default, deserialize_with = "numeric_date::optional")]
    nbf: Option<i64>,
    jti: String,
}

/// `sub`, before anything is proven: whose keys are to be looked for.
#[must_use]
pub fn claimed_client(assertion: &str) -> Option<String> {
    jws::unverified_text_of(assertion, "sub", LONGEST)
}

/// Verifies an assertion: length and shape; header; type; algorithm; key; signature; claims; times.
///
/// # Errors
/// The first rule that it breaks.
pub fn verify(assertion: &str, keys: &JwkSet, profile: &AssertionProfile<'_>, now: Timestamp) -> Result<VerifiedAssertion, TokenError> {
    // `jku`, `jwk` and `x5u` of the header are not looked at: an assertion never brings its own key
    let payload = match jws::verify_signature(assertion, keys, &TYPES, profile.algorithms, LONGEST) {
        Err(TokenError::NoKeyId) => verify_by_any(assertion, keys, profile)?,
        verified => verified?,
    };
    let members = strict_json::object_members(&payload).map_err(|_| TokenError::Malformed)?;
    jws::check_presence(&members, &["iss", "sub", "aud", "exp", "jti"], &FORBIDDEN)?;
    let claims: Claims = serde_json::from_slice(&payload).map_err(|_| TokenError::Claim)?;
    // RFC 7523 §3 points 1 and 2: issuer and subject are the application
    if claims.iss != profile.client_id {
        return Err(TokenError::Issuer);
    }
    if claims.sub != profile.client_id {
        return Err(TokenError::Subject);
    }
    check_audience(&claims.aud, profile)?;
    if claims.jti.is_empty() || claims.jti.len() > LONGEST_JTI {
        return Err(TokenError::Claim);
    }
    let ends = check_times(&claims, now)?;
    let text = format!("client_assertion\n{}\n{}", profile.client_id, claims.jti);
    Ok(VerifiedAssertion { replay_hash: hash::sha256(text.as_bytes()), ends })
}

/// RFC 7515 §4.1.4: `kid` may be left out. All of these are the application's keys, so that any of them will do.
fn verify_by_any(assertion: &str, keys: &JwkSet, profile: &AssertionProfile<'_>) -> Result<Vec<u8>, TokenError> {
    let verified = |key| jws::verify_by(assertion, key, &TYPES, profile.algorithms, LONGEST);
    let mut last = TokenError::NoKeyId;
    for key in keys.keys().iter().take(MOST_TRIED) {
        match verified(key) {
            Err(error) => last = error,
            payload => return payload,
        }
    }
    Err(last)
}

/// RFC 7523 §3 point 3, as it is read since 2025: the issuer, as one string. An array, or another URL of ours, is what somebody in the
/// middle makes an application sign for them.
fn check_audience(audience: &Value, profile: &AssertionProfile<'_>) -> Result<(), TokenError> {
    let is_legacy = |text: &str| profile.legacy_audiences.contains(&text);
    let fits = match audience {
        Value::String(text) => text == profile.audience || is_legacy(text),
        Value::Array(several) if !profile.legacy_audiences.is_empty() => {
            several.iter().filter_map(Value::as_str).any(|text| text == profile.audience || is_legacy(text))
        }
        _ => false,
    };
    if fits { Ok(()) } else { Err(TokenError::Audience) }
}

/// RFC 7523 §3 points 4 to 6; the moment at which it is over.
fn check_times(claims: &Claims, now: Timestamp) -> Result<Timestamp, TokenError> {
    let expires = Timestamp::from_seconds(claims.exp);
    if now >= expires + BEHIND {
        return Err(TokenError::Expired);
    }
    // what lives for years would have to be remembered for years
    if expires > now + LONGEST_LIFE + AHEAD {
        return Err(TokenError::Lifetime);
    }
    let earliest = claims.iat.into_iter().chain(claims.nbf).max().unwrap_or_default();
    if now < Timestamp::from_seconds(earliest) - AHEAD {
        return Err(TokenError::NotYetValid);
    }
    Ok(expires + BEHIND)
}
