//! How long after somebody takes a token back an API refuses it that checks tokens offline: two nodes, ten layers that follow the
//! change stream through the proxy, and every way by which tokens are taken back.
//!
//! Measured from the moment at which the request that revokes is sent (from the start of the command, for an operator's): so the time
//! that the server takes to revoke is part of it.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use chabi::resource_server::ResourceServer;
use chabi_testkit::{Browser, databases};
use futures_util::future::join_all;

use crate::{
    http,
    installation::{self, API, Installation, PASSWORD, until},
    person::{self, Tokens},
};

const LAYERS: usize = 10;
const ROUNDS: usize = 4;
/// Longer than this and it has failed.
const MOST: Duration = Duration::from_secs(3);

struct Rig {
    installation: Installation,
    layers: Vec<ResourceServer>,
    delays: BTreeMap<&'static str, Vec<Duration>>,
    /// Ada's, at the moment.
    password: String,
}

impl Rig {
    async fn new() -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let installation = Installation::start(Some(&databases::postgres_url().await), 2).await;
        installation.furnish().await;
        let layers = (0..LAYERS).map(|_| layer(&installation.issuer())).collect();
        Self { installation, layers, delays: BTreeMap::new(), password: PASSWORD.to_owned() }
    }

    fn proxy(&self) -> u16 {
        self.installation.proxy.port
    }

    /// Ada in a new browser, and tokens that every layer has taken.
    async fn signed_in(&self) -> (Browser, Tokens) {
        let mut browser = person::browser(&self.installation, self.proxy());
        let code = person::code_with(&mut browser, "openid notes:read", &self.password).await;
        let tokens = person::redeem(&self.installation, self.proxy(), &code).await;
        for layer in &self.layers {
            layer.verify(&tokens.access).await.unwrap_or_else(|refused| panic!("{refused:?}"));
        }
        (browser, tokens)
    }

    /// Revokes while all layers are asked again and again; notes when each of them refused.
    async fn measure(&mut self, way: &'static str, token: &str, revoke: impl Future<Output = ()>) {
        let begun = Instant::now();
        let refused = join_all(self.layers.iter().map(async |layer| {
            let is_refused = async || layer.verify(token).await.is_err();
            until(MOST + Duration::from_secs(10), is_refused, || format!("a layer takes it still, after {way}")).await;
            begun.elapsed()
        }));
        let ((), refused) = tokio::join!(revoke, refused);
        self.delays.entry(way).or_default().extend(refused);
    }

    /// Asserts the bounds, and prints.
    fn report(&self) {
        let mut all = Vec::new();
        for (way, delays) in &self.delays {
            let (median, p99) = quantiles(delays);
            eprintln!("revoked → refused, {way}: median {median:?}, p99 {p99:?} ({} layers' answers)", delays.len());
            all.extend(delays.iter().copied().filter(|_| *way != BY_COMMAND));
            assert!(p99 < MOST, "{way}: {p99:?}");
        }
        let (median, p99) = quantiles(&all);
        eprintln!("revoked → refused, all but {BY_COMMAND}: median {median:?}, p99 {p99:?}");
        assert!(median < Duration::from_secs(1) && p99 < MOST, "median {median:?}, p99 {p99:?}");
    }
}

const BY_COMMAND: &str = "an operator's command, with its start";

fn quantiles(delays: &[Duration]) -> (Duration, Duration) {
    let mut sorted = delays.to_vec();
    sorted.sort();
    (sorted[sorted.len() / 2], sorted[(sorted.len() * 99).div_ceil(100) - 1])
}

fn layer(issuer: &str) -> ResourceServer {
    ResourceServer::builder(issuer).audience(API).build().unwrap()
}

/// Revokes at the revocation endpoint.
async fn revoke(port: u16, token: &str) {
    assert_eq!(http::ask(port, &person::revocation(port, token)).await.unwrap().status, 200);
}

// req: st.multi
#[tokio::test(flavor = "multi_thread")]
async fn whatever_takes_a_token_back_apis_refuse_it_within_a_second_and_ask_nobody() {
    let mut rig = Rig::new().await;
    for _ in 0..ROUNDS {
        by_applications(&mut rig).await;
        by_people(&mut rig).await;
        by_operators(&mut rig).await;
    }
    asks_nobody(&rig).await;
    rig.report();
}

async fn by_applications(rig: &mut Rig) {
    let port = rig.proxy();
    let (_, tokens) = rig.signed_in().await;
    rig.measure("revocation endpoint", &tokens.access, revoke(port, &tokens.refresh)).await;

    let (_, tokens) = rig.signed_in().await;
    let second = Tokens::of(&person::refresh(&rig.installation, port, &tokens.refresh).await);
    person::refresh(&rig.installation, port, &second.refresh).await;
    let replay = async { assert_eq!(http::ask(port, &person::refreshment(port, &tokens.refresh)).await.unwrap().status, 400) };
    rig.measure("reuse of a refresh token", &tokens.access, replay).await;
}

async fn by_people(rig: &mut Rig) {
    let (mut browser, tokens) = rig.signed_in().await;
    let log_out = async {
        let page = browser.visit(&format!("/oauth2/logout?id_token_hint={}", tokens.id)).await;
        if page.body.contains("logout-confirm") {
            browser.submit(&page, &[]).await;
        }
    };
    rig.measure("logout", &tokens.access, log_out).await;

    let (_, tokens) = rig.signed_in().await;
    let (mut elsewhere, _) = rig.signed_in().await;
    let page = elsewhere.visit("/accounts/password/change/").await;
    let (old, new) = (rig.password.clone(), format!("{} again", rig.password));
    let change = async {
        let answer = elsewhere.submit(&page, &[("password", &old), ("new_password", &new)]).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
    };
    rig.measure("password change", &tokens.access, change).await;
    rig.password = new;
}

async fn by_operators(rig: &mut Rig) {
    let (_, tokens) = rig.signed_in().await;
    let folder = rig.installation.folder().to_owned();
    let command = async { drop(installation::run(&installation::program(), &folder, &["revoke", "--token", "-"], &tokens.access).await) };
    rig.measure(BY_COMMAND, &tokens.access, command).await;
}

/// A thousand requests at each layer, and none of them leaves for the server.
async fn asks_nobody(rig: &Rig) {
    let (_, tokens) = rig.signed_in().await;
    let before = rig.installation.proxy.passed();
    for _ in 0..1000 {
        for layer in &rig.layers {
            layer.verify(&tokens.access).await.unwrap();
        }
    }
    assert_eq!(rig.installation.proxy.passed(), before, "a layer asked the server because of a request");
}

// req: st.multi
#[tokio::test(flavor = "multi_thread")]
async fn layers_go_on_with_another_node_when_theirs_is_killed() {
    let mut rig = Rig::new().await;
    let port = rig.proxy();
    for node in [0, 1] {
        let (_, tokens) = rig.signed_in().await;
        rig.installation.nodes[node].kill();
        rig.measure("revocation endpoint, just after a node was killed", &tokens.access, revoke(port, &tokens.refresh)).await;
        rig.installation.nodes[node].start().await;
    }
    rig.report();
}
