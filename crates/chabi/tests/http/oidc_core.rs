//! OpenID Connect Core §3.1.2.1 on the whole stack: what `prompt`, `max_age` and consent do to a person.

use chabi::Seconds;
use chabi_testkit::{Browser, Page};

use crate::server::{ADA, PASSWORD, REDIRECT, TestServer, application, authorize_url};

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
    for (name, value) in [("prompt", "login"), ("max_age", "30"), ("prompt", "select_account login")] {
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

// req: az.prompt
#[tokio::test]
async fn select_account_names_who_is_signed_in_and_lets_them_go_on_or_become_somebody_else() {
    let server = TestServer::start().await;
    let mut browser = allow_for_good(&server).await;
    server.clock.advance(Seconds(60));
    let asked = authorize_url(&[("prompt", "select_account")]);
    let page = browser.visit(&asked).await;
    assert!(page.url.contains("/choose-account/") && page.body.contains("id=\"page-title\""), "{} {}", page.url, page.body);
    for shown in ["Ada Lovelace", ADA, "The app", "id=\"account-continue\"", "id=\"account-another\""] {
        assert!(page.body.contains(shown), "{shown}");
    }
    // without the choice the request goes nowhere
    let transaction = page.url.split("transaction=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let resume = format!("/oauth2/authorize/resume/{transaction}");
    assert!(browser.visit(&resume).await.url.contains("/choose-account/"));
    let back = browser.submit(&page, &[]).await;
    let back = browser.follow(back).await;
    assert!(back.location_parameter("code").is_some(), "{back:?}");
    // the choice was for that request alone
    let page = browser.visit(&asked).await;
    assert!(page.url.contains("/choose-account/"), "{}", page.url);
    let another = page.body.split("id=\"account-another\"").next().unwrap().rsplit("href=\"").next().unwrap();
    let another = another.split('"').next().unwrap().replace("&amp;", "&").replace("&#x2f;", "/");
    let page = browser.visit(&another).await;
    let back = log_in(&mut browser, &page).await;
    assert!(back.location_parameter("code").is_some(), "{back:?}");
    // nobody is signed in: the page to sign in is the page to choose
    let page = server.browser().visit(&asked).await;
    assert!(page.url.contains("/login/"), "{}", page.url);
}

// req: az.csrf
// req: az.bind
#[tokio::test]
async fn a_choice_of_account_counts_in_its_own_browser_and_with_its_token_alone() {
    let server = TestServer::start().await;
    let mut browser = allow_for_good(&server).await;
    server.clock.advance(Seconds(60));
    let page = browser.visit(&authorize_url(&[("prompt", "select_account")])).await;
    let transaction = page.hidden_fields().into_iter().find(|(name, _)| name == "transaction").unwrap().1;
    let forged = browser.post("/accounts/choose-account/", &[("transaction", &transaction), ("csrf", "x")]).await;
    assert_ne!(forged.status, 303, "{forged:?}");
    let mut other = server.browser();
    server.sign_in(&mut other, &[]).await;
    let theirs = other.visit(&authorize_url(&[("prompt", "select_account")])).await;
    other.submit(&theirs, &[("transaction", &transaction)]).await;
    let page = browser.visit(&format!("/oauth2/authorize/resume/{transaction}")).await;
    assert!(page.url.contains("/choose-account/"), "another browser chose: {}", page.url);
}

// req: az.acr
#[tokio::test]
async fn an_essential_acr_that_nobody_can_reach_is_refused_before_anybody_signs_in() {
    let server = TestServer::start().await;
    let mut browser = server.browser();
    let unmet = r#"{"id_token":{"acr":{"essential":true,"values":["2","urn:example:gold"]}}}"#;
    let back = browser.visit(&authorize_url(&[("claims", unmet)])).await;
    assert_eq!(error(&back).as_deref(), Some("unmet_authentication_requirements"));
    let met = r#"{"id_token":{"acr":{"essential":true,"values":["2","1"]}}}"#;
    let back = server.sign_in(&mut browser, &[("claims", met)]).await;
    let tokens = server.exchange(&back.location_parameter("code").unwrap()).await.json();
    for name in ["id_token", "access_token"] {
        assert_eq!(claims_of(&tokens, name)["acr"], "1", "{name}");
    }
}

// OpenID Connect Core §5.5.1
#[tokio::test]
async fn nobody_but_the_person_whose_sub_is_asked_for_is_answered_for() {
    let server = TestServer::start().await;
    let mut browser = allow_for_good(&server).await;
    let code = browser.visit(&authorize_url(&[])).await.location_parameter("code").unwrap();
    let tokens = server.exchange(&code).await.json();
    let sub = claims_of(&tokens, "id_token")["sub"].as_str().unwrap().to_owned();
    let asked = |sub: &str| format!(r#"{{"id_token":{{"sub":{{"value":"{sub}"}}}}}}"#);
    let back = browser.visit(&authorize_url(&[("claims", &asked(&sub)), ("prompt", "none")])).await;
    assert!(back.location_parameter("code").is_some(), "{back:?}");
    let back = browser.visit(&authorize_url(&[("claims", &asked("somebody-else")), ("prompt", "none")])).await;
    assert_eq!(error(&back).as_deref(), Some("login_required"));
    let page = browser.visit(&authorize_url(&[("claims", &asked("somebody-else"))])).await;
    server.clock.advance(Seconds(2));
    let back = log_in(&mut browser, &page).await;
    assert_eq!(error(&back).as_deref(), Some("login_required"), "they signed in, and are not who was asked for");
}

// OpenID Connect Registration §2
#[tokio::test]
async fn an_applications_own_max_age_counts_and_the_request_may_say_another() {
    let server = TestServer::start_with(|builder| {
        let mut app = application();
        app.settings.default_max_age = Some(30);
        app.settings.require_auth_time = true;
        app.settings.default_acr_values = vec!["2".to_owned()];
        builder.application(app)
    })
    .await;
    let mut browser = allow_for_good(&server).await;
    let code = browser.visit(&authorize_url(&[])).await.location_parameter("code").unwrap();
    let id_token = claims_of(&server.exchange(&code).await.json(), "id_token");
    assert!(id_token["auth_time"].is_i64() && id_token["acr"] == "1", "{id_token}");
    server.clock.advance(Seconds(60));
    assert_eq!(error(&browser.visit(&authorize_url(&[("prompt", "none")])).await).as_deref(), Some("login_required"));
    let silent = authorize_url(&[("prompt", "none"), ("max_age", "1000")]);
    assert!(browser.visit(&silent).await.location_parameter("code").is_some());
}

/// The claims of a token, not verified.
fn claims_of(tokens: &serde_json::Value, name: &str) -> serde_json::Value {
    let payload = tokens[name].as_str().unwrap().split('.').nth(1).unwrap().to_owned();
    serde_json::from_slice(&chabi_token::base64url::decode(&payload).unwrap()).unwrap()
}

/// OpenID Connect Core §5.1: the time of the last update, of whatever the claims tell.
#[tokio::test]
async fn updated_at_moves_when_a_claim_of_the_person_does() {
    let server = TestServer::start().await;
    let tokens = server.tokens("openid profile email").await;
    let token = tokens["access_token"].as_str().unwrap();
    let told = async || server.get_with_token("/oauth2/userinfo", token).await.json();
    let first = told().await;
    server.clock.advance(Seconds(60));
    assert_eq!(told().await["updated_at"], first["updated_at"], "time alone changes nothing");
    let subject = first["sub"].as_str().unwrap();
    let entry = chabi::admin::operation::table().into_iter().find(|entry| entry.name == "accounts.update").unwrap();
    let change = serde_json::json!({ "subject": subject, "body": { "name": "Ada King", "locale": "en" } });
    entry.run(server.chabi.admin(), &chabi::admin::Actor::operator(), None, change).await.unwrap();
    let second = told().await;
    assert_eq!(second["name"], "Ada King");
    assert_eq!(second["updated_at"].as_i64().unwrap(), first["updated_at"].as_i64().unwrap() + 60);
}
