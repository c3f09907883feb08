//! What the engines' transactions do that no case of the contract can ask for on all of them.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use chabi_spec::{Failure, FaultKind};
use chabi_testkit::databases;
use futures_util::FutureExt;
use tokio::sync::Barrier;

use crate::env;

/// Two closures take two rows in opposite order, and meet in the middle of their first run.
#[tokio::test(flavor = "multi_thread")]
async fn the_loser_of_a_deadlock_on_postgresql_runs_again() {
    let database = databases::postgres(&env()).await;
    let met = Arc::new(Barrier::new(2));
    let runs = Arc::new(AtomicUsize::new(0));
    let both = [["a", "b"], ["b", "a"]].map(|[first, second]| {
        let (store, met, runs) = (database.store.clone(), Arc::clone(&met), Arc::clone(&runs));
        tokio::spawn(async move {
            let ended = store.transaction("cross", move |verbs| {
                let (met, run) = (Arc::clone(&met), runs.fetch_add(1, Ordering::SeqCst));
                async move {
                    verbs.bump_version(first).await?;
                    if run < 2 {
                        met.wait().await;
                    }
                    verbs.bump_version(second).await?;
                    Ok(())
                }
                .boxed()
            });
            ended.await.unwrap();
        })
    });
    for one in both {
        one.await.unwrap();
    }
    assert_eq!(runs.load(Ordering::SeqCst), 3);
    for version in ["a", "b"] {
        assert_eq!(database.store.find_version(version).await.unwrap(), 2);
    }
}

/// A caller that goes away in the middle leaves nothing behind, and its connection is clean for the next.
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_is_dropped_in_its_middle_is_rolled_back() {
    let database = databases::postgres(&env()).await;
    let reached = Arc::new(tokio::sync::Notify::new());
    let store = database.store.clone();
    let running = tokio::spawn({
        let reached = Arc::clone(&reached);
        async move {
            let ended: Result<(), Failure> = store
                .transaction("dropped", move |verbs| {
                    let reached = Arc::clone(&reached);
                    async move {
                        verbs.bump_version("v").await?;
                        reached.notify_one();
                        std::future::pending().await
                    }
                    .boxed()
                })
                .await;
            ended
        }
    });
    reached.notified().await;
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    for expected in 1..=20 {
        assert_eq!(database.store.bump_version("v").await.unwrap(), expected);
    }
}

/// Whoever comes when the queue of SQLite's writer is full is told to come back, and nothing of those in it is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_is_unavailable() {
    let store = databases::sqlite_in_memory(&env()).await;
    let (release, held) = std::sync::mpsc::channel::<()>();
    let held = std::sync::Mutex::new(held);
    let (began, begun) = tokio::sync::oneshot::channel();
    let began = std::sync::Mutex::new(Some(began));
    let holder = tokio::spawn({
        let store = store.clone();
        async move {
            let ended = store.transaction("hold", move |_| {
                began.lock().unwrap().take().unwrap().send(()).unwrap();
                held.lock().unwrap().recv().unwrap();
                async { Ok(()) }.boxed()
            });
            ended.await.unwrap();
        }
    });
    begun.await.unwrap();
    let (mut taken_in, mut refused) = (Vec::new(), Vec::new());
    for mut one in (0..5_000).map(|_| store.bump_version("v")) {
        match (&mut one).now_or_never() {
            None => taken_in.push(one),
            Some(answer) => refused.push(answer.unwrap_err().kind),
        }
    }
    assert_eq!(refused, vec![FaultKind::Unavailable; 5_000 - 4_096]);
    release.send(()).unwrap();
    holder.await.unwrap();
    for (one, expected) in taken_in.into_iter().zip(1..) {
        assert_eq!(one.await.unwrap(), expected);
    }
}
