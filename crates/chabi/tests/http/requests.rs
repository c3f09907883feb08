//! What an authorization request may be, and what stays what it was begun as.

use chabi::RegisteredClient;
use chabi_testkit::browser::ask;
use http::Request;

use crate::server::{ADA, PASSWORD, SECRET, TestServer, authorize_url};

/// The name of the transaction that a page of ours is about.
fn transaction(url: &str) -> String {
    url.split("transaction=").nth(1).unwrap().split('&').next().unwrap().to_owned()
}

// OpenID Connect Core §3.1.2.1
#[tokio::test]
async fn what_is_posted_to_the_authorization_endpoint_is_a_form_and_nothing_that_looks_like_one() {
    let server = TestServer::start().await;
    let body = authorize_url(&[]).split_once('?').unwrap().1.to_owned();
    for (content_type, refused) in
        [("application/x-www-form-urlencoded", false), ("text/plain", true), ("application/json", true), ("", true)]
    {
        let request = Request::post("/oauth2/authorize").header("content-type", content_type).body(body.clone().into()).unwrap();
        let (status, headers, _) = ask(&server.router, request).await;
        assert_eq!((status == 400, headers.contains_key("location")), (refused, !refused), "{content_type}: {status}");
    }
}

// OpenID Connect Core §3.1.2.1
// req: az.hints
#[tokio::test]
async fn an_id_token_that_another_application_got_is_no_hint() {
    let server = TestServer::start().await;
    let store = server.chabi.store();
    let app = store.find_application("app").await.unwrap().unwrap();
    store.put_application(RegisteredClient { client_id: "other".into(), ..app }).await.unwrap();
    let hint = server.tokens("openid").await["id_token"].as_str().unwrap().to_owned();
    for (client_id, expected) in [("app", "login_required"), ("other", "invalid_request")] {
        let url = authorize_url(&[("client_id", client_id), ("prompt", "none"), ("id_token_hint", &hint)]);
        let answer = server.browser().get(&url).await;
        assert_eq!(answer.location_parameter("error").as_deref(), Some(expected), "{client_id}");
    }
}

// RFC 8707 §2
// req: az.res
#[tokio::test]
async fn an_application_that_acts_for_itself_must_say_where_when_it_has_no_api_of_its_own() {
    let server = TestServer::start().await;
    let store = server.chabi.store();
    let machine = store.find_application("machine").await.unwrap().unwrap();
    store.put_application(RegisteredClient { default_audience: String::new(), ..machine }).await.unwrap();
    let mut fields = vec![("grant_type", "client_credentials"), ("client_id", "machine"), ("client_secret", SECRET)];
    let answer = server.token(&fields).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (400, &"invalid_target".into()));
    fields.push(("resource", crate::server::AUDIENCE));
    assert_eq!(server.token(&fields).await.status, 200);
}

// req: az.bind
// req: lo.csrf
#[tokio::test]
async fn a_yes_to_an_application_is_no_yes_to_signing_out() {
    let server = TestServer::start().await;
    let mut browser = server.browser();
    let page = browser.visit(&authorize_url(&[])).await;
    let page = browser.submit(&page, &[("username", ADA), ("password", PASSWORD)]).await;
    let page = browser.follow(page).await;
    let asked = transaction(&page.url);
    let allowed = browser.submit(&page, &[("decision", "allow")]).await;
    assert!(allowed.location().unwrap().starts_with("/oauth2/authorize/resume/"));
    let crossed = browser.get(&format!("/oauth2/logout/resume/{asked}")).await;
    assert_eq!((crossed.status.is_redirection(), crossed.location_parameter("code")), (false, None), "{crossed:?}");
    assert_eq!(browser.get("/accounts/").await.status, 200, "still signed in");
    let back = browser.follow(allowed).await;
    assert!(back.location_parameter("code").is_some(), "and the request is not lost");
}

// req: az.bind
#[tokio::test]
async fn a_question_about_signing_out_is_no_authorization_request() {
    let server = TestServer::start().await;
    let mut browser = server.browser();
    server.sign_in(&mut browser, &[]).await;
    let page = browser.get("/oauth2/logout?client_id=app").await;
    let asked = transaction(&page.location().unwrap());
    let crossed = browser.get(&format!("/oauth2/authorize/resume/{asked}")).await;
    let unknown = browser.get("/oauth2/authorize/resume/AAAAAAAAAAAAAAAAAAAAAA").await;
    assert_eq!((crossed.status, crossed.location()), (unknown.status, None), "as if there were none");
    assert_eq!(browser.get(&format!("/oauth2/logout/resume/{asked}")).await.status, 303, "it is asked still");
}
