//! Access tokens that only their issuer can read.

use chabi_token::{
    AccessTokenClaims, AccessTokenProfile, MasterSecret, OpaqueTokens, StatusIndex, Timestamp, TokenError, verify_access_token,
};
use serde_json::json;

use crate::fixtures::{API, ISSUER, NOW, claims, env, keys};

fn tokens() -> OpaqueTokens {
    OpaqueTokens::new(ISSUER, &MasterSecret::parse(&format!("chabi_master_{}", "A".repeat(43))).unwrap())
}

fn open(text: &str) -> Result<AccessTokenClaims, TokenError> {
    let profile = AccessTokenProfile::new(ISSUER, API);
    tokens().open(text, &profile, Timestamp::from_seconds(NOW)).map(|token| token.claims().clone())
}

#[test]
fn a_token_comes_back_with_everything_that_it_says_and_tells_nobody_else_anything() {
    let mut claims = AccessTokenClaims { status: Some(StatusIndex(123_456).claim(ISSUER)), acr: Some("1".into()), ..claims() };
    claims.extra.insert("plan".into(), json!({"name": "gold"}));
    let text = tokens().seal(&claims, &env()).unwrap();
    assert!(text.starts_with("chabi_at_") && text.len() < 600, "{text}");
    assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'));
    assert_eq!(open(&text), Ok(claims));
    for said in ["person-1", "notes:read", "gold", "spa"] {
        assert!(!text.contains(&chabi_token::base64url::encode(said)), "{said}");
    }
}

#[test]
fn two_tokens_of_the_same_claims_are_different_texts() {
    let env = env();
    assert_ne!(tokens().seal(&claims(), &env).unwrap(), tokens().seal(&claims(), &env).unwrap());
}

#[test]
fn a_token_of_which_one_letter_was_changed_or_of_another_installation_is_refused() {
    let env = env();
    let text = tokens().seal(&claims(), &env).unwrap();
    for at in "chabi_at_".len()..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let refused = open(&String::from_utf8(changed).unwrap()).unwrap_err();
        assert!(matches!(refused, TokenError::Signature | TokenError::Malformed), "{at}: {refused}");
    }
    for text in [&text[..text.len() - 4], "chabi_at_", "chabi_at_AQ", "", &text.replace("chabi_at_", "chabi_rt_")] {
        assert!(open(text).is_err(), "{text}");
    }
    let other = OpaqueTokens::new(ISSUER, &MasterSecret::generate(&env)).seal(&claims(), &env).unwrap();
    assert_eq!(open(&other), Err(TokenError::Signature));
}

// two versions of the program run side by side, each reading what the other made
#[test]
fn key_and_layout_are_those_of_every_version() {
    let text = tokens().seal(&claims(), &env()).unwrap();
    assert_eq!(chabi_token::base64url::encode(chabi_token::hash::sha256(text.as_bytes())), "IQO9Aa5t3L2MBm5ZfxXPh8WECIGC8qBJMKzpAqG9Drs");
}

#[test]
fn an_opaque_token_is_16_kib_at_the_most() {
    let mut claims = claims();
    claims.extra.insert("plan".into(), json!("x".repeat(16 * 1024)));
    assert_eq!(open(&tokens().seal(&claims, &env()).unwrap()), Err(TokenError::TooLong));
}

// RFC 9068 §4
#[test]
fn times_and_audience_are_looked_at_as_in_a_jwt() {
    for (claims, refused_with) in [
        (AccessTokenClaims { exp: NOW - 31, ..claims() }, TokenError::Expired),
        (AccessTokenClaims { iat: NOW + 31, ..claims() }, TokenError::NotYetValid),
        (AccessTokenClaims { aud: vec!["https://other.example/".into()], ..claims() }, TokenError::Audience),
    ] {
        assert_eq!(open(&tokens().seal(&claims, &env()).unwrap()), Err(refused_with));
    }
    assert!(open(&tokens().seal(&AccessTokenClaims { exp: NOW - 29, ..claims() }, &env()).unwrap()).is_ok());
}

#[test]
fn who_checks_offline_is_told_that_it_is_opaque_and_whom_to_ask() {
    let text = tokens().seal(&claims(), &env()).unwrap();
    let refused = verify_access_token(&text, &keys(), &AccessTokenProfile::new(ISSUER, API), Timestamp::from_seconds(NOW)).unwrap_err();
    assert_eq!(refused, TokenError::Opaque);
    assert!(refused.to_string().contains("introspection"), "{refused}");
}
