//! What the builder refuses.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chabi::{BuildError, Chabi, MasterSecret, Seconds, Store};
use chabi_store::audit::AuditEvent;
use chabi_testkit::databases;

use crate::server::{builder, secret};

async fn store() -> Store {
    databases::sqlite_in_memory(&chabi_testkit::env(1).0).await
}

#[tokio::test]
async fn another_secret_than_the_databases_is_refused() {
    let (env, _) = chabi_testkit::env(1);
    let store = store().await;
    builder(&env).store(store.clone()).build().await.unwrap();
    let other = MasterSecret::generate(&env);
    let refused = Chabi::builder("https://id.example").master_secret(other).store(store).build().await;
    assert!(matches!(refused, Err(BuildError::WrongSecret)));
}

// req: sc.keys
#[tokio::test]
async fn a_database_of_development_mode_is_refused_in_production_and_the_other_way_round() {
    let (env, _) = chabi_testkit::env(1);
    let of_development = store().await;
    builder(&env).development(true).store(of_development.clone()).build().await.unwrap();
    assert!(matches!(builder(&env).store(of_development).build().await, Err(BuildError::DevelopmentDatabase)));
    let of_production = store().await;
    builder(&env).store(of_production.clone()).build().await.unwrap();
    assert!(matches!(builder(&env).development(true).store(of_production).build().await, Err(BuildError::ProductionDatabase)));
}

#[tokio::test]
async fn an_issuer_must_be_https_without_a_slash_at_its_end() {
    for issuer in ["http://id.example", "https://id.example/", "https://id.example/t1/", "id.example"] {
        let refused = Chabi::builder(issuer).master_secret(secret()).store(store().await).build().await;
        assert!(matches!(refused, Err(BuildError::Issuer(..))), "{issuer}");
    }
}

#[tokio::test]
async fn background_tasks_end_with_the_last_handle() {
    let (env, clock) = chabi_testkit::env(1);
    let held = Arc::downgrade(&clock);
    let chabi = builder(&env).store(databases::sqlite_in_memory(&env).await).build().await.unwrap();
    let router = chabi.router();
    drop((env, clock, chabi));
    assert!(held.strong_count() > 0, "the router keeps them");
    drop(router);
    let deadline = Instant::now() + Duration::from_secs(20);
    while held.strong_count() > 0 {
        assert!(Instant::now() < deadline, "something still holds the clock");
        tokio::task::yield_now().await;
    }
}

// req: op.clock
#[tokio::test]
async fn a_clock_that_is_set_back_between_two_starts_does_not_bring_time_back() {
    let (env, clock) = chabi_testkit::env(1);
    let store = databases::sqlite_in_memory(&env).await;
    builder(&env).store(store.clone()).build().await.unwrap();
    clock.advance(Seconds::hours(2));
    let later = env.now();
    let event = AuditEvent {
        id: env.new_id(),
        at: later,
        kind: "test".into(),
        actor: None,
        account: None,
        client_id: None,
        address: None,
        detail: String::new(),
    };
    store.insert_audit_event(event).await.unwrap();
    let (set_back, clock) = chabi_testkit::env(2);
    builder(&set_back).store(store.clone()).build().await.unwrap();
    assert_eq!(set_back.now(), later);
    clock.advance(Seconds::hours(3));
    assert_eq!(set_back.now(), later + Seconds::hours(1), "once it has caught up, time goes on");
}
