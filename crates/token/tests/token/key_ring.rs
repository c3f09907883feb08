//! The key ring: which key signs, and which are published.

use std::sync::Arc;

use chabi_token::{Algorithm, KeyRing, SigningKey, Timestamp, access_token, key_ring::RingKey};
use serde_json::Value;

use crate::fixtures::{ISSUER, NOW, claims};

fn key(algorithm: Algorithm, signs_from: i64, retired_at: Option<i64>) -> RingKey {
    let key = Arc::new(SigningKey::generate(algorithm).unwrap());
    RingKey { key, signs_from: Timestamp::from_seconds(signs_from), retired_at: retired_at.map(Timestamp::from_seconds) }
}

fn now(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(NOW + seconds)
}

// req: ky.rot
#[test]
fn a_new_key_is_published_before_it_signs_and_the_old_one_until_it_retires() {
    let (old, new) = (key(Algorithm::ES256, NOW, Some(NOW + 900)), key(Algorithm::ES256, NOW + 300, None));
    let at = |seconds| KeyRing::new(vec![new.clone(), old.clone()], now(seconds));
    let kids = |ring: &KeyRing| ring.verification_keys().keys().iter().map(|key| key.kid().unwrap().to_owned()).collect::<Vec<_>>();
    let signs = |ring: &KeyRing, seconds| ring.signing_key(Algorithm::ES256, now(seconds)).unwrap().kid().to_owned();
    assert_eq!(kids(&at(0)), [old.key.kid(), new.key.kid()]);
    // one snapshot goes over to the new key by itself
    assert_eq!(signs(&at(0), 0), old.key.kid());
    assert_eq!(signs(&at(0), 299), old.key.kid());
    assert_eq!(signs(&at(0), 300), new.key.kid());
    assert_eq!(kids(&at(899)).len(), 2);
    assert_eq!(kids(&at(900)), [new.key.kid()]);
}

#[test]
fn the_first_key_signs_at_once_although_its_time_has_not_come() {
    let first = key(Algorithm::ES256, NOW + 300, None);
    let ring = KeyRing::new(vec![first.clone()], now(0));
    assert_eq!(ring.signing_key(Algorithm::ES256, now(0)).unwrap().kid(), first.key.kid());
    assert!(ring.signing_key(Algorithm::RS256, now(0)).is_none());
}

// req: md.jwks
#[test]
fn the_document_has_rsa_first_and_public_members_alone() {
    let ring = KeyRing::new(
        vec![key(Algorithm::ES256, NOW, None), key(Algorithm::RS256, NOW, None), key(Algorithm::ES256, NOW + 1, None)],
        now(0),
    );
    let document: Value = serde_json::from_slice(&ring.published_jwks()).unwrap();
    let algorithms: Vec<_> = document["keys"].as_array().unwrap().iter().map(|key| key["alg"].as_str().unwrap()).collect();
    assert_eq!(algorithms, ["RS256", "ES256", "ES256"]);
    assert_eq!(ring.algorithms(), [Algorithm::RS256, Algorithm::ES256]);
    assert!(!document.to_string().contains("\"d\""));
}

// req: ky.rot
#[test]
fn tokens_of_the_old_key_verify_while_it_is_published() {
    let old = key(Algorithm::ES256, NOW, Some(NOW + 900));
    let token = access_token::issue(&claims(), &old.key, "at+jwt").unwrap();
    let profile = chabi_token::AccessTokenProfile::of_issuer(ISSUER);
    let verify = |seconds| {
        let ring = KeyRing::new(vec![old.clone(), key(Algorithm::ES256, NOW + 1, None)], now(seconds));
        chabi_token::verify_access_token(&token, ring.verification_keys(), &profile, now(0)).map(|_| ())
    };
    assert_eq!(verify(899), Ok(()));
    assert_eq!(verify(900), Err(chabi_token::TokenError::UnknownKey));
}
