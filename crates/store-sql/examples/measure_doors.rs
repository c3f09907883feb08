//! Measures what the store's two doors cost: 64 callers refresh tokens, on SQLite with and without group commit, on PostgreSQL by one
//! statement and by a transaction around it. The ways take turns, so that a noisy machine is noisy for all; read the ratios.
//!
//! `cargo run --profile ci -p chabi-store-sql --example measure_doors -- [rounds] [seconds]`
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that a person starts and reads")]

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use chabi_spec::Scope;
use chabi_store::{
    Store,
    account::AccountId,
    browser_session::SessionId,
    token_family::{FamilyId, RefreshState, RefreshTokenFamily, Rotation, RotationOutcome},
};
use chabi_testkit::databases;
use chabi_token::{Env, Seconds};
use futures_util::FutureExt;
use tokio::sync::Mutex;

const CALLERS: usize = 64;
/// Of each caller, refreshed in turn.
const FAMILIES: usize = 200;

/// A caller and what it holds.
struct Caller {
    families: Vec<RefreshTokenFamily>,
    next: usize,
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1).filter_map(|text| text.parse().ok());
    let rounds: u64 = arguments.next().unwrap_or(5);
    let length = Duration::from_secs(arguments.next().unwrap_or(2));
    let env = Env::system();
    let file = databases::sqlite_on_file(&env).await;
    let database = databases::postgres(&env).await;
    let on_sqlite = callers(&file.store, &env).await;
    let on_postgres = callers(&database.store, &env).await;
    let one = Arc::new(Mutex::new(()));

    let mut rates = [const { Vec::new() }; 4];
    for _ in 0..rounds {
        let one = Arc::clone(&one);
        let alone = move |store: Store, rotation: Rotation| {
            let one = Arc::clone(&one);
            async move {
                let _turn = one.lock().await;
                store.rotate_refresh_token(rotation).await.unwrap()
            }
        };
        let ways = [
            measure(&file.store, &on_sqlite, &env, length, by_statement).await,
            measure(&file.store, &on_sqlite, &env, length, alone).await,
            measure(&database.store, &on_postgres, &env, length, by_statement).await,
            measure(&database.store, &on_postgres, &env, length, by_transaction).await,
        ];
        for (all, rate) in rates.iter_mut().zip(ways) {
            all.push(rate);
        }
    }
    let names = ["SQLite, group commit", "SQLite, one commit a request", "PostgreSQL, one statement", "PostgreSQL, BEGIN … COMMIT"];
    for (name, rates) in names.iter().zip(&mut rates) {
        rates.sort_by(|(left, _), (right, _)| left.total_cmp(right));
        let (least, _) = rates.first().unwrap();
        let (most, _) = rates.last().unwrap();
        let (median, cpu) = rates.get(rates.len() / 2).unwrap();
        println!("{name}: {median:.0} refreshes a second ({least:.0} to {most:.0}), {cpu:.0} µs CPU each in this process");
    }
}

async fn by_statement(store: Store, rotation: Rotation) -> RotationOutcome {
    store.rotate_refresh_token(rotation).await.unwrap()
}

async fn by_transaction(store: Store, rotation: Rotation) -> RotationOutcome {
    let refreshed = store.transaction("refresh", move |verbs| {
        let rotation = rotation.clone();
        async move { Ok(verbs.rotate_refresh_token(rotation).await?) }.boxed()
    });
    refreshed.await.unwrap()
}

async fn callers(store: &Store, env: &Env) -> Vec<Arc<Mutex<Caller>>> {
    let mut callers = Vec::new();
    for _ in 0..CALLERS {
        let families: Vec<_> = (0..FAMILIES).map(|_| family(env)).collect();
        let insertions = families.iter().map(|family| store.insert_family(family.clone()));
        futures_util::future::try_join_all(insertions).await.unwrap();
        callers.push(Arc::new(Mutex::new(Caller { families, next: 0 })));
    }
    callers
}

/// Refreshes a second, and microseconds of this process's CPU for each.
async fn measure<F, A>(store: &Store, callers: &[Arc<Mutex<Caller>>], env: &Env, length: Duration, refresh: F) -> (f64, f64)
where
    F: Fn(Store, Rotation) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = RotationOutcome> + Send,
{
    let (began, cpu) = (Instant::now(), cpu_ticks());
    let mut tasks = Vec::new();
    for caller in callers {
        let (store, caller, env, refresh) = (store.clone(), Arc::clone(caller), env.clone(), refresh.clone());
        tasks.push(tokio::spawn(async move {
            let mut caller = caller.lock().await;
            let mut done = 0_u32;
            while began.elapsed() < length {
                let place = caller.next % FAMILIES;
                let family = caller.families.get_mut(place).unwrap();
                let RotationOutcome::Rotated(rotated) = refresh(store.clone(), rotation(family, &env)).await else { std::process::abort() };
                *family = rotated;
                caller.next += 1;
                done += 1;
            }
            done
        }));
    }
    let mut done = 0;
    for task in tasks {
        done += task.await.unwrap();
    }
    let done = f64::from(done);
    (done / began.elapsed().as_secs_f64(), f64::from(cpu_ticks() - cpu) * 10_000.0 / done)
}

/// Hundredths of a second of CPU that this process has used, in it and below it.
fn cpu_ticks() -> u32 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, numbers) = stat.rsplit_once(") ").unwrap();
    numbers.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u32>().unwrap()).sum()
}

fn rotation(family: &RefreshTokenFamily, env: &Env) -> Rotation {
    let state = family.refresh.as_ref().unwrap();
    Rotation {
        family: family.id,
        client_id: family.client_id.clone(),
        generation: state.generation,
        presented_hash: state.hash_current,
        next_hash: env.random(),
        salt: env.random(),
        key_version: 1,
        request_hash: [5; 32],
        grace: Seconds(30),
        idle_lifetime: Seconds::hours(1),
        now: env.now(),
    }
}

fn family(env: &Env) -> RefreshTokenFamily {
    let now = env.now();
    RefreshTokenFamily {
        id: FamilyId(env.new_id()),
        client_id: "app".into(),
        account: AccountId(env.new_id()),
        session: SessionId(env.new_id()),
        offline: true,
        scope: Scope::of(["openid", "notes:read"]),
        resource: vec!["https://notes.example".into()],
        auth_time: now,
        amr: vec!["pwd".into()],
        created_at: now,
        expires_at: now + Seconds::days(1),
        revoked_at: None,
        revoked_because: String::new(),
        status: None,
        refresh: Some(RefreshState {
            generation: 0,
            hash_current: env.random(),
            hash_previous: [0; 32],
            salt: env.random(),
            rotated_at: now,
            idle_expires_at: now + Seconds::hours(1),
            key_version: 1,
            request_hash: [5; 32],
        }),
    }
}
