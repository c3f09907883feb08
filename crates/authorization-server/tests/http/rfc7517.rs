//! JSON Web Keys: what is published, and rotation.

use axum::body::Body;
use chabi_authorization_server::keys;
use chabi_token::{Algorithm, Seconds};
use http::Request;

use crate::rig::{Rig, claims};

async fn kids(rig: &Rig, alg: &str) -> Vec<String> {
    let answer = rig.ask(Request::get("/oauth2/jwks").body(Body::empty()).unwrap()).await;
    let keys = answer.body["keys"].as_array().unwrap().clone();
    keys.iter().filter(|key| key["alg"] == alg).map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn kid_of(token: &str) -> String {
    let header = chabi_token::base64url::decode(token.split('.').next().unwrap()).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

// req: md.jwks
#[tokio::test]
async fn the_jwks_has_public_keys_of_every_algorithm_and_nothing_private() {
    let rig = Rig::new(1).await;
    for path in ["/oauth2/jwks", "/.well-known/jwks.json"] {
        let answer = rig.ask(Request::get(path).body(Body::empty()).unwrap()).await;
        assert!(answer.headers["cache-control"].to_str().unwrap().contains("max-age="));
        let keys = answer.body["keys"].as_array().unwrap();
        assert_eq!(keys.len(), 4);
        for key in keys {
            assert!(key["kid"].is_string() && key["alg"].is_string());
            assert_eq!(key["use"], "sig");
            for private in ["d", "p", "q", "dp", "dq", "qi", "k", "oth"] {
                assert!(key[private].is_null(), "{private}");
            }
        }
    }
}

// req: ky.rot
#[tokio::test]
async fn a_new_key_is_published_before_it_signs_and_the_old_one_until_its_last_token_expired() {
    let mut rig = Rig::new(2).await;
    let old = kids(&rig, "ES256").await;
    let new = keys::rotate(&rig.store, &rig.sealer, Algorithm::ES256, &rig.env).await.unwrap();
    rig.keys.refresh().await.unwrap();
    let both = kids(&rig, "ES256").await;
    assert!(both.contains(&old[0]) && both.contains(&new));
    let tokens = rig.tokens("").await;
    assert_eq!(kid_of(&tokens.text("access_token")), old[0], "published, and not yet signing");

    rig.clock.advance(Seconds::minutes(7));
    rig.keys.refresh().await.unwrap();
    let tokens = rig.tokens("").await;
    assert_eq!(kid_of(&tokens.text("access_token")), new);
    assert_eq!(rig.userinfo(&tokens.text("access_token")).await.status, 200);
    assert_eq!(kids(&rig, "ES256").await.len(), 2, "the old one may still be needed");

    rig.clock.advance(Seconds::hours(2));
    rig.keys.refresh().await.unwrap();
    assert_eq!(kids(&rig, "ES256").await, [new]);
}

// OpenID Connect Core §10.1.1: others may keep an older document for five minutes, and clocks differ
// req: ky.rot
#[tokio::test]
async fn a_new_key_signs_when_nobody_keeps_a_document_without_it() {
    let rig = Rig::new(6).await;
    let new = keys::rotate(&rig.store, &rig.sealer, Algorithm::ES256, &rig.env).await.unwrap();
    let mut signs = Vec::new();
    for seconds in [359, 1] {
        rig.clock.advance(Seconds(seconds));
        rig.keys.refresh().await.unwrap();
        signs.push(rig.keys.ring().unwrap().signing_key(Algorithm::ES256, rig.env.now()).unwrap().kid() == new);
    }
    assert_eq!(signs, [false, true]);
}

// a clock that ran ahead may have taken a key away whose tokens live
// req: ky.rot
#[tokio::test]
async fn keys_are_read_again_when_the_clock_was_set_back() {
    let rig = Rig::new(7).await;
    let old = kids(&rig, "ES256").await;
    keys::rotate(&rig.store, &rig.sealer, Algorithm::ES256, &rig.env).await.unwrap();
    let now = rig.env.now();
    rig.clock.advance(Seconds::hours(3));
    rig.keys.refresh().await.unwrap();
    assert!(!kids(&rig, "ES256").await.contains(&old[0]));
    rig.clock.set(now);
    rig.keys.refresh().await.unwrap();
    assert!(kids(&rig, "ES256").await.contains(&old[0]));
}

// req: ky.rot
#[tokio::test]
async fn a_key_that_others_may_have_is_gone_at_once_with_every_token_that_it_signed() {
    let mut rig = Rig::new(5).await;
    let tokens = rig.tokens("").await;
    // also when a gentle rotation had begun
    keys::rotate(&rig.store, &rig.sealer, Algorithm::ES256, &rig.env).await.unwrap();
    rig.clock.advance(Seconds(1));
    let new = keys::replace_compromised(&rig.store, &rig.sealer, Algorithm::ES256, &rig.env).await.unwrap();
    rig.keys.refresh().await.unwrap();
    assert_eq!(kids(&rig, "ES256").await, std::slice::from_ref(&new));
    assert_eq!(rig.userinfo(&tokens.text("access_token")).await.error(), (401, "invalid_token".into()));
    let next = rig.refresh("spa", &tokens.text("refresh_token"), &[]).await;
    assert_eq!(kid_of(&next.text("access_token")), new);
    assert_eq!(rig.userinfo(&next.text("access_token")).await.status, 200);
}

// req: st.enc
#[tokio::test]
async fn private_keys_are_sealed_in_the_store() {
    let rig = Rig::new(3).await;
    for record in rig.store.list_signing_keys(rig.env.now()).await.unwrap() {
        let opened = rig.sealer.open("signing_key", &record.kid, &record.sealed_private_key).unwrap();
        assert!(!record.sealed_private_key.windows(16).any(|window| opened.windows(16).any(|plain| plain == window)));
        assert!(rig.sealer.open("signing_key", "another kid", &record.sealed_private_key).is_err());
    }
}

// req: at.typ
#[tokio::test]
async fn access_tokens_are_es256_at_jwt_and_id_tokens_rs256() {
    let mut rig = Rig::new(4).await;
    let tokens = rig.tokens("").await;
    assert_eq!(kids(&rig, "ES256").await, [kid_of(&tokens.text("access_token"))]);
    assert_eq!(kids(&rig, "RS256").await, [kid_of(&tokens.text("id_token"))]);
    let header = chabi_token::base64url::decode(tokens.text("access_token").split('.').next().unwrap()).unwrap();
    assert!(String::from_utf8(header).unwrap().contains(r#""typ":"at+jwt""#));
    assert_eq!(claims(&tokens.text("id_token"))["aud"], "spa");
}
