//! What one site made opens nothing at another, also for an application that belongs to both.

use chabi_testkit::Page;

use super::town::{At, B, C, DEVICE_GRANT, OPAQUE, Town, claims, error, scope_of_everything, text};
use crate::{
    server::{ADA, AFTER_LOGOUT, CHALLENGE, ISSUER, PASSWORD, REDIRECT, SECRET, authorize_url},
    whole_flow::mail_with,
};

/// Each site, with one that knows the same people.
fn both_ways(town: &Town) -> [(At, At); 2] {
    [(town.at(ISSUER), town.at(B)), (town.at(B), town.at(ISSUER))]
}

#[tokio::test]
async fn each_site_tells_its_own_issuer_and_endpoints() {
    let town = Town::start().await;
    for issuer in [ISSUER, B, C] {
        let told = town.at(issuer).get("/.well-known/openid-configuration").await.json();
        assert_eq!(told["issuer"], issuer);
        for name in ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "end_session_endpoint"] {
            assert!(text(&told, name).starts_with(issuer), "{name}: {told}");
        }
        let tokens = town.at(issuer).get("/.well-known/jwks.json").await.json();
        assert!(!tokens["keys"].as_array().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_code_is_redeemed_where_it_was_made_alone() {
    let town = Town::start().await;
    for (here, there) in both_ways(&town) {
        let code = here.code(&mut here.browser(), &[]).await;
        assert_eq!(error(&there.exchange(&code).await), "invalid_grant");
        assert_eq!(here.exchange(&code).await.status, 200, "the try elsewhere has not spent it");
    }
}

#[tokio::test]
async fn a_refresh_token_refreshes_where_it_was_made_alone() {
    let town = Town::start().await;
    for (here, there) in both_ways(&town) {
        let token = text(&here.tokens(&[("scope", &scope_of_everything())]).await, "refresh_token");
        assert_eq!(error(&there.refresh(&token).await), "invalid_grant");
        there.post("/oauth2/revoke", &[("client_id", "everywhere"), ("token", &token)]).await;
        assert_eq!(here.refresh(&token).await.status, 200, "nor does the other site take it back");
    }
}

// req: rs.tenant
#[tokio::test]
async fn an_access_token_opens_the_apis_of_its_own_site_alone() {
    let town = Town::start().await;
    let (main, b) = (town.at(ISSUER), town.at(B));
    let scope = scope_of_everything();
    let (of_main, of_b) = (main.tokens(&[("scope", &scope)]).await, b.tokens(&[("scope", &scope)]).await);
    let (of_main, of_b) = (text(&of_main, "access_token"), text(&of_b, "access_token"));
    assert_eq!(claims(&of_main)["iss"], ISSUER);
    assert_eq!(claims(&of_b)["iss"], B);
    // the API's own layer says whose tokens it takes, at whichever host it is asked
    for at in [&main, &b] {
        assert_eq!(at.with_token("/notes", &of_main).await, 200);
        assert_eq!(at.with_token("/notes", &of_b).await, 401);
        assert_eq!(at.with_token("/notes-of-b", &of_b).await, 200);
        assert_eq!(at.with_token("/notes-of-b", &of_main).await, 401);
        assert_eq!(at.with_token("/notes-of-c", &of_b).await, 401);
    }
    for (here, there, token) in [(&main, &b, &of_main), (&b, &main, &of_b)] {
        assert_eq!(here.with_token("/oauth2/userinfo", token).await, 200);
        assert_eq!(there.with_token("/oauth2/userinfo", token).await, 401);
        assert!(here.introspects("notes", token).await && !there.introspects("notes", token).await);
    }
}

#[tokio::test]
async fn an_opaque_token_is_read_where_it_was_made_alone() {
    let town = Town::start().await;
    for (here, there) in both_ways(&town) {
        let tokens = here.tokens(&[("scope", "notes:read"), ("resource", OPAQUE)]).await;
        let token = text(&tokens, "access_token");
        assert!(token.starts_with("chabi_at_"), "{token}");
        assert!(here.introspects("opaque", &token).await);
        assert!(!there.introspects("opaque", &token).await);
    }
}

#[tokio::test]
async fn the_cookies_of_one_site_sign_nobody_in_at_another() {
    let town = Town::start().await;
    for (here, there) in both_ways(&town) {
        let mut browser = here.browser();
        here.code(&mut browser, &[]).await;
        let names = ["__Host-chabi_session", "__Host-chabi_browser"];
        let cookies = names.map(|name| (name, browser.cookie(name).unwrap().to_owned()));
        let cookies: Vec<(&str, &str)> = cookies.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(here.browser_with(&cookies).get("/accounts/").await.status, 200);
        let home = there.browser_with(&cookies).get("/accounts/").await;
        assert!(home.location().unwrap().contains("/accounts/login/"), "{home:?}");
    }
}

#[tokio::test]
async fn a_form_of_one_site_is_not_taken_at_another() {
    let town = Town::start().await;
    for (here, there) in both_ways(&town) {
        let mut browser = here.browser();
        let page = browser.get("/accounts/login/").await;
        let binding = browser.cookie("__Host-chabi_browser").unwrap().to_owned();
        let csrf = page.hidden_fields().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
        let fields = [("csrf", csrf.as_str()), ("username", ADA), ("password", PASSWORD)];
        let cookies = [("__Host-chabi_browser", binding.as_str())];
        let refused = there.browser_with(&cookies).post("/accounts/login/", &fields).await;
        assert_eq!(refused.status, 403, "{}", refused.body);
        assert_eq!(here.browser_with(&cookies).post("/accounts/login/", &fields).await.status, 303);
    }
}

#[tokio::test]
async fn a_pushed_request_is_known_where_it_was_pushed_alone() {
    let town = Town::start().await;
    for (here, there) in both_ways(&town) {
        let request = [
            ("client_id", "everywhere"),
            ("response_type", "code"),
            ("redirect_uri", REDIRECT),
            ("scope", "openid"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let pushed = here.post("/oauth2/par", &request).await;
        let uri = text(&pushed.json(), "request_uri");
        let path = format!("/oauth2/authorize?client_id=everywhere&request_uri={uri}");
        assert_eq!(there.browser().visit(&path).await.status, 400);
        assert!(here.browser().visit(&path).await.body.contains("login-submit"));
    }
}

#[tokio::test]
async fn a_request_that_waits_at_one_site_is_not_gone_on_with_at_another() {
    let town = Town::start().await;
    for (here, there) in both_ways(&town) {
        let mut browser = here.browser();
        let login = browser.visit(&authorize_url(&[("client_id", "everywhere")])).await;
        let transaction = login.hidden_fields().into_iter().find(|(name, _)| name == "transaction").unwrap().1;
        let binding = browser.cookie("__Host-chabi_browser").unwrap().to_owned();
        // with Ada signed in there, so that nothing else is in the way
        let mut signed_in = there.browser();
        there.code(&mut signed_in, &[]).await;
        let session = signed_in.cookie("__Host-chabi_session").unwrap().to_owned();
        let cookies = [("__Host-chabi_browser", binding.as_str()), ("__Host-chabi_session", session.as_str())];
        for path in [format!("/oauth2/authorize/resume/{transaction}"), format!("/accounts/consent/?transaction={transaction}")] {
            let refused = there.browser_with(&cookies).get(&path).await;
            assert!(refused.status.is_client_error(), "{path}: {refused:?}");
        }
    }
}

async fn begin(at: &At) -> (String, String) {
    let begun = at.post("/oauth2/device_authorization", &[("client_id", "everywhere"), ("scope", "openid")]).await.json();
    assert!(text(&begun, "verification_uri").starts_with(at.issuer));
    (text(&begun, "device_code"), text(&begun, "user_code"))
}

async fn type_code(at: &At, code: &str) -> Page {
    let mut browser = at.browser();
    let page = browser.visit("/device").await;
    let page = browser.submit(&page, &[("username", ADA), ("password", PASSWORD)]).await;
    let page = browser.follow(page).await;
    let page = browser.submit(&page, &[("code", code)]).await;
    browser.follow(page).await
}

#[tokio::test]
async fn a_device_is_allowed_and_polls_where_it_began_alone() {
    let town = Town::start().await;
    for (here, there) in both_ways(&town) {
        let (device_code, user_code) = begin(&here).await;
        let poll = [("grant_type", DEVICE_GRANT), ("device_code", device_code.as_str())];
        assert_eq!(error(&there.token(&poll).await), "invalid_grant");
        assert_eq!(error(&here.token(&poll).await), "authorization_pending");
        assert!(!type_code(&there, &user_code).await.body.contains("device-allow"));
        assert!(type_code(&here, &user_code).await.body.contains("device-allow"));
    }
}

fn link_in(mail: &str, below: &str) -> String {
    mail.split_whitespace().find(|word| word.contains(below)).unwrap().trim_matches(['"', '>', '<']).to_owned()
}

#[tokio::test]
async fn a_link_for_a_new_password_opens_at_its_own_site_alone() {
    let town = Town::start().await;
    for (here, there) in both_ways(&town) {
        let mut browser = here.browser();
        let page = browser.get("/accounts/password/reset/").await;
        assert_eq!(browser.submit(&page, &[("email", ADA)]).await.status, 303);
        let link = link_in(&mail_with(&town.server, "/password/reset/key/").await, "/password/reset/key/");
        let path = link.strip_prefix(here.issuer).unwrap_or_else(|| panic!("{link} is not of {}", here.issuer)).to_owned();
        assert!(!there.get(&path).await.body.contains("new_password"));
        assert!(here.get(&path).await.body.contains("new_password"));
        town.server.mailbox.0.lock().unwrap().clear();
    }
}

#[tokio::test]
async fn a_proof_of_an_address_is_good_at_its_own_site_alone() {
    let town = Town::start().await;
    for (number, (here, there)) in both_ways(&town).into_iter().enumerate() {
        let address = format!("new{number}@example.test");
        let mut browser = here.browser();
        let page = browser.get("/accounts/signup/").await;
        let fields = [("email", address.as_str()), ("name", "New"), ("password", "tumble weather casino plinth")];
        assert_eq!(browser.submit(&page, &fields).await.status, 303);
        let mail = mail_with(&town.server, "/confirm-email/").await;
        let path = link_in(&mail, "/confirm-email/").strip_prefix(here.issuer).unwrap().to_owned();
        let digits = |line: &&str| line.chars().filter(char::is_ascii_digit).count() == 8 && line.len() <= 9;
        let code = mail.lines().map(str::trim).find(digits).unwrap().to_owned();
        // the link
        assert!(there.get(&path).await.status.is_client_error());
        // the code, from the very browser, as far as another site can know it
        let binding = browser.cookie("__Host-chabi_browser").unwrap().to_owned();
        let mut elsewhere = there.browser_with(&[("__Host-chabi_browser", &binding)]);
        let page = elsewhere.get("/accounts/confirm-email/").await;
        assert!(!page.body.contains("name=\"code\""), "nothing waits there: {}", page.body);
        let page = browser.get("/accounts/confirm-email/").await;
        let done = browser.submit(&page, &[("code", &code)]).await;
        assert!(done.status.is_redirection() || done.status.is_success(), "{}", done.body);
        town.server.mailbox.0.lock().unwrap().clear();
    }
}

#[tokio::test]
async fn an_application_registers_itself_at_one_site_and_is_managed_there() {
    let town = Town::start().await;
    for (here, there) in both_ways(&town) {
        let metadata = format!(r#"{{"client_name": "New", "redirect_uris": ["https://new.example/{}"]}}"#, here.issuer.len());
        let register = |at: &At| {
            let host = at.issuer.strip_prefix("https://").unwrap();
            let request = http::Request::post("/oauth2/register").header("host", host).header("content-type", "application/json");
            let request = request.body(axum::body::Body::from(metadata.clone())).unwrap();
            let router = at.router.clone();
            async move { chabi_testkit::browser::ask(&router, request).await }
        };
        let (status, _, body) = register(&here).await;
        assert_eq!(status, 201, "{body}");
        let made: serde_json::Value = serde_json::from_str(&body).unwrap();
        let (id, token) = (text(&made, "client_id"), text(&made, "registration_access_token"));
        let path = format!("/oauth2/register/{id}");
        assert_eq!(here.with_token(&path, &token).await, 200);
        assert_eq!(there.with_token(&path, &token).await, 401);
        let url = authorize_url(&[
            ("client_id", &id),
            ("redirect_uri", &format!("https://new.example/{}", here.issuer.len())),
            ("scope", "openid"),
        ]);
        assert_eq!(there.get(&url).await.status, 400, "it is unknown there");
        assert!(here.browser().visit(&url).await.body.contains("login-submit"));
        let (_, _, body) = register(&there).await;
        assert_ne!(text(&serde_json::from_str(&body).unwrap(), "client_id"), id, "a copy elsewhere is another application");
    }
}

#[tokio::test]
async fn an_id_token_signs_out_at_its_own_site_alone() {
    let town = Town::start().await;
    for (here, there) in both_ways(&town) {
        let mut elsewhere = there.browser();
        there.code(&mut elsewhere, &[]).await;
        let hint = text(&here.tokens(&[]).await, "id_token");
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", AFTER_LOGOUT)])
            .finish();
        let answer = elsewhere.visit(&format!("/oauth2/logout?{query}")).await;
        assert!(!answer.location().unwrap_or_default().starts_with(AFTER_LOGOUT), "{answer:?}");
        assert_eq!(elsewhere.get("/accounts/").await.status, 200, "still signed in");
    }
}

#[tokio::test]
async fn a_logout_that_waits_at_one_site_is_not_gone_on_with_at_another() {
    let town = Town::start().await;
    for (here, there) in both_ways(&town) {
        let mut browser = here.browser();
        here.code(&mut browser, &[]).await;
        let asks = browser.visit("/oauth2/logout?client_id=everywhere").await;
        let transaction = asks.hidden_fields().into_iter().find(|(name, _)| name == "transaction").unwrap().1;
        let binding = browser.cookie("__Host-chabi_browser").unwrap().to_owned();
        let mut elsewhere = there.browser_with(&[("__Host-chabi_browser", &binding)]);
        let refused = elsewhere.get(&format!("/oauth2/logout/resume/{transaction}")).await;
        assert!(refused.status.is_client_error(), "{refused:?}");
    }
}

#[tokio::test]
async fn an_application_is_unknown_at_a_site_to_which_it_does_not_belong() {
    let town = Town::start().await;
    for (own, application, other) in [(town.at(ISSUER), "app", town.at(B)), (town.at(B), "of-b", town.at(ISSUER))] {
        let url = authorize_url(&[("client_id", application)]);
        assert!(own.browser().visit(&url).await.body.contains("login-submit"));
        assert_eq!(other.browser().visit(&url).await.status, 400);
        let exchange = |at: &At| {
            let at = at.clone();
            async move { at.post("/oauth2/token", &[("client_id", application), ("grant_type", "refresh_token"), ("refresh_token", "x")]).await }
        };
        assert_eq!(
            error(
                &other
                    .clone()
                    .post("/oauth2/token", &[("client_id", application), ("grant_type", "refresh_token"), ("refresh_token", "x")])
                    .await
            ),
            "invalid_client"
        );
        assert_eq!(error(&exchange(&own).await), "invalid_grant");
    }
    let machine = [("grant_type", "client_credentials"), ("client_id", "machine"), ("client_secret", SECRET)];
    assert_eq!(town.at(ISSUER).post("/oauth2/token", &machine).await.status, 200);
    assert_eq!(error(&town.at(B).post("/oauth2/token", &machine).await), "invalid_client");
}

#[tokio::test]
async fn a_token_names_the_status_list_of_its_own_issuer() {
    let town = Town::start().await;
    for at in [town.at(ISSUER), town.at(B)] {
        let token = text(&at.tokens(&[]).await, "access_token");
        let uri = claims(&token)["status"]["status_list"]["uri"].as_str().unwrap().to_owned();
        let list = at.get(uri.strip_prefix(at.issuer).unwrap()).await;
        assert_eq!(list.status, 200);
        assert_eq!(claims(&list.body)["sub"], uri.as_str());
    }
}
