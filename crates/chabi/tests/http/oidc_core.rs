//! OpenID Connect Core §3.1.2.1 on the whole stack: what `prompt`, `max_age` and consent do to a person.

use chabi::Seconds;
use chabi_testkit::{Browser, Page};

use crate::server::{ADA, PASSWORD, REDIRECT, TestServer, authorize_url};

async fn log_in(browser: &mut Browser, page: &Page) -> Page {
    assert!(page.body.contains("login-submit"), "{} {}", page.status, page.body);
    let page = browser.submit(page, &[("username", ADA), ("password", PASSWORD)]).await;
    browser.follow(page).await
}

async fn decide(browser: &mut Browser, page: &Page, decision: &str) -> Page {
    assert!(page.body.contains("consent-allow"), "{} {}", page.status, page.body);
    let page = browser.submit(page, &[("decision", decision), ("remember", "on")]).await;
    browser.follow(page).await
}

/// Signs in, allows what `app` asks for, and has it remembered.
async fn allow_for_good(server: &TestServer) -> Browser {
    let mut browser = server.browser();
    let page = browser.visit(&authorize_url(&[])).await;
    let page = log_in(&mut browser, &page).await;
    decide(&mut browser, &page, "allow").await;
    browser
}

/// The `error` of the redirect to the application, if that is where it goes.
fn error(page: &Page) -> Option<String> {
    assert!(page.location()?.starts_with(REDIRECT), "{page:?}");
    page.location_parameter("error")
}

// req: az.prompt
#[tokio::test]
async fn prompt_none_tells_what_is_missing_and_shows_no_page() {
    let server = TestServer::start().await;
    let mut browser = server.browser();
    let silent = authorize_url(&[("prompt", "none")]);
    assert_eq!(error(&browser.visit(&silent).await).as_deref(), Some("login_required"));
    let page = browser.visit(&authorize_url(&[])).await;
    let page = log_in(&mut browser, &page).await;
    assert_eq!(error(&browser.visit(&silent).await).as_deref(), Some("consent_required"));
    decide(&mut browser, &page, "allow").await;
    assert!(browser.visit(&silent).await.location_parameter("code").is_some());
}

// req: az.prompt
#[tokio::test]
async fn prompt_login_and_max_age_show_the_sign_in_page_to_who_is_signed_in() {
    let server = TestServer::start().await;
    let mut browser = allow_for_good(&server).await;
    server.clock.advance(Seconds(60));
    for (name, value) in [("prompt", "login"), ("max_age", "30"), ("prompt", "select_account")] {
        let page = browser.visit(&authorize_url(&[(name, value)])).await;
        server.clock.advance(Seconds(5));
        let back = log_in(&mut browser, &page).await;
        assert!(back.location_parameter("code").is_some(), "{name}={value}: {back:?}");
        server.clock.advance(Seconds(60));
    }
    assert!(browser.visit(&authorize_url(&[("max_age", "1000")])).await.location_parameter("code").is_some());
    let page = browser.visit(&authorize_url(&[("prompt", "create")])).await;
    assert!(page.url.contains("/signup/"), "{}", page.url);
}

// req: ss.id
#[tokio::test]
async fn proving_again_who_one_is_keeps_the_tokens_of_other_applications_and_logout_still_ends_them() {
    let server = TestServer::start().await;
    let mut browser = allow_for_good(&server).await;
    let code = browser.visit(&authorize_url(&[])).await.location_parameter("code").unwrap();
    let first = server.exchange(&code).await.json();
    let refresh = |tokens: &serde_json::Value| {
        let held = tokens["refresh_token"].as_str().unwrap().to_owned();
        let server = &server;
        async move { server.token(&[("grant_type", "refresh_token"), ("client_id", "app"), ("refresh_token", &held)]).await }
    };
    let page = browser.visit(&authorize_url(&[("prompt", "login")])).await;
    server.clock.advance(Seconds(5));
    log_in(&mut browser, &page).await;
    let refreshed = refresh(&first).await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.body);

    let page = browser.visit("/accounts/logout/").await;
    browser.submit(&page, &[]).await;
    assert_eq!(refresh(&refreshed.json()).await.status, 400, "what was handed over ends with the session that took it");
}

// req: az.consent
#[tokio::test]
async fn consent_is_asked_once_and_again_for_more() {
    let server = TestServer::start().await;
    let mut browser = allow_for_good(&server).await;
    assert!(browser.visit(&authorize_url(&[])).await.location_parameter("code").is_some(), "remembered");
    let wider = authorize_url(&[("scope", "openid notes:read notes:write")]);
    let page = browser.visit(&wider).await;
    assert_eq!(error(&decide(&mut browser, &page, "deny").await).as_deref(), Some("access_denied"));
    let page = browser.visit(&wider).await;
    assert!(decide(&mut browser, &page, "allow").await.location_parameter("code").is_some());
    assert!(browser.visit(&wider).await.location_parameter("code").is_some(), "remembered");
    let page = browser.visit(&authorize_url(&[("prompt", "consent")])).await;
    assert!(page.body.contains("consent-allow"), "prompt=consent asks although it is remembered");
}

// req: az.srv
#[tokio::test]
async fn what_is_added_to_the_consent_form_changes_nothing() {
    let server = TestServer::start().await;
    let mut browser = server.browser();
    let page = browser.visit(&authorize_url(&[])).await;
    let page = log_in(&mut browser, &page).await;
    let smuggled = [
        ("decision", "allow"),
        ("scope", "openid notes:write"),
        ("client_id", "confidential"),
        ("redirect_uri", "https://evil.example/"),
        ("response_type", "token"),
    ];
    let page = browser.submit(&page, &smuggled).await;
    let back = browser.follow(page).await;
    assert!(back.location().unwrap().starts_with(REDIRECT));
    let tokens = server.exchange(&back.location_parameter("code").unwrap()).await.json();
    assert_eq!(tokens["scope"], "notes:read openid");
}

// req: az.bind
#[tokio::test]
async fn a_request_that_waits_is_of_no_use_in_another_browser() {
    let server = TestServer::start().await;
    let (mut victim, mut attacker) = (server.browser(), server.browser());
    let page = attacker.get(&authorize_url(&[("state", "of the attacker")])).await;
    let transaction = page.location_parameter("transaction").unwrap();
    server.sign_in(&mut victim, &[]).await;
    for path in ["/accounts/login/", "/accounts/consent/"] {
        let page = victim.visit(&format!("{path}?transaction={transaction}")).await;
        assert!(page.location_parameter("code").is_none() && !page.body.contains("consent-allow"), "{path}: {page:?}");
    }
    let page = victim.get(&format!("/oauth2/authorize/resume/{transaction}")).await;
    assert_eq!((page.status.as_u16(), page.location()), (400, None));
}

// req: at.sub
#[tokio::test]
async fn the_subject_is_opaque_and_the_same_everywhere() {
    let server = TestServer::start().await;
    let tokens = server.tokens("openid profile email").await;
    let access = tokens["access_token"].as_str().unwrap();
    let info = server.get_with_token("/oauth2/userinfo", access).await.json();
    let subject = info["sub"].as_str().unwrap();
    assert!(subject.len() >= 22 && subject.len() <= 255 && subject.bytes().all(|byte| byte.is_ascii_graphic()));
    for known in [ADA, "ada", "Ada", info["preferred_username"].as_str().unwrap()] {
        assert!(!subject.contains(known), "{subject} tells {known}");
    }
    let again = server.tokens("openid").await;
    let info = server.get_with_token("/oauth2/userinfo", again["access_token"].as_str().unwrap()).await.json();
    assert_eq!(info["sub"], subject);
}
