//! Logout: RP-initiated, back-channel, front-channel, and session management, each a plan of the suite; and sign-in that somebody else begins.

use std::sync::Arc;

use axum::{Router, extract::State, http::StatusCode, routing::post};
use chabi::RegisteredClient;
use chabi_testkit::Page;
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::{
    conformance::suite::{FIRST, Suite, applications, check_error},
    server::{AFTER_LOGOUT, ISSUER},
};

/// An application's end of the back channel: what it was posted, and what it answers.
struct Receiver {
    posted: UnboundedReceiver<String>,
    port: u16,
}

impl Receiver {
    async fn start(answers: StatusCode) -> Self {
        let (tell, posted) = unbounded_channel();
        let tell: Arc<UnboundedSender<String>> = Arc::new(tell);
        let receive = move |State(tell): State<Arc<UnboundedSender<String>>>, body: String| async move {
            tell.send(body).unwrap();
            answers
        };
        let router = Router::new().route("/backchannel", post(receive)).with_state(tell);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { posted, port }
    }

    /// A module whose application has this back channel, which may be called if the operator says so. Past the rules of registration,
    /// which demand https of a public server.
    async fn suite(&self, allowed: bool) -> Suite {
        let host = format!("127.0.0.1:{}", self.port);
        let suite = Suite::start_with(module_path!(), |builder| if allowed { builder.allow_outgoing(&*host) } else { builder }).await;
        let mut application = first();
        application.settings.backchannel_logout_uri = format!("http://{host}/backchannel");
        let store = suite.server.chabi.store();
        store.put_application(application).await.unwrap();
        store.configuration_changed();
        suite
    }

    /// The token that comes next: within seconds, or the test fails.
    async fn token(&mut self) -> String {
        let body = tokio::time::timeout(std::time::Duration::from_secs(20), self.posted.recv()).await.unwrap().unwrap();
        let mut fields = form_urlencoded::parse(body.as_bytes());
        let (name, token) = fields.next().unwrap();
        assert_eq!((name.as_ref(), fields.next()), ("logout_token", None), "one parameter");
        token.into_owned()
    }
}

fn first() -> RegisteredClient {
    let [first, _] = applications();
    first
}

/// An ID token, as text.
fn hint(answer: &Value) -> String {
    answer["id_token"].as_str().unwrap().to_owned()
}

/// `/oauth2/logout` with these parameters; empty ones are left out.
async fn log_out(suite: &mut Suite, parameters: &[(&str, &str)]) -> Page {
    let given = parameters.iter().filter(|(_, value)| !value.is_empty());
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish();
    suite.browser.visit(&format!("/oauth2/logout?{query}")).await
}

/// So many seconds from now.
fn later(suite: &Suite, seconds: i64) -> chabi::Timestamp {
    suite.server.chabi.env().now() + chabi::Seconds(seconds)
}

/// Says yes where the page asks.
async fn confirm(suite: &mut Suite, page: Page) -> Page {
    assert!(page.body.contains("id=\"logout-confirm\""), "{} {}", page.url, page.body);
    let page = suite.browser.submit(&page, &[]).await;
    suite.browser.follow(page).await
}

/// What the suite does last: nobody is signed in any more.
async fn check_signed_out(suite: &mut Suite) {
    let back = suite.authorize(&[("prompt", "none")]).await;
    check_error(&back, &["login_required"]);
}

async fn check_still_signed_in(suite: &mut Suite) {
    let back = suite.authorize(&[("prompt", "none")]).await;
    back.code();
}

/// The suite's module: sign in, sign out, look where the browser goes.
async fn signed_in() -> (Suite, String) {
    let mut suite = Suite::start(module_path!()).await;
    let tokens = suite.tokens(&[]).await;
    let hint = hint(&tokens.answer);
    (suite, hint)
}

fn is_page(page: &Page, title: &str) {
    assert!(page.location().is_none(), "{:?}", page.location());
    assert!(page.body.contains(&format!("tabindex=\"-1\">{title}</h1>")), "{}", page.body);
}

mod oidcc_rp_initiated_logout {
    use super::*;

    // req: lo.redir
    #[tokio::test]
    async fn the_browser_returns_with_state_byte_for_byte_and_nothing_else() {
        for state in ["s", "st-0~/?&=%+ä\"<>' #", "%41%2f"] {
            let (mut suite, hint) = signed_in().await;
            let page = log_out(&mut suite, &[("id_token_hint", &hint), ("post_logout_redirect_uri", AFTER_LOGOUT), ("state", state)]).await;
            let target = page.location().unwrap();
            let (uri, query) = target.split_once('?').unwrap();
            let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
            assert_eq!((uri, pairs), (AFTER_LOGOUT, vec![("state".to_owned(), state.to_owned())]));
            check_signed_out(&mut suite).await;
        }
    }

    #[tokio::test]
    async fn a_hint_that_has_expired_is_as_good_and_post_as_get() {
        let (mut suite, hint) = signed_in().await;
        suite.server.clock.advance(chabi::Seconds::hours(3));
        let fields = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", AFTER_LOGOUT), ("client_id", FIRST)];
        let page = suite.browser.post("/oauth2/logout", &fields).await;
        assert_eq!(page.location().as_deref(), Some(AFTER_LOGOUT));
        check_signed_out(&mut suite).await;
    }

    #[tokio::test]
    async fn a_custom_scheme_is_returned_to_as_it_is_registered() {
        let registered = "com.example.app:/signed-out?x=1";
        let mut suite = Suite::start_with(module_path!(), |builder| {
            builder.application(RegisteredClient { post_logout_redirect_uris: vec![registered.into()], ..first() })
        })
        .await;
        let tokens = suite.tokens(&[]).await;
        let hint = hint(&tokens.answer);
        let page = log_out(&mut suite, &[("id_token_hint", &hint), ("post_logout_redirect_uri", registered), ("state", "s")]).await;
        assert_eq!(page.location().as_deref(), Some("com.example.app:/signed-out?x=1&state=s"));
    }
}

mod oidcc_rp_initiated_logout_bad_id_token_hint {
    use super::*;

    // req: lo.redir
    #[tokio::test]
    async fn a_hint_of_a_foreign_key_or_without_signature_sends_nobody_on() {
        let (mut suite, good) = signed_in().await;
        let claims = good.split('.').nth(1).unwrap().to_owned();
        let none = format!("{}.{claims}.", chabi_token::base64url::encode(br#"{"alg":"none","typ":"JWT"}"#));
        let foreign = chabi_token::signing_key::SigningKey::generate(chabi_token::Algorithm::ES256).unwrap();
        let told: chabi_token::IdTokenClaims = serde_json::from_slice(&chabi_token::base64url::decode(&claims).unwrap()).unwrap();
        let foreign = chabi_token::id_token::issue(&told, &foreign).unwrap();
        let access = suite.tokens(&[]).await.access_token;
        for bad in [none, foreign, access, "junk".to_owned()] {
            for client_id in ["", FIRST] {
                let parameters =
                    [("id_token_hint", bad.as_str()), ("post_logout_redirect_uri", AFTER_LOGOUT), ("state", "s"), ("client_id", client_id)];
                let page = log_out(&mut suite, &parameters).await;
                assert_eq!(page.status, 400, "{}", page.body);
                is_page(&page, "This sign-in cannot go on");
            }
        }
        check_still_signed_in(&mut suite).await;
    }
}

mod oidcc_rp_initiated_logout_modified_id_token_hint {
    use super::*;

    // req: lo.redir
    #[tokio::test]
    async fn a_hint_that_was_changed_sends_nobody_on() {
        let (mut suite, good) = signed_in().await;
        let mut parts: Vec<String> = good.split('.').map(str::to_owned).collect();
        let claims = String::from_utf8(chabi_token::base64url::decode(&parts[1]).unwrap()).unwrap();
        parts[1] = chabi_token::base64url::encode(claims.replacen("\"sub\":\"", "\"sub\":\"x", 1));
        let page = log_out(&mut suite, &[("id_token_hint", &parts.join(".")), ("post_logout_redirect_uri", AFTER_LOGOUT)]).await;
        assert_eq!(page.status, 400);
        is_page(&page, "This sign-in cannot go on");
    }
}

mod oidcc_rp_initiated_logout_no_id_token_hint {
    use super::*;

    // req: lo.redir
    #[tokio::test]
    async fn without_hint_and_client_id_no_uri_is_anybodys() {
        let (mut suite, _) = signed_in().await;
        let page = log_out(&mut suite, &[("post_logout_redirect_uri", AFTER_LOGOUT), ("state", "s")]).await;
        assert_eq!(page.status, 400);
        is_page(&page, "This sign-in cannot go on");
    }

    // req: lo.csrf
    #[tokio::test]
    async fn with_client_id_alone_the_person_is_asked_and_then_returns() {
        let (mut suite, _) = signed_in().await;
        let page = log_out(&mut suite, &[("post_logout_redirect_uri", AFTER_LOGOUT), ("state", "s"), ("client_id", FIRST)]).await;
        is_page(&page, "Sign out?");
        check_still_signed_in(&mut suite).await;
        let page = confirm(&mut suite, page).await;
        assert_eq!(page.location(), Some(format!("{AFTER_LOGOUT}?state=s")));
        check_signed_out(&mut suite).await;
    }
}

mod oidcc_rp_initiated_logout_no_params {
    use super::*;

    // req: lo.csrf
    #[tokio::test]
    async fn without_parameters_a_page_asks_and_another_says_that_it_is_done() {
        let (mut suite, _) = signed_in().await;
        let page = log_out(&mut suite, &[]).await;
        let page = confirm(&mut suite, page).await;
        is_page(&page, "Signed out");
        check_signed_out(&mut suite).await;
        is_page(&log_out(&mut suite, &[]).await, "Signed out");
    }

    #[tokio::test]
    async fn the_pages_speak_the_language_that_is_asked_for() {
        let (mut suite, _) = signed_in().await;
        let page = log_out(&mut suite, &[("ui_locales", "bn"), ("logout_hint", "ada")]).await;
        assert!(page.body.contains("<html lang=\"bn\""), "{}", page.body);
        is_page(&confirm(&mut suite, page).await, "সাইন আউট হয়েছে");
    }
}

mod oidcc_rp_initiated_logout_no_post_logout_redirect_uri {
    use super::*;

    #[tokio::test]
    async fn a_hint_alone_signs_out_and_a_page_says_so() {
        let (mut suite, hint) = signed_in().await;
        is_page(&log_out(&mut suite, &[("id_token_hint", &hint), ("state", "s")]).await, "Signed out");
        check_signed_out(&mut suite).await;
    }
}

mod oidcc_rp_initiated_logout_no_state {
    use super::*;

    #[tokio::test]
    async fn no_state_comes_back_where_none_was_sent() {
        let (mut suite, hint) = signed_in().await;
        let page = log_out(&mut suite, &[("id_token_hint", &hint), ("post_logout_redirect_uri", AFTER_LOGOUT)]).await;
        assert_eq!(page.location().as_deref(), Some(AFTER_LOGOUT));
        check_signed_out(&mut suite).await;
    }
}

mod oidcc_rp_initiated_logout_only_state {
    use super::*;

    #[tokio::test]
    async fn a_state_alone_leads_to_our_pages() {
        let (mut suite, _) = signed_in().await;
        let page = log_out(&mut suite, &[("state", "s")]).await;
        let page = confirm(&mut suite, page).await;
        is_page(&page, "Signed out");
        check_signed_out(&mut suite).await;
    }
}

mod oidcc_rp_initiated_logout_bad_post_logout_redirect_uri {
    use super::*;

    // req: lo.redir
    #[tokio::test]
    async fn a_uri_that_is_not_registered_is_a_page() {
        let (mut suite, hint) = signed_in().await;
        for uri in ["https://evil.example/", "https://app.example/bye/", "https://app.example/BYE", "https://app.example/callback"] {
            let page = log_out(&mut suite, &[("id_token_hint", &hint), ("post_logout_redirect_uri", uri), ("state", "s")]).await;
            assert_eq!(page.status, 400, "{uri}");
            is_page(&page, "This sign-in cannot go on");
        }
    }
}

mod oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri {
    use super::*;

    // req: lo.redir
    #[tokio::test]
    async fn a_query_that_is_not_registered_is_another_uri() {
        let (mut suite, hint) = signed_in().await;
        let uri = format!("{AFTER_LOGOUT}?foo=bar");
        let page = log_out(&mut suite, &[("id_token_hint", &hint), ("post_logout_redirect_uri", &uri), ("state", "s")]).await;
        assert_eq!(page.status, 400);
        is_page(&page, "This sign-in cannot go on");
    }
}

mod oidcc_backchannel_rp_initiated_logout {
    use super::*;

    /// The checks of the suite on a logout token.
    async fn check(suite: &mut Suite, token: &str, id_token: &Value) {
        let part = |index| -> Value {
            let text = token.split('.').nth(index).unwrap();
            serde_json::from_slice(&chabi_token::base64url::decode(text).unwrap()).unwrap()
        };
        let (header, claims) = (part(0), part(1));
        let keys = suite.browser.get("/oauth2/jwks").await;
        let keys = chabi_token::JwkSet::parse(keys.body.as_bytes()).unwrap();
        let profile = chabi_token::jws::VerificationProfile {
            types: &["logout+jwt"],
            algorithms: &[chabi_token::Algorithm::RS256],
            issuer: ISSUER,
            audience: chabi_token::jws::ExpectedAudience::Is(FIRST),
            skew: chabi::Seconds(0),
            required: &["sub", "sid", "iat", "jti", "events"],
            forbidden: &["nonce"],
        };
        chabi_token::jws::verify::<Value>(token, &keys, &profile, suite.server.chabi.env().now()).unwrap();
        assert_eq!((&header["typ"], &header["alg"]), (&"logout+jwt".into(), &"RS256".into()));
        assert_eq!((&claims["sub"], &claims["sid"]), (&id_token["sub"], &id_token["sid"]));
        let events = serde_json::json!({"http://schemas.openid.net/event/backchannel-logout": {}});
        assert_eq!(claims["events"], events);
        let lifetime = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
        assert!((1..=120).contains(&lifetime), "{lifetime}");
    }

    // req: lo.bc
    #[tokio::test]
    async fn the_application_is_told_by_a_logout_token_and_the_browser_returns() {
        let mut receiver = Receiver::start(StatusCode::OK).await;
        let mut suite = receiver.suite(true).await;
        let tokens = suite.tokens(&[]).await;
        let hint = hint(&tokens.answer);
        let page = log_out(&mut suite, &[("id_token_hint", &hint), ("post_logout_redirect_uri", AFTER_LOGOUT), ("state", "s")]).await;
        assert_eq!(page.location(), Some(format!("{AFTER_LOGOUT}?state=s")));
        let token = receiver.token().await;
        check(&mut suite, &token, &tokens.id_token).await;
        check_signed_out(&mut suite).await;
        // req: at.cross
        let page = log_out(&mut suite, &[("id_token_hint", &token)]).await;
        assert_eq!(page.status, 400, "a logout token is no ID token");
        assert_eq!(suite.server.get_with_token("/oauth2/userinfo", &token).await.status, 401, "and no access token");
    }

    // req: lo.bc
    #[tokio::test]
    async fn one_that_fails_is_tried_again() {
        let mut failing = Receiver::start(StatusCode::INTERNAL_SERVER_ERROR).await;
        let mut suite = failing.suite(true).await;
        let tokens = suite.tokens(&[]).await;
        let page = log_out(&mut suite, &[("id_token_hint", &hint(&tokens.answer))]).await;
        is_page(&page, "Signed out");
        let first = failing.token().await;
        // while it is leased it is due in half a minute, and once it has failed in five seconds
        until(async || suite.server.chabi.store().has_due_logout_deliveries(later(&suite, 5)).await.unwrap()).await;
        suite.server.clock.advance(chabi::Seconds(6));
        let second = failing.token().await;
        assert_ne!(first, second, "signed anew");
        check(&mut suite, &second, &tokens.id_token).await;
    }

    // req: lo.bc
    #[tokio::test]
    async fn one_that_fails_for_a_day_is_given_up_with_an_event() {
        let mut failing = Receiver::start(StatusCode::INTERNAL_SERVER_ERROR).await;
        let mut suite = failing.suite(true).await;
        let tokens = suite.tokens(&[]).await;
        log_out(&mut suite, &[("id_token_hint", &hint(&tokens.answer))]).await;
        failing.token().await;
        let store = suite.server.chabi.store();
        until(async || store.has_due_logout_deliveries(later(&suite, 5)).await.unwrap()).await;
        // the next try would come when nobody need know any more
        suite.server.clock.advance(chabi::Seconds(86_400 - 3));
        failing.token().await;
        until(async || store.list_audit_events(5).await.unwrap().iter().any(|event| event.kind == "backchannel_logout.given_up")).await;
    }

    // req: lo.bc
    #[tokio::test]
    async fn one_that_refuses_is_given_up_with_an_event() {
        let mut refusing = Receiver::start(StatusCode::BAD_REQUEST).await;
        let mut suite = refusing.suite(true).await;
        let tokens = suite.tokens(&[]).await;
        log_out(&mut suite, &[("id_token_hint", &hint(&tokens.answer))]).await;
        refusing.token().await;
        let store = suite.server.chabi.store();
        until(async || store.list_audit_events(5).await.unwrap().iter().any(|event| event.kind == "backchannel_logout.given_up")).await;
        until(async || !store.has_due_logout_deliveries(later(&suite, 86_400)).await.unwrap()).await;
    }

    // req: lo.bc
    #[tokio::test]
    async fn a_logout_uri_at_a_private_address_is_never_called() {
        let receiver = Receiver::start(StatusCode::OK).await;
        let mut suite = receiver.suite(false).await;
        let tokens = suite.tokens(&[]).await;
        log_out(&mut suite, &[("id_token_hint", &hint(&tokens.answer))]).await;
        let store = suite.server.chabi.store();
        until(async || store.list_audit_events(5).await.unwrap().iter().any(|event| event.kind == "backchannel_logout.given_up")).await;
        assert!(receiver.posted.is_empty());
    }

    // req: lo.bc
    #[tokio::test]
    async fn whoever_ends_the_session_the_application_is_told() {
        for way in [
            "account page",
            "list of sessions",
            "password changed",
            "operator ends the session",
            "operator ends the account",
            "account disabled",
            "another person",
        ] {
            let mut receiver = Receiver::start(StatusCode::NO_CONTENT).await;
            let mut suite = receiver.suite(true).await;
            let tokens = suite.tokens(&[]).await;
            end(way, &mut suite, &tokens.id_token).await;
            let token = receiver.token().await;
            check(&mut suite, &token, &tokens.id_token).await;
        }
    }

    async fn end(way: &str, suite: &mut Suite, id_token: &Value) {
        use chabi::operations::{accounts, revoke};
        let chabi = suite.server.chabi.clone();
        match way {
            "account page" => {
                let page = suite.browser.visit("/accounts/logout/").await;
                is_page(&confirm(suite, page).await, "Signed out");
            }
            "list of sessions" => {
                let mut elsewhere = suite.server.browser();
                suite.server.sign_in(&mut elsewhere, &[]).await;
                let page = elsewhere.visit("/accounts/").await;
                let csrf = page.hidden_fields().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
                let page = elsewhere.post("/accounts/sessions/", &[("csrf", &csrf), ("action", "end-others")]).await;
                assert_eq!(page.status, 303, "{}", page.body);
            }
            "password changed" => {
                let page = suite.browser.visit("/accounts/password/change/").await;
                let fields = [("password", crate::server::PASSWORD), ("new_password", "violet-harbour-tundra-88")];
                let page = suite.browser.submit(&page, &fields).await;
                assert_eq!(page.status, 303, "{}", page.body);
            }
            "operator ends the session" => {
                let sid = id_token["sid"].as_str().unwrap().to_owned();
                assert!(revoke::revoke(&chabi, revoke::Revoke::Session(sid)).await.unwrap() > 0);
            }
            "operator ends the account" => {
                assert!(revoke::revoke(&chabi, revoke::Revoke::Account(crate::server::ADA.into())).await.unwrap() > 0);
            }
            "account disabled" => accounts::disable(chabi.resource_owner(), crate::server::ADA).await.unwrap(),
            _ => {
                let grace = accounts::NewPerson {
                    email: "grace@example.test".into(),
                    name: "Grace".into(),
                    locale: "en".into(),
                    password: "violet-harbour-tundra-88".into(),
                    address_verified: true,
                };
                accounts::add(chabi.resource_owner(), grace).await.unwrap();
                let page = suite.browser.visit(&suite.url(&[("prompt", "login")])).await;
                suite.browser.submit(&page, &[("username", "grace@example.test"), ("password", "violet-harbour-tundra-88")]).await;
            }
        }
    }

    // req: lo.bc
    #[tokio::test]
    async fn who_proves_again_who_they_are_stays_signed_in_and_is_signed_out_by_the_sid_that_was_told() {
        let mut receiver = Receiver::start(StatusCode::OK).await;
        let mut suite = receiver.suite(true).await;
        let tokens = suite.tokens(&[]).await;
        suite.server.clock.advance(chabi::Seconds(5));
        let page = suite.browser.visit("/accounts/login/?again=1").await;
        let page = suite.browser.submit(&page, &[("username", crate::server::ADA), ("password", crate::server::PASSWORD)]).await;
        assert_eq!(page.status, 303, "{}", page.body);
        assert!(!suite.server.chabi.store().has_due_logout_deliveries(later(&suite, 86_400)).await.unwrap(), "nobody signed out");
        // the ID token of before names this person's session still: nobody is asked
        let page = log_out(&mut suite, &[("id_token_hint", &hint(&tokens.answer)), ("post_logout_redirect_uri", AFTER_LOGOUT)]).await;
        assert_eq!(page.location().as_deref(), Some(AFTER_LOGOUT));
        let token = receiver.token().await;
        check(&mut suite, &token, &tokens.id_token).await;
    }

    // req: lo.bc
    #[tokio::test]
    async fn two_nodes_tell_an_application_once() {
        let mut receiver = Receiver::start(StatusCode::OK).await;
        let mut suite = receiver.suite(true).await;
        let env = suite.server.chabi.env().clone();
        let store = suite.server.chabi.store().clone();
        let host = format!("127.0.0.1:{}", receiver.port);
        let node = crate::server::builder(&env).store(store.clone()).allow_outgoing(&*host).build().await.unwrap();
        node.until_ready().await.unwrap();
        let mut sessions = std::collections::BTreeSet::new();
        for _ in 0..8 {
            suite.browser.clear_cookies();
            sessions.insert(suite.tokens(&[]).await.id_token["sid"].as_str().unwrap().to_owned());
        }
        let ada = crate::server::ADA.to_owned();
        chabi::operations::revoke::revoke(&node, chabi::operations::revoke::Revoke::Account(ada)).await.unwrap();
        let mut told = std::collections::BTreeSet::new();
        for _ in 0..sessions.len() {
            let token = receiver.token().await;
            let claims = chabi_token::base64url::decode(token.split('.').nth(1).unwrap()).unwrap();
            let claims: Value = serde_json::from_slice(&claims).unwrap();
            assert!(told.insert(claims["sid"].as_str().unwrap().to_owned()), "told twice");
        }
        assert_eq!(told, sessions);
        until(async || !store.has_due_logout_deliveries(later(&suite, 86_400)).await.unwrap()).await;
        assert!(receiver.posted.is_empty());
    }

    /// Polls, with a deadline: what happens in the background has no other end to be held by.
    async fn until(condition: impl AsyncFn() -> bool) {
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while !condition().await {
            assert!(std::time::Instant::now() < deadline, "it never came");
            tokio::task::yield_now().await;
        }
    }
}

mod oidcc_frontchannel_rp_initiated_logout {
    use super::*;

    const FRONT: &str = "https://app.example/frontchannel?a=b";

    async fn suite() -> (Suite, String, String) {
        let mut suite = Suite::start_with(module_path!(), |builder| {
            let mut application = first();
            application.settings.frontchannel_logout_uri = FRONT.into();
            builder.application(application)
        })
        .await;
        let tokens = suite.tokens(&[]).await;
        let sid = tokens.id_token["sid"].as_str().unwrap().to_owned();
        (suite, hint(&tokens.answer), sid)
    }

    fn check_frame(page: &Page, sid: &str) {
        is_page(page, "Signed out");
        let url = format!("{FRONT}&iss=https%3A%2F%2Fid.example&sid={sid}").replace('&', "&amp;");
        assert!(page.body.replace("&#x2f;", "/").contains(&format!("<iframe src=\"{url}\"")), "{}", page.body);
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.ends_with("; frame-src https://app.example"), "{policy}");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    }

    #[tokio::test]
    async fn a_page_opens_the_frame_and_goes_on_to_the_application() {
        let (mut suite, hint, sid) = suite().await;
        let page = log_out(&mut suite, &[("id_token_hint", &hint), ("post_logout_redirect_uri", AFTER_LOGOUT), ("state", "s")]).await;
        check_frame(&page, &sid);
        let body = page.body.replace("&#x2f;", "/");
        assert!(body.contains(&format!("http-equiv=\"refresh\" content=\"5; url={AFTER_LOGOUT}?state=s\"")), "{body}");
        assert!(body.contains(&format!("id=\"onward\" href=\"{AFTER_LOGOUT}?state=s\"")), "{body}");
        check_signed_out(&mut suite).await;
    }

    #[tokio::test]
    async fn the_same_after_a_page_that_asked_and_when_nobody_but_the_person_wished_it() {
        for start in ["/oauth2/logout", "/accounts/logout/"] {
            let (mut suite, _, sid) = suite().await;
            let page = suite.browser.visit(start).await;
            let page = confirm(&mut suite, page).await;
            check_frame(&page, &sid);
            assert!(!page.body.contains("http-equiv"), "there is nowhere to go");
            check_signed_out(&mut suite).await;
        }
    }

    #[tokio::test]
    async fn the_metadata_says_so() {
        let (mut suite, ..) = suite().await;
        let metadata = suite.browser.get("/.well-known/openid-configuration").await.json();
        for member in
            ["front", "back"].into_iter().flat_map(|way| ["", "_session"].map(|kind| format!("{way}channel_logout{kind}_supported")))
        {
            assert_eq!(metadata[&member], true, "{member}");
        }
    }
}

mod oidcc_session_management_rp_initiated_logout {
    use super::*;

    const COOKIE: &str = "__Host-chabi_browser_state";

    /// As the frame does it: OpenID Connect Session Management §3.2.
    fn holds(session_state: &str, browser_state: &str) -> bool {
        let (_, salt) = session_state.split_once('.').unwrap();
        let text = format!("{FIRST} https://app.example {browser_state} {salt}");
        format!("{}.{salt}", chabi_token::base64url::encode(chabi_token::hash::sha256(text.as_bytes()))) == session_state
    }

    #[tokio::test]
    async fn session_state_holds_until_the_person_signs_out() {
        let mut suite = Suite::start(module_path!()).await;
        let nobody = suite.authorize(&[("prompt", "none")]).await;
        assert!(holds(nobody.get("session_state").unwrap(), ""));
        let back = suite.authorize(&[]).await;
        let state = back.get("session_state").unwrap().to_owned();
        assert!(!state.contains(' '));
        let cookie = suite.browser.cookie(COOKIE).unwrap().to_owned();
        assert!(holds(&state, &cookie));
        assert!(!holds(nobody.get("session_state").unwrap(), &cookie), "somebody signed in");
        let again = suite.authorize(&[("prompt", "none")]).await;
        assert_ne!(again.get("session_state"), Some(state.as_str()), "another salt");
        assert!(holds(again.get("session_state").unwrap(), &cookie));
        let hint = hint(&suite.tokens_of(&back).await.answer);
        log_out(&mut suite, &[("id_token_hint", &hint)]).await;
        assert_eq!(suite.browser.cookie(COOKIE), None);
    }

    #[tokio::test]
    async fn the_cookie_is_for_frames_and_says_nothing() {
        let mut suite = Suite::start(module_path!()).await;
        let page = suite.browser.visit(&suite.url(&[])).await;
        let page = suite.browser.submit(&page, &[("username", crate::server::ADA), ("password", crate::server::PASSWORD)]).await;
        let cookies: Vec<&str> = page.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
        let cookie = cookies.iter().find(|cookie| cookie.starts_with(COOKIE)).unwrap();
        assert!(cookie.ends_with("; Secure; SameSite=None") && !cookie.contains("HttpOnly"), "{cookie}");
        let session = suite.browser.cookie("__Host-chabi_session").unwrap();
        assert!(!session.contains(suite.browser.cookie(COOKIE).unwrap()));
    }

    // req: az.frame
    #[tokio::test]
    async fn the_page_that_frames_ask_may_be_framed_and_no_other() {
        let mut suite = Suite::start(module_path!()).await;
        let metadata = suite.browser.get("/.well-known/openid-configuration").await.json();
        let url = metadata["check_session_iframe"].as_str().unwrap();
        assert_eq!(url, format!("{ISSUER}/oauth2/session/check"));
        let page = suite.browser.get(url).await;
        assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
        assert!(page.headers.get("x-frame-options").is_none());
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert_eq!(policy, "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *");
        let script = page.body.split("src=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let script = suite.browser.get(&script).await;
        assert_eq!((script.status.as_u16(), script.headers["content-type"].to_str().unwrap()), (200, "text/javascript; charset=utf-8"));
        let login = suite.browser.visit(&suite.url(&[])).await;
        assert_eq!(login.headers["x-frame-options"], "DENY");
        assert!(login.headers["content-security-policy"].to_str().unwrap().contains("frame-ancestors 'none'"));
    }
}

mod oidcc_3rd_party_init_login {
    use super::*;

    // OpenID Connect Core §4
    #[tokio::test]
    async fn the_account_page_leads_to_the_application_which_is_told_with_whom_to_begin() {
        let mut suite = Suite::start_with(module_path!(), |builder| {
            let mut application = first();
            application.settings.initiate_login_uri = "https://app.example/begin?a=b".into();
            builder.application(application)
        })
        .await;
        suite.tokens(&[]).await;
        let page = suite.browser.visit("/accounts/").await;
        let body = page.body.replace("&#x2f;", "/");
        assert!(body.contains("href=\"https://app.example/begin?a=b&amp;iss=https%3A%2F%2Fid.example\""), "{body}");
    }
}
