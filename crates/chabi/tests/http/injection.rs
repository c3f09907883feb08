//! Text of strangers is text, in SQL too.

use chabi_testkit::browser::ask;
use http::Request;

use crate::server::{ADA, PASSWORD, TestServer, authorize_url};

const QUOTES: [&str; 10] = [
    "' OR '1'='1",
    "'; DROP TABLE accounts; --",
    "\" OR \"\"=\"",
    "') UNION SELECT * FROM signing_keys --",
    "$1",
    "?1",
    "%",
    "_",
    "app'--",
    "\\'; DELETE FROM applications; --",
];

// req: st.sql
#[tokio::test]
async fn quotes_and_statements_in_every_parameter_are_values_that_match_nothing() {
    let server = TestServer::start().await;
    for quote in QUOTES {
        let page = server.browser().get(&authorize_url(&[("client_id", quote)])).await;
        assert_eq!((page.status.as_u16(), page.location()), (400, None), "client_id {quote}");
        for name in ["redirect_uri", "scope", "resource", "state", "nonce", "login_hint", "ui_locales", "id_token_hint", "prompt"] {
            let page = server.browser().get(&authorize_url(&[(name, quote)])).await;
            assert!(page.status.as_u16() < 500, "{name} {quote}: {}", page.status);
        }
        for name in ["client_id", "client_secret", "code", "code_verifier", "refresh_token", "scope", "resource"] {
            for grant in ["authorization_code", "refresh_token", "client_credentials"] {
                let answer = server.token(&[("grant_type", grant), (name, quote)]).await;
                assert!(answer.status.is_client_error(), "{grant} {name} {quote}: {}", answer.status);
            }
        }
        for path in ["/oauth2/revoke", "/oauth2/introspect"] {
            let answer = server.browser().post(path, &[("client_id", "app"), ("token", quote)]).await;
            assert!(!answer.status.is_server_error(), "{path} {quote}");
        }
        let mut browser = server.browser();
        let page = browser.get("/accounts/login/").await;
        let answer = browser.submit(&page, &[("username", quote), ("password", quote)]).await;
        assert!(answer.status == 422 || answer.status == 429, "{quote}: {}", answer.status);
        for (path, cookie) in [("/oauth2/authorize/resume/", "__Host-chabi_browser"), ("/accounts/confirm-email/", "__Host-chabi_session")]
        {
            let id: String = form_urlencoded::byte_serialize(quote.as_bytes()).collect();
            let request = Request::get(format!("{path}{}/", id.replace(['+', '%'], "x")));
            let request = request.header("cookie", format!("{cookie}={}", quote.replace(';', ""))).body(axum::body::Body::empty()).unwrap();
            let (status, ..) = ask(&server.router, request).await;
            assert!(!status.is_server_error() && !status.is_success(), "{path} {quote}: {status}");
        }
    }
    // all of it is still there
    assert!(server.tokens("openid notes:read").await["access_token"].is_string());
    let mut browser = server.browser();
    let page = browser.get("/accounts/login/").await;
    assert_eq!(browser.submit(&page, &[("username", ADA), ("password", PASSWORD)]).await.status, 303);
}
