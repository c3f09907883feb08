//! What one node changes, the other sees: at once where the database decides, within a stated time where a node keeps a copy.
//!
//! | what | within |
//! |---|---|
//! | code redeemed, token rotated or revoked, session ended, attempts counted | at once |
//! | signing keys, applications, APIs | 1 s (each node polls their version once a second) |
//!
//! Tests allow three times as long, since the machine is busy with other tests.

use std::time::Duration;

use chabi_testkit::{Page, databases};

use crate::{
    http,
    installation::{Installation, PASSWORD, until},
    person,
};

const BOUND: Duration = Duration::from_secs(3);

async fn two_nodes() -> Installation {
    let installation = Installation::start(Some(&databases::postgres_url().await), 2).await;
    installation.furnish().await;
    installation
}

impl Installation {
    async fn get(&self, node: usize, path: &str) -> Page {
        http::ask(self.nodes[node].port, &http::get(self.proxy.port, path, "")).await.unwrap()
    }

    /// An answer of the token endpoint of this node to an application that acts for itself.
    async fn machine_token(&self, node: usize, secret: &str) -> Page {
        let fields = [("grant_type", "client_credentials"), ("client_id", "machine"), ("client_secret", secret)];
        http::ask(self.nodes[node].port, &http::post(self.proxy.port, "/oauth2/token", &fields)).await.unwrap()
    }
}

// req: st.multi
#[tokio::test(flavor = "multi_thread")]
async fn keys_that_an_operator_rotates_are_published_by_both() {
    let installation = two_nodes().await;
    let before = installation.get(0, "/oauth2/jwks").await.body;
    assert_eq!(installation.get(1, "/oauth2/jwks").await.body, before);
    installation.run(&["key", "rotate"], "").await;
    let agree = async || {
        let [one, other] = [installation.get(0, "/oauth2/jwks").await.body, installation.get(1, "/oauth2/jwks").await.body];
        one == other && one != before
    };
    let after = until(BOUND, agree, || "the nodes do not publish the new keys".to_owned()).await;
    eprintln!("new keys were published by both after {after:?}");
}

// req: st.multi
#[tokio::test(flavor = "multi_thread")]
async fn apis_and_applications_that_an_operator_changes_are_seen_by_both() {
    let installation = two_nodes().await;
    let api = "https://api.example.org";
    installation.run(&["api", "add", api, "--scope", "notes:read", "--lifetime", "300"], "").await;
    let add = ["application", "add", "Machine", "--machine", "--client-id", "machine", "--audience", api];
    // asked for before it is there: a node may not remember for longer that there is none
    assert_eq!(installation.machine_token(0, "x").await.status, 401);
    let added = installation.run(&add, "").await;
    let secret = added.lines().find_map(|line| line.strip_prefix("OIDC_CLIENT_SECRET=")).unwrap();
    for node in [0, 1] {
        let works = async || installation.machine_token(node, secret).await.status == 200;
        until(BOUND, works, || format!("node {node} does not see the new application")).await;
    }
    installation.run(&["api", "add", api, "--scope", "notes:read", "--lifetime", "60"], "").await;
    for node in [0, 1] {
        let changed = async || installation.machine_token(node, secret).await.json()["expires_in"] == 60;
        until(BOUND, changed, || format!("node {node} does not see the API's new lifetime")).await;
    }
    installation.run(&["application", "remove", "machine"], "").await;
    for node in [0, 1] {
        let gone = async || installation.machine_token(node, secret).await.status == 401;
        let after = until(BOUND, gone, || format!("node {node} still serves the removed application")).await;
        eprintln!("node {node} refused the removed application after {after:?}");
    }
}

// req: st.multi
#[tokio::test(flavor = "multi_thread")]
async fn a_code_redeemed_at_one_is_refused_by_the_other_at_once() {
    let installation = two_nodes().await;
    let [a, b] = [0, 1].map(|node| installation.nodes[node].port);
    let code = person::code(&mut person::browser(&installation, a), "openid").await;
    person::redeem(&installation, a, &code).await;
    let again = http::ask(b, &person::redemption(installation.proxy.port, &code)).await.unwrap();
    assert_eq!((again.status.as_u16(), &again.json()["error"]), (400, &"invalid_grant".into()));
}

// req: st.multi
#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_at_one_is_over_at_the_other_at_once() {
    let installation = two_nodes().await;
    let host = installation.proxy.port;
    let [a, b] = [0, 1].map(|node| installation.nodes[node].port);
    let mut browser = person::browser(&installation, a);
    let tokens = person::redeem(&installation, a, &person::code(&mut browser, "openid").await).await;
    let mut at_b = browser.clone().with_router(http::router(b));
    assert!(!at_b.visit("/accounts/").await.body.contains("login-submit"), "the other node does not know her");
    let page = browser.visit(&format!("/oauth2/logout?id_token_hint={}", tokens.id)).await;
    if page.body.contains("logout-confirm") {
        let answer = browser.submit(&page, &[]).await;
        browser.follow(answer).await;
    }
    assert!(at_b.visit("/accounts/").await.body.contains("login-submit"), "the other node still knows her");
    assert_eq!(person::refresh(&installation, b, &tokens.refresh).await.status, 400);
    assert_eq!(http::ask(b, &http::get(host, "/oauth2/userinfo", &tokens.access)).await.unwrap().status, 401);
}

// req: st.multi
#[tokio::test(flavor = "multi_thread")]
async fn guesses_counted_at_one_hold_at_the_other() {
    let installation = two_nodes().await;
    let sign_in = async |node: usize, password: &str| {
        let mut browser = person::browser(&installation, installation.nodes[node].port);
        let page = browser.visit("/accounts/login/").await;
        person::type_password(&mut browser, &page, password).await
    };
    let mut guesses = 0;
    while sign_in(0, "a wrong guess, and another").await.status != 429 {
        guesses += 1;
        assert!(guesses < 100, "one node never has enough");
    }
    assert_eq!(sign_in(1, PASSWORD).await.status, 429, "after {guesses} guesses at one node, the other takes more");
}
