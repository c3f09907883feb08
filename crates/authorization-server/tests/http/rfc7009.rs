//! Token Revocation.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::rig::{Rig, SECRET};

// req: rv.cascade
#[tokio::test]
async fn a_revoked_refresh_token_takes_its_access_tokens_along() {
    let mut rig = Rig::new(1).await;
    let tokens = rig.tokens("").await;
    let (access, refresh) = (tokens.text("access_token"), tokens.text("refresh_token"));
    assert_eq!(rig.userinfo(&access).await.status, 200);
    assert_eq!(rig.post("/oauth2/revoke", &[("client_id", "spa"), ("token", &refresh)], None).await.status, 200);
    assert_eq!(rig.userinfo(&access).await.status, 401);
    assert_eq!(rig.refresh("spa", &refresh, &[]).await.error(), (400, "invalid_grant".into()));
}

// req: rv.auth
#[tokio::test]
async fn another_application_revokes_nothing_and_an_unknown_token_is_fine() {
    let mut rig = Rig::new(2).await;
    let tokens = rig.tokens("").await;
    for token in [tokens.text("access_token"), tokens.text("refresh_token")] {
        let answer = rig.post("/oauth2/revoke", &[("client_id", "other"), ("token", &token)], None).await;
        assert_eq!(answer.error(), (400, "invalid_grant".into()));
    }
    assert_eq!(rig.userinfo(&tokens.text("access_token")).await.status, 200);
    for (token, client, status) in [("unknown", "spa", 200), ("unknown", "web", 401), ("unknown", "nobody", 401)] {
        assert_eq!(rig.post("/oauth2/revoke", &[("client_id", client), ("token", token)], None).await.status, status, "{client}");
    }
    assert_eq!(rig.post("/oauth2/revoke", &[("client_id", "spa")], None).await.error(), (400, "invalid_request".into()));
}

#[tokio::test]
async fn an_access_token_of_an_application_itself_is_denied_alone() {
    let rig = Rig::new(3).await;
    let basic = format!("Basic {}", STANDARD.encode(format!("web:{SECRET}")));
    let own = |_| rig.post("/oauth2/token", &[("grant_type", "client_credentials")], Some(&basic));
    let (first, second) = (own(1).await.text("access_token"), own(2).await.text("access_token"));
    assert_eq!(rig.post("/oauth2/revoke", &[("token", &first)], Some(&basic)).await.status, 200);
    for (token, active) in [(&first, false), (&second, true)] {
        assert_eq!(rig.post("/oauth2/introspect", &[("token", token)], Some(&basic)).await.body["active"], active);
    }
}
