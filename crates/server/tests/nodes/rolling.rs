//! A new version takes over, node by node, under traffic: version N−1 and N side by side on one database that N has migrated.
//!
//! `cargo xtask rolling <revision>` names the program of the version before by `CHABI_BEFORE`. Without it this version stands in for
//! the one before: then it is the rolling restart alone that is tested.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chabi_testkit::databases;

use crate::{
    http,
    installation::{Installation, program},
    ledger::{Book, furnish, until_refreshed},
    person,
};

const CALLERS: usize = 40;

// req: st.mig
// req: st.multi
#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_takes_over_node_by_node_and_nobody_loses_a_token() {
    let now = program();
    let before = std::env::var_os("CHABI_BEFORE").map_or_else(|| now.clone(), PathBuf::from);
    let mut installation = Installation::start_programs(Some(&databases::postgres_url().await), vec![before; 2]).await;
    installation.furnish().await;
    let book = Arc::new(Book::default());
    let stopped = Arc::new(AtomicBool::new(false));
    let callers = furnish(&installation, CALLERS, 1, &book).await;
    let leisure = Duration::from_millis(600);
    let mut acting: Vec<_> = callers.into_iter().map(|caller| tokio::spawn(caller.act(Arc::clone(&stopped), leisure))).collect();
    for node in [0, 1] {
        until_refreshed(&book, 60).await;
        installation.nodes[node].stop().await;
        installation.nodes[node].replace_program(&now);
        installation.nodes[node].start().await;
        // side by side: who signs in now goes from one version to the other with each request
        let more = furnish(&installation, CALLERS / 2, u64::try_from(node).unwrap() + 1000, &book).await;
        acting.extend(more.into_iter().map(|caller| tokio::spawn(caller.act(Arc::clone(&stopped), leisure))));
        until_refreshed(&book, 60).await;
        both_agree(&installation).await;
    }
    stopped.store(true, Ordering::SeqCst);
    for caller in acting {
        caller.await.unwrap().check().await;
    }
    eprintln!("{}", book.report());
    // a migration may hold a table for a moment: then a caller is told to come back, and comes back
    let (told, refreshed) = (book.count("times told to come back (503)"), book.count("refreshed"));
    assert!(told * 50 <= refreshed, "{}", book.report());
    book.check();
}

/// What one gave, the other refreshes, takes at userinfo, and takes back for both.
async fn both_agree(installation: &Installation) {
    let host = installation.proxy.port;
    for (giver, taker) in [(0, 1), (1, 0)] {
        let (giver, taker) = (installation.nodes[giver].port, installation.nodes[taker].port);
        let mut browser = person::browser(installation, giver);
        let code = person::code(&mut browser, "openid offline_access").await;
        let tokens = person::redeem(installation, giver, &code).await;
        let next = person::Tokens::of(&person::refresh(installation, taker, &tokens.refresh).await);
        for (port, token) in [(taker, &tokens.access), (giver, &next.access)] {
            assert_eq!(http::ask(port, &http::get(host, "/oauth2/userinfo", token)).await.unwrap().status, 200);
        }
        assert_eq!(http::ask(taker, &person::revocation(host, &next.refresh)).await.unwrap().status, 200);
        assert_eq!(person::refresh(installation, giver, &next.refresh).await.status, 400);
        for port in [giver, taker] {
            assert_eq!(http::ask(port, &http::get(host, "/oauth2/userinfo", &next.access)).await.unwrap().status, 401);
        }
    }
}
