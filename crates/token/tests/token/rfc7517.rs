//! JSON Web Key: what is read, what is ignored, and what makes a whole set worthless; thumbprints of RFC 7638.

use chabi_token::{Algorithm, Jwk, JwkSet, SigningKey, jwk::JwkError};
use serde_json::{Value, json};

use crate::fixtures::{EDDSA, ES256, RS256, keys};

fn parse(keys: Value) -> Result<JwkSet, JwkError> {
    JwkSet::parse(json!({ "keys": keys }).to_string().as_bytes())
}

fn es256() -> Value {
    serde_json::from_str(&ES256.public_jwk().to_json()).unwrap()
}

fn with(name: &str, value: Value) -> Value {
    let mut key = es256();
    key[name] = value;
    key
}

// req: md.jwks
#[test]
fn a_published_key_has_kid_alg_use_and_no_private_member() {
    let set: Value = serde_json::from_str(&keys().to_json()).unwrap();
    for key in set["keys"].as_array().unwrap() {
        let key = key.as_object().unwrap();
        assert_eq!(key["use"], "sig");
        assert!(key.contains_key("kid") && key.contains_key("alg") && key.contains_key("kty"));
        assert!(["d", "p", "q", "dp", "dq", "qi", "oth", "k"].iter().all(|name| !key.contains_key(*name)));
    }
    assert_eq!(set["keys"][1], es256());
}

#[test]
fn a_published_set_reads_back() {
    let read = JwkSet::parse(keys().to_json().as_bytes()).unwrap();
    for key in [&*ES256, &*RS256, &*EDDSA] {
        let found = read.find(key.kid()).unwrap();
        assert_eq!(found.algorithms().collect::<Vec<_>>(), [key.algorithm()]);
        assert!(found.verify(key.algorithm(), b"text", &key.sign(b"text").unwrap()));
    }
}

// RFC 7517 §9.2, RFC 7518 §6.2.2
// req: md.jwks
#[test]
fn a_private_or_symmetric_key_makes_the_set_worthless() {
    for key in [with("d", json!("AAAA")), with("d", Value::Null), with("k", json!("c2VjcmV0")), json!({"kty": "oct", "k": "c2VjcmV0"})] {
        assert_eq!(parse(json!([es256(), key.clone()])).unwrap_err(), JwkError::Private, "{key}");
    }
}

// RFC 7518 §3.3 and §6.2.1.2
// req: ky.size
#[test]
fn weak_and_invalid_keys_are_refused() {
    let short = "A".repeat(171);
    let other_x: Value = serde_json::from_str(&SigningKey::generate(Algorithm::ES256).unwrap().public_jwk().to_json()).unwrap();
    for (key, error) in [
        (json!({"kty": "RSA", "n": format!("q{short}"), "e": "AQAB"}), JwkError::Weak),
        (with("x", other_x["x"].clone()), JwkError::Weak),
        (with("x", json!("AAAA")), JwkError::Malformed),
        (with("x", json!(7)), JwkError::Malformed),
        (with("alg", json!("RS256")), JwkError::Malformed),
        (with("kid", json!(1)), JwkError::Malformed),
        (json!({"kid": "x"}), JwkError::Malformed),
        (json!("key"), JwkError::Malformed),
    ] {
        assert_eq!(parse(json!([key.clone()])).unwrap_err(), error, "{key}");
    }
}

// RFC 7517 §4.2 and §4.3 and §5
#[test]
fn keys_for_something_else_are_left_out() {
    let ignored = [
        with("use", json!("enc")),
        with("key_ops", json!(["encrypt"])),
        with("crv", json!("P-384")),
        with("kty", json!("NEW")),
        with("alg", json!("ES512")),
        json!({"kty": "RSA", "alg": "RS512", "n": "x", "e": "AQAB"}),
    ];
    for key in ignored {
        assert!(parse(json!([key.clone()])).unwrap().keys().is_empty(), "{key}");
    }
    assert_eq!(parse(json!([with("key_ops", json!(["verify"]))])).unwrap().keys().len(), 1);
}

#[test]
fn sets_that_can_be_read_in_two_ways_are_refused() {
    assert_eq!(parse(json!([es256(), es256()])).unwrap_err(), JwkError::DuplicateKeyId);
    for text in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#, r#"{"keys":[{"kty":"EC","kty":"RSA"}]}"#, r#"{"keys":[]}x"#]
    {
        assert_eq!(JwkSet::parse(text.as_bytes()).unwrap_err(), JwkError::Malformed, "{text}");
    }
}

#[test]
fn an_rsa_key_without_alg_serves_both_paddings_and_one_with_alg_only_its_own() {
    let mut key: Value = serde_json::from_str(&RS256.public_jwk().to_json()).unwrap();
    assert_eq!(parse(json!([key])).unwrap().keys()[0].algorithms().collect::<Vec<_>>(), [Algorithm::RS256]);
    key.as_object_mut().unwrap().remove("alg");
    let both = parse(json!([key])).unwrap();
    assert_eq!(both.keys()[0].algorithms().collect::<Vec<_>>(), [Algorithm::RS256, Algorithm::PS256]);
}

// RFC 7638 §3, RFC 8037 §2
#[test]
fn the_thumbprints_of_rfc_7638_and_rfc_8037_come_out() {
    let rsa = r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#;
    assert_eq!(Jwk::parse(rsa.as_bytes()).unwrap().unwrap().thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    let ed25519 = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    assert_eq!(Jwk::parse(ed25519.as_bytes()).unwrap().unwrap().thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    assert_eq!(ES256.public_jwk().thumbprint(), ES256.kid());
}

// RFC 7518 §3.3
// req: ky.size
#[test]
fn signing_keys_survive_their_pkcs8_and_only_as_what_they_are() {
    let ps256 = SigningKey::generate(Algorithm::PS256).unwrap();
    for key in [&*ES256, &*RS256, &*EDDSA, &ps256] {
        let pkcs8 = key.to_pkcs8().unwrap();
        let read = SigningKey::from_pkcs8(key.algorithm(), key.kid(), &pkcs8).unwrap();
        assert_eq!(read.public_jwk().to_json(), key.public_jwk().to_json());
        assert!(key.public_jwk().verify(key.algorithm(), b"text", &read.sign(b"text").unwrap()));
        // one kind of key serves both algorithms of RSA: which one it is for stands beside it, and in its JWK
        let is_rsa = |algorithm| matches!(algorithm, Algorithm::RS256 | Algorithm::PS256);
        assert_eq!(key.public_jwk().algorithms().collect::<Vec<_>>(), [key.algorithm()]);
        for other in Algorithm::ALL.into_iter().filter(|other| *other != key.algorithm() && !(is_rsa(*other) && is_rsa(key.algorithm()))) {
            assert!(SigningKey::from_pkcs8(other, key.kid(), &pkcs8).is_err(), "{} as {other}", key.algorithm());
        }
        assert!(!format!("{key:?}").contains(&chabi_token::base64url::encode(pkcs8.as_slice())));
    }
}
