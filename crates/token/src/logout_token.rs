//! Logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.4): what an application is told when a browser session ends.

use chabi_spec::Fault;
use serde::Serialize;

use crate::{Seconds, Timestamp, jws, signing_key::SigningKey};

/// `typ` (Back-Channel Logout §2.4, RFC 8725 §3.11): so that no other token is taken for one, and it for no other.
pub const TYPE: &str = "logout+jwt";
/// The one member of `events`.
pub const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// Back-Channel Logout §4: two minutes at the most, so that one that was caught is of no use later.
pub const LIFETIME: Seconds = Seconds(120);

/// What a logout token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogoutTokenClaims {
    /// The issuer, byte for byte as configured.
    pub iss: String,
    /// The person, as the application knows them.
    pub sub: String,
    /// The application.
    pub aud: String,
    /// Seconds since 1970.
    pub iat: i64,
    /// Seconds since 1970; [`LIFETIME`] later.
    pub exp: i64,
    /// New for each token: the application remembers it for as long as the token lives.
    pub jti: String,
    /// The session, as in the ID token.
    pub sid: String,
    // no `nonce`: Back-Channel Logout §2.4 forbids it, so that a logout token can never pass for an ID token
    events: Events,
}

/// Back-Channel Logout §2.4: an object with this one member, whose value is an empty object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct Events {
    #[serde(rename = "http://schemas.openid.net/event/backchannel-logout")]
    logged_out: Nothing,
}

/// Written `{}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct Nothing {}

impl LogoutTokenClaims {
    /// For one application and one session, from now on.
    #[must_use]
    pub fn new(iss: String, aud: String, told: ToldInIdToken, jti: String, now: Timestamp) -> Self {
        let ToldInIdToken { sub, sid } = told;
        Self { iss, sub, aud, iat: now.as_seconds(), exp: (now + LIFETIME).as_seconds(), jti, sid, events: Events::default() }
    }
}

/// What the application's ID token said of person and session: the logout token says the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldInIdToken {
    /// `sub`, pairwise where the application gets such ones.
    pub sub: String,
    /// `sid`.
    pub sid: String,
}

/// Signs a logout token.
///
/// # Errors
/// A fault of signing.
pub fn issue(claims: &LogoutTokenClaims, key: &SigningKey) -> Result<String, Fault> {
    jws::sign(TYPE, claims, key)
}

#[cfg(test)]
mod tests {
    use super::*;

    // req: lo.bc
    #[test]
    fn a_logout_token_has_the_claims_of_section_2_4_and_no_nonce() {
        let told = ToldInIdToken { sub: "ada".into(), sid: "s1".into() };
        let now = Timestamp::from_seconds(1_000);
        let claims = LogoutTokenClaims::new("https://id.example".into(), "app".into(), told, "j1".into(), now);
        let json = serde_json::to_string(&claims).unwrap();
        assert_eq!(
            json,
            format!(
                r#"{{"iss":"https://id.example","sub":"ada","aud":"app","iat":1000,"exp":1120,"jti":"j1","sid":"s1","events":{{"{EVENT}":{{}}}}}}"#
            )
        );
        let key = SigningKey::generate(crate::Algorithm::ES256).unwrap();
        let token = issue(&claims, &key).unwrap();
        let header = crate::base64url::decode(token.split('.').next().unwrap()).unwrap();
        assert!(String::from_utf8(header).unwrap().contains(r#""typ":"logout+jwt""#), "{token}");
    }
}
