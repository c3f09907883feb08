//! What stands around every route.

use axum::{Router, body::Body, routing::get};
use chabi_testkit::browser::ask;
use http::{Request, StatusCode};

use crate::server::{ISSUER, TestServer};

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path).header("host", "id.example");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

#[tokio::test]
async fn below_a_prefix_it_says_what_to_do() {
    let server = TestServer::start().await;
    let nested = Router::new().nest("/auth", server.chabi.router());
    let (status, _, body) = ask(&nested, request("GET", "/auth/oauth2/jwks", &[], "")).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(body.contains("must be merged at the root"), "{body}");
}

#[tokio::test]
async fn a_form_of_another_site_is_refused_with_a_page() {
    let server = TestServer::start().await;
    for headers in [[("sec-fetch-site", "cross-site"), FORM], [("origin", "https://evil.example"), FORM]] {
        let (status, _, body) = ask(&server.router, request("POST", "/accounts/login/", &headers, "username=a")).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{headers:?}");
        assert!(body.contains("page-title"), "{body}");
    }
    let (status, ..) = ask(&server.router, request("POST", "/accounts/login/", &[("origin", ISSUER), FORM], "username=a")).await;
    assert_ne!(status, StatusCode::OK, "the form's own token is missing still");
}

// req: dos.limits
#[tokio::test]
async fn what_is_too_long_is_refused() {
    let server = TestServer::start().await;
    let long = "a=".to_owned() + &"x".repeat(64 * 1024);
    let (status, ..) = ask(&server.router, request("POST", "/oauth2/token", &[FORM], long.clone())).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let announced = [FORM, ("content-length", "70000")];
    let (status, ..) = ask(&server.router, request("POST", "/accounts/login/", &announced, long)).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let url = format!("/oauth2/authorize?state={}", "x".repeat(8 * 1024));
    let (status, ..) = ask(&server.router, request("GET", &url, &[], "")).await;
    assert_eq!(status, StatusCode::URI_TOO_LONG);
    let many: String = (0..101).map(|index| format!("a{index}=b&")).collect();
    let (status, _, body) = ask(&server.router, request("POST", "/oauth2/token", &[FORM], many)).await;
    assert_eq!((status, body.contains("invalid_request")), (StatusCode::BAD_REQUEST, true));
}

#[tokio::test]
async fn a_request_has_a_name_of_ours_and_never_a_strangers() {
    let server = TestServer::start().await;
    let (_, headers, _) = ask(&server.router, request("GET", "/oauth2/jwks", &[("x-request-id", "mine")], "")).await;
    let id = headers["x-request-id"].to_str().unwrap();
    assert_eq!((id.len(), id == "mine"), (16, false));
}

#[tokio::test]
async fn a_page_that_refuses_bears_the_name_of_ours_too() {
    let server = TestServer::start().await;
    let asked = request("GET", "/oauth2/authorize?client_id=nobody", &[("x-request-id", "a-strangers-name")], "");
    let (_, headers, body) = ask(&server.router, asked).await;
    let id = headers["x-request-id"].to_str().unwrap();
    assert!(body.contains(id) && !body.contains("a-strangers-name"), "{id}: {body}");
}

#[tokio::test]
async fn every_answer_says_that_nobody_may_guess_or_frame_it() {
    let server = TestServer::start().await;
    for path in ["/oauth2/jwks", "/.well-known/openid-configuration", "/accounts/login/", "/oauth2/nothing"] {
        let (_, headers, _) = ask(&server.router, request("GET", path, &[], "")).await;
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert!(headers["content-security-policy"].to_str().unwrap().contains("frame-ancestors 'none'"), "{path}");
        assert!(headers.contains_key("strict-transport-security"), "{path}");
    }
}

// req: pn.panic
#[tokio::test]
async fn a_panic_is_a_500_that_says_nothing() {
    let server = TestServer::start().await;
    let broken = Router::new().route("/oauth2/broken", get(panics)).route("/broken", get(panics));
    let router = server.chabi.surround(broken);
    let (status, _, body) = ask(&router, request("GET", "/oauth2/broken", &[], "")).await;
    assert_eq!((status, body.as_str()), (StatusCode::INTERNAL_SERVER_ERROR, r#"{"error":"server_error"}"#));
    let (status, headers, body) = ask(&router, request("GET", "/broken", &[], "")).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(headers["content-type"].to_str().unwrap().starts_with("text/html") && !body.contains("secret thing"), "{body}");
}

async fn panics() -> &'static str {
    panic!("a secret thing")
}

// req: px.path
#[tokio::test]
async fn odd_paths_lead_nowhere() {
    let server = TestServer::start().await;
    for path in ["/oauth2;a/jwks", "//oauth2/jwks", "/oauth2%2fjwks", "/oauth2/./jwks", "/oauth2/%2e%2e/oauth2/jwks", "/OAUTH2/jwks"] {
        let (status, ..) = ask(&server.router, request("GET", path, &[], "")).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
}
