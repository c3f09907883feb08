//! Measures the lists of the administrators' pages with a thousand accounts and with a hundred thousand, on both engines: the first page, a
//! page from the middle, a search, blocked people, the audit log. Read the ratio: near 1 where a list does not care how many there are.
//!
//! `cargo run -p chabi-store-sql --example measure_lists -- [accounts of the larger one]`
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that a person starts and reads")]

use std::time::Instant;

use chabi_store::{
    Store,
    account::{Account, AccountEmail, AccountId, Realm},
    audit::AuditEvent,
    audit_chain::AuditFilter,
    people::PeopleFilter,
};
use chabi_testkit::databases;
use chabi_token::{Env, Id, Seconds, Timestamp};

const SMALL: usize = 1_000;
const LARGE: usize = 100_000;
const PAGE: i64 = 51;
const ROUNDS: usize = 200;
/// Begins a search that finds a page in both: each number has as many digits.
const SEARCH: &str = "person0000";

#[tokio::main]
async fn main() {
    let large = std::env::args().nth(1).map_or(LARGE, |text| text.parse().unwrap());
    let env = Env::system();
    println!("{:<12} {:<28} {:>12} {:>12} {:>7}", "engine", "list", SMALL, large, "ratio");
    let (small, larger) = (databases::sqlite_on_file(&env).await, databases::sqlite_on_file(&env).await);
    compare("SQLite", &small.store, &larger.store, large, &env).await;
    let (small, larger) = (databases::postgres(&env).await, databases::postgres(&env).await);
    compare("PostgreSQL", &small.store, &larger.store, large, &env).await;
}

async fn compare(engine: &str, small: &Store, larger: &Store, large: usize, env: &Env) {
    let small = measure(small, SMALL, env).await;
    let larger = measure(larger, large, env).await;
    for ((name, one), (_, other)) in small.iter().zip(&larger) {
        println!("{engine:<12} {name:<28} {one:>9.0} µs {other:>9.0} µs {:>7.2}", other / one);
    }
}

async fn measure(store: &Store, count: usize, env: &Env) -> Vec<(&'static str, f64)> {
    let begun = env.now() - Seconds::days(30);
    fill(store, count, begun, env).await;
    let last = AccountId(Id::from_bytes([0xff; 16]));
    let middle = AccountId(Id::new(begun + Seconds(i64::try_from(count).unwrap() / 2), [0; 8]));
    let people = |before, only_disabled| PeopleFilter { realm: None, only_disabled, before, limit: PAGE };
    let events = |kind: Option<&str>| AuditFilter {
        kind: kind.map(str::to_owned),
        actor: None,
        account: None,
        client_id: None,
        from: Timestamp(0),
        until: env.now(),
        before: [0; 16],
        limit: PAGE,
    };
    let first = AccountId(Id::from_bytes([0; 16]));
    vec![
        ("accounts, first page", timed(async || store.list_people(people(last, false)).await.unwrap().len()).await),
        ("accounts, from the middle", timed(async || store.list_people(people(middle, false)).await.unwrap().len()).await),
        ("accounts, by an address", timed(async || store.search_people(None, SEARCH, ("", first), PAGE).await.unwrap().len()).await),
        ("accounts, blocked", timed(async || store.list_people(people(last, true)).await.unwrap().len()).await),
        ("audit log, first page", timed(async || store.search_audit_events(events(None)).await.unwrap().len()).await),
        ("audit log, by kind", timed(async || store.search_audit_events(events(Some("login.succeeded"))).await.unwrap().len()).await),
    ]
}

/// Microseconds of one, the median of many.
async fn timed(list: impl AsyncFn() -> usize) -> f64 {
    assert!(list().await > 0, "it finds something");
    let mut all = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        list().await;
        all.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    all.sort_by(f64::total_cmp);
    all.get(ROUNDS / 2).copied().unwrap()
}

/// One person a second, each with an address and a sign-in; one of a hundred is blocked.
async fn fill(store: &Store, count: usize, begun: Timestamp, env: &Env) {
    for from in (0..count).step_by(500) {
        let numbers: Vec<usize> = (from..(from + 500).min(count)).collect();
        let env = env.clone();
        store
            .transaction("fill", move |verbs| {
                let (numbers, env) = (numbers.clone(), env.clone());
                Box::pin(async move {
                    for number in numbers {
                        let (account, email, event) = person(number, begun, &env);
                        verbs.insert_account(account).await?;
                        let _ = verbs.insert_email(email).await?;
                        verbs.insert_audit_event(event).await?;
                    }
                    Ok(())
                })
            })
            .await
            .unwrap();
    }
    let index =
        async || store.transaction("index", |verbs| Box::pin(async move { Ok(verbs.index_addresses(1_000).await?) })).await.unwrap();
    while index().await > 0 {}
}

fn person(number: usize, begun: Timestamp, env: &Env) -> (Account, AccountEmail, AuditEvent) {
    let at = begun + Seconds(i64::try_from(number).unwrap());
    let id = AccountId(Id::new(at, env.random()));
    let address = format!("person{number:07}@example.org");
    let account = Account {
        id,
        subject: format!("subject{number}"),
        realm: Realm::SHARED,
        name: format!("Person {number}"),
        locale: "en".to_owned(),
        created_at: at,
        updated_at: Timestamp(0),
        disabled_at: number.is_multiple_of(100).then_some(at),
        profile: None,
    };
    let email = AccountEmail { canonical: address.clone(), address, account: id, verified_at: Some(at) };
    let event = AuditEvent {
        id: Id::new(at, env.random()),
        at,
        kind: "login.succeeded".to_owned(),
        actor: None,
        account: Some(id),
        client_id: None,
        address: None,
        detail: "pwd".to_owned(),
    };
    (account, email, event)
}
