//! ID tokens (OpenID Connect Core §2 and §3.1.3.6).

use chabi_token::{
    Algorithm, IdTokenClaims, JwkSet, TokenError, access_token, base64url,
    id_token::{self, StandardClaims},
};
use serde_json::{Value, json};

use crate::fixtures::{ES256, ISSUER, NOW, RS256, claims as access_claims, keys, signed};

pub fn claims() -> IdTokenClaims {
    IdTokenClaims {
        iss: ISSUER.to_owned(),
        sub: "person-1".to_owned(),
        aud: vec!["spa".to_owned()],
        exp: NOW + 300,
        iat: NOW,
        jti: "id-1".to_owned(),
        auth_time: Some(NOW - 60),
        nonce: Some("n-0S6_WzA2Mj".to_owned()),
        person: StandardClaims { email: Some("ada@example.org".to_owned()), email_verified: Some(true), ..StandardClaims::default() },
        ..IdTokenClaims::default()
    }
}

// OpenID Connect Core §2 and §5.1
// req: tk.idt
#[test]
fn an_id_token_is_one_flat_object_with_booleans_as_booleans() {
    let token = id_token::issue(&claims(), &RS256).unwrap();
    let payload: Value = serde_json::from_slice(&base64url::decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap();
    let expected = json!({
        "iss": ISSUER, "sub": "person-1", "aud": "spa", "exp": NOW + 300, "iat": NOW, "jti": "id-1", "auth_time": NOW - 60,
        "nonce": "n-0S6_WzA2Mj", "email": "ada@example.org", "email_verified": true,
    });
    assert_eq!(payload, expected);
}

// OpenID Connect Core §3.1.3.6
// req: tk.idt
#[test]
fn at_hash_is_the_left_half_of_the_hash_of_the_algorithm() {
    // OpenID Connect Core appendix A.3: RS256
    let access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    assert_eq!(id_token::at_hash(Algorithm::RS256, access_token), "77QmUPtjPfzWtF2AnpK9RQ");
    assert_eq!(id_token::at_hash(Algorithm::ES256, access_token), "77QmUPtjPfzWtF2AnpK9RQ");
    assert_eq!(base64url::decode(id_token::at_hash(Algorithm::EdDSA, access_token)).unwrap().len(), 32);
}

// OpenID Connect Core §3.1.2.1
#[test]
fn a_hint_may_have_expired_and_be_for_any_application_of_ours() {
    let mut old = claims();
    (old.iat, old.exp) = (1, 2);
    let token = id_token::issue(&old, &RS256).unwrap();
    assert_eq!(id_token::verify_hint(&token, &keys(), ISSUER), Ok(old));
}

// req: at.cross
#[test]
fn a_hint_must_be_an_id_token_of_ours() {
    let hint = |token: &str| id_token::verify_hint(token, &keys(), ISSUER).map(|_| ());
    let mut foreign = claims();
    foreign.iss = "https://other.example".to_owned();
    assert_eq!(hint(&id_token::issue(&foreign, &RS256).unwrap()), Err(TokenError::Issuer));
    assert_eq!(hint(&access_token::issue(&access_claims(), &ES256, access_token::AT_JWT).unwrap()), Err(TokenError::Type));
    assert_eq!(hint(&access_token::issue(&access_claims(), &ES256, access_token::JWT).unwrap()), Err(TokenError::Foreign("client_id")));
    let unsigned = format!("{}.", id_token::issue(&claims(), &RS256).unwrap().rsplit_once('.').unwrap().0);
    assert_eq!(hint(&unsigned), Err(TokenError::Signature));
    let none = signed(r#"{"typ":"JWT","alg":"none"}"#, &serde_json::to_string(&claims()).unwrap(), &RS256);
    assert_eq!(hint(&none), Err(TokenError::Algorithm));
    let token = id_token::issue(&claims(), &RS256).unwrap();
    assert_eq!(id_token::verify_hint(&token, &JwkSet::default(), ISSUER), Err(TokenError::UnknownKey));
}
