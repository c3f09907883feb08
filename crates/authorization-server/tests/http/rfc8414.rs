//! Authorization Server Metadata, and what stands around it.

use axum::body::Body;
use http::{Method, Request};

use crate::rig::{Answer, ISSUER, Rig};

async fn get(rig: &Rig, path: &str) -> Answer {
    rig.ask(Request::get(path).header("origin", "https://anybody.example").body(Body::empty()).unwrap()).await
}

// req: md.issuer
// req: md.pkce
// req: md.host
#[tokio::test]
async fn both_documents_tell_the_configured_issuer_to_everybody() {
    let rig = Rig::new(1).await;
    for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
        let request = Request::get(path).header("host", "evil.example").header("x-forwarded-host", "evil.example");
        let answer = rig.ask(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.text("issuer"), ISSUER);
        assert!(!answer.body.to_string().contains("evil.example"));
        assert_eq!(answer.body["code_challenge_methods_supported"], serde_json::json!(["S256"]));
        assert_eq!(answer.headers["access-control-allow-origin"], "*");
        assert_eq!(answer.headers["cache-control"], "public, max-age=300");
    }
}

// req: md.truth
#[tokio::test]
async fn every_endpoint_that_is_advertised_is_there() {
    let rig = Rig::new(2).await;
    let metadata = get(&rig, "/.well-known/openid-configuration").await.body;
    for (name, url) in metadata.as_object().unwrap() {
        if !name.ends_with("_endpoint") && name != "jwks_uri" {
            continue;
        }
        let path = url.as_str().unwrap().strip_prefix(ISSUER).unwrap();
        let (get, post) = (get(&rig, path).await.status, rig.post(path, &[], None).await.status);
        assert!(get != 404 && post != 404, "{name}: {get} {post}");
    }
}

#[tokio::test]
async fn unknown_paths_of_ours_are_404_in_json_and_wrong_methods_405() {
    let rig = Rig::new(3).await;
    for path in ["/oauth2/", "/.well-known/", "/.well-known/unknown", "/oauth2/unknown", "/oauth2/authorize/unknown", "/oauth2/token/x"] {
        let answer = get(&rig, path).await;
        assert_eq!((answer.status.as_u16(), answer.headers["content-type"].to_str().unwrap()), (404, "application/json"), "{path}");
    }
    for (method, path) in [(Method::DELETE, "/oauth2/authorize"), (Method::GET, "/oauth2/revoke"), (Method::PUT, "/oauth2/userinfo")] {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        assert_eq!(rig.ask(request).await.status, 405, "{path}");
    }
}

// req: az.cors
#[tokio::test]
async fn scripts_of_registered_origins_read_tokens_and_nobody_reads_pages() {
    let rig = Rig::new(4).await;
    for (path, origin, allowed) in [
        ("/oauth2/token", "https://app.example", Some("https://app.example")),
        ("/oauth2/token", "https://evil.example", None),
        ("/oauth2/token", "https://app.example.evil.example", None),
        ("/oauth2/token", "null", None),
        ("/oauth2/userinfo", "https://app.example", Some("https://app.example")),
        ("/oauth2/revoke", "https://app.example", Some("https://app.example")),
        ("/oauth2/introspect", "https://app.example", None),
        ("/oauth2/authorize", "https://app.example", None),
        ("/oauth2/logout", "https://app.example", None),
        ("/oauth2/jwks", "https://evil.example", Some("*")),
    ] {
        for method in [Method::OPTIONS, Method::POST] {
            let request = Request::builder().method(method.clone()).uri(path).header("origin", origin);
            let answer = rig.ask(request.body(Body::empty()).unwrap()).await;
            let header = answer.headers.get("access-control-allow-origin").map(|value| value.to_str().unwrap());
            assert_eq!(header, allowed, "{method} {path} {origin}");
            assert!(!answer.headers.contains_key("access-control-allow-credentials"));
        }
    }
}
