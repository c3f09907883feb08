//! The main job, end to end: password → code + PKCE → tokens → API → refresh → logout.

use chabi::Seconds;

use crate::server::{ADA, AFTER_LOGOUT, ISSUER, TestServer};

// req: md.issuer
#[tokio::test]
async fn the_issuer_is_the_same_in_metadata_answer_and_tokens() {
    let server = TestServer::start().await;
    let mut browser = server.browser();
    for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
        assert_eq!(browser.get(path).await.json()["issuer"], ISSUER);
    }
    let back = server.sign_in(&mut browser, &[]).await;
    assert_eq!(back.location_parameter("iss").as_deref(), Some(ISSUER));
    let tokens = server.exchange(&back.location_parameter("code").unwrap()).await.json();
    for name in ["access_token", "id_token"] {
        assert_eq!(claims(&tokens, name)["iss"], ISSUER, "{name}");
    }
}

#[tokio::test]
async fn a_person_signs_in_and_an_api_knows_them() {
    let server = TestServer::start().await;
    let mut browser = server.browser();
    let back = server.sign_in(&mut browser, &[("scope", "openid email notes:read"), ("nonce", "n-1")]).await;
    assert_eq!(back.location_parameter("state").as_deref(), Some("the-state"));
    let tokens = server.exchange(&back.location_parameter("code").unwrap()).await.json();
    assert_eq!(claims(&tokens, "id_token")["nonce"], "n-1");
    let token = tokens["access_token"].as_str().unwrap();
    let subject = claims(&tokens, "access_token")["sub"].as_str().unwrap().to_owned();
    let notes = server.get_with_token("/notes", token).await;
    assert_eq!((notes.status.as_u16(), notes.body), (200, subject));
    let userinfo = server.get_with_token("/oauth2/userinfo", token).await.json();
    assert_eq!((&userinfo["email"], &userinfo["email_verified"]), (&ADA.into(), &true.into()));
}

#[tokio::test]
async fn an_access_token_is_over_after_five_minutes_and_a_refresh_brings_another() {
    let server = TestServer::start().await;
    let tokens = server.tokens("openid notes:read").await;
    server.clock.advance(Seconds(300 + 31));
    let answer = server.get_with_token("/notes", tokens["access_token"].as_str().unwrap()).await;
    assert_eq!(answer.status, 401);
    let refreshed = server.token(&[("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"].as_str().unwrap())]).await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.body);
    let answer = server.get_with_token("/notes", refreshed.json()["access_token"].as_str().unwrap()).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn after_logout_the_refresh_token_is_dead() {
    let server = TestServer::start().await;
    let mut browser = server.browser();
    let back = server.sign_in(&mut browser, &[]).await;
    let tokens = server.exchange(&back.location_parameter("code").unwrap()).await.json();
    let hint = tokens["id_token"].as_str().unwrap();
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("id_token_hint", hint), ("post_logout_redirect_uri", AFTER_LOGOUT)])
        .finish();
    let page = browser.visit(&format!("/oauth2/logout?{query}")).await;
    let page = if page.body.contains("logout-confirm") {
        let page = page.form_with("logout-confirm").unwrap();
        let page = browser.submit(&page, &[]).await;
        browser.follow(page).await
    } else {
        page
    };
    assert!(page.location().unwrap().starts_with(AFTER_LOGOUT), "{page:?}");
    let refreshed = server.token(&[("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"].as_str().unwrap())]).await;
    assert_eq!((refreshed.status.as_u16(), &refreshed.json()["error"]), (400, &"invalid_grant".into()));
}

fn claims(tokens: &serde_json::Value, name: &str) -> serde_json::Value {
    let token = tokens[name].as_str().unwrap_or_else(|| panic!("no {name}: {tokens}"));
    let payload = chabi_token::base64url::decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}
