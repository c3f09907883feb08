//! OpenID Connect RP-Initiated Logout.

use chabi_store::authorization_transaction::Decision;

use crate::rig::{Rig, transaction};

const BYE: &str = "post_logout_redirect_uri=https://app.example/bye";

// req: lo.redir
#[tokio::test]
async fn the_id_token_of_this_session_signs_out_and_goes_back_with_state() {
    let mut rig = Rig::new(1).await;
    let tokens = rig.tokens("").await;
    // an ID token that has expired is as good a hint
    rig.clock.advance(chabi_token::Seconds::hours(2));
    let url = format!("/oauth2/logout?id_token_hint={}&{BYE}&state=a%20b%26", tokens.text("id_token"));
    let page = rig.browser.get(&url).await;
    assert_eq!(page.location().as_deref(), Some("https://app.example/bye?state=a%20b%26"));
    assert_eq!(rig.refresh("spa", &tokens.text("refresh_token"), &[]).await.error(), (400, "invalid_grant".into()));
    let page = rig.authorize("prompt=none").await;
    assert_eq!(crate::rig::parameter(&page, "error").as_deref(), Some("login_required"));
}

// req: lo.csrf
#[tokio::test]
async fn without_a_hint_or_with_another_sessions_the_person_is_asked() {
    let mut rig = Rig::new(2).await;
    let tokens = rig.tokens("").await;
    let (account, _) = rig.sign_in().await;
    let stale = format!("id_token_hint={}&{BYE}", tokens.text("id_token"));
    for query in ["", "state=x", "client_id=spa", "ui_locales=bn&logout_hint=ada", &stale] {
        let page = rig.browser.get(&format!("/oauth2/logout?{query}")).await;
        assert!(page.location().unwrap().starts_with("/accounts/logout/"), "{query}");
        let page = rig.authorize("prompt=none").await;
        assert!(crate::rig::parameter(&page, "code").is_some(), "{query}: still signed in");
    }
    let page = rig.browser.get(&format!("/oauth2/logout?client_id=spa&{BYE}")).await;
    let resume = format!("/oauth2/logout/resume/{}", transaction(&page));
    let waiting = rig.browser.get(&resume).await;
    assert!(waiting.location().unwrap().starts_with("/accounts/logout/"), "nobody said yes");
    rig.decide(&page, Decision::Allowed, account).await;
    assert_eq!(rig.browser.get(&resume).await.location().as_deref(), Some("https://app.example/bye"));
    let page = rig.authorize("prompt=none").await;
    assert_eq!(crate::rig::parameter(&page, "error").as_deref(), Some("login_required"));
}

// req: lo.redir
#[tokio::test]
async fn an_unregistered_return_is_a_page_and_nobody_is_signed_out() {
    let mut rig = Rig::new(3).await;
    let tokens = rig.tokens("").await;
    let hint = format!("id_token_hint={}", tokens.text("id_token"));
    for query in [
        format!("{hint}&post_logout_redirect_uri=https://evil.example/"),
        format!("{hint}&{BYE}?foo=bar"),
        BYE.to_owned(),
        format!("client_id=nobody&{BYE}"),
        // a hint that is none: also beside an application that may send the browser there
        format!("client_id=spa&id_token_hint=junk&{BYE}"),
        format!("client_id=spa&id_token_hint={}&{BYE}", tokens.text("access_token")),
        format!("client_id=other&{hint}&{BYE}"),
    ] {
        let page = rig.browser.get(&format!("/oauth2/logout?{query}")).await;
        assert_eq!((page.status.as_u16(), page.location()), (400, None), "{query}");
    }
    assert_eq!(rig.userinfo(&tokens.text("access_token")).await.status, 200);
}

#[tokio::test]
async fn who_is_not_signed_in_is_told_so_and_a_post_comes_again_by_get() {
    let mut rig = Rig::new(4).await;
    assert_eq!(rig.browser.get("/oauth2/logout").await.location().as_deref(), Some("/accounts/signed-out/"));
    let page = rig.browser.post("/oauth2/logout", &[("state", "x")]).await;
    assert_eq!((page.status.as_u16(), page.location().as_deref()), (303, Some("/oauth2/logout?state=x")));
}
