//! What a person allows, and what of it is granted: OAuth 2.1 §1.4.1, and RFC 8707 with several APIs.

use chabi::{AccessTokenType, Api, ApiSettings, ApplicationKind, ApplicationSettings, RegisteredBy, RegisteredClient, Scope, Seconds};
use chabi_testkit::{Browser, Page};

use crate::server::{ADA, AUDIENCE, PASSWORD, SECRET, TestServer, application, authorize_url};

const MAIL: &str = "https://mail.example/";

fn mail(applications: &[&str]) -> Api {
    let applications = applications.iter().map(|id| (*id).to_owned()).collect();
    Api {
        audience: MAIL.into(),
        name: "Mail".into(),
        scope: Scope::of(["mail:read", "notes:read"]),
        access_token_lifetime: Seconds::minutes(5),
        token_type: AccessTokenType::AtJwt,
        signing_alg: "ES256".into(),
        settings: ApiSettings { applications, ..ApiSettings::default() },
    }
}

fn with_mail() -> RegisteredClient {
    RegisteredClient { scope: application().scope.union(&Scope::of(["mail:read"])), ..application() }
}

/// Signs in if need be, and answers the consent page with these fields.
async fn answer(browser: &mut Browser, page: Page, fields: &[(&str, &str)]) -> Page {
    let page = if page.body.contains("login-submit") {
        let page = browser.submit(&page, &[("username", ADA), ("password", PASSWORD)]).await;
        browser.follow(page).await
    } else {
        page
    };
    assert!(page.body.contains("consent-allow"), "{} {}", page.status, page.body);
    let page = browser.submit(&page, fields).await;
    browser.follow(page).await
}

fn claims(token: &serde_json::Value) -> serde_json::Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap().to_owned();
    serde_json::from_slice(&chabi_token::base64url::decode(&payload).unwrap()).unwrap()
}

// req: az.scope
#[tokio::test]
async fn what_was_unticked_is_in_no_token_of_the_grant_and_in_no_claim() {
    let server = TestServer::start().await;
    let mut browser = server.browser();
    let by_name = r#"{"userinfo":{"email":null,"name":null}}"#;
    let page = browser.visit(&authorize_url(&[("scope", "openid email notes:read notes:write"), ("claims", by_name)])).await;
    let back = answer(&mut browser, page, &[("decision", "ticked"), ("scope", "notes:read"), ("scope", "admin")]).await;
    let tokens = server.exchange(&back.location_parameter("code").unwrap()).await.json();
    assert_eq!(tokens["scope"], "notes:read openid");
    assert_eq!(claims(&tokens["access_token"])["scope"], "notes:read openid");
    let userinfo = server.get_with_token("/oauth2/userinfo", tokens["access_token"].as_str().unwrap()).await.json();
    assert!(userinfo.get("email").is_none(), "asked for by name, and unticked as a scope: {userinfo}");
    assert_eq!(userinfo["name"], "Ada Lovelace", "it was shown, and allowed with the rest");
    let wider = [("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"].as_str().unwrap()), ("scope", "openid email")];
    assert_eq!(server.token(&wider).await.json()["error"], "invalid_scope");
    let refreshed = server.token(&wider[..2]).await.json();
    assert_eq!(refreshed["scope"], "notes:read openid");
}

// req: rt.offline
#[tokio::test]
async fn who_unticks_offline_access_gives_what_ends_with_the_session() {
    let server = TestServer::start().await;
    let mut browser = server.browser();
    let page = browser.visit(&authorize_url(&[("scope", "openid offline_access")])).await;
    let back = answer(&mut browser, page, &[("decision", "ticked")]).await;
    let tokens = server.exchange(&back.location_parameter("code").unwrap()).await.json();
    assert_eq!(tokens["scope"], "openid");
    let page = browser.visit("/accounts/logout/").await;
    browser.submit(&page, &[]).await;
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"].as_str().unwrap())];
    assert_eq!(server.token(&refresh).await.json()["error"], "invalid_grant");
}

// req: az.consent
#[tokio::test]
async fn what_was_not_ticked_is_not_asked_for_again_until_it_is_taken_back() {
    let server = TestServer::start().await;
    let mut browser = server.browser();
    let address = authorize_url(&[("scope", "openid email notes:read")]);
    let page = browser.visit(&address).await;
    answer(&mut browser, page, &[("decision", "ticked"), ("scope", "notes:read"), ("remember", "on")]).await;
    let silent = browser.visit(&format!("{address}&prompt=none")).await;
    let tokens = server.exchange(&silent.location_parameter("code").unwrap()).await.json();
    assert_eq!(tokens["scope"], "notes:read openid");
    let home = browser.visit("/accounts/").await;
    let form = home.form_with("value=\"app\"").unwrap();
    browser.submit(&form, &[("application", "app")]).await;
    assert!(browser.visit(&address).await.body.contains("consent-allow"), "taken back, it is asked for again");
}

// req: az.consent
#[tokio::test]
async fn who_is_answered_on_the_device_without_proof_is_asked_for_every_time() {
    for redirect in ["http://127.0.0.1/cb", "http://localhost:3000/cb", "com.example.app:/cb"] {
        let kind = ApplicationKind::Native;
        let native = RegisteredClient { kind, first_party: true, redirect_uris: vec![redirect.into()], ..application() };
        let server = TestServer::start_with(|builder| builder.application(native)).await;
        let mut browser = server.browser();
        for _ in 0..2 {
            let page = browser.visit(&authorize_url(&[("redirect_uri", redirect)])).await;
            let back = answer(&mut browser, page, &[("decision", "allow"), ("remember", "on")]).await;
            assert!(back.location_parameter("code").is_some(), "{redirect} {back:?}");
        }
    }
}

// req: az.consent
#[tokio::test]
async fn what_registered_itself_is_asked_for_although_its_row_says_that_it_is_ours() {
    let settings = ApplicationSettings { registered_by: RegisteredBy::Itself, ..ApplicationSettings::default() };
    let stranger = RegisteredClient { first_party: true, settings, ..application() };
    let server = TestServer::start().await;
    // registering it so is refused; a row of an older version, or of somebody's own hand, is held to the same
    server.chabi.store().put_application(stranger).await.unwrap();
    server.chabi.store().configuration_changed();
    let mut browser = server.browser();
    let page = browser.visit(&authorize_url(&[])).await;
    let back = answer(&mut browser, page, &[("decision", "allow")]).await;
    assert!(back.location_parameter("code").is_some(), "{back:?}");
}

// req: az.res
#[tokio::test]
async fn a_token_for_several_apis_names_each_once_in_the_order_of_the_request() {
    let server = TestServer::start_with(|builder| builder.api(mail(&[])).application(with_mail())).await;
    let mut browser = server.browser();
    let address = authorize_url(&[("scope", "openid notes:read mail:read"), ("resource", MAIL)]);
    let page = browser.visit(&format!("{address}&resource={AUDIENCE}&resource={MAIL}")).await;
    let back = answer(&mut browser, page, &[("decision", "allow")]).await;
    let tokens = server.exchange(&back.location_parameter("code").unwrap()).await.json();
    let access = claims(&tokens["access_token"]);
    assert_eq!(access["aud"], serde_json::json!([MAIL, AUDIENCE]));
    assert_eq!(access["scope"], "mail:read notes:read openid");
    let narrow = [("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"].as_str().unwrap()), ("resource", MAIL)];
    assert_eq!(claims(&server.token(&narrow).await.json()["access_token"])["aud"], MAIL);
}

// req: az.res
#[tokio::test]
async fn identifiers_of_apis_are_compared_byte_for_byte() {
    let server = TestServer::start_with(|builder| builder.api(mail(&[])).application(with_mail())).await;
    let mut browser = server.browser();
    for other in
        ["https://mail.example", "https://MAIL.example/", "https://mail.example:443/", "https://mail.example/.", "https://mail.example/#x"]
    {
        let back = browser.visit(&authorize_url(&[("resource", other)])).await;
        assert_eq!(back.location_parameter("error").as_deref(), Some("invalid_target"), "{other}");
    }
    assert!(browser.visit(&authorize_url(&[("resource", MAIL)])).await.body.contains("login-submit"));
}

// req: az.res
#[tokio::test]
async fn an_api_that_lists_its_applications_is_there_for_those_alone_by_every_grant() {
    let server = TestServer::start_with(|builder| builder.api(mail(&["confidential"])).application(with_mail())).await;
    let mut browser = server.browser();
    let back = browser.visit(&authorize_url(&[("resource", MAIL)])).await;
    assert_eq!(back.location_parameter("error").as_deref(), Some("invalid_target"));
    let machine = [("grant_type", "client_credentials"), ("client_id", "machine"), ("client_secret", SECRET), ("resource", MAIL)];
    assert_eq!(server.token(&machine).await.json()["error"], "invalid_target");

    // taken off the list: what it was given before is renewed for it no more
    server.chabi.store().put_api(mail(&["app"])).await.unwrap();
    server.chabi.store().configuration_changed();
    let page = browser.visit(&authorize_url(&[("resource", MAIL), ("scope", "openid mail:read")])).await;
    let back = answer(&mut browser, page, &[("decision", "allow")]).await;
    let tokens = server.exchange(&back.location_parameter("code").unwrap()).await.json();
    server.chabi.store().put_api(mail(&["other"])).await.unwrap();
    server.chabi.store().configuration_changed();
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"].as_str().unwrap())];
    assert_eq!(server.token(&refresh).await.json()["error"], "invalid_target");
}

// req: rt.cap
#[tokio::test]
async fn who_signs_in_again_and_again_keeps_the_newest_grants_alone() {
    let server =
        TestServer::start_with(|builder| builder.most_grants(3).application(RegisteredClient { first_party: true, ..application() })).await;
    let mut browser = server.browser();
    let mut tokens = Vec::new();
    for _ in 0..5 {
        server.clock.advance(Seconds(1));
        let back = server.sign_in(&mut browser, &[]).await;
        tokens.push(server.exchange(&back.location_parameter("code").unwrap()).await.json());
    }
    let mut lives = Vec::new();
    for given in &tokens {
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", given["refresh_token"].as_str().unwrap())];
        lives.push(server.token(&refresh).await.status == 200);
    }
    assert_eq!(lives, [false, false, true, true, true]);
    let userinfo = server.get_with_token("/oauth2/userinfo", tokens[0]["access_token"].as_str().unwrap()).await;
    assert_eq!(userinfo.status, 401, "its access token is over too");
}
