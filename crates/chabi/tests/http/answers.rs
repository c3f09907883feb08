//! What every answer of a whole flow has, pages and JSON and redirects.

use std::sync::{Arc, Mutex};

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use http::{HeaderMap, Method, StatusCode};

use crate::{server::TestServer, whole_flow};

struct Seen {
    method: Method,
    path: String,
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Seen {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    fn is_page(&self) -> bool {
        self.header("content-type").starts_with("text/html")
    }
}

type All = Arc<Mutex<Vec<Seen>>>;

async fn keep(State(all): State<All>, request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let (head, body) = next.run(request).await.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    let body = String::from_utf8_lossy(&bytes).into_owned();
    all.lock().unwrap().push(Seen { method, path, status: head.status, headers: head.headers.clone(), body });
    Response::from_parts(head, Body::from(bytes))
}

/// A whole flow, and beside it pages of trouble.
async fn all_answers() -> Vec<Seen> {
    let mut server = TestServer::start().await;
    let all = All::default();
    server.router = server.router.clone().layer(from_fn_with_state(all.clone(), keep));
    let secrets = whole_flow::run(&server).await;
    for path in
        ["/accounts/nothing/", "/oauth2/authorize", "/oauth2/authorize/resume/x", "/accounts/confirm-email/x/", "/accounts/", "/nothing"]
    {
        server.browser().get(path).await;
    }
    server.exchange(&secrets["code"]).await;
    server.browser().post("/accounts/login/", &[("username", "a")]).await;
    server.get_with_token("/oauth2/userinfo", "junk").await;
    drop(server);
    let seen = std::mem::take(&mut *all.lock().unwrap());
    assert!(seen.len() > 30 && seen.iter().filter(|seen| seen.is_page()).count() > 10, "{}", seen.len());
    seen
}

// req: az.303
#[tokio::test]
async fn every_redirect_is_303_so_that_no_password_is_posted_on() {
    let seen = all_answers().await;
    let redirects: Vec<_> = seen.iter().filter(|seen| seen.status.is_redirection()).collect();
    assert!(redirects.iter().filter(|seen| seen.method == Method::POST).count() >= 4, "sign-in, consent, sign-up");
    for seen in redirects {
        assert_eq!(seen.status, StatusCode::SEE_OTHER, "{} {}", seen.method, seen.path);
    }
}

/// Pages whose form may end at an application or a provider.
const LEAVING: [&str; 5] = ["/accounts/login/", "/accounts/signup/", "/accounts/consent/", "/accounts/logout/", "/accounts/confirm-email/"];

// req: az.frame
// req: az.ref
// req: wb.csp
// req: wb.hdr
#[tokio::test]
async fn no_page_may_be_framed_kept_or_made_to_load_anything_from_elsewhere() {
    for seen in all_answers().await.iter().filter(|seen| seen.is_page()) {
        let csp = seen.header("content-security-policy");
        for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(csp.contains(part), "{}: {part} in {csp}", seen.path);
        }
        // browsers hold `form-action` against redirects too: a page whose form ends at an application or a provider cannot have it
        assert!(csp.contains("form-action 'self'") || LEAVING.iter().any(|page| seen.path.starts_with(page)), "{}: {csp}", seen.path);
        assert!(!csp.contains("unsafe-") && !csp.contains('*'), "{}: {csp}", seen.path);
        for (name, value) in [
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(seen.header(name), value, "{}: {name}", seen.path);
        }
        for attribute in ["src=\"", "href=\"", "action=\""] {
            for target in seen.body.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap()) {
                let stays = !target.contains("//") || target.starts_with("https://id.example/");
                assert!(stays, "{}: {attribute}{target}", seen.path);
            }
        }
        for handler in ["<script", " onclick=", " onload=", " onsubmit=", " style=\"", "javascript:"] {
            assert!(!seen.body.contains(handler), "{}: {handler}", seen.path);
        }
    }
}

// req: tk.nostore
#[tokio::test]
async fn nobody_keeps_what_an_endpoint_told_an_application() {
    let seen = all_answers().await;
    let told: Vec<_> =
        seen.iter().filter(|seen| ["/oauth2/token", "/oauth2/userinfo", "/oauth2/revoke"].contains(&seen.path.as_str())).collect();
    assert!(told.len() >= 6);
    for seen in told {
        assert_eq!(seen.header("cache-control"), "no-store", "{}", seen.path);
        assert_eq!(seen.header("x-content-type-options"), "nosniff", "{}", seen.path);
        assert!(seen.body.is_empty() || seen.header("content-type").starts_with("application/json"), "{}: {}", seen.path, seen.body);
    }
}
