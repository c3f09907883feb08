//! Metadata of userinfo, as of any API.

use serde_json::json;

use crate::server::{ISSUER, TestServer};

// RFC 9728 §3.1, §3.2, §5.1
// req: rs.prm
#[tokio::test]
async fn userinfo_says_in_its_challenge_where_one_learns_who_gives_tokens_for_it() {
    let server = TestServer::start().await;
    let path = "/.well-known/oauth-protected-resource/oauth2/userinfo";
    let refused = server.browser().get("/oauth2/userinfo").await;
    assert_eq!(refused.headers["www-authenticate"].to_str().unwrap(), format!("Bearer resource_metadata=\"{ISSUER}{path}\""));
    let bad = server.get_with_token("/oauth2/userinfo", "x").await;
    assert!(bad.headers["www-authenticate"].to_str().unwrap().contains(&format!("resource_metadata=\"{ISSUER}{path}\"")));
    let answer = server.browser().get(path).await;
    assert_eq!((answer.status.as_u16(), answer.headers["content-type"].to_str().unwrap()), (200, "application/json"));
    assert_eq!(answer.headers["access-control-allow-origin"], "*");
    let told = answer.json();
    assert_eq!(told["resource"], format!("{ISSUER}/oauth2/userinfo"));
    assert_eq!((&told["authorization_servers"], &told["bearer_methods_supported"][0]), (&json!([ISSUER]), &json!("header")));
    // the document of another resource is not made up
    assert_eq!(server.browser().get("/.well-known/oauth-protected-resource").await.status, 404);
}
