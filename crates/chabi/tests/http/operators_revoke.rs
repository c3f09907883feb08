//! What an operator takes back: refused from that moment.

use chabi::operations::revoke::{Revoke, revoke};

use crate::server::{ADA, TestServer};

/// The claims of a JWT.
fn claims(token: &str) -> serde_json::Value {
    use base64::Engine as _;
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

async fn after(what: impl Fn(&str) -> Revoke) -> (i64, u16, u16) {
    let server = TestServer::start().await;
    let tokens = server.tokens("openid notes:read offline_access").await;
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(server.get_with_token("/oauth2/userinfo", access).await.status, 200);
    let rows = revoke(&server.chabi, what(access)).await.unwrap();
    let userinfo = server.get_with_token("/oauth2/userinfo", access).await.status.as_u16();
    let refresh = server.token(&[("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"].as_str().unwrap())]).await;
    let events = server.chabi.store().list_audit_events(50).await.unwrap();
    assert!(events.iter().any(|event| event.kind == "revoked.by_operator"), "{events:?}");
    (rows, userinfo, refresh.status.as_u16())
}

fn family(access: &str) -> String {
    claims(access)["jti"].as_str().unwrap().split('.').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_grant_ends_with_all_its_tokens() {
    assert_eq!(after(|access| Revoke::Family(family(access))).await, (1, 401, 400));
}

#[tokio::test]
async fn all_that_an_account_granted_and_its_sessions_end() {
    let (rows, userinfo, refresh) = after(|_| Revoke::Account(ADA.into())).await;
    assert!(rows >= 2 && userinfo == 401 && refresh == 400, "{rows} {userinfo} {refresh}");
}

#[tokio::test]
async fn all_that_an_application_was_granted_ends() {
    let (rows, userinfo, refresh) = after(|_| Revoke::Application("app".into())).await;
    assert!(rows >= 1 && userinfo == 401 && refresh == 400, "{rows} {userinfo} {refresh}");
}

#[tokio::test]
async fn one_token_is_denied_and_its_grant_goes_on() {
    assert_eq!(after(|access| Revoke::Token(access.to_owned())).await, (1, 401, 200));
    assert_eq!(after(|access| Revoke::Token(claims(access)["jti"].as_str().unwrap().to_owned())).await, (1, 401, 200));
}

#[tokio::test]
async fn what_is_not_there_is_told() {
    let server = TestServer::start().await;
    for what in [
        Revoke::Account("nobody@example.test".into()),
        Revoke::Application("nobody".into()),
        Revoke::Family("x".into()),
        Revoke::Token("x".into()),
        Revoke::Token("eyJhbGciOiJub25lIn0.e30.AAAA".into()),
    ] {
        assert!(revoke(&server.chabi, what).await.is_err());
    }
}
