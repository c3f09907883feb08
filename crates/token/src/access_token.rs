//! Access tokens: JWTs of RFC 9068, checked offline.

use chabi_spec::{Actor, Confirmation, Fault, Scope};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Algorithm, Seconds, Timestamp, audience,
    jwk::JwkSet,
    jws::{self, ExpectedAudience, TokenError, VerificationProfile},
    numeric_date,
    signing_key::SigningKey,
    status::{StatusClaim, StatusIndex},
};

/// `typ` of RFC 9068 §2.1.
pub const AT_JWT: &str = "at+jwt";
/// `typ` for frameworks that refuse the other.
pub const JWT: &str = "JWT";

/// RFC 9068 §2.2.
const REQUIRED: [&str; 4] = ["sub", "iat", "jti", "client_id"];
/// What ID tokens, logout tokens and client assertions have, and access tokens never.
const FORBIDDEN: [&str; 5] = ["nonce", "at_hash", "c_hash", "events", "ath"];

/// What an access token says. Members that are `None` or empty are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessTokenClaims {
    /// The issuer, byte for byte as configured.
    pub iss: String,
    /// The person; for `client_credentials` the application itself.
    pub sub: String,
    /// Whom it is for; one is written as a string, several as an array.
    #[serde(serialize_with = "audience::write", deserialize_with = "audience::read")]
    pub aud: Vec<String>,
    /// Seconds since 1970.
    #[serde(deserialize_with = "numeric_date::required")]
    pub exp: i64,
    /// Seconds since 1970.
    #[serde(deserialize_with = "numeric_date::required")]
    pub iat: i64,
    /// `<family>.<random>`, or `<random>` for `client_credentials`.
    pub jti: String,
    /// The application it was issued to.
    pub client_id: String,
    /// Space-separated words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// When the person last proved who they are; seconds since 1970.
    #[serde(default, deserialize_with = "numeric_date::optional", skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// Authentication context class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// How (RFC 8176).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// The browser session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// Where it is told whether the token was taken back (Token Status List §6.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusClaim>,
    /// The key that it is bound to (RFC 9449 §6.1): taken as a bearer token it would be good for whoever stole it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    /// Who acts for the person (RFC 8693 §4.1): an exchanged token says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Box<Actor>>,
    /// Who alone may act for the person (RFC 8693 §4.4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub may_act: Option<Box<Actor>>,
    /// What an operator added, and every member that we do not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Signs an access token; `typ` is [`AT_JWT`], or [`JWT`] for an API that chose it.
///
/// # Errors
/// A fault of signing.
pub fn issue(claims: &AccessTokenClaims, key: &SigningKey, typ: &str) -> Result<String, Fault> {
    jws::sign(typ, claims, key)
}

/// What an API accepts.
#[derive(Clone, Debug)]
pub struct AccessTokenProfile {
    /// `iss`, byte for byte.
    pub issuer: String,
    /// What `aud` must be or contain; `None` only for endpoints of the issuer itself, such as userinfo.
    pub audience: Option<String>,
    /// Accepted algorithms; all asymmetric ones by default.
    pub algorithms: Vec<Algorithm>,
    /// Accepted `typ`; `at+jwt` by default.
    pub types: Vec<&'static str>,
    /// How far two clocks may differ; 30 seconds by default.
    pub skew: Seconds,
}

impl AccessTokenProfile {
    /// The profile of one API at one issuer.
    #[must_use]
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        Self { audience: Some(audience.into()), types: vec![AT_JWT], ..Self::of_issuer(issuer) }
    }

    /// The profile of the issuer's own endpoints (userinfo, introspection): every audience, and both types.
    #[must_use]
    pub fn of_issuer(issuer: impl Into<String>) -> Self {
        Self { issuer: issuer.into(), audience: None, algorithms: Algorithm::ALL.to_vec(), types: vec![AT_JWT, JWT], skew: Seconds(30) }
    }

    /// Accepts `typ: JWT` as well.
    #[must_use]
    pub fn accepting_jwt_type(mut self) -> Self {
        self.types = vec![AT_JWT, JWT];
        self
    }
}

/// Evidence that an access token was checked from end to end. Made here alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedAccessToken {
    claims: AccessTokenClaims,
    scope: Scope,
}

/// Checks an access token (RFC 9068 §4): signature by a key of the issuer, `typ`, `iss`, `aud`, `exp`, `nbf`, and every claim that an
/// access token has.
///
/// # Errors
/// The first rule that it breaks.
pub fn verify_access_token(
    token: &str,
    keys: &JwkSet,
    profile: &AccessTokenProfile,
    now: Timestamp,
) -> Result<VerifiedAccessToken, TokenError> {
    let rules = VerificationProfile {
        types: &profile.types,
        algorithms: &profile.algorithms,
        issuer: &profile.issuer,
        audience: profile.audience.as_deref().map_or(ExpectedAudience::Any, ExpectedAudience::Is),
        skew: profile.skew,
        required: &REQUIRED,
        forbidden: &FORBIDDEN,
    };
    let claims: AccessTokenClaims = jws::verify(token, keys, &rules, now)?;
    verified(claims)
}

/// The claims of an opaque token that was opened with the issuer's own key: who sealed it is proven, what it says is checked here.
pub(crate) fn accept(claims: AccessTokenClaims, profile: &AccessTokenProfile, now: Timestamp) -> Result<VerifiedAccessToken, TokenError> {
    // RFC 9068 §4, as for a JWT: issuer, audience, times
    if claims.iss != profile.issuer {
        return Err(TokenError::Issuer);
    }
    if profile.audience.as_ref().is_some_and(|audience| !claims.aud.contains(audience)) {
        return Err(TokenError::Audience);
    }
    if now >= Timestamp::from_seconds(claims.exp) + profile.skew {
        return Err(TokenError::Expired);
    }
    if now < Timestamp::from_seconds(claims.iat) - profile.skew {
        return Err(TokenError::NotYetValid);
    }
    verified(claims)
}

fn verified(claims: AccessTokenClaims) -> Result<VerifiedAccessToken, TokenError> {
    let scope = Scope::parse(claims.scope.as_deref().unwrap_or_default()).map_err(|_| TokenError::Claim)?;
    Ok(VerifiedAccessToken { claims, scope })
}

impl VerifiedAccessToken {
    /// All claims.
    #[must_use]
    pub fn claims(&self) -> &AccessTokenClaims {
        &self.claims
    }
    /// `iss`. Together with [`Self::subject`] it says who this is (RFC 9068 §2.2; one issuer's subject is nobody at another).
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.claims.iss
    }
    /// `sub`.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.claims.sub
    }
    /// `client_id`.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.claims.client_id
    }
    /// What it allows.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }
    /// `jti`.
    #[must_use]
    pub fn jti(&self) -> &str {
        &self.claims.jti
    }
    /// The thumbprint of the key that it is bound to; `None`: whoever bears it may use it. Whoever lets somebody in by a token that is
    /// bound asks for a proof by that key first (RFC 9449 §7.1).
    #[must_use]
    pub fn key_thumbprint(&self) -> Option<&str> {
        self.claims.cnf.as_ref().map(|cnf| cnf.jkt.as_str())
    }
    /// Its place among the issuer's status lists; `None` when it names none of them.
    #[must_use]
    pub fn status(&self) -> Option<StatusIndex> {
        self.claims.status.as_ref()?.status_list.as_ref()?.index(&self.claims.iss)
    }
    /// A claim that is none of RFC 9068's, such as one that an operator added.
    #[must_use]
    pub fn extra(&self, name: &str) -> Option<&Value> {
        self.claims.extra.get(name)
    }
    /// When the person last proved who they are; `None` for an application's own token.
    #[must_use]
    pub fn auth_time(&self) -> Option<Timestamp> {
        self.claims.auth_time.map(Timestamp::from_seconds)
    }
    /// `acr`: how strongly they proved it.
    #[must_use]
    pub fn acr(&self) -> Option<&str> {
        self.claims.acr.as_deref()
    }
    /// `exp`.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        Timestamp::from_seconds(self.claims.exp)
    }
    /// True when no person stands behind it: the application acts for itself (RFC 9068 §5).
    #[must_use]
    pub fn is_of_application(&self) -> bool {
        self.claims.sub == self.claims.client_id
    }
}
