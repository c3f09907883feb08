//! `dev check` is worth something only if it sees a server that keeps one rule less: each is broken here, and each is seen.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use chabi::Env;
use http::{HeaderValue, StatusCode, header};

use super::steps::Journey;
use crate::{cli::DevOptions, development::Development};

/// What is broken: the answers to this path that have this status, save the first `after` of them, become what `how` makes of them.
#[derive(Clone, Copy)]
struct Breakage {
    path: &'static str,
    status: u16,
    after: usize,
    how: fn(&str) -> Response,
}

/// The rule that is broken, how, and the step that must see it.
const BROKEN: [(&str, Breakage, &str); 14] = [
    (
        "issuer in metadata",
        broken("/.well-known/openid-configuration", 200, 0, |_| json(r#"{"issuer":"https://evil.example"}"#)),
        "discovery",
    ),
    ("published keys", broken("/oauth2/jwks", 200, 0, |_| json(r#"{"keys":[]}"#)), "discovery"),
    ("registered redirects", broken("/oauth2/authorize", 400, 0, |_| redirect("https://evil.example/callback?code=x")), "foreign redirect"),
    ("passwords", broken("/accounts/login/", 422, 0, |_| redirect("/demo/callback?code=x")), "wrong password"),
    ("state", broken("/oauth2/authorize/resume/", 303, 1, |to| redirect(&to.replace("state=", "other="))), "sign-in with a password"),
    ("iss", broken("/oauth2/authorize/resume/", 303, 1, |to| redirect(&to.replace("iss=", "other="))), "sign-in with a password"),
    ("PKCE", broken("/oauth2/token", 400, 0, |_| tokens("a")), "wrong verifier"),
    ("the API's scope", broken("/demo/api/notes", 200, 0, |_| StatusCode::FORBIDDEN.into_response()), "API 200"),
    ("audience", broken("/demo/api/notes", 401, 0, |_| json("{}")), "wrong audience"),
    ("a token at all", broken("/demo/api/notes", 401, 1, |_| json("{}")), "no token"),
    ("signature", broken("/demo/api/notes", 401, 2, |_| json("{}")), "no token"),
    ("rotation", broken("/oauth2/token", 200, 2, |_| StatusCode::BAD_REQUEST.into_response()), "refresh"),
    ("logout", broken("/oauth2/token", 400, 1, |_| tokens("b")), "refresh after logout"),
    ("single use of codes", broken("/oauth2/token", 400, 2, |_| tokens("c")), "code replay"),
];

const fn broken(path: &'static str, status: u16, after: usize, how: fn(&str) -> Response) -> Breakage {
    Breakage { path, status, after, how }
}

fn json(body: &'static str) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn tokens(name: &str) -> Response {
    axum::Json(serde_json::json!({ "access_token": name, "refresh_token": name, "id_token": name })).into_response()
}

fn redirect(to: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, HeaderValue::from_str(to).unwrap())]).into_response()
}

type Shared = Arc<Mutex<Option<Breakage>>>;

async fn breaks(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let answer = next.run(request).await;
    let how = {
        let mut breakage = shared.lock().unwrap();
        let Some(breakage) = breakage.as_mut().filter(|breakage| path.starts_with(breakage.path)) else { return answer };
        if answer.status().as_u16() != breakage.status {
            return answer;
        }
        if breakage.after > 0 {
            breakage.after -= 1;
            return answer;
        }
        breakage.how
    };
    let location = answer.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned()).unwrap_or_default();
    let _ = to_bytes(Body::new(answer.into_body()), usize::MAX).await;
    how(&location)
}

async fn failing_step(url: &str) -> Option<String> {
    let mut journey = Journey::new(url, Env::system()).unwrap();
    journey.run(|_, _| {}).await.err().map(|error| format!("{error:#}"))
}

#[tokio::test]
async fn the_check_passes_as_it_is_and_sees_every_rule_that_is_broken() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let options = DevOptions::at(port, folder.path().join("data"));
    let shared = Shared::default();
    let around = |router: Router| router.layer(axum::middleware::from_fn_with_state(shared.clone(), breaks));
    let development = Development::begin_within(&options, around).await.unwrap();
    development.until_ready().await.unwrap();
    let url = development.public_url.clone();
    assert_eq!(failing_step(&url).await, None);
    for (rule, breakage, step) in BROKEN {
        *shared.lock().unwrap() = Some(breakage);
        let seen = failing_step(&url).await;
        let seen = seen.unwrap_or_else(|| panic!("without {rule} the check still passes"));
        assert!(seen.contains(&format!("step `{step}")), "without {rule}: {seen}");
    }
    development.stop().await;
}
