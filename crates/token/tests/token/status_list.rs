//! Status list tokens (Token Status List §5.1, §8.3).

use chabi_token::{
    SigningKey, StatusList, StatusListTokenClaims, Timestamp, TokenError, VerifiedAccessToken, access_token,
    jws::{self, ExpectedAudience, VerificationProfile},
    status_list_token::{self, TYPE},
};
use serde_json::json;

use crate::fixtures::{
    API, EDDSA, ES256, ISSUER, NOW, RS256, claims as access_token_claims, env, keys, signed, verify as verify_access_token,
};

const URI: &str = "https://id.example/oauth2/status/17";

fn claims() -> StatusListTokenClaims {
    let (iat, exp, ttl) = (NOW, Some(NOW + 600), Some(10));
    StatusListTokenClaims { sub: URI.to_owned(), iat, exp, ttl, status_list: StatusList::of([5, 99]).claim(), denied_jti: Vec::new() }
}

fn verify_at(token: &str, seconds: i64) -> Result<StatusListTokenClaims, TokenError> {
    status_list_token::verify(token, &keys(), URI, Timestamp::from_seconds(seconds))
}

fn verify(token: &str) -> Result<StatusListTokenClaims, TokenError> {
    verify_at(token, NOW)
}

fn with_payload(payload: &serde_json::Value) -> Result<StatusListTokenClaims, TokenError> {
    let header = format!(r#"{{"typ":"{TYPE}","alg":"ES256","kid":"{}"}}"#, ES256.kid());
    verify(&signed(&header, &payload.to_string(), &ES256))
}

#[test]
fn a_list_reads_back_whatever_key_signed_it() {
    let with_jti = StatusListTokenClaims { denied_jti: vec!["a.b".to_owned()], ..claims() };
    for (claims, key) in [(claims(), &*ES256), (with_jti, &*RS256), (claims(), &*EDDSA)] {
        let read = verify(&status_list_token::issue(&claims, key).unwrap()).unwrap();
        assert_eq!(read, claims);
        let list = StatusList::parse(&read.status_list).unwrap();
        assert_eq!([4, 5, 98, 99].map(|position| list.status(position)), [Some(0), Some(1), Some(0), Some(1)]);
    }
}

#[test]
fn a_list_of_another_uri_or_of_another_key_is_refused() {
    let other = StatusListTokenClaims { sub: "https://id.example/oauth2/status/170".to_owned(), ..claims() };
    assert_eq!(verify(&status_list_token::issue(&other, &ES256).unwrap()), Err(TokenError::Subject));
    let stranger = SigningKey::generate(chabi_token::Algorithm::ES256).unwrap();
    assert_eq!(verify(&status_list_token::issue(&claims(), &stranger).unwrap()), Err(TokenError::UnknownKey));
}

#[test]
fn a_list_holds_from_its_making_to_its_end_give_or_take_half_a_minute() {
    let token = status_list_token::issue(&claims(), &ES256).unwrap();
    assert!(verify_at(&token, NOW - 30).is_ok());
    assert_eq!(verify_at(&token, NOW - 31), Err(TokenError::NotYetValid));
    assert!(verify_at(&token, NOW + 629).is_ok());
    assert_eq!(verify_at(&token, NOW + 630), Err(TokenError::Expired));
    let endless = StatusListTokenClaims { exp: None, ttl: None, ..claims() };
    assert!(verify_at(&status_list_token::issue(&endless, &ES256).unwrap(), NOW + 99_999_999).is_ok());
}

#[test]
fn what_a_list_must_have_is_asked_for() {
    let good = serde_json::to_value(claims()).unwrap();
    assert!(with_payload(&good).is_ok());
    for (member, error) in [("sub", TokenError::Missing("sub")), ("iat", TokenError::Missing("iat")), ("status_list", TokenError::Claim)] {
        let mut payload = good.clone();
        payload.as_object_mut().unwrap().remove(member);
        assert_eq!(with_payload(&payload), Err(error), "{member}");
    }
    for (member, value) in [
        ("status_list", json!({ "bits": 1 })),
        ("status_list", json!({ "bits": 1.5, "lst": "" })),
        ("iat", json!("now")),
        ("exp", json!(-1)),
        ("ttl", json!("10")),
        ("denied_jti", json!("a.b")),
    ] {
        let mut payload = good.clone();
        payload[member] = value.clone();
        assert_eq!(with_payload(&payload), Err(TokenError::Claim), "{member} {value}");
    }
}

// req: at.cross
#[test]
fn neither_passes_for_the_other_a_list_for_a_token_a_token_for_a_list() {
    let list = status_list_token::issue(&claims(), &ES256).unwrap();
    assert_eq!(verify_access_token(&list).map(|token: VerifiedAccessToken| token.jti().to_owned()), Err(TokenError::Type));
    for typ in [access_token::AT_JWT, access_token::JWT] {
        let token = access_token::issue(&access_token_claims(), &ES256, typ).unwrap();
        assert_eq!(verify(&token), Err(TokenError::Type));
    }
}

#[test]
fn no_other_kind_may_leave_out_issuer_and_audience() {
    let list = status_list_token::issue(&claims(), &ES256).unwrap();
    for audience in [ExpectedAudience::Any, ExpectedAudience::Is(API)] {
        let profile = VerificationProfile {
            types: &[TYPE],
            algorithms: &chabi_token::Algorithm::ALL,
            issuer: ISSUER,
            audience,
            skew: chabi_token::Seconds(0),
            required: &[],
            forbidden: &[],
        };
        assert_eq!(jws::verify::<serde_json::Value>(&list, &keys(), &profile, env().now()), Err(TokenError::Missing("iss")));
    }
}
