//! Signed tokens in compact form (RFC 7515, RFC 7519): written with one of our keys, read by one strict path.

use std::borrow::Cow;

use chabi_spec::Fault;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    Algorithm, Seconds, Timestamp,
    access_token::AT_JWT,
    audience::AudienceClaim,
    base64url,
    jwk::{Jwk, JwkSet},
    numeric_date, opaque_token,
    signing_key::SigningKey,
    strict_json::{self, Members},
};

/// The longest token that is looked at, in bytes.
pub const LONGEST: usize = 16 * 1024;

/// Why a token is refused. For logs and the inspector; whoever presented it is told `invalid_token` and no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Longer than 16 KiB.
    #[error("the token is too long")]
    TooLong,
    /// Not three segments of canonical base64url, or its JSON is not strict.
    #[error("the token is malformed")]
    Malformed,
    /// `chabi_at_…`: no JWT.
    #[error("the token is opaque: this API checks tokens offline; let it have JWTs, or ask the issuer's introspection endpoint")]
    Opaque,
    /// The header has `crit` or `b64`: extensions that we do not know.
    #[error("the token's header has an extension that is not supported")]
    Extension,
    /// Another kind of token.
    #[error("the token is of another type")]
    Type,
    /// `alg` is unknown, not in the profile, or not the key's.
    #[error("the token's algorithm is not the key's, or not allowed")]
    Algorithm,
    /// No key of this `kid`; fetching the key set again may help.
    #[error("the token's key is unknown")]
    UnknownKey,
    /// No `kid`, and the set has not exactly one key.
    #[error("the token does not say which key signed it")]
    NoKeyId,
    /// Changed, or signed by another key.
    #[error("the token's signature does not verify")]
    Signature,
    /// A claim has the wrong type or is out of range.
    #[error("a claim of the token is malformed")]
    Claim,
    /// A required claim is missing.
    #[error("the token has no `{0}`")]
    Missing(&'static str),
    /// A claim that only another kind of token has.
    #[error("the token has `{0}`: it is of another kind")]
    Foreign(&'static str),
    /// About something else than what was asked for.
    #[error("the token is about something else")]
    Subject,
    /// Another issuer's.
    #[error("the token is another issuer's")]
    Issuer,
    /// For somebody else.
    #[error("the token is for another audience")]
    Audience,
    /// Its end lies further ahead than such a token may live.
    #[error("the token lives too long")]
    Lifetime,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Its time has not come.
    #[error("the token is not valid yet")]
    NotYetValid,
}

/// Whom a token must be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpectedAudience<'a> {
    /// `aud` is this, or contains it.
    Is(&'a str),
    /// Anybody, but `aud` must be there: for endpoints of the issuer itself.
    Any,
}

/// What one kind of token must look like. There is no way to read a token without one (RFC 8725 §3.12).
#[derive(Clone, Copy, Debug)]
pub struct VerificationProfile<'a> {
    /// Accepted `typ`, without `application/`, any case; `""` stands for a header without `typ`.
    pub types: &'a [&'a str],
    /// Accepted algorithms; the key must be for the same one.
    pub algorithms: &'a [Algorithm],
    /// `iss`, byte for byte.
    pub issuer: &'a str,
    /// Whom it must be for.
    pub audience: ExpectedAudience<'a>,
    /// How far two clocks may differ.
    pub skew: Seconds,
    /// Claims that must be there besides `iss`, `aud` and `exp`.
    pub required: &'a [&'static str],
    /// Claims that only other kinds of tokens have.
    pub forbidden: &'a [&'static str],
}

/// Signs `claims` under the given `typ`; header members are `typ`, `alg` and `kid`.
///
/// # Errors
/// A fault when the claims cannot be written as JSON, or the library fails.
pub fn sign<C: Serialize>(typ: &str, claims: &C, key: &SigningKey) -> Result<String, Fault> {
    let payload = serde_json::to_vec(claims).map_err(not_written)?;
    let header = key.encoded_header(typ)?;
    // one buffer from the first letter to the last: base64 takes four letters for three bytes
    let mut token = String::with_capacity(header.len() + payload.len() * 4 / 3 + LONGEST_SIGNATURE);
    token.push_str(&header);
    token.push('.');
    base64url::append(&mut token, &payload);
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    base64url::append(&mut token, &signature);
    Ok(token)
}

/// Room for two dots and an RSA signature of 2048 bits.
const LONGEST_SIGNATURE: usize = 350;

/// The header of tokens under this `typ` and key, base64url: `typ`, `alg` and `kid`.
pub(crate) fn encode_header(typ: &str, algorithm: Algorithm, kid: &str) -> Result<String, Fault> {
    #[derive(Serialize)]
    struct OwnHeader<'a> {
        typ: &'a str,
        alg: &'static str,
        kid: &'a str,
    }
    let header = OwnHeader { typ, alg: algorithm.as_str(), kid };
    serde_json::to_vec(&header).map(base64url::encode).map_err(not_written)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn not_written(error: serde_json::Error) -> Fault {
    Fault::internal("writing a token").because(error.to_string())
}

/// Verifies a token from end to end, and reads its claims.
///
/// Order: length and shape; header; type; algorithm; key; signature; claims. Nothing of the payload is looked at before the signature.
///
/// # Errors
/// The first rule that it breaks.
pub fn verify<C: DeserializeOwned>(token: &str, keys: &JwkSet, profile: &VerificationProfile<'_>, now: Timestamp) -> Result<C, TokenError> {
    let payload = verify_signature(token, keys, profile.types, profile.algorithms, LONGEST)?;
    check_claims(&payload, profile, Some(now))?;
    serde_json::from_slice(&payload).map_err(|_| TokenError::Claim)
}

/// As [`verify`], for a token that may have expired: one that only hints at who somebody was.
pub(crate) fn verify_expired<C: DeserializeOwned>(token: &str, keys: &JwkSet, profile: &VerificationProfile<'_>) -> Result<C, TokenError> {
    let payload = verify_signature(token, keys, profile.types, profile.algorithms, LONGEST)?;
    check_claims(&payload, profile, None)?;
    serde_json::from_slice(&payload).map_err(|_| TokenError::Claim)
}

/// Header members that matter. `jku`, `jwk`, `x5u` and `x5c` are not among them: a token never brings its own key (RFC 8725 §3.10).
#[derive(Deserialize)]
pub(crate) struct Header<'a> {
    #[serde(borrow)]
    pub(crate) alg: Cow<'a, str>,
    #[serde(borrow)]
    kid: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(crate) typ: Option<Cow<'a, str>>,
}

/// What a token must look like that is neither from an issuer nor for an audience, but about one thing.
pub(crate) struct SubjectProfile<'a> {
    /// The only `typ`, such that no other kind of token has it: without `iss` and `aud` it is what keeps kinds apart.
    pub(crate) typ: &'static str,
    /// `sub`, byte for byte.
    pub(crate) subject: &'a str,
    /// The longest text, in bytes.
    pub(crate) longest: usize,
}

/// How far two clocks may differ where a [`SubjectProfile`] is asked for.
const SUBJECT_SKEW: Seconds = Seconds(30);

/// Verifies a token that names no issuer: the caller has the keys of the one that it must be from.
pub(crate) fn verify_about<C: DeserializeOwned>(
    token: &str,
    keys: &JwkSet,
    profile: &SubjectProfile<'_>,
    now: Timestamp,
) -> Result<C, TokenError> {
    let payload = verify_signature(token, keys, &[profile.typ], &Algorithm::ALL, profile.longest)?;
    let members = strict_json::object_members(&payload).map_err(|_| TokenError::Malformed)?;
    check_presence(&members, &["sub", "iat"], &[])?;
    let registered: RegisteredClaims<'_> = serde_json::from_slice(&payload).map_err(|_| TokenError::Claim)?;
    // Token Status List §8.3: the list that was asked for, and not another one of the same issuer
    if registered.sub.as_deref() != Some(profile.subject) {
        return Err(TokenError::Subject);
    }
    registered.check_times(SUBJECT_SKEW, now)?;
    serde_json::from_slice(&payload).map_err(|_| TokenError::Claim)
}

pub(crate) fn verify_signature(
    token: &str,
    keys: &JwkSet,
    types: &[&str],
    algorithms: &[Algorithm],
    longest: usize,
) -> Result<Vec<u8>, TokenError> {
    let [header, payload, signature] = segments(token, longest)?;
    let signed = token.get(..header.len() + 1 + payload.len()).ok_or(TokenError::Malformed)?;
    let (algorithm, key) = match usual_key(header, keys) {
        // RFC 8725 §3.1, §3.11: as below
        Some((algorithm, key)) => {
            check_type(AT_JWT, types)?;
            (Some(algorithm).filter(|algorithm| algorithms.contains(algorithm)).ok_or(TokenError::Algorithm)?, key)
        }
        None => read_key(header, keys, types, algorithms)?,
    };
    let signature = base64url::decode(signature).map_err(|_| TokenError::Malformed)?;
    if !key.verify(algorithm, signed.as_bytes(), &signature) {
        return Err(TokenError::Signature);
    }
    base64url::decode(payload).map_err(|_| TokenError::Malformed)
}

/// The key of a header that is letter by letter what we write ourselves, and the algorithm of both.
fn usual_key<'a>(header: &str, keys: &'a JwkSet) -> Option<(Algorithm, &'a Jwk)> {
    let (algorithm, key) = keys.keys().iter().find_map(|key| Some((key.usual_header(header)?, key)))?;
    // the first of its name, as it is found by reading
    keys.find(key.kid()?).filter(|first| std::ptr::eq(*first, key)).map(|key| (algorithm, key))
}

/// The key of any other header, and the algorithm that it asks for.
fn read_key<'a>(header: &str, keys: &'a JwkSet, types: &[&str], algorithms: &[Algorithm]) -> Result<(Algorithm, &'a Jwk), TokenError> {
    let header = base64url::decode(header).map_err(|_| TokenError::Malformed)?;
    let header = read_header(&header)?;
    check_type(header.typ.as_deref().unwrap_or_default(), types)?;
    // RFC 8725 §3.1: `none`, HMAC and everything else that the profile does not name
    let algorithm = Algorithm::parse(&header.alg).filter(|algorithm| algorithms.contains(algorithm)).ok_or(TokenError::Algorithm)?;
    let key = find_key(keys, header.kid.as_deref())?;
    // RFC 8725 §3.1: the algorithm belongs to the key
    match key.algorithms().any(|of_key| of_key == algorithm) {
        true => Ok((algorithm, key)),
        false => Err(TokenError::Algorithm),
    }
}

/// As [`verify_signature`], by a key that is known without the header's `kid`: it has none, or has no say.
pub(crate) fn verify_by(token: &str, key: &Jwk, types: &[&str], algorithms: &[Algorithm], longest: usize) -> Result<Vec<u8>, TokenError> {
    let [header, payload, signature] = segments(token, longest)?;
    let signed = token.get(..header.len() + 1 + payload.len()).ok_or(TokenError::Malformed)?;
    let header = base64url::decode(header).map_err(|_| TokenError::Malformed)?;
    let header = read_header(&header)?;
    check_type(header.typ.as_deref().unwrap_or_default(), types)?;
    // RFC 8725 §3.1: an algorithm that is allowed, and the key's
    let algorithm = Algorithm::parse(&header.alg).filter(|algorithm| algorithms.contains(algorithm)).ok_or(TokenError::Algorithm)?;
    if !key.algorithms().any(|of_key| of_key == algorithm) {
        return Err(TokenError::Algorithm);
    }
    let signature = base64url::decode(signature).map_err(|_| TokenError::Malformed)?;
    if !key.verify(algorithm, signed.as_bytes(), &signature) {
        return Err(TokenError::Signature);
    }
    base64url::decode(payload).map_err(|_| TokenError::Malformed)
}

/// A text member of a payload that nobody has verified: to choose what the token is then verified against, and for nothing else. `None`
/// when the token is no JWT, or has no such member, or it is no text.
#[must_use]
pub fn unverified_text(token: &str, member: &str) -> Option<String> {
    unverified_text_of(token, member, LONGEST)
}

/// The same, of a kind of tokens that is shorter.
pub(crate) fn unverified_text_of(token: &str, member: &str, longest: usize) -> Option<String> {
    let [_, payload, _] = segments(token, longest).ok()?;
    let payload = base64url::decode(payload).ok()?;
    strict_json::object_members(&payload).ok()?;
    let members: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&payload).ok()?;
    members.get(member)?.as_str().map(str::to_owned)
}

/// RFC 7515 §7.1: three segments, counted before anything is decoded or allocated.
pub(crate) fn segments(token: &str, longest: usize) -> Result<[&str; 3], TokenError> {
    if token.len() > longest {
        return Err(TokenError::TooLong);
    }
    if opaque_token::looks_like_one(token) {
        return Err(TokenError::Opaque);
    }
    let mut parts = token.split('.');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(header), Some(payload), Some(signature), None) => Ok([header, payload, signature]),
        _ => Err(TokenError::Malformed),
    }
}

pub(crate) fn read_header(json: &[u8]) -> Result<Header<'_>, TokenError> {
    let members = strict_json::object_members(json).map_err(|_| TokenError::Malformed)?;
    if members.any_null() {
        return Err(TokenError::Malformed);
    }
    // RFC 7515 §4.1.11, RFC 7797 §3: an extension that must be understood is not understood here
    if members.has("crit") || members.has("b64") {
        return Err(TokenError::Extension);
    }
    serde_json::from_slice(json).map_err(|_| TokenError::Malformed)
}

/// RFC 8725 §3.11: kinds of tokens are told apart by `typ`. RFC 7515 §4.1.9: `application/` may be left out; case does not matter.
pub(crate) fn check_type(typ: &str, types: &[&str]) -> Result<(), TokenError> {
    const PREFIX: &str = "application/";
    let short = match typ.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
        _ => typ,
    };
    let accepted = types.iter().any(|accepted| short.eq_ignore_ascii_case(accepted) && short.is_empty() == typ.is_empty());
    if accepted { Ok(()) } else { Err(TokenError::Type) }
}

/// RFC 8725 §3.10: a `kid` that is not in the set is refused; no other key is tried.
fn find_key<'a>(keys: &'a JwkSet, kid: Option<&str>) -> Result<&'a Jwk, TokenError> {
    match kid {
        Some(kid) => keys.find(kid).ok_or(TokenError::UnknownKey),
        None => keys.only().ok_or(TokenError::NoKeyId),
    }
}

/// The claims that every profile looks at.
#[derive(Deserialize)]
struct RegisteredClaims<'a> {
    #[serde(borrow)]
    iss: Option<Cow<'a, str>>,
    #[serde(borrow)]
    sub: Option<Cow<'a, str>>,
    aud: Option<AudienceClaim>,
    #[serde(default, deserialize_with = "numeric_date::optional")]
    exp: Option<i64>,
    #[serde(default, deserialize_with = "numeric_date::optional")]
    nbf: Option<i64>,
    #[serde(default, deserialize_with = "numeric_date::optional")]
    iat: Option<i64>,
}

impl RegisteredClaims<'_> {
    fn check_times(&self, skew: Seconds, now: Timestamp) -> Result<(), TokenError> {
        // RFC 7519 §4.1.4: the present must be before `exp`
        if self.exp.is_some_and(|expires| now >= Timestamp::from_seconds(expires) + skew) {
            return Err(TokenError::Expired);
        }
        // RFC 7519 §4.1.5 and §4.1.6: neither before `nbf`, nor made in the future
        let earliest = self.nbf.into_iter().chain(self.iat).max().unwrap_or_default();
        if now < Timestamp::from_seconds(earliest) - skew {
            return Err(TokenError::NotYetValid);
        }
        Ok(())
    }
}

pub(crate) fn check_claims(payload: &[u8], profile: &VerificationProfile<'_>, now: Option<Timestamp>) -> Result<(), TokenError> {
    let members = strict_json::object_members(payload).map_err(|_| TokenError::Malformed)?;
    check_presence(&members, &["iss", "aud", "exp"], &[])?;
    check_presence(&members, profile.required, profile.forbidden)?;
    let claims: RegisteredClaims<'_> = serde_json::from_slice(payload).map_err(|_| TokenError::Claim)?;
    // RFC 8725 §3.8, RFC 9068 §4: the issuer whose keys these are, byte for byte
    if claims.iss.as_deref() != Some(profile.issuer) {
        return Err(TokenError::Issuer);
    }
    // RFC 8725 §3.9, RFC 9068 §4: a token for somebody else is not for us
    let audience = claims.aud.as_ref().ok_or(TokenError::Missing("aud"))?;
    match profile.audience {
        ExpectedAudience::Is(expected) if !audience.contains(expected) => return Err(TokenError::Audience),
        ExpectedAudience::Is(_) | ExpectedAudience::Any => {}
    }
    // a token of this kind ends, whatever its times are looked at for
    if claims.exp.is_none() {
        return Err(TokenError::Missing("exp"));
    }
    now.map_or(Ok(()), |now| claims.check_times(profile.skew, now))
}

pub(crate) fn check_presence(members: &Members<'_>, required: &[&'static str], forbidden: &[&'static str]) -> Result<(), TokenError> {
    if let Some(name) = required.iter().find(|name| !members.has(name)) {
        return Err(TokenError::Missing(name));
    }
    // RFC 8725 §3.12: rules of different kinds of tokens exclude one another
    match forbidden.iter().find(|name| members.has(name)) {
        Some(name) => Err(TokenError::Foreign(name)),
        None => Ok(()),
    }
}
