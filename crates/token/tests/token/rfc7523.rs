//! Assertions as a grant (RFC 7523 §2.1 and §3).
#![expect(clippy::unwrap_used, reason = "tests; clippy sees only functions marked as such")]

use chabi_token::{
    Timestamp, TokenError,
    assertion_grant::{GrantProfile, claimed_issuer, verify},
    jws,
};
use serde_json::{Value, json};

use crate::fixtures::{ES256, ISSUER, NOW, RS256, keys};

const THEIRS: &str = "https://workloads.example";

fn claims(change: Value) -> Value {
    let mut claims = json!({
        "iss": THEIRS, "sub": "system:job", "aud": ISSUER, "iat": NOW, "nbf": NOW, "exp": NOW + 300, "jti": "one",
    });
    for (name, value) in change.as_object().unwrap() {
        match value {
            Value::Null => claims.as_object_mut().unwrap().remove(name),
            value => claims.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    claims
}

fn check(typ: &str, change: Value) -> Result<String, TokenError> {
    let assertion = jws::sign(typ, &claims(change), &ES256).unwrap();
    let profile = GrantProfile { issuer: THEIRS, audience: ISSUER };
    verify(&assertion, &keys(), &profile, Timestamp::from_seconds(NOW)).map(|verified| verified.subject().to_owned())
}

mod section_3 {
    use super::*;

    // req: tx
    #[test]
    fn an_assertion_is_for_us_alone_and_of_the_issuer_whose_keys_these_are() {
        assert_eq!(check("JWT", json!({})).as_deref(), Ok("system:job"));
        assert!(check("JWT", json!({"aud": [ISSUER]})).is_ok());
        for (change, error) in [
            (json!({"iss": "https://workloads.example/"}), TokenError::Issuer),
            (json!({"iss": ISSUER}), TokenError::Issuer),
            (json!({"aud": "https://id.example/"}), TokenError::Audience),
            (json!({"aud": "https://id.example/oauth2/token"}), TokenError::Audience),
            (json!({"aud": [ISSUER, "https://other.example"]}), TokenError::Audience),
            (json!({"aud": []}), TokenError::Audience),
            (json!({"sub": ""}), TokenError::Claim),
            (json!({"sub": 7}), TokenError::Claim),
            (json!({"jti": ""}), TokenError::Claim),
            (json!({"jti": "x".repeat(513)}), TokenError::Claim),
            (json!({"aud": null}), TokenError::Missing("aud")),
            (json!({"sub": null}), TokenError::Missing("sub")),
            (json!({"exp": null}), TokenError::Missing("exp")),
        ] {
            assert_eq!(check("JWT", change.clone()), Err(error), "{change}");
        }
    }

    // req: tx
    #[test]
    fn it_lives_an_hour_at_the_most_and_a_minute_is_forgiven_to_clocks() {
        for (change, error) in [
            (json!({"exp": NOW - 59}), None),
            (json!({"exp": NOW - 60}), Some(TokenError::Expired)),
            (json!({"exp": NOW + 3_660}), None),
            (json!({"exp": NOW + 3_661}), Some(TokenError::Lifetime)),
            (json!({"exp": NOW + 315_360_000}), Some(TokenError::Lifetime)),
            (json!({"iat": NOW + 60}), None),
            (json!({"iat": NOW + 61}), Some(TokenError::NotYetValid)),
            (json!({"nbf": NOW + 61}), Some(TokenError::NotYetValid)),
            (json!({"iat": null, "nbf": null, "jti": null}), None),
        ] {
            assert_eq!(check("JWT", change.clone()).err(), error, "{change}");
        }
    }

    // req: at.cross
    #[test]
    fn other_kinds_of_tokens_are_no_assertions() {
        for typ in ["at+jwt", "logout+jwt", "dpop+jwt", "client-authentication+jwt", "secevent+jwt"] {
            assert_eq!(check(typ, json!({})), Err(TokenError::Type), "{typ}");
        }
        assert!(check("authorization-grant+jwt", json!({})).is_ok());
        for name in ["nonce", "at_hash", "events", "cnf", "client_id", "htu"] {
            assert!(matches!(check("JWT", json!({name: "x"})), Err(TokenError::Foreign(_))), "{name}");
        }
    }

    // req: tx
    #[test]
    fn a_signature_by_a_key_of_somebody_else_is_refused() {
        let foreign = chabi_token::SigningKey::generate(chabi_token::Algorithm::ES256).unwrap();
        let profile = GrantProfile { issuer: THEIRS, audience: ISSUER };
        let now = Timestamp::from_seconds(NOW);
        let unknown = jws::sign("JWT", &claims(json!({})), &foreign).unwrap();
        assert_eq!(verify(&unknown, &keys(), &profile, now), Err(TokenError::UnknownKey));
        let good = jws::sign("JWT", &claims(json!({})), &ES256).unwrap();
        let other = jws::sign("JWT", &claims(json!({"sub": "admin"})), &ES256).unwrap();
        let parts: Vec<&str> = good.split('.').collect();
        let mixed = format!("{}.{}.{}", parts[0], other.split('.').nth(1).unwrap(), parts[2]);
        assert_eq!(verify(&mixed, &keys(), &profile, now), Err(TokenError::Signature));
    }

    #[test]
    fn what_is_presented_once_is_told_apart_by_issuer_and_jti() {
        let hash = |change, issuer| {
            let assertion = jws::sign("JWT", &claims(change), &RS256).unwrap();
            let profile = GrantProfile { issuer, audience: ISSUER };
            let verified = verify(&assertion, &keys(), &profile, Timestamp::from_seconds(NOW)).unwrap();
            assert_eq!(verified.ends(), Timestamp::from_seconds(NOW + 360));
            verified.replay_hash()
        };
        assert_eq!(hash(json!({}), THEIRS), hash(json!({"sub": "other"}), THEIRS));
        assert_ne!(hash(json!({}), THEIRS), hash(json!({"jti": "two"}), THEIRS));
        assert_ne!(hash(json!({}), THEIRS), hash(json!({"iss": "https://b.example"}), "https://b.example"));
        assert_eq!(hash(json!({"jti": null}), THEIRS), None);
    }
}

#[test]
fn the_issuer_that_is_claimed_is_read_before_anything_is_proven() {
    let assertion = jws::sign("JWT", &claims(json!({})), &ES256).unwrap();
    assert_eq!(claimed_issuer(&assertion).as_deref(), Some(THEIRS));
    for text in ["", "a.b.c", "a", "e30.e30.", &format!("{}.{}", "a".repeat(9_000), "e30")] {
        assert_eq!(claimed_issuer(text), None);
    }
}
