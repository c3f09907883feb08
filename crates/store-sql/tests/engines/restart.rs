//! The database goes away under load and comes back, or another takes its place: everything goes on by itself, and nothing is half done.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use chabi_spec::FaultKind;
use chabi_store::{
    Store,
    token_family::{FamilyId, Rotation, RotationOutcome},
};
use chabi_testkit::{
    databases::{self, Cluster, Shutdown},
    families,
};
use chabi_token::{Env, Seconds};
use tokio::task::JoinHandle;

/// What a caller holds, and what it has met.
struct Caller {
    family: FamilyId,
    generation: i64,
    hash: [u8; 32],
    /// Answered as rotated.
    rotated: usize,
    /// Asked again after a fault, and told that the first try had been done.
    done_without_answer: usize,
    refused: usize,
}

/// With a grace that outlasts every restart.
fn rotation(caller: &Caller, next_hash: [u8; 32], env: &Env) -> Rotation {
    Rotation {
        family: caller.family,
        generation: caller.generation,
        presented_hash: caller.hash,
        next_hash,
        grace: Seconds(300),
        ..families::rotation(&families::family(env), env)
    }
}

async fn caller(store: &Store, env: &Env) -> Caller {
    let family = families::family(env);
    store.insert_family(family.clone()).await.unwrap();
    let hash = family.refresh.unwrap().hash_current;
    Caller { family: family.id, generation: 0, hash, rotated: 0, done_without_answer: 0, refused: 0 }
}

/// Refreshes until it is told to stop. A token whose refresh was not answered is presented again, as an application does.
async fn refresh_on(store: Store, mut caller: Caller, env: Env, load: Arc<Load>) -> Caller {
    while !load.stop.load(Ordering::Relaxed) {
        let next_hash = env.random();
        match store.rotate_refresh_token(rotation(&caller, next_hash, &env)).await {
            Ok(RotationOutcome::Rotated) => {
                (caller.generation, caller.hash) = (caller.generation + 1, next_hash);
                caller.rotated += 1;
                load.rotated.fetch_add(1, Ordering::Relaxed);
            }
            // Only the one that was not answered can have done it: nobody else holds the token.
            Ok(RotationOutcome::Repeated(family)) => {
                let state = family.refresh.unwrap();
                assert_eq!(state.generation, caller.generation + 1, "rotated twice");
                (caller.generation, caller.hash) = (state.generation, state.hash_current);
                caller.done_without_answer += 1;
            }
            Ok(other) => panic!("{other:?}"),
            Err(fault) => {
                assert_eq!(fault.kind, FaultKind::Unavailable, "{fault}");
                caller.refused += 1;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
    caller
}

#[derive(Default)]
struct Load {
    stop: AtomicBool,
    rotated: AtomicUsize,
}

impl Load {
    /// Waits until there were this many more rotations.
    async fn goes_on(&self, more: usize) {
        let (began, before) = (Instant::now(), self.rotated.load(Ordering::Relaxed));
        while self.rotated.load(Ordering::Relaxed) < before + more {
            assert!(began.elapsed() < Duration::from_secs(60), "it does not go on");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// 64 callers, each with a family of its own, over two nodes.
async fn start(stores: &[Store], env: &Env) -> (Arc<Load>, Vec<JoinHandle<Caller>>) {
    let load = Arc::new(Load::default());
    let mut callers = Vec::new();
    for store in stores.iter().cycle().take(64) {
        let caller = caller(store, env).await;
        callers.push(tokio::spawn(refresh_on(store.clone(), caller, env.clone(), Arc::clone(&load))));
    }
    (load, callers)
}

/// Every caller's token is the one that the database knows, or, for the one refresh that may be under way without an answer, the one before.
async fn settle(store: &Store, load: &Load, callers: Vec<JoinHandle<Caller>>) {
    load.stop.store(true, Ordering::Relaxed);
    let (mut rotated, mut done_without_answer, mut refused) = (0, 0, 0);
    for caller in callers {
        let caller = caller.await.unwrap();
        let family = store.find_family(caller.family).await.unwrap().unwrap();
        assert_eq!(family.revoked_at, None);
        let state = family.refresh.unwrap();
        match state.generation - caller.generation {
            0 => assert_eq!(state.hash_current, caller.hash, "what was answered is not what is there"),
            1 => assert!(caller.refused > 0 && state.hash_previous == caller.hash),
            lost => panic!("{lost} generations between what was answered and what is there"),
        }
        rotated += caller.rotated;
        done_without_answer += caller.done_without_answer;
        refused += caller.refused;
    }
    let met = format!("{rotated} rotations, {refused} told to come back, {done_without_answer} of them done without an answer");
    assert!(rotated > 0 && refused > 0, "nobody noticed that the database was away: {met}");
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

// req: st.dur
// req: rt.restart
#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_crashes_and_one_that_restarts_lose_nothing_and_double_nothing() {
    let env = Env::system();
    let cluster = Arc::new(blocking(Cluster::start).await);
    let mut stores = Vec::new();
    for _ in 0..2 {
        stores.push(chabi_store_sql::open(&cluster.url("postgres"), &env).await.unwrap());
    }
    let (load, callers) = start(&stores, &env).await;
    for how in [Shutdown::Immediate, Shutdown::Fast, Shutdown::Immediate] {
        load.goes_on(200).await;
        let away = Arc::clone(&cluster);
        blocking(move || away.stop(how)).await;
        for store in &stores {
            assert_eq!(store.engine().ready().await.unwrap_err().kind, FaultKind::Unavailable);
        }
        let back = Arc::clone(&cluster);
        blocking(move || back.resume()).await;
    }
    load.goes_on(200).await;
    settle(stores.first().unwrap(), &load, callers).await;
    blocking(move || drop(cluster)).await;
}

fn host(cluster: &Cluster) -> String {
    format!("127.0.0.1:{}", cluster.port())
}

/// Of the hosts in the URL one is dead, one is the primary, one a standby that refuses writes: until the primary goes away.
// req: rt.restart
#[tokio::test(flavor = "multi_thread")]
async fn a_standby_that_takes_over_is_found_by_itself() {
    let env = Env::system();
    let primary = Arc::new(blocking(Cluster::start).await);
    let follow = Arc::clone(&primary);
    let standby = Arc::new(blocking(move || follow.start_standby()).await);
    let hosts = format!("127.0.0.1:1,{},{}", host(&standby), host(&primary));
    let mut stores = Vec::new();
    for options in ["", "?target_session_attrs=read-write"] {
        stores.push(chabi_store_sql::open(&format!("postgres://chabi@{hosts}/postgres{options}"), &env).await.unwrap());
    }
    let alone = format!("postgres://chabi@{}/postgres", host(&standby));
    let refused = chabi_store_sql::open(&alone, &env).await.err().map(|fault| fault.kind);
    assert_eq!(refused, Some(FaultKind::Unavailable), "a standby refuses writes");
    let sync = Arc::clone(&primary);
    blocking(move || sync.wait_for_standby()).await;

    let (load, callers) = start(&stores, &env).await;
    load.goes_on(200).await;
    let (old, new) = (Arc::clone(&primary), Arc::clone(&standby));
    blocking(move || {
        old.stop(Shutdown::Immediate);
        new.promote();
    })
    .await;
    load.goes_on(200).await;
    settle(stores.first().unwrap(), &load, callers).await;
    blocking(move || drop((standby, primary))).await;
}

/// Sessions that refuse writes, as those of a standby do, are not kept for when another would take them.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_to_what_refuses_writes_is_not_used_again() {
    let database = databases::postgres(&Env::system()).await;
    let store = &database.store;
    let (name, server) = (database.url.rsplit('/').next().unwrap(), database.url.rsplit_once('/').unwrap().0);
    let (client, connection) = tokio_postgres::connect(&format!("{server}/postgres"), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    assert_eq!(store.bump_version("v").await.unwrap(), 1);
    client.batch_execute(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on")).await.unwrap();
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
    client.execute(end, &[&name]).await.unwrap();
    for _ in 0..3 {
        assert_eq!(store.bump_version("v").await.unwrap_err().kind, FaultKind::Unavailable);
    }
    client.batch_execute(&format!("ALTER DATABASE {name} RESET default_transaction_read_only")).await.unwrap();
    assert_eq!(store.bump_version("v").await.unwrap(), 2);
}
