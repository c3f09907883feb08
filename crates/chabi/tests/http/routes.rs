//! Rules that hold for every route, whichever are added: the routes are read from the sources.

use axum::body::Body;
use chabi_testkit::{Browser, browser::ask};
use http::Request;

use crate::server::{ISSUER, PASSWORD, TestServer};

const PEOPLE: &str = concat!(include_str!("../../../resource-owner/src/router.rs"), include_str!("../../../resource-owner/src/social.rs"));
const PROVIDERS: &str = include_str!("../../../resource-owner/src/social/elsewhere.rs");
const PROGRAMS: &str = include_str!("../../../authorization-server/src/server.rs");

/// Paths of `.route(…)` lines; those that take `method` alone, or all. Placeholders are filled with a word.
fn routes(source: &str, method: Option<&str>) -> Vec<String> {
    let lines = source.lines().filter(|line| line.contains(".route("));
    let wanted = lines.filter(|line| method.is_none_or(|method| line.contains(&format!("{method}("))));
    let paths = wanted.filter_map(|line| Some((line.split('"').nth(1)?, line.contains("at(\""))));
    paths.map(|(path, below)| if below { format!("/accounts/{path}") } else { path.to_owned() }).map(|path| filled(&path)).collect()
}

fn filled(path: &str) -> String {
    ["{key}", "{provider}", "{transaction}", "{*unknown}"].iter().fold(path.to_owned(), |path, name| path.replace(name, "google"))
}

fn cookies(browser: &Browser) -> String {
    let names = ["__Host-chabi_session", "__Host-chabi_browser"];
    names.iter().filter_map(|name| Some(format!("{name}={}", browser.cookie(name)?))).collect::<Vec<_>>().join("; ")
}

/// What browsers send with a form of another site; the last two are old ones, which say less.
const FOREIGN: [&[(&str, &str)]; 5] = [
    &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
    &[("sec-fetch-site", "same-site"), ("origin", "https://other.id.example")],
    &[("sec-fetch-site", "cross-site"), ("origin", "null")],
    &[("origin", "https://id.example.evil.example")],
    &[("origin", "null")],
];

fn post(path: &str, headers: &[(&str, &str)], cookies: &str, body: &str) -> Request<Body> {
    let request = Request::post(path).header("host", "id.example").header("cookie", cookies);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).body(body.to_owned().into()).unwrap()
}

// req: wb.csrf
#[tokio::test]
async fn every_form_of_peoples_pages_is_refused_when_another_site_sent_it() {
    let server = TestServer::start().await;
    let mut browser = server.browser();
    server.sign_in(&mut browser, &[]).await;
    let csrf = browser.get("/accounts/logout/").await.form_with("logout-confirm").unwrap().hidden_fields();
    let token = csrf.into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    let paths = routes(PEOPLE, Some("post"));
    assert!(paths.len() >= 10 && paths.contains(&"/accounts/login/".to_owned()), "{paths:?}");
    for path in paths {
        for headers in FOREIGN {
            // with the right token of this browser even: one of the two is enough
            let body = format!("csrf={token}&username=ada%40example.test&password={PASSWORD}&action=end&decision=allow");
            let (status, answer, _) = ask(&server.router, post(&path, headers, &cookies(&browser), &body)).await;
            assert_eq!(status, 403, "{path} {headers:?}");
            assert!(!answer.contains_key("set-cookie"), "{path}");
        }
    }
    assert_eq!(browser.get("/accounts/").await.status, 200, "still signed in");
}

// req: wb.csrf
#[tokio::test]
async fn what_providers_post_to_is_reached_from_other_sites_and_does_nothing_in_the_name_of_who_is_signed_in() {
    let google = chabi::provider::google("id", "secret".to_owned().into(), chabi::provider::GOOGLE_ISSUER);
    let server = TestServer::start_with(|builder| builder.provider(google)).await;
    let mut browser = server.browser();
    server.sign_in(&mut browser, &[]).await;
    let paths = routes(PROVIDERS, None);
    // a new one must be judged here: does it act for a cookie?
    assert_eq!(paths, ["/accounts/google/login/callback/", "/accounts/google/backchannel-logout/"]);
    for headers in FOREIGN {
        for (path, expected) in paths.iter().zip([303, 400]) {
            let body = "state=x&code=y&logout_token=z";
            let (status, answer, _) = ask(&server.router, post(path, headers, &cookies(&browser), body)).await;
            assert_eq!(status, expected, "{path} {headers:?}");
            assert!(!answer.contains_key("set-cookie"), "{path}: it would take the place of a cookie that the browser kept back");
            let onward = answer.get("location").map(|location| location.to_str().unwrap().to_owned());
            assert!(onward.is_none_or(|onward| onward == "/accounts/google/login/callback/?handle="), "{path}");
        }
    }
    assert_eq!(browser.get("/accounts/").await.status, 200, "still signed in");
}

// req: wb.csrf
#[tokio::test]
async fn what_programs_post_to_does_nothing_in_the_name_of_who_is_signed_in() {
    let server = TestServer::start().await;
    let mut browser = server.browser();
    server.sign_in(&mut browser, &[]).await;
    let paths = routes(PROGRAMS, Some("post"));
    // a new one must be judged here: does it act for a cookie?
    let known = [
        "/oauth2/par",
        "/oauth2/token",
        "/oauth2/userinfo",
        "/oauth2/revoke",
        "/oauth2/device_authorization",
        "/oauth2/register",
        "/oauth2/authorize",
        "/oauth2/introspect",
        "/oauth2/logout",
    ];
    assert_eq!(paths, known);
    for headers in FOREIGN {
        for path in &known {
            let (status, answer, body) = ask(&server.router, post(path, headers, &cookies(&browser), "client_id=app")).await;
            let sent_code = answer.get("location").is_some_and(|location| location.to_str().unwrap().contains("code="));
            assert!(!status.is_success() && !sent_code, "{path} {headers:?}: {status} {body}");
        }
    }
    assert_eq!(browser.get("/accounts/").await.status, 200, "a foreign form at the logout endpoint is asked about, and signs nobody out");
}

// req: az.cors
#[tokio::test]
async fn no_script_of_another_origin_reads_a_page_and_none_reads_with_cookies() {
    let server = TestServer::start().await;
    let mut browser = server.browser();
    server.sign_in(&mut browser, &[]).await;
    // the stream of changes would go on for ever
    server.chabi.close();
    let read_by_all = ["/.well-known/", "/oauth2/jwks", "/oauth2/status", "/oauth2/register"];
    let read_by_registered =
        ["/oauth2/par", "/oauth2/token", "/oauth2/userinfo", "/oauth2/userinfo/emails", "/oauth2/revoke", "/oauth2/device_authorization"];
    for path in routes(PEOPLE, None).into_iter().chain(routes(PROGRAMS, None)) {
        for (origin, registered) in [("https://evil.example", false), ("https://app.example", true), ("null", false), (ISSUER, false)] {
            for method in ["GET", "POST", "OPTIONS"] {
                let request = Request::builder().method(method).uri(&path).header("origin", origin).header("cookie", cookies(&browser));
                let request = request.header("access-control-request-method", "POST").body(Body::empty()).unwrap();
                let (_, headers, _) = ask(&server.router, request).await;
                let allowed = headers.get("access-control-allow-origin").map(|value| value.to_str().unwrap());
                let public = read_by_all.iter().any(|prefix| path.starts_with(prefix)) && path != "/.well-known/change-password";
                let expected = match (public, read_by_registered.contains(&path.as_str()) && registered) {
                    (true, _) => Some("*"),
                    (false, true) => Some(origin),
                    (false, false) => None,
                };
                assert_eq!(allowed, expected, "{method} {path} from {origin}");
                assert!(!headers.contains_key("access-control-allow-credentials"), "{path}");
            }
        }
    }
}

// req: px.path
#[tokio::test]
async fn no_other_spelling_of_a_path_leads_to_its_route() {
    let server = TestServer::start().await;
    let paths: Vec<String> = routes(PEOPLE, None).into_iter().chain(routes(PROGRAMS, None)).collect();
    assert!(paths.len() > 25, "{paths:?}");
    for path in paths.iter().filter(|path| path.trim_end_matches('/').matches('/').count() >= 2) {
        let trimmed = path.trim_end_matches('/');
        let (folder, name) = trimmed.rsplit_once('/').unwrap();
        let spellings = [
            format!("/{path}"),
            format!("{folder}//{name}"),
            format!("{folder};x/{name}"),
            format!("{path};x=y"),
            format!("{folder}%2f{name}"),
            format!("{folder}%5c{name}"),
            format!("{folder}/./{name}"),
            format!("{folder}/x/../{name}"),
            format!("{folder}/%2e/{name}"),
            format!("{folder}/x/%2E%2e/{name}"),
            format!("{trimmed}%00"),
            format!("{}/{name}", folder.to_uppercase()),
        ];
        for spelling in spellings {
            for method in ["GET", "POST"] {
                let request = Request::builder().method(method).uri(&spelling).header("sec-fetch-site", "same-origin");
                let (status, ..) = ask(&server.router, request.body(Body::empty()).unwrap()).await;
                assert_eq!(status, 404, "{method} {spelling}");
            }
        }
    }
}

// req: px.path
#[tokio::test]
async fn no_user_agent_and_no_health_checks_header_opens_an_api() {
    let server = TestServer::start().await;
    for (name, value) in [
        ("user-agent", "kube-probe/1.30"),
        ("user-agent", "ELB-HealthChecker/2.0"),
        ("user-agent", "GoogleHC/1.0"),
        ("x-health-check", "1"),
        ("x-original-url", "/healthz"),
        ("x-rewrite-url", "/healthz"),
        ("x-http-method-override", "OPTIONS"),
    ] {
        for path in ["/notes", "/oauth2/userinfo"] {
            let request = Request::get(path).header(name, value).body(Body::empty()).unwrap();
            assert_eq!(ask(&server.router, request).await.0, 401, "{name}: {value}");
        }
    }
}
