//! Signed status lists (Token Status List §5.1): what is published at a list's URI.

use chabi_spec::Fault;
use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    jwk::JwkSet,
    jws::{self, SubjectProfile, TokenError},
    numeric_date,
    signing_key::SigningKey,
    status_list::StatusListClaim,
};

/// `typ` (§5.1). Nothing else has it, so that nothing else passes for a list.
pub const TYPE: &str = "statuslist+jwt";
/// Media type of an answer with such a token (§8.1).
pub const MEDIA_TYPE: &str = "application/statuslist+jwt";
/// The longest text that is read, in bytes: a list of 2 MiB that cannot be compressed, with base64url around it twice.
pub const LONGEST: usize = 4 * 1024 * 1024;

/// What a status list token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusListTokenClaims {
    /// The list's URI, byte for byte as tokens name it.
    pub sub: String,
    /// When it was made; seconds since 1970.
    #[serde(deserialize_with = "numeric_date::required")]
    pub iat: i64,
    /// When it is no longer to be believed; seconds since 1970.
    #[serde(default, deserialize_with = "numeric_date::optional", skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    /// For how many seconds a copy may be kept before a new one is asked for.
    #[serde(default, deserialize_with = "numeric_date::optional", skip_serializing_if = "Option::is_none")]
    pub ttl: Option<i64>,
    /// The list.
    pub status_list: StatusListClaim,
    /// Our own: single tokens that were taken back, by their `jti`, whichever list they name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub denied_jti: Vec<String>,
}

/// Signs a list.
///
/// # Errors
/// A fault of signing.
pub fn issue(claims: &StatusListTokenClaims, key: &SigningKey) -> Result<String, Fault> {
    jws::sign(TYPE, claims, key)
}

/// Checks the list that was fetched from `uri` (§8.3): signed by a key of the issuer whose tokens name that URI, of the right type, about
/// that URI byte for byte, not expired and not from the future. Clocks may differ by 30 seconds.
///
/// # Errors
/// The first rule that it breaks.
pub fn verify(token: &str, keys: &JwkSet, uri: &str, now: Timestamp) -> Result<StatusListTokenClaims, TokenError> {
    jws::verify_about(token, keys, &SubjectProfile { typ: TYPE, subject: uri, longest: LONGEST }, now)
}
