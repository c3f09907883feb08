//! The device authorization grant, with its person: from the code on the device to tokens, by forms.

use chabi::{Builder, RegisteredClient, Scope, operations::accounts};
use chabi_store::application::ClientAuthentication;
use chabi_testkit::{Browser, Page};
use serde_json::Value;

use crate::server::{ADA, AUDIENCE, ISSUER, PASSWORD, TestServer};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A server that knows a public application for televisions.
async fn server() -> TestServer {
    TestServer::start_with(|builder: Builder| {
        builder.application(RegisteredClient {
            client_id: "tv".into(),
            name: "Living room".into(),
            grant_types: [GRANT, "refresh_token"].map(str::to_owned).to_vec(),
            authentication: ClientAuthentication::None,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            origins: Vec::new(),
            scope: Scope::of(["openid", "profile", "offline_access", "notes:read", "notes:write"]),
            default_audience: AUDIENCE.into(),
            ..crate::server::application()
        })
    })
    .await
}

async fn begin(server: &TestServer, scope: &str) -> Value {
    let answer =
        Browser::new(server.router.clone(), ISSUER).post("/oauth2/device_authorization", &[("client_id", "tv"), ("scope", scope)]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

async fn poll(server: &TestServer, begun: &Value) -> Page {
    let device_code = begun["device_code"].as_str().unwrap();
    server.token(&[("grant_type", GRANT), ("client_id", "tv"), ("device_code", device_code)]).await
}

async fn error(server: &TestServer, begun: &Value) -> String {
    poll(server, begun).await.json()["error"].as_str().unwrap_or_default().to_owned()
}

/// Opens a page, signs Ada in if that is asked for, and comes back to it.
async fn open(browser: &mut Browser, url: &str) -> Page {
    let page = browser.visit(url).await;
    if !page.body.contains("login-submit") {
        return page;
    }
    let page = browser.submit(&page, &[("username", ADA), ("password", PASSWORD)]).await;
    browser.follow(page).await
}

/// From the page with the field to the question.
async fn question(browser: &mut Browser, code: &str) -> Page {
    let page = open(browser, "/device").await;
    let page = browser.submit(&page, &[("code", code)]).await;
    browser.follow(page).await
}

fn ticked(page: &Page) -> Vec<(&'static str, String)> {
    let boxes = page.body.split("name=\"scope\" value=\"").skip(1);
    boxes.map(|rest| ("scope", rest.split('"').next().unwrap().to_owned())).collect()
}

async fn answer(browser: &mut Browser, page: &Page, decision: &str, scopes: &[(&str, String)]) -> Page {
    let mut fields: Vec<(&str, &str)> = scopes.iter().map(|(name, word)| (*name, word.as_str())).collect();
    fields.push(("decision", decision));
    let page = browser.submit(page, &fields).await;
    browser.follow(page).await
}

mod section_3_3 {
    use super::*;

    // req: dv.ok
    #[tokio::test]
    async fn a_person_types_the_code_sees_who_asks_for_what_and_allows_it() {
        let server = server().await;
        let begun = begin(&server, "openid notes:read").await;
        assert_eq!(begun["verification_uri"], "https://id.example/device");
        assert_eq!(error(&server, &begun).await, "authorization_pending");
        let mut browser = server.browser();
        // as people type: small letters, spaces, no dash
        let typed = begun["user_code"].as_str().unwrap().to_lowercase().replace('-', " ");
        let page = question(&mut browser, &typed).await;
        for shown in ["Living room", begun["user_code"].as_str().unwrap(), "Ada Lovelace", "notes:read", "device-allow", "device-deny"] {
            assert!(page.body.contains(shown), "{shown}: {}", page.body);
        }
        assert!(page.body.contains("Do not allow what somebody else sent you"), "{}", page.body);
        assert_eq!(error(&server, &begun).await, "slow_down", "seeing the question is not allowing it");
        let scopes = ticked(&page);
        let done = answer(&mut browser, &page, "allow", &scopes).await;
        assert!(done.body.contains("The device is connected"), "{}", done.body);
        let tokens = poll(&server, &begun).await;
        assert_eq!(tokens.status, 200, "{}", tokens.body);
        let tokens = tokens.json();
        assert_eq!(tokens["scope"], "notes:read openid");
        assert_eq!(server.get_with_token("/notes", tokens["access_token"].as_str().unwrap()).await.status, 200);
        assert!(tokens["id_token"].is_string() && tokens["refresh_token"].is_string());
        let home = browser.visit("/accounts/").await;
        assert!(home.body.contains("Living room"), "it is listed where access can be taken back");
    }

    // req: dv.ok
    #[tokio::test]
    async fn what_is_unticked_is_not_issued_and_a_form_cannot_add_to_it() {
        let server = server().await;
        let begun = begin(&server, "openid notes:read notes:write").await;
        let mut browser = server.browser();
        let page = question(&mut browser, begun["user_code"].as_str().unwrap()).await;
        let forged = [("scope", "notes:read".to_owned()), ("scope", "profile".to_owned()), ("scope", "admin".to_owned())];
        answer(&mut browser, &page, "allow", &forged).await;
        assert_eq!(poll(&server, &begun).await.json()["scope"], "notes:read openid");
    }

    // req: dv.ok
    #[tokio::test]
    async fn a_link_with_the_code_fills_it_in_and_still_asks_twice() {
        let server = server().await;
        let begun = begin(&server, "openid").await;
        let mut browser = server.browser();
        let page = open(&mut browser, begun["verification_uri_complete"].as_str().unwrap()).await;
        assert!(page.body.contains(&format!("value=\"{}\"", begun["user_code"].as_str().unwrap())), "{}", page.body);
        assert!(page.body.contains("If somebody sent you a code or a link"), "{}", page.body);
        assert_eq!(error(&server, &begun).await, "authorization_pending");
        let page = browser.submit(&page, &[("code", begun["user_code"].as_str().unwrap())]).await;
        let page = browser.follow(page).await;
        assert!(page.body.contains("device-allow"), "{}", page.body);
        let done = answer(&mut browser, &page, "deny", &[]).await;
        assert!(done.body.contains("was not connected"), "{}", done.body);
        assert_eq!(error(&server, &begun).await, "access_denied");
        // what was decided stays decided
        let again = browser.get(&page.url).await;
        assert_eq!((again.status.as_u16(), again.body.contains("device-allow")), (400, false));
    }

    // req: dv.ok
    #[tokio::test]
    async fn the_page_speaks_bengali_too() {
        let server = server().await;
        let mut browser = server.browser();
        browser.headers.insert("accept-language", "bn".parse().unwrap());
        let page = open(&mut browser, "/device").await;
        assert!(page.body.contains("একটি যন্ত্র যুক্ত করুন"), "{}", page.body);
    }
}

fn id(page: &Page) -> String {
    page.hidden_fields().into_iter().find(|(name, _)| name == "transaction").unwrap().1
}

mod section_5_1 {
    use super::*;

    // req: dv.code
    #[tokio::test]
    async fn guesses_are_counted_before_they_are_looked_up() {
        let server = server().await;
        let begun = begin(&server, "openid").await;
        let mut browser = server.browser();
        let page = open(&mut browser, "/device").await;
        for guess in 0..10 {
            let answer = browser.submit(&page, &[("code", "BCDF-GHJK")]).await;
            assert_eq!(answer.status, 422, "guess {guess}: {}", answer.body);
        }
        // also the right one, from now on; and in another browser of the same person
        for mut browser in [browser, server.browser()] {
            let page = open(&mut browser, "/device").await;
            let answer = browser.submit(&page, &[("code", begun["user_code"].as_str().unwrap())]).await;
            assert_eq!((answer.status.as_u16(), answer.headers.contains_key("retry-after")), (429, true), "{}", answer.body);
        }
        server.clock.advance(chabi::Seconds::minutes(15));
        let fresh = begin(&server, "openid").await;
        let page = question(&mut server.browser(), fresh["user_code"].as_str().unwrap()).await;
        assert!(page.body.contains("device-allow"), "{}", page.body);
    }

    #[tokio::test]
    async fn a_code_that_is_empty_unknown_or_over_is_told_in_words() {
        let server = server().await;
        let begun = begin(&server, "openid").await;
        let mut browser = server.browser();
        let page = open(&mut browser, "/device").await;
        for (typed, words) in [("", "Type the code that the device shows"), ("xyz", "No device waits"), ("AAAA-AAAA", "No device waits")] {
            let answer = browser.submit(&page, &[("code", typed)]).await;
            assert!(answer.status == 422 && answer.body.contains(words), "{typed}: {}", answer.body);
        }
        server.clock.advance(chabi::Seconds(600));
        let page = open(&mut browser, "/device").await;
        let answer = browser.submit(&page, &[("code", begun["user_code"].as_str().unwrap())]).await;
        assert!(answer.status == 422 && answer.body.contains("No device waits"), "{}", answer.body);
    }
}

mod section_5_4 {
    use super::*;

    // req: dv.ok
    // req: wb.csrf
    #[tokio::test]
    async fn only_who_saw_the_question_of_this_device_in_this_session_can_answer_it() {
        let server = server().await;
        let (mine, other) = (begin(&server, "openid").await, begin(&server, "openid").await);
        let mut browser = server.browser();
        let page = question(&mut browser, mine["user_code"].as_str().unwrap()).await;
        let foreign = question(&mut browser, other["user_code"].as_str().unwrap()).await;
        let csrf = |page: &Page| page.hidden_fields().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
        let (token, id, foreign_id) = (csrf(&page), id(&page), id(&foreign));
        let forms = [
            vec![("transaction", id.as_str()), ("decision", "allow")],
            vec![("transaction", id.as_str()), ("decision", "allow"), ("csrf", "forged")],
            // the token of another device, and of a form of another kind
            vec![("transaction", foreign_id.as_str()), ("decision", "allow"), ("csrf", token.as_str())],
        ];
        for form in forms {
            let answer = browser.post("/device/confirm", &form).await;
            assert_eq!(answer.status, 403, "{form:?}: {}", answer.body);
        }
        let good = [("transaction", id.as_str()), ("decision", "allow"), ("csrf", token.as_str())];
        // another browser, signed in as the same person
        let mut elsewhere = server.browser();
        open(&mut elsewhere, "/device").await;
        assert_eq!(elsewhere.post("/device/confirm", &good).await.status, 403);
        // a form of another site
        let mut crossing = browser.clone();
        crossing.headers.insert("origin", "https://evil.example".parse().unwrap());
        crossing.headers.insert("sec-fetch-site", "cross-site".parse().unwrap());
        assert_eq!(crossing.post("/device/confirm", &good).await.status, 403);
        assert_eq!(error(&server, &mine).await, "authorization_pending");
        assert_eq!(
            browser.post("/device/confirm", &[("transaction", id.as_str()), ("decision", "maybe"), ("csrf", token.as_str())]).await.status,
            400
        );
        assert_eq!(browser.post("/device/confirm", &good).await.status, 303);
        assert_eq!(browser.post("/device/confirm", &good).await.status, 400, "once");
        assert_eq!(poll(&server, &mine).await.status, 200);
        assert_eq!(error(&server, &other).await, "authorization_pending");
    }

    // req: dv.ok
    #[tokio::test]
    async fn nobody_who_is_not_signed_in_sees_or_answers_anything() {
        let server = server().await;
        let begun = begin(&server, "openid").await;
        let mut browser = server.browser();
        let page = question(&mut browser, begun["user_code"].as_str().unwrap()).await;
        let path = format!("/device/confirm?transaction={}", id(&page));
        let mut stranger = server.browser();
        for path in ["/device", &path] {
            let page = stranger.get(path).await;
            let to = page.location().unwrap_or_default();
            assert!(page.status == 303 && to.starts_with("/accounts/login/?next="), "{path} {to}");
        }
        for path in ["/device/confirm", "/device/confirm?transaction=x"] {
            assert_eq!(browser.get(path).await.status, 400, "{path}");
        }
    }

    // req: dv.ok
    #[tokio::test]
    async fn who_began_the_flow_cannot_send_anybody_to_the_question_past_the_code_and_its_throttle() {
        let server = server().await;
        let begun = begin(&server, "openid").await;
        let mut browser = server.browser();
        let page = question(&mut browser, begun["user_code"].as_str().unwrap()).await;
        // the id of the row is part of the device code
        let known = format!("/device/confirm?transaction={}", id(&page));
        let mut victim = server.browser();
        open(&mut victim, "/device").await;
        // without the ticket, with a made-up one, and with that of another browser where the code was typed
        for sent in [known.clone(), format!("{known}&ticket=x"), page.url.clone(), format!("{known}&ticket=")] {
            let answer = victim.get(&sent).await;
            assert_eq!((answer.status.as_u16(), answer.location().as_deref()), (303, Some("/device")), "{sent}");
        }
        // who signs in only now is asked for the code too
        let back = open(&mut server.browser(), &page.url).await;
        assert!(back.body.contains("device-submit") && !back.body.contains("device-allow"), "{}", back.body);
        // the ticket of one device opens no other
        let other = begin(&server, "openid").await;
        let foreign = question(&mut browser, other["user_code"].as_str().unwrap()).await;
        let ticket = page.url.split("&ticket=").nth(1).unwrap();
        let crossed = browser.get(&format!("/device/confirm?transaction={}&ticket={ticket}", id(&foreign))).await;
        assert_eq!(crossed.location().as_deref(), Some("/device"));
        // "not you?" leads over the code as well
        assert!(page.body.contains("user_code"), "{}", page.body);
    }
}

mod ends {
    use super::*;

    async fn allowed(server: &TestServer, browser: &mut Browser, scope: &str) -> Value {
        let begun = begin(server, scope).await;
        let page = question(browser, begun["user_code"].as_str().unwrap()).await;
        let scopes = ticked(&page);
        answer(browser, &page, "allow", &scopes).await;
        begun
    }

    async fn refresh(server: &TestServer, tokens: &Value) -> u16 {
        let token = tokens["refresh_token"].as_str().unwrap();
        server.token(&[("grant_type", "refresh_token"), ("client_id", "tv"), ("refresh_token", token)]).await.status.as_u16()
    }

    // req: rt.offline
    #[tokio::test]
    async fn signing_out_ends_what_was_allowed_save_with_offline_access() {
        let server = server().await;
        let mut browser = server.browser();
        let plain = poll(&server, &allowed(&server, &mut browser, "openid").await).await.json();
        let lasting = poll(&server, &allowed(&server, &mut browser, "openid offline_access").await).await.json();
        let (waiting, waits_longer) =
            (allowed(&server, &mut browser, "openid").await, allowed(&server, &mut browser, "openid offline_access").await);
        let page = browser.visit("/accounts/logout/").await;
        browser.submit(&page, &[]).await;
        assert_eq!((refresh(&server, &plain).await, refresh(&server, &lasting).await), (400, 200));
        assert_eq!(error(&server, &waiting).await, "invalid_grant");
        assert_eq!(poll(&server, &waits_longer).await.status, 200);
    }

    // req: rt.cascade
    #[tokio::test]
    async fn closing_the_account_ends_everything() {
        let server = server().await;
        let mut browser = server.browser();
        let lasting = poll(&server, &allowed(&server, &mut browser, "openid offline_access").await).await.json();
        let waiting = allowed(&server, &mut browser, "openid offline_access").await;
        let ada = server.chabi.store().find_account_by_email(&chabi_store::account::Realm::SHARED, ADA).await.unwrap().unwrap().0;
        accounts::disable(server.chabi.resource_owner(), ADA).await.unwrap();
        accounts::enable(server.chabi.resource_owner(), ADA).await.unwrap();
        assert_eq!(ada.disabled_at, None);
        assert_eq!(refresh(&server, &lasting).await, 400);
        assert_eq!(error(&server, &waiting).await, "invalid_grant");
    }
}
