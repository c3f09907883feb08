//! Measures what batches on PostgreSQL are worth: callers refresh tokens in batches, by one statement each, and by a transaction around it,
//! and look families up in batches and alone. The ways take turns, so that a noisy machine is noisy for all; read the ratios. CPU of our
//! process and of the server, a row.
//!
//! `cargo run --profile ci -p chabi-store-sql --example measure_batches -- [rounds] [seconds]`
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that a person starts and reads")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chabi_spec::Fault;
use chabi_store::{
    Store, TransactionBody,
    token_family::{RefreshTokenFamily, RotationOutcome},
};
use chabi_store_sql::{
    Driver, Execute, Sql, Written,
    postgres::Door,
    value::{Row, Value},
};
use chabi_testkit::{
    databases::Cluster,
    families::{after, family, rotation},
};
use chabi_token::Env;
use futures_util::{FutureExt, future::BoxFuture};
use tokio::sync::Mutex;

/// Of each caller, refreshed in turn.
const FAMILIES: usize = 100;

/// A door that batches nothing: to a batch, a text with one more blank is another statement.
struct Alone(Door);

fn another(sql: &'static str) -> &'static str {
    static KNOWN: std::sync::Mutex<Vec<(&str, &str)>> = std::sync::Mutex::new(Vec::new());
    let mut known = KNOWN.lock().unwrap();
    if let Some((_, other)) = known.iter().find(|(one, _)| std::ptr::eq(*one, sql)) {
        return other;
    }
    let other: &'static str = format!("{sql} ").leak();
    known.push((sql, other));
    other
}

impl Execute for Alone {
    fn read<'a>(&'a self, sql: &'static str, parameters: Vec<Value>) -> BoxFuture<'a, Result<Vec<Row>, Fault>> {
        self.0.read(another(sql), parameters)
    }
    fn write<'a>(&'a self, sql: &'static str, parameters: Vec<Value>) -> BoxFuture<'a, Result<Written, Fault>> {
        self.0.write(another(sql), parameters)
    }
}

impl Driver for Alone {
    fn transaction<'a>(&'a self, name: &'static str, body: TransactionBody) -> BoxFuture<'a, Result<(), Fault>> {
        self.0.transaction(name, body)
    }
    fn ready(&self) -> BoxFuture<'_, Result<(), Fault>> {
        self.0.ready()
    }
    fn version(&self) -> BoxFuture<'_, Result<String, Fault>> {
        self.0.version()
    }
    fn clock_offset(&self) -> BoxFuture<'_, Result<i64, Fault>> {
        self.0.clock_offset()
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Way {
    Refresh,
    RefreshInTransaction,
    Find,
}

/// What a turn gave: rows a second, µs of our CPU and of the server's a row.
type Turn = (f64, f64, f64);

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1).filter_map(|text| text.parse().ok());
    let rounds: u64 = arguments.next().unwrap_or(5);
    let length = Duration::from_secs(arguments.next().unwrap_or(2));
    let env = Env::system();
    let cluster = tokio::task::spawn_blocking(Cluster::start).await.unwrap();
    cluster.create_database("chabi");
    let url = cluster.url("chabi");
    let batched = Store::new(Arc::new(Sql(Door::open(&url, &env).await.unwrap())));
    let alone = Store::new(Arc::new(Sql(Alone(Door::open(&url, &env).await.unwrap()))));
    let callers = callers(&batched, 256, &env).await;
    let ways = [
        ("refresh, batched", &batched, Way::Refresh),
        ("refresh, one statement each", &alone, Way::Refresh),
        ("refresh, BEGIN … COMMIT each", &alone, Way::RefreshInTransaction),
        ("find, batched", &batched, Way::Find),
        ("find, one statement each", &alone, Way::Find),
    ];
    for number in [1, 64, 256] {
        let mut turns: [Vec<Turn>; 5] = Default::default();
        for _ in 0..rounds {
            for ((_, store, way), turns) in ways.iter().zip(&mut turns) {
                turns.push(measure(store, callers.get(..number).unwrap(), *way, (&cluster, length), &env).await);
            }
        }
        for ((name, ..), turns) in ways.iter().zip(&mut turns) {
            turns.sort_by(|(left, ..), (right, ..)| left.total_cmp(right));
            let (least, most) = (turns.first().unwrap().0, turns.last().unwrap().0);
            let (median, ours, theirs) = turns.get(turns.len() / 2).unwrap();
            println!(
                "{number:>3} callers, {name:<28} {median:>7.0}/s ({least:.0} to {most:.0}), CPU µs: ours {ours:.0}, server {theirs:.0}"
            );
        }
    }
    tokio::task::spawn_blocking(|| drop(cluster)).await.unwrap();
}

type Caller = Arc<Mutex<Vec<RefreshTokenFamily>>>;

async fn callers(store: &Store, number: usize, env: &Env) -> Vec<Caller> {
    let mut callers = Vec::new();
    for _ in 0..number {
        let families: Vec<_> = (0..FAMILIES).map(|_| family(env)).collect();
        futures_util::future::try_join_all(families.iter().map(|family| store.insert_family(family.clone()))).await.unwrap();
        callers.push(Arc::new(Mutex::new(families)));
    }
    callers
}

async fn measure(store: &Store, callers: &[Caller], way: Way, (cluster, length): (&Cluster, Duration), env: &Env) -> Turn {
    let (began, ours, theirs) = (Instant::now(), cpu_ticks(), cluster.cpu_ticks());
    let mut tasks = Vec::new();
    for caller in callers {
        let (store, caller, env) = (store.clone(), Arc::clone(caller), env.clone());
        tasks.push(tokio::spawn(async move {
            let mut families = caller.lock().await;
            let mut done = 0_u32;
            while began.elapsed() < length {
                let place = usize::try_from(done).unwrap() % FAMILIES;
                one(&store, families.get_mut(place).unwrap(), way, &env).await;
                done += 1;
            }
            done
        }));
    }
    let mut done = 0;
    for task in tasks {
        done += task.await.unwrap();
    }
    let took = began.elapsed().as_secs_f64();
    let done = f64::from(done);
    let micros = |after: u64, before: u64| f64::from(u32::try_from(after - before).unwrap()) * 10_000.0 / done;
    (done / took, micros(cpu_ticks(), ours), micros(cluster.cpu_ticks(), theirs))
}

async fn one(store: &Store, family: &mut RefreshTokenFamily, way: Way, env: &Env) {
    let asked = rotation(family, env);
    let rotated = after(family.clone(), &asked);
    let outcome = match way {
        Way::Find => return assert!(store.find_family(family.id).await.unwrap().is_some()),
        Way::Refresh => store.rotate_refresh_token(asked).await.unwrap(),
        Way::RefreshInTransaction => {
            let refreshed = store.transaction("refresh", move |verbs| {
                let asked = asked.clone();
                async move { Ok(verbs.rotate_refresh_token(asked).await?) }.boxed()
            });
            refreshed.await.unwrap()
        }
    };
    let RotationOutcome::Rotated = outcome else { std::process::abort() };
    *family = rotated;
}

/// Hundredths of a second of CPU that this process has used.
fn cpu_ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, numbers) = stat.rsplit_once(") ").unwrap();
    numbers.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}
