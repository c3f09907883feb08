//! Sites come and go without a restart, on every node; requests are told apart by `Host` alone.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{Router, body::Body, extract::State, routing::post};
use chabi::{Chabi, RegisteredClient, Site, SiteAccounts, operations::sites};
use chabi_testkit::{Browser, browser::ask, databases, server::BoundPort};
use http::{Request, StatusCode, header};

use super::town::{B, C, Town, claims, error, everywhere, scope_of_everything, site, text};
use crate::server::{ISSUER, put_keys, secret};

const NEW: &str = "https://d.example";

async fn issuer_at(router: &Router, host: &'static str) -> String {
    let page = Browser::new(router.clone(), host).get("/.well-known/openid-configuration").await;
    text(&page.json(), "issuer")
}

async fn ask_with(router: &Router, headers: &[(&str, &str)]) -> (StatusCode, String) {
    let mut request = Request::get("/.well-known/openid-configuration");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (status, _, body) = ask(router, request.body(Body::empty()).unwrap()).await;
    (status, body)
}

#[tokio::test]
async fn a_site_answers_at_once_where_it_was_made_and_no_more_once_it_is_gone() {
    let town = Town::start().await;
    let router = &town.server.router;
    assert_eq!(issuer_at(router, NEW).await, ISSUER, "a host that is nobody's is the main site's");
    let store = town.server.chabi.store();
    sites::add(store, site("d", SiteAccounts::Shared), ISSUER).await.unwrap();
    assert_eq!(issuer_at(router, NEW).await, NEW);
    let d = super::town::At { router: router.clone(), issuer: NEW };
    let mut app = everywhere();
    app.settings.sites.0.push("d".into());
    chabi::operations::applications::put(store, app, chabi::operations::applications::Place::of(ISSUER)).await.unwrap();
    let tokens = d.tokens(&[("scope", &scope_of_everything())]).await;
    sites::remove(store, "d", &chabi_token::Env::system()).await.unwrap();
    assert_eq!(issuer_at(router, NEW).await, ISSUER);
    assert!(town.server.chabi.site("d").is_none());
    assert_eq!(error(&d.refresh(&text(&tokens, "refresh_token")).await), "invalid_grant");
    assert_eq!(d.with_token("/oauth2/userinfo", &text(&tokens, "access_token")).await, 401);
}

#[tokio::test]
async fn a_site_that_is_switched_off_is_misdirected_to() {
    let town = Town::start().await;
    let off = Site { disabled_at: Some(chabi::Timestamp(1)), ..site("b", SiteAccounts::Shared) };
    sites::change(town.server.chabi.store(), off, ISSUER).await.unwrap();
    for path in ["/.well-known/openid-configuration", "/accounts/login/", "/oauth2/authorize"] {
        assert_eq!(town.at(B).get(path).await.status, 421, "{path}");
    }
    assert_eq!(town.at(C).issuer_told().await, C);
    sites::change(town.server.chabi.store(), site("b", SiteAccounts::Shared), ISSUER).await.unwrap();
    assert_eq!(town.at(B).issuer_told().await, B);
}

#[tokio::test]
async fn the_host_counts_to_the_letter_and_no_header_that_tells_of_another() {
    let town = Town::start().await;
    let router = &town.server.router;
    for host in ["b.example", "B.Example", "b.example:443"] {
        assert!(ask_with(router, &[("host", host)]).await.1.contains(B), "{host}");
    }
    for host in ["b.example:8443", "b.example.evil.example", "xb.example", "", "id.example"] {
        let (_, body) = ask_with(router, &[("host", host)]).await;
        assert!(body.contains(ISSUER) && !body.contains(B), "{host}: {body}");
    }
    for told in ["x-forwarded-host", "forwarded", "x-original-host", "x-host"] {
        let value = if told == "forwarded" { "host=b.example" } else { "b.example" };
        let (_, body) = ask_with(router, &[("host", "id.example"), (told, value)]).await;
        assert!(!body.contains(B), "{told}: {body}");
    }
    assert_eq!(ask_with(router, &[("host", "id.example"), ("host", "b.example")]).await.0, 400);
}

#[tokio::test]
async fn another_node_sees_a_new_site_within_seconds_and_one_that_is_gone() {
    let (env, _clock) = chabi_testkit::env(7);
    let url = databases::postgres_url().await;
    let store = chabi_store_sql::open(&url, &env).await.unwrap();
    put_keys(&store).await;
    let node = |applications: Vec<RegisteredClient>| {
        let (env, url) = (env.clone(), url.clone());
        async move {
            let builder = Chabi::builder(ISSUER).master_secret(secret()).env(env).store_url(url).api(crate::server::api());
            let chabi = applications.into_iter().fold(builder, chabi::Builder::application).build().await.unwrap();
            chabi.until_ready().await.unwrap();
            chabi
        }
    };
    let one = node(vec![everywhere()]).await;
    let two = node(vec![]).await;
    let router = two.router();
    assert_eq!(issuer_at(&router, B).await, ISSUER);
    sites::add(one.store(), site("b", SiteAccounts::Shared), ISSUER).await.unwrap();
    until(|| async { issuer_at(&router, B).await == B }).await;
    assert!(two.site("b").is_some());
    sites::remove(one.store(), "b", &chabi_token::Env::system()).await.unwrap();
    until(|| async { issuer_at(&router, B).await == ISSUER }).await;
}

async fn until<F: Future<Output = bool>>(mut holds: impl FnMut() -> F) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds().await {
        assert!(Instant::now() < deadline, "it did not come");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What applications are told of ended sessions.
type Told = Arc<Mutex<Vec<String>>>;

async fn note(State(told): State<Told>, body: String) -> StatusCode {
    let token = form_urlencoded::parse(body.as_bytes()).find(|(name, _)| name == "logout_token").unwrap().1.into_owned();
    told.lock().unwrap().push(token);
    StatusCode::OK
}

// req: lo.bc
#[tokio::test]
async fn a_logout_token_bears_the_issuer_of_the_site_that_signed_in() {
    let (told, port) = (Told::default(), BoundPort::free().await);
    let address = port.address();
    let listening = port.serve(Router::new().route("/logout", post(note)).with_state(Arc::clone(&told)));
    let mut app = everywhere();
    app.settings.backchannel_logout_uri = format!("http://{address}/logout");
    let town = Town::start_with(|builder| builder.allow_outgoing(address.to_string()).development(true).application(app)).await;
    for issuer in [ISSUER, B] {
        let mut browser = town.at(issuer).browser();
        let code = town.at(issuer).code(&mut browser, &[]).await;
        assert_eq!(town.at(issuer).exchange(&code).await.status, 200);
        let page = browser.get("/accounts/logout/").await.form_with("logout-confirm").unwrap();
        browser.submit(&page, &[]).await;
        until(|| async { !told.lock().unwrap().is_empty() }).await;
        let token = told.lock().unwrap().pop().unwrap();
        assert_eq!(claims(&token)["iss"], issuer);
    }
    drop(listening);
}

#[tokio::test]
async fn nothing_else_than_the_host_decides_at_a_path_that_is_nobodys() {
    let town = Town::start().await;
    let page = town.at(B).get("/accounts/no-such-page/").await;
    assert_eq!(page.status, 404);
    let request = Request::get("/oauth2/nothing").header(header::HOST, "b.example").body(Body::empty()).unwrap();
    assert_eq!(ask(&town.server.router, request).await.0, 404);
}
