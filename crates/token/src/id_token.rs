//! ID tokens (OpenID Connect Core §2): who signed in, told to the application.

use aws_lc_rs::digest;
use chabi_spec::Fault;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Algorithm, Seconds, audience, base64url,
    jwk::JwkSet,
    jws::{self, ExpectedAudience, TokenError, VerificationProfile},
    numeric_date,
    signing_key::SigningKey,
};

/// `typ` of our ID tokens.
pub const TYPE: &str = "JWT";

/// What an ID token says. Members that are `None` or empty are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdTokenClaims {
    /// The issuer, byte for byte as configured.
    pub iss: String,
    /// The person.
    pub sub: String,
    /// The application; one is written as a string.
    #[serde(serialize_with = "audience::write", deserialize_with = "audience::read")]
    pub aud: Vec<String>,
    /// The application it was issued to, when `aud` has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azp: Option<String>,
    /// Seconds since 1970.
    #[serde(deserialize_with = "numeric_date::required")]
    pub exp: i64,
    /// Seconds since 1970.
    #[serde(deserialize_with = "numeric_date::required")]
    pub iat: i64,
    /// New for each ID token: some applications remember it.
    pub jti: String,
    /// When the person last proved who they are; seconds since 1970.
    #[serde(default, deserialize_with = "numeric_date::optional", skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// As the authorization request had it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// From [`at_hash`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
    /// Authentication context class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// How (RFC 8176).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// The browser session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// Claims about the person, beside the others.
    #[serde(flatten)]
    pub person: StandardClaims,
    /// What an operator added, and every member that we do not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Claims about a person (OpenID Connect Core §5.1), in ID tokens and in userinfo. `None` is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandardClaims {
    /// Full name, to be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// First names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// Last names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// Middle names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    /// Casual name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// `[A-Za-z0-9._-]+`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    /// URL of a page about the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// URL of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// URL of the person's page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// As the person has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    /// `YYYY-MM-DD`, `YYYY`, or `0000-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birthdate: Option<String>,
    /// IANA time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zoneinfo: Option<String>,
    /// BCP 47 tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Always a boolean, never text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    /// E.164.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// Always a boolean, never text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_number_verified: Option<bool>,
    /// Postal address, with one member at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<PostalAddress>,
    /// Seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<i64>,
}

/// `address` (OpenID Connect Core §5.1.1). `None` is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostalAddress {
    /// All of it, as it stands on a letter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formatted: Option<String>,
    /// Street, house, and the like; may have line breaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    /// City.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    /// State or province.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// Signs an ID token.
///
/// # Errors
/// A fault of signing.
pub fn issue(claims: &IdTokenClaims, key: &SigningKey) -> Result<String, Fault> {
    jws::sign(TYPE, claims, key)
}

/// The left half of the access token's hash, base64url (OpenID Connect Core §3.1.3.6). The hash is that of the ID token's algorithm:
/// SHA-256, and SHA-512 for Ed25519.
#[must_use]
pub fn at_hash(algorithm: Algorithm, access_token: &str) -> String {
    let function = match algorithm {
        Algorithm::ES256 | Algorithm::RS256 | Algorithm::PS256 => &digest::SHA256,
        Algorithm::EdDSA => &digest::SHA512,
    };
    let hash = digest::digest(function, access_token.as_bytes());
    let (left, _) = hash.as_ref().split_at_checked(hash.as_ref().len() / 2).unwrap_or_default();
    base64url::encode(left)
}

/// Reads an `id_token_hint`: an ID token of ours, for any application, expired or not (OpenID Connect Core §3.1.2.1, RP-Initiated
/// Logout §2). It hints at who somebody was; it proves nobody's presence.
///
/// # Errors
/// The first rule that it breaks.
pub fn verify_hint(token: &str, keys: &JwkSet, issuer: &str) -> Result<IdTokenClaims, TokenError> {
    let profile = VerificationProfile {
        types: &[TYPE],
        algorithms: &Algorithm::ALL,
        issuer,
        audience: ExpectedAudience::Any,
        skew: Seconds(0),
        required: &["sub", "iat", "jti"],
        // an access token of type `JWT` has these, a logout token the last
        forbidden: &["client_id", "scope", "events"],
    };
    jws::verify_expired(token, keys, &profile)
}
