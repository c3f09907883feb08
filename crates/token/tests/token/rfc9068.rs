//! JWT access tokens.

use chabi_token::{AccessTokenProfile, Algorithm, JwkSet, Timestamp, TokenError, access_token, base64url, verify_access_token};
use serde_json::{Value, json};

use crate::fixtures::{API, ES256, ISSUER, NOW, claims, json as access_token_json, keys, verify, verify_payload};

fn parts(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| serde_json::from_slice(&base64url::decode(part).unwrap_or_default()).unwrap_or_default());
    (parts.next().unwrap(), parts.next().unwrap())
}

// RFC 9068 §2.1 and §2.2
// req: at.typ
#[test]
fn a_token_has_its_type_and_every_required_claim_and_nothing_empty() {
    let token = access_token::issue(&claims(), &ES256, access_token::AT_JWT).unwrap();
    let (header, payload) = parts(&token);
    assert_eq!(header, json!({"typ": "at+jwt", "alg": "ES256", "kid": ES256.kid()}));
    let expected = json!({
        "iss": ISSUER, "sub": "person-1", "aud": API, "exp": NOW + 300, "iat": NOW, "jti": "family.random",
        "client_id": "spa", "scope": "notes:read",
    });
    assert_eq!(payload, expected);
}

// RFC 9068 §2.2
// req: at.typ
#[test]
fn a_token_without_one_of_the_required_claims_is_refused() {
    for name in ["iss", "sub", "aud", "exp", "iat", "jti", "client_id"] {
        let mut payload = access_token_json();
        payload.as_object_mut().unwrap().remove(name);
        assert_eq!(verify_payload(&payload.to_string()), Err(TokenError::Missing(name)));
    }
}

// RFC 9068 §4
// req: at.aud
#[test]
fn a_token_for_one_api_is_refused_by_another() {
    let token = access_token::issue(&claims(), &ES256, "at+jwt").unwrap();
    let now = Timestamp::from_seconds(NOW);
    let by = |audience: &str| verify_access_token(&token, &keys(), &AccessTokenProfile::new(ISSUER, audience), now).map(|_| ());
    assert_eq!(by(API), Ok(()));
    for other in ["https://other.example/", "https://api.example", "https://api.example/x", "api", "", "spa"] {
        assert_eq!(by(other), Err(TokenError::Audience), "{other}");
    }
    let own = AccessTokenProfile::of_issuer(ISSUER);
    assert!(verify_access_token(&token, &keys(), &own, now).is_ok());
}

#[test]
fn several_audiences_are_written_as_an_array_and_each_api_takes_it() {
    let mut claims = claims();
    claims.aud.push("https://other.example/".to_owned());
    let token = access_token::issue(&claims, &ES256, "at+jwt").unwrap();
    assert_eq!(parts(&token).1["aud"], json!([API, "https://other.example/"]));
    assert_eq!(verify(&token).unwrap().claims(), &claims);
}

// RFC 9068 §2.2 and §5
// req: rs.who
#[test]
fn what_was_verified_says_who_it_is_and_what_it_may() {
    let verified = verify(&access_token::issue(&claims(), &ES256, "at+jwt").unwrap()).unwrap();
    assert_eq!((verified.issuer(), verified.subject(), verified.client_id()), (ISSUER, "person-1", "spa"));
    assert!(verified.scope().contains("notes:read") && !verified.scope().contains("notes"));
    assert_eq!(verified.expires_at(), Timestamp::from_seconds(NOW + 300));
    assert!(!verified.is_of_application());
    let mut own = claims();
    own.sub = own.client_id.clone();
    assert!(verify(&access_token::issue(&own, &ES256, "at+jwt").unwrap()).unwrap().is_of_application());
}

#[test]
fn an_api_may_choose_the_type_jwt_and_others_do_not_take_it() {
    let token = access_token::issue(&claims(), &ES256, access_token::JWT).unwrap();
    assert_eq!(verify(&token), Err(TokenError::Type));
    let profile = AccessTokenProfile::new(ISSUER, API).accepting_jwt_type();
    assert!(verify_access_token(&token, &keys(), &profile, Timestamp::from_seconds(NOW)).is_ok());
}

// req: rs.closed
#[test]
fn without_keys_nothing_is_verified() {
    let token = access_token::issue(&claims(), &ES256, "at+jwt").unwrap();
    let profile = AccessTokenProfile::new(ISSUER, API);
    let verified = verify_access_token(&token, &JwkSet::default(), &profile, Timestamp::from_seconds(NOW));
    assert_eq!(verified.unwrap_err(), TokenError::UnknownKey);
    let none = AccessTokenProfile { algorithms: Vec::new(), ..profile };
    assert_eq!(verify_access_token(&token, &keys(), &none, Timestamp::from_seconds(NOW)).unwrap_err(), TokenError::Algorithm);
    assert_eq!(Algorithm::parse("none"), None);
}

#[test]
fn a_scope_with_forbidden_characters_is_no_scope() {
    let mut payload = access_token_json();
    payload["scope"] = "a\"b".into();
    assert_eq!(verify_payload(&payload.to_string()), Err(TokenError::Claim));
}
