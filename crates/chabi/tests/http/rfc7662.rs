//! RFC 7662 §2.2 on the whole stack: what was taken back is inactive at once.

use chabi_testkit::Page;

use crate::server::{SECRET, TestServer, VERIFIER};

const CALLBACK: &str = "https://server.example/callback";

async fn as_confidential(server: &TestServer, path: &str, fields: &[(&str, &str)]) -> Page {
    let proof = [("client_id", "confidential"), ("client_secret", SECRET)];
    server.browser().post(path, &fields.iter().copied().chain(proof).collect::<Vec<_>>()).await
}

// req: in.kind
// req: rv.cascade
#[tokio::test]
async fn after_a_refresh_token_was_revoked_neither_it_nor_its_access_token_is_active() {
    let server = TestServer::start().await;
    let back = server.sign_in(&mut server.browser(), &[("client_id", "confidential"), ("redirect_uri", CALLBACK)]).await;
    let code = back.location_parameter("code").unwrap();
    let fields = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)];
    let tokens = as_confidential(&server, "/oauth2/token", &fields).await.json();
    let named = ["refresh_token", "access_token"].map(|name| tokens[name].as_str().unwrap());
    for token in named {
        let told = as_confidential(&server, "/oauth2/introspect", &[("token", token)]).await.json();
        assert_eq!(told["active"], true, "{told}");
    }
    assert_eq!(as_confidential(&server, "/oauth2/revoke", &[("token", named[0])]).await.status, 200);
    for token in named {
        let told = as_confidential(&server, "/oauth2/introspect", &[("token", token)]).await.json();
        assert_eq!(told, serde_json::json!({ "active": false }));
    }
}
