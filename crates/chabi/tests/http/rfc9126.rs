//! Pushed Authorization Requests on the whole stack: with people, pages and a log.

use chabi::RegisteredClient;
use chabi_testkit::{Browser, Page};
use tracing_subscriber::{filter::LevelFilter, fmt, layer::SubscriberExt as _};

use crate::{
    server::{ADA, CHALLENGE, PASSWORD, REDIRECT, TestServer, application, authorize_url},
    whole_flow::Record,
    written_log::Log,
};

const CANARY: &str = "canary-that-was-pushed";

async fn push(server: &TestServer, more: &[(&str, &str)]) -> Page {
    let usual = [
        ("client_id", "app"),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        ("scope", "openid email notes:read"),
        ("state", CANARY),
        ("nonce", CANARY),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let kept = usual.into_iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
    let fields: Vec<_> = kept.chain(more.iter().copied()).collect();
    server.browser().post("/oauth2/par", &fields).await
}

async fn pushed(server: &TestServer, more: &[(&str, &str)]) -> String {
    let answer = push(server, more).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let request_uri = answer.json()["request_uri"].as_str().unwrap().to_owned();
    let pairs = [("client_id", "app"), ("request_uri", &request_uri)];
    format!("/oauth2/authorize?{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
}

async fn log_in(browser: &mut Browser, page: &Page) -> Page {
    let page = browser.submit(page, &[("username", ADA), ("password", PASSWORD)]).await;
    browser.follow(page).await
}

// req: par.once
#[tokio::test]
async fn a_pushed_request_goes_the_whole_way_and_is_over_in_every_other_tab() {
    let server = TestServer::start().await;
    let mut browser = server.browser();
    let address = pushed(&server, &[]).await;
    let other_tab = browser.visit(&address).await;
    let page = browser.visit(&address).await;
    assert!(page.body.contains("The app"), "{}", page.body);
    let page = log_in(&mut browser, &page).await;
    assert!(page.body.contains("see your email address"), "{}", page.body);
    let page = browser.submit(&page, &[("decision", "allow")]).await;
    let back = browser.follow(page).await;
    assert_eq!(back.location_parameter("state").as_deref(), Some(CANARY));
    let tokens = server.exchange(&back.location_parameter("code").unwrap()).await.json();
    assert_eq!(tokens["scope"], "email notes:read openid");
    let late = log_in(&mut browser, &other_tab).await;
    assert!(late.location().is_none() && !late.body.contains("consent-allow"), "{late:?}");
    let reloaded = browser.visit(&address).await;
    assert_eq!((reloaded.status.as_u16(), reloaded.location()), (400, None));
}

// req: par.store
#[tokio::test]
async fn what_was_pushed_is_in_no_url_of_ours_no_header_no_page_and_no_log() {
    let log = Log::default();
    let writer = log.clone();
    let layer = fmt::layer().with_ansi(false).with_writer(move || writer.clone());
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(LevelFilter::TRACE).with(layer));
    let mut server = TestServer::start().await;
    let record = Record::default();
    server.router = record.around(server.router.clone(), &[]);
    let mut browser = server.browser();
    let address = pushed(&server, &[]).await;
    let refused = push(&server, &[("redirect_uri", "https://evil.example/cb")]).await;
    assert_eq!(refused.status, 400);
    let page = browser.visit(&address).await;
    let page = log_in(&mut browser, &page).await;
    let page = browser.submit(&page, &[("decision", "deny")]).await;
    let before_the_answer = record.text();
    let back = browser.follow(page).await;
    assert_eq!(back.location_parameter("error").as_deref(), Some("access_denied"));
    assert!(before_the_answer.contains("consent-allow") && !before_the_answer.contains(CANARY));
    let written = String::from_utf8_lossy(&log.written()).into_owned();
    assert!(written.contains("request refused") && !written.contains(CANARY), "{written}");
}

// req: par.must
#[tokio::test]
async fn a_server_that_takes_pushed_requests_alone_says_so_and_refuses_others() {
    let server = TestServer::start_with(|builder| builder.require_pushed_authorization_requests(true)).await;
    let metadata = server.browser().get("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(metadata["require_pushed_authorization_requests"], true);
    let mut browser = server.browser();
    let refused = browser.visit(&authorize_url(&[])).await;
    assert_eq!(refused.location_parameter("error").as_deref(), Some("invalid_request"));
    let address = pushed(&server, &[]).await;
    assert!(browser.visit(&address).await.body.contains("login-submit"));
}

// req: az.consent
#[tokio::test]
async fn prompt_consent_asks_although_it_is_remembered_also_when_it_was_pushed() {
    let server = TestServer::start_with(|builder| builder.application(RegisteredClient { first_party: true, ..application() })).await;
    let mut browser = server.browser();
    let page = browser.visit(&pushed(&server, &[("prompt", "consent")]).await).await;
    let page = log_in(&mut browser, &page).await;
    assert!(page.body.contains("consent-allow"), "{}", page.body);
}

// req: par.store
#[tokio::test]
async fn a_refused_push_can_be_asked_about_and_what_was_pushed_stays_hidden() {
    let server = TestServer::start().await;
    let refused = push(&server, &[("redirect_uri", "https://app.example/callbacK")]).await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    let id = refused.headers["x-request-id"].to_str().unwrap().to_owned();
    let mut kept = None;
    for _ in 0..100 {
        kept = server.chabi.store().find_refusal(&id).await.unwrap();
        if kept.is_some() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let kept = kept.unwrap();
    assert_eq!((kept.client_id.as_deref(), kept.story.endpoint.as_str()), (Some("app"), "/oauth2/par"));
    assert_eq!(kept.story.received.as_deref(), Some("https://app.example/callbacK"));
    assert!(kept.story.steps.iter().any(|(_, passed)| !passed), "{:?}", kept.story.steps);
    assert!(!format!("{:?}", kept.story.parameters).contains(CANARY), "{:?}", kept.story.parameters);
}
