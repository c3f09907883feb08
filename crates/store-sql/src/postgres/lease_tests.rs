//! What hangs is bounded, and no connection goes back in the middle of something. With limits of a test, which no URL can set.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chabi_spec::{Failure, FaultKind};
use chabi_store::Store;
use chabi_testkit::databases;
use chabi_token::Env;
use futures_util::FutureExt;
use tokio_postgres::{Client, NoTls};

use super::{Door, connect::Limits};
use crate::Sql;

const LIMIT: Duration = Duration::from_millis(400);
/// A pool has fewer.
const MANY: usize = 40;

async fn store(url: &str) -> Store {
    Store::new(Arc::new(Sql(Door::open_with(url, Limits { quick: LIMIT, slow: LIMIT }, &Env::system()).await.unwrap())))
}

/// Somebody else, who locks the row that everybody wants.
async fn holder(url: &str, store: &Store) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    assert_eq!(store.bump_version("v").await.unwrap(), 1);
    client.batch_execute("BEGIN; SELECT version FROM versions WHERE name = 'v' FOR UPDATE").await.unwrap();
    client
}

/// Waits until nobody but the holder does anything in this database.
async fn nothing_is_under_way(holder: &Client) {
    let began = Instant::now();
    let sql = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()";
    while holder.query_one(sql, &[]).await.unwrap().get::<_, i64>(0) > 0 {
        assert!(began.elapsed() < Duration::from_secs(20), "a statement was left behind");
        tokio::time::sleep(Duration::from_millis(20)).await;
        // What it has seen once in its transaction, it would see again.
        holder.batch_execute("SELECT pg_stat_clear_snapshot()").await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_hangs_is_given_up_stopped_and_undone() {
    let url = databases::postgres_url().await;
    let store = store(&url).await;
    let holder = holder(&url, &store).await;
    let began = Instant::now();
    for _ in 0..2 {
        assert_eq!(store.bump_version("v").await.unwrap_err().kind, FaultKind::Unavailable);
    }
    assert!(began.elapsed() >= LIMIT);
    nothing_is_under_way(&holder).await;
    holder.batch_execute("COMMIT").await.unwrap();
    assert_eq!(store.bump_version("v").await.unwrap(), 2, "what was given up has changed nothing");
}

/// PgBouncer may not pass on that it was given up: the caller is told in time all the same, and those after it are served.
#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_hangs_behind_pgbouncer_is_given_up() {
    let url = databases::pooled_postgres_url().await;
    let store = store(&url).await;
    let holder = holder(&url, &store).await;
    assert_eq!(store.bump_version("v").await.unwrap_err().kind, FaultKind::Unavailable);
    // PgBouncer may close the very connection that comes next: its caller is told to come back, and is served then
    let deadline = Instant::now() + Duration::from_secs(20);
    let served = loop {
        match store.bump_version("other").await {
            Err(fault) if fault.kind == FaultKind::Unavailable && Instant::now() < deadline => {}
            served => break served,
        }
    };
    assert!(served.unwrap() >= 1);
    holder.batch_execute("COMMIT").await.unwrap();
    assert!(store.bump_version("v").await.unwrap() >= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_hangs_is_given_up_and_undone() {
    let url = databases::postgres_url().await;
    let store = store(&url).await;
    let holder = holder(&url, &store).await;
    let ended: Result<(), Failure> = store
        .transaction("hangs", |verbs| {
            async move {
                verbs.bump_version("before").await?;
                verbs.bump_version("v").await?;
                Ok(())
            }
            .boxed()
        })
        .await;
    assert!(matches!(ended, Err(Failure::Fault(fault)) if fault.kind == FaultKind::Unavailable));
    nothing_is_under_way(&holder).await;
    holder.batch_execute("COMMIT").await.unwrap();
    assert_eq!(store.find_version("before").await.unwrap(), 0);
    assert_eq!(store.bump_version("v").await.unwrap(), 2);
}

/// More than the pool has connections: those who come after get clean ones, and soon.
#[tokio::test(flavor = "multi_thread")]
async fn callers_who_go_away_while_they_wait_leave_the_pool_clean() {
    let url = databases::postgres_url().await;
    let store = store(&url).await;
    let holder = holder(&url, &store).await;
    for alone in [true, false] {
        let callers: Vec<_> = (0..MANY)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    if alone {
                        return store.bump_version("v").await.map(drop).unwrap_or_default();
                    }
                    let ended = store.transaction("goes away", |verbs| {
                        async move {
                            verbs.bump_version("before").await?;
                            Ok(verbs.bump_version("v").await.map(drop)?)
                        }
                        .boxed()
                    });
                    ended.await.unwrap_or_default();
                })
            })
            .collect();
        tokio::time::sleep(LIMIT / 4).await;
        for caller in callers {
            caller.abort();
        }
        // None of these is behind what those have left.
        for _ in 0..MANY {
            assert_eq!(store.find_version("other").await.unwrap(), 0);
        }
    }
    nothing_is_under_way(&holder).await;
    holder.batch_execute("COMMIT").await.unwrap();
    assert_eq!(store.find_version("before").await.unwrap(), 0);
    assert_eq!(store.bump_version("v").await.unwrap(), 2);
}
