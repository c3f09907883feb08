//! Providers without OpenID Connect (RFC 6749 and their own pages): Facebook.

use chabi_client::UpstreamRefusal;
use serde_json::json;

use crate::fixture::{ACCESS_TOKEN, Answer, CLIENT_SECRET, Fixture, REDIRECT_URI, appsecret_proof};

// req: up.oauth2
#[tokio::test]
async fn facebook_proves_itself_and_the_person_is_their_id_in_our_app() {
    let fixture = Fixture::start().await;
    fixture.script(|script| script.profile["email"] = json!("rahima@example.com"));
    let identity = fixture.sign_in(&fixture.facebook()).await.unwrap();
    assert_eq!((identity.provider(), identity.issuer(), identity.subject()), ("facebook", &*fixture.inner.base, "10001"));
    let email = identity.email().unwrap();
    assert_eq!((&*email.address, email.verified, email.authoritative), ("rahima@example.com", false, false));
    let about = identity.about();
    assert_eq!((about.given_name.as_deref(), about.family_name.as_deref()), (Some("Rahima"), Some("Begum")));
    fixture.script(|script| {
        let expected = format!("fields=id,name,email,first_name,last_name,picture&appsecret_proof={}", appsecret_proof());
        assert_eq!(script.last_profile_query, expected);
        assert_eq!(script.last_profile_authorization, format!("Bearer {ACCESS_TOKEN}"));
    });
}

// req: up.oauth2
#[tokio::test]
async fn facebook_may_tell_no_address_and_its_flag_would_not_count() {
    let fixture = Fixture::start().await;
    assert_eq!(fixture.sign_in(&fixture.facebook()).await.unwrap().email(), None);
    fixture.script(|script| {
        script.profile["email"] = json!("rahima@example.com");
        script.profile["email_verified"] = json!(true);
        script.profile["verified"] = json!(true);
    });
    assert!(!fixture.sign_in(&fixture.facebook()).await.unwrap().email().unwrap().verified);
}

// req: up.key
#[tokio::test]
async fn a_profile_without_a_stable_id_is_nobody() {
    for id in [json!(null), json!(""), json!({ "x": 1 }), json!(["10001"]), json!("আমি")] {
        let fixture = Fixture::start().await;
        fixture.script(|script| script.profile["id"] = id.clone());
        let outcome = fixture.sign_in(&fixture.facebook()).await;
        assert!(matches!(outcome, Err(UpstreamRefusal::Wrong { rule: "subject", .. })), "{id}: {outcome:?}");
    }
}

// req: up.oauth2
#[tokio::test]
async fn a_number_as_id_is_kept_digit_by_digit() {
    let fixture = Fixture::start().await;
    fixture.script(|script| script.profile["id"] = json!(9_007_199_254_740_993_u64));
    assert_eq!(fixture.sign_in(&fixture.facebook()).await.unwrap().subject(), "9007199254740993");
}

#[tokio::test]
async fn facebook_separates_scopes_by_commas_and_gets_no_nonce() {
    let fixture = Fixture::start().await;
    let url = fixture.upstream.begin(&fixture.facebook(), REDIRECT_URI, "s", &fixture.env).await.unwrap().url;
    assert!(url.path().ends_with("/v24.0/dialog/oauth"), "{url}");
    assert!(url.query_pairs().any(|pair| pair == ("scope".into(), "email,public_profile".into())));
    assert!(url.query_pairs().all(|(name, _)| name != "nonce"));
}

// req: up.err
#[tokio::test]
async fn an_error_of_the_graph_is_a_refusal_and_shows_no_secret() {
    let fixture = Fixture::start().await;
    let error = json!({ "error": { "message": CLIENT_SECRET, "type": "OAuthException", "code": 100 } });
    fixture.script(|script| script.token_answer = Some(Answer::Json(400, error)));
    let refusal = fixture.sign_in(&fixture.facebook()).await.unwrap_err();
    assert_eq!(refusal.page_key(), "upstream-refused");
    let words = format!("{refusal} {refusal:?}");
    assert!(words.contains("OAuthException") && !words.contains(CLIENT_SECRET), "{words}");
}

#[tokio::test]
async fn an_error_with_status_200_is_an_error() {
    let fixture = Fixture::start().await;
    fixture.script(|script| script.token_answer = Some(Answer::Json(200, json!({ "error": "bad_verification_code" }))));
    assert_eq!(fixture.sign_in(&fixture.facebook()).await.unwrap_err().page_key(), "upstream-refused");
}
