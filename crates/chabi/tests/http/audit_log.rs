//! What the audit log tells afterwards.

use chabi::operations::{accounts, keys};

use crate::{
    server::{ADA, PASSWORD, SECRET, TestServer, secret},
    whole_flow,
};

// req: lg.audit
#[tokio::test]
async fn the_audit_log_tells_who_signed_in_what_was_allowed_and_what_was_tried() {
    let server = TestServer::start().await;
    let secrets = whole_flow::run(&server).await;
    server.exchange(&secrets["code"]).await;
    let tokens = server.tokens("openid offline_access").await;
    let spent = tokens["refresh_token"].as_str().unwrap();
    let mut current = spent.to_owned();
    for _ in 0..2 {
        let next = server.token(&[("grant_type", "refresh_token"), ("refresh_token", &current)]).await.json();
        current = next["refresh_token"].as_str().unwrap().to_owned();
    }
    assert_eq!(server.token(&[("grant_type", "refresh_token"), ("refresh_token", spent)]).await.status, 400);
    for _ in 0..21 {
        server.token(&[("grant_type", "client_credentials"), ("client_id", "machine"), ("client_secret", "wrong")]).await;
    }
    deny(&server).await;
    keys::rotate(server.chabi.store(), &secret(), server.chabi.env()).await.unwrap();
    accounts::disable(server.chabi.resource_owner(), ADA).await.unwrap();

    let events = server.chabi.store().list_audit_events(1_000).await.unwrap();
    for (kind, about_a_person, about_an_application) in [
        ("account.created", true, false),
        ("email.verified", true, false),
        ("login.succeeded", true, false),
        ("login.failed", true, false),
        ("consent.given", true, true),
        ("consent.denied", true, true),
        ("code.replayed", true, true),
        ("refresh.reused", true, true),
        ("family.revoked", true, true),
        ("client_secret.throttled", false, true),
        ("key.rotated", false, false),
        ("logout", true, false),
        ("account.disabled", true, false),
    ] {
        let found = events.iter().find(|event| event.kind == kind);
        let event = found.unwrap_or_else(|| panic!("no {kind}: {:?}", events.iter().map(|event| &event.kind).collect::<Vec<_>>()));
        assert_eq!((event.account.is_some(), event.client_id.is_some()), (about_a_person, about_an_application), "{event:?}");
    }
    let all = format!("{events:?}");
    for (name, secret) in secrets.iter().chain([(&"password", &PASSWORD.to_owned()), (&"secret", &SECRET.to_owned())]) {
        assert!(!all.contains(secret.as_str()), "the {name} is in the audit log");
    }
}

async fn deny(server: &TestServer) {
    let mut browser = server.browser();
    let page = browser.visit(&crate::server::authorize_url(&[("prompt", "consent")])).await;
    let page = browser.submit(&page, &[("username", ADA), ("password", PASSWORD)]).await;
    let page = browser.follow(page).await;
    let page = browser.submit(&page, &[("decision", "deny")]).await;
    let page = browser.follow(page).await;
    assert_eq!(page.location_parameter("error").as_deref(), Some("access_denied"), "{page:?}");
}
