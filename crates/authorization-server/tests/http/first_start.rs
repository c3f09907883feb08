//! Before the first keys are made, and on two nodes at once.

use axum::body::Body;
use chabi_authorization_server::SigningKeys;
use chabi_testkit::databases;
use chabi_token::Sealer;
use http::Request;

use crate::rig::{Rig, master};

#[tokio::test]
async fn until_the_keys_are_there_who_asks_is_told_to_come_back() {
    let mut rig = Rig::without_keys(1).await;
    assert!(!rig.keys.is_ready());
    let answer = rig.ask(Request::get("/oauth2/jwks").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.error(), (503, "temporarily_unavailable".into()));
    assert_eq!(answer.headers["retry-after"], "1");
    rig.sign_in().await;
    let code = rig.code("spa", "").await;
    assert_eq!(rig.redeem("spa", &code, &[]).await.error(), (503, "temporarily_unavailable".into()));
    rig.keys.prepare().await.unwrap();
    assert_eq!(rig.ask(Request::get("/oauth2/jwks").body(Body::empty()).unwrap()).await.status, 200);
}

// req: ky.size
#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_that_start_at_once_end_with_the_same_keys() {
    let (env, _clock) = chabi_testkit::env(2);
    let store = databases::sqlite_in_memory(&env).await;
    let sealer = Sealer::new(&master());
    let nodes = [(); 2].map(|()| SigningKeys::new(store.clone(), sealer.clone(), env.clone()));
    let [one, two] = &nodes;
    let (first, second) = tokio::join!(one.prepare(), two.prepare());
    first.and(second).unwrap();
    for node in &nodes {
        node.refresh().await.unwrap();
    }
    let mut algorithms: Vec<_> = store.list_signing_keys(env.now()).await.unwrap().into_iter().map(|key| key.alg).collect();
    algorithms.sort();
    assert_eq!(algorithms, ["ES256", "EdDSA", "PS256", "RS256"]);
}
