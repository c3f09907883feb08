//! Assertions by which an application proves who it is (RFC 7523 §3).

use chabi_token::{
    Algorithm, JwkSet, SigningKey, Timestamp, TokenError,
    client_assertion::{self, AssertionProfile, VerifiedAssertion},
    jws,
};
use serde_json::{Value, json};

use crate::fixtures::{EDDSA, ES256, ISSUER, NOW, RS256, signed};

const TOKEN_ENDPOINT: &str = "https://id.example/oauth2/token";

fn profile() -> AssertionProfile<'static> {
    AssertionProfile { client_id: "app", audience: ISSUER, legacy_audiences: &[], algorithms: &Algorithm::ALL }
}

fn keys() -> JwkSet {
    JwkSet::new(vec![ES256.public_jwk().clone(), RS256.public_jwk().clone()])
}

fn claims() -> Value {
    json!({"iss": "app", "sub": "app", "aud": ISSUER, "exp": NOW + 60, "iat": NOW, "jti": "a"})
}

fn verify(assertion: &str) -> Result<VerifiedAssertion, TokenError> {
    client_assertion::verify(assertion, &keys(), &profile(), Timestamp::from_seconds(NOW))
}

/// A good assertion, with this claim in place of ours; `null` takes it away.
fn with(name: &str, value: Value) -> String {
    let mut claims = claims();
    match value {
        Value::Null => claims.as_object_mut().unwrap().remove(name),
        value => claims.as_object_mut().unwrap().insert(name.to_owned(), value),
    };
    jws::sign("JWT", &claims, &ES256).unwrap()
}

// RFC 7523 §3
// req: ca.pkjwt
#[test]
fn issuer_and_subject_are_the_application_and_the_audience_is_the_issuer_as_one_string() {
    verify(&with("x", json!(1))).unwrap();
    for (claim, value, expected) in [
        ("iss", json!("other"), TokenError::Issuer),
        ("iss", Value::Null, TokenError::Missing("iss")),
        ("sub", json!("other"), TokenError::Subject),
        ("sub", Value::Null, TokenError::Missing("sub")),
        ("aud", json!([ISSUER]), TokenError::Audience),
        ("aud", json!([ISSUER, "https://evil.example"]), TokenError::Audience),
        ("aud", json!(TOKEN_ENDPOINT), TokenError::Audience),
        ("aud", json!("https://id.example/oauth2/par"), TokenError::Audience),
        ("aud", json!("https://id.example/"), TokenError::Audience),
        ("aud", Value::Null, TokenError::Missing("aud")),
        ("jti", Value::Null, TokenError::Missing("jti")),
        ("jti", json!(""), TokenError::Claim),
        ("jti", json!("j".repeat(513)), TokenError::Claim),
        ("exp", Value::Null, TokenError::Missing("exp")),
        ("exp", json!("soon"), TokenError::Claim),
        ("nonce", json!("n"), TokenError::Foreign("nonce")),
        ("htu", json!(TOKEN_ENDPOINT), TokenError::Foreign("htu")),
    ] {
        assert_eq!(verify(&with(claim, value.clone())), Err(expected), "{claim}: {value}");
    }
}

// RFC 7523 §3 point 3
// req: ca.pkjwt
#[test]
fn the_switch_for_older_libraries_lets_the_token_endpoint_and_arrays_pass_and_nothing_else() {
    let legacy = AssertionProfile { legacy_audiences: &[TOKEN_ENDPOINT], ..profile() };
    let verify = |aud: Value| client_assertion::verify(&with("aud", aud), &keys(), &legacy, Timestamp::from_seconds(NOW));
    for good in [json!(ISSUER), json!(TOKEN_ENDPOINT), json!([TOKEN_ENDPOINT]), json!([ISSUER, TOKEN_ENDPOINT])] {
        verify(good.clone()).unwrap_or_else(|error| panic!("{good}: {error}"));
    }
    for bad in [json!("https://evil.example"), json!(["https://evil.example"]), json!([]), json!({"a": ISSUER})] {
        assert_eq!(verify(bad.clone()), Err(TokenError::Audience), "{bad}");
    }
}

// RFC 7523 §3 points 4 to 6
// req: ca.pkjwt
// req: ca.jtibound
// req: ck.skew
#[test]
fn it_lives_five_minutes_at_the_most_and_clocks_may_differ_by_seconds() {
    for (claim, seconds) in [("iat", 8), ("iat", 10), ("nbf", 10), ("nbf", 60), ("iat", -3_600), ("exp", 300), ("exp", 1), ("exp", -29)] {
        verify(&with(claim, json!(NOW + seconds))).unwrap_or_else(|error| panic!("{claim} {seconds}: {error}"));
    }
    for (claim, seconds, expected) in [
        ("iat", 61, TokenError::NotYetValid),
        ("nbf", 61, TokenError::NotYetValid),
        ("exp", -30, TokenError::Expired),
        ("exp", -300, TokenError::Expired),
        ("exp", 361, TokenError::Lifetime),
        ("exp", 10 * 365 * 86_400, TokenError::Lifetime),
    ] {
        assert_eq!(verify(&with(claim, json!(NOW + seconds))), Err(expected), "{claim} {seconds}");
    }
    verify(&with("iat", Value::Null)).unwrap();
}

// RFC 8725 §3.1 and §3.10
// req: ca.pkjwt
// req: ca.hs
#[test]
fn it_is_signed_by_a_registered_key_with_an_algorithm_that_is_allowed() {
    let stranger = SigningKey::generate(Algorithm::ES256).unwrap();
    let payload = claims().to_string();
    let header = |alg: &str, more: &str| format!(r#"{{"alg":"{alg}"{more}}}"#);
    // RFC 7515 §4.1.4: a `kid` may be left out, and so may `typ`
    verify(&signed(&header("ES256", ""), &payload, &ES256)).unwrap();
    verify(&signed(&header("RS256", ""), &payload, &RS256)).unwrap();
    let jwk = stranger.public_jwk().to_json();
    for (header, key, expected) in [
        (header("ES256", ""), &stranger, TokenError::Algorithm),
        (header("ES256", &format!(r#","kid":"{}""#, ES256.kid())), &stranger, TokenError::Signature),
        (header("ES256", &format!(r#","kid":"{}""#, stranger.kid())), &stranger, TokenError::UnknownKey),
        (header("ES256", &format!(r#","kid":"{}","jwk":{jwk}"#, stranger.kid())), &stranger, TokenError::UnknownKey),
        (header("ES256", r#","kid":"x","jku":"https://evil.example/jwks""#), &stranger, TokenError::UnknownKey),
        (header("HS256", ""), &stranger, TokenError::Algorithm),
        (header("none", ""), &stranger, TokenError::Algorithm),
        (header("ES256", r#","typ":"at+jwt""#), &*ES256, TokenError::Type),
        (header("ES256", r#","typ":"dpop+jwt""#), &*ES256, TokenError::Type),
    ] {
        let outcome = verify(&signed(&header, &payload, key));
        assert!(outcome == Err(expected) || outcome == Err(TokenError::Signature), "{header}: {outcome:?}");
    }
    let chosen = AssertionProfile { algorithms: &[Algorithm::PS256], ..profile() };
    let by_another = jws::sign("JWT", &claims(), &RS256).unwrap();
    let refused = client_assertion::verify(&by_another, &keys(), &chosen, Timestamp::from_seconds(NOW));
    assert_eq!(refused, Err(TokenError::Algorithm));
    assert_eq!(verify(&jws::sign("JWT", &claims(), &EDDSA).unwrap()), Err(TokenError::UnknownKey));
}

// RFC 7523 §3 point 7
// req: ca.jti
#[test]
fn copies_are_one_and_the_same_and_end_together() {
    let one = verify(&with("x", json!(1))).unwrap();
    let copy = verify(&with("x", json!(2))).unwrap();
    assert_eq!(one.replay_hash(), copy.replay_hash());
    assert_ne!(one.replay_hash(), verify(&with("jti", json!("b"))).unwrap().replay_hash());
    // the same `jti` of two applications is not one: nobody can use up another's
    let mut others = claims();
    others["iss"] = json!("other");
    others["sub"] = json!("other");
    let other = AssertionProfile { client_id: "other", ..profile() };
    let others = jws::sign("JWT", &others, &ES256).unwrap();
    let others = client_assertion::verify(&others, &keys(), &other, Timestamp::from_seconds(NOW)).unwrap();
    assert_ne!(one.replay_hash(), others.replay_hash());
    assert_eq!(one.ends(), Timestamp::from_seconds(NOW + 90));
}

#[test]
fn whose_it_claims_to_be_is_read_without_believing_it() {
    assert_eq!(client_assertion::claimed_client(&with("sub", json!("somebody"))).as_deref(), Some("somebody"));
    for none in ["", "a.b.c", &with("sub", Value::Null), &with("sub", json!(7)), &"x".repeat(10_000)] {
        assert_eq!(client_assertion::claimed_client(none), None);
    }
}

#[test]
fn five_keys_are_tried_for_an_assertion_that_names_none() {
    let keys: Vec<SigningKey> = (0..6).map(|_| SigningKey::generate(Algorithm::ES256).unwrap()).collect();
    let set = JwkSet::new(keys.iter().map(|key| key.public_jwk().clone()).collect());
    let is_taken = |key| {
        let assertion = signed(r#"{"alg":"ES256"}"#, &claims().to_string(), key);
        client_assertion::verify(&assertion, &set, &profile(), Timestamp::from_seconds(NOW)).is_ok()
    };
    assert_eq!(keys.iter().map(is_taken).collect::<Vec<_>>(), [true, true, true, true, true, false]);
}
