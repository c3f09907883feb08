//! Throw-away databases: SQLite in memory and on file, and a PostgreSQL cluster of the test's own.
//!
//! The cluster belongs to this process. It runs under a shell that waits for the end of its own input: when the process ends, however
//! it ends, the shell stops the server by its process id and removes the directory. Nothing is left behind.

mod cluster;
mod pooler;

use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering},
};

use chabi_store::Store;
use chabi_token::Env;

pub use self::{
    cluster::{Cluster, Shutdown},
    pooler::Pooler,
};

/// An empty SQLite store in memory.
///
/// # Panics
/// When it cannot be opened.
pub async fn sqlite_in_memory(env: &Env) -> Store {
    open("sqlite::memory:", env).await
}

/// A SQLite store on file, and the directory that goes away with it.
#[derive(Debug)]
pub struct SqliteFile {
    /// The store.
    pub store: Store,
    /// `sqlite:<path>`, to open it once more.
    pub url: String,
    _directory: tempfile::TempDir,
}

/// An empty SQLite store in a file of its own.
///
/// # Panics
/// When it cannot be made or opened.
pub async fn sqlite_on_file(env: &Env) -> SqliteFile {
    let directory = tempfile::tempdir().expect("a directory for a database");
    let url = format!("sqlite:{}", directory.path().join("chabi.db").display());
    SqliteFile { store: open(&url, env).await, url, _directory: directory }
}

async fn open(url: &str, env: &Env) -> Store {
    chabi_store_sql::open(url, env).await.unwrap_or_else(|fault| panic!("{url}: {fault}"))
}

/// A PostgreSQL store in a database of its own.
#[derive(Debug)]
pub struct PostgresDatabase {
    /// The store.
    pub store: Store,
    /// To open it once more, from here or from another process.
    pub url: String,
}

/// An empty PostgreSQL store, in a new database of this process's cluster, which is started at the first call (some seconds).
///
/// # Panics
/// When PostgreSQL is not installed (with the words of how to install it), or cannot be started.
pub async fn postgres(env: &Env) -> PostgresDatabase {
    let url = postgres_url().await;
    PostgresDatabase { store: open(&url, env).await, url }
}

/// The URL of a new, empty PostgreSQL database, for a process that opens it by itself.
///
/// # Panics
/// As [`postgres`].
pub async fn postgres_url() -> String {
    tokio::task::spawn_blocking(|| shared_cluster().url(&new_database())).await.expect("a new database")
}

/// The same, behind PgBouncer in transaction mode, which is started at the first call.
///
/// # Panics
/// As [`postgres`], and when PgBouncer is not installed.
pub async fn pooled_postgres_url() -> String {
    static POOLER: OnceLock<Pooler> = OnceLock::new();
    let url = || POOLER.get_or_init(|| Pooler::start(shared_cluster())).url(&new_database());
    tokio::task::spawn_blocking(url).await.expect("a new database behind PgBouncer")
}

/// Makes a database in the cluster of this process.
fn new_database() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let name = format!("chabi_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    shared_cluster().create_database(&name);
    name
}

/// The cluster of this process.
fn shared_cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(Cluster::start)
}
