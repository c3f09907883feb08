//! Token Status List on the whole stack: what was taken back is refused by an API that checks offline.

use std::time::{Duration, Instant};

use axum::body::Body;
use http::{Request, header};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::server::{AUDIENCE, ISSUER, TestServer};

// req: rs.revoke
#[tokio::test]
async fn an_api_of_this_process_refuses_a_token_less_than_a_second_after_it_was_taken_back() {
    let server = TestServer::start().await;
    let tokens = server.tokens("openid notes:read").await;
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(server.get_with_token("/notes", access).await.status, 200);
    assert_eq!(server.browser().post("/oauth2/revoke", &[("client_id", "app"), ("token", access)]).await.status, 200);
    let revoked_at = Instant::now();
    while server.get_with_token("/notes", access).await.status != 401 {
        assert!(revoked_at.elapsed() < Duration::from_secs(1), "it is still taken at {AUDIENCE}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_stream_passes_all_layers_and_ends_when_the_process_closes() {
    let server = TestServer::start().await;
    let request = Request::get("/oauth2/status/changes").header(header::HOST, ISSUER.trim_start_matches("https://"));
    let response = server.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!((response.status().as_u16(), &response.headers()[header::CACHE_CONTROL]), (200, &"no-store".parse().unwrap()));
    let mut body = response.into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert!(first.starts_with(b"id: "), "{first:?}");
    server.chabi.close();
    while body.frame().await.is_some() {}
}
