//! Many callers at the same moment, through the proxy, so that they are spread over two servers.

use std::{collections::BTreeSet, sync::Arc};

use chabi_testkit::{Page, databases};
use tokio::sync::Barrier;

use crate::{
    http,
    installation::Installation,
    person::{self, Tokens},
};

const CALLERS: usize = 64;

async fn at_once(port: u16, request: Vec<u8>) -> Vec<Page> {
    let (barrier, request) = (Arc::new(Barrier::new(CALLERS)), Arc::new(request));
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (barrier, request) = (Arc::clone(&barrier), Arc::clone(&request));
            tokio::spawn(async move {
                barrier.wait().await;
                http::ask(port, &request).await.unwrap()
            })
        })
        .collect();
    let mut answers = Vec::new();
    for caller in callers {
        answers.push(caller.await.unwrap());
    }
    answers
}

// req: rt.race
// req: rt.grace
// req: cd.once
// req: st.multi
#[tokio::test(flavor = "multi_thread")]
async fn behind_a_proxy_64_refreshes_have_one_successor_and_64_redemptions_one_winner() {
    let installation = Installation::start(Some(&databases::postgres_url().await), 2).await;
    installation.furnish().await;
    let proxy = installation.proxy.port;
    let mut browser = person::browser(&installation, proxy);

    let code = person::code(&mut browser, "openid offline_access").await;
    let first = person::redeem(&installation, proxy, &code).await.refresh;
    let mut held = first.clone();
    for round in 0..4 {
        let answers = at_once(proxy, person::refreshment(proxy, &held)).await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
        let successors: BTreeSet<String> = answers.iter().map(|answer| Tokens::of(answer).refresh).collect();
        assert_eq!(successors.len(), 1, "in round {round}");
        held = successors.into_iter().next().unwrap();
    }
    assert_eq!(person::refresh(&installation, installation.nodes[0].port, &first).await.status, 400);
    assert_eq!(person::refresh(&installation, installation.nodes[1].port, &held).await.status, 400, "reuse ends the family on every node");

    let code = person::code(&mut browser, "openid offline_access").await;
    let answers = at_once(proxy, person::redemption(proxy, &code)).await;
    let won: Vec<&Page> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(won.len(), 1, "{answers:?}");
    let refused = answers.iter().filter(|answer| answer.status == 400 && answer.json()["error"] == "invalid_grant").count();
    assert_eq!(refused, CALLERS - 1);
    let given = Tokens::of(won[0]).refresh;
    assert_eq!(person::refresh(&installation, proxy, &given).await.status, 400, "the replays revoked what the code gave");
}
