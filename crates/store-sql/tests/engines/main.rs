//! The store's contract, and what is the engines' own, on SQLite in memory, SQLite on file and PostgreSQL, also behind
//! PgBouncer.
#![expect(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

mod batching;
mod before;
mod clocks;
mod contract;
mod mutation;
mod opening;
mod places;
mod plans;
mod pooler;
mod processes;
mod restart;
mod statements;
mod transactions;

use std::sync::Arc;

use chabi_store::{Store, contract::Subject};
use chabi_testkit::databases;
use chabi_token::Env;

/// Time that stands still, so that two readings of it are the same moment; randomness of the operating system.
fn env() -> Env {
    Env::new(Arc::new(chabi_testkit::ManualClock::default()), Arc::new(System(Env::system())))
}

struct System(Env);

impl chabi_token::env::Randomness for System {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            let [random] = self.0.random();
            *byte = random;
        }
    }
}

async fn in_memory() -> (Subject, ()) {
    let env = env();
    (Subject { stores: vec![databases::sqlite_in_memory(&env).await], env }, ())
}

/// Two writers on one file, as two processes would be.
async fn on_file() -> (Subject, databases::SqliteFile) {
    let env = env();
    let file = databases::sqlite_on_file(&env).await;
    let again = chabi_store_sql::open(&file.url, &env).await.unwrap();
    (Subject { stores: vec![file.store.clone(), again], env }, file)
}

/// Two pools on one database, as two nodes would be.
async fn on_postgres() -> (Subject, ()) {
    let env = env();
    let database = databases::postgres(&env).await;
    let again: Store = chabi_store_sql::open(&database.url, &env).await.unwrap();
    (Subject { stores: vec![database.store, again], env }, ())
}

/// The same, behind PgBouncer in transaction mode: four connections to the server for both.
async fn on_pooled_postgres() -> (Subject, ()) {
    let env = env();
    let url = databases::pooled_postgres_url().await;
    let mut stores = Vec::new();
    for _ in 0..2 {
        stores.push(chabi_store_sql::open(&url, &env).await.unwrap());
    }
    (Subject { stores, env }, ())
}

/// A store on PostgreSQL, and a bare connection to the same database.
async fn connect() -> (tokio_postgres::Client, Store, tokio::task::JoinHandle<()>) {
    let database = databases::postgres(&Env::system()).await;
    let (client, connection) = tokio_postgres::connect(&database.url, tokio_postgres::NoTls).await.unwrap();
    (client, database.store, tokio::spawn(async move { connection.await.unwrap() }))
}
