//! Opening a database: the schema, and what is told when it cannot be had.

use chabi_spec::FaultKind;
use chabi_testkit::databases::{self, Cluster};
use chabi_token::Env;

use crate::env;

async fn kind(url: &str) -> Option<FaultKind> {
    chabi_store_sql::open(url, &env()).await.err().map(|fault| fault.kind)
}

// req: st.mig
#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_open_an_empty_postgresql_at_once_make_the_schema_once() {
    let url = databases::postgres_url().await;
    let opening: Vec<_> = (0..8)
        .map(|_| {
            tokio::spawn({
                let url = url.clone();
                async move { kind(&url).await }
            })
        })
        .collect();
    for opened in opening {
        assert_eq!(opened.await.unwrap(), None);
    }
}

// req: st.mig
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_a_newer_version_changed_is_refused_unless_that_version_said_otherwise() {
    let newer = "INSERT INTO schema_migrations (version, applied_at) VALUES (1000000, 0)";
    let noted = |version: i64| format!("UPDATE facts SET value = '{version}' WHERE name = 'schema_works_from'");
    let known = chabi_store_sql::migrations::newest(chabi_store_sql::migrations::ALL);
    let (refused, taken) = (noted(known + 1), noted(known));

    let file = databases::sqlite_on_file(&env()).await;
    let beside = rusqlite::Connection::open(file.url.strip_prefix("sqlite:").unwrap()).unwrap();
    let database = databases::postgres(&env()).await;
    let (client, connection) = tokio_postgres::connect(&database.url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    beside.execute(newer, ()).unwrap();
    client.execute(newer, &[]).await.unwrap();
    for (said, expected) in [(&refused, Some(FaultKind::Internal)), (&taken, None)] {
        assert_eq!(beside.execute(said, ()).unwrap(), 1);
        assert_eq!(client.execute(said, &[]).await.unwrap(), 1);
        assert_eq!(kind(&file.url).await, expected);
        assert_eq!(kind(&database.url).await, expected);
    }
}

#[tokio::test]
async fn a_url_of_another_kind_is_refused_and_a_place_that_cannot_be_had_is_unavailable() {
    assert_eq!(kind("mysql://localhost/chabi").await, Some(FaultKind::Internal));
    assert_eq!(kind("sqlite:/nowhere/at/all/chabi.db").await, Some(FaultKind::Unavailable));
    assert_eq!(kind("postgres://chabi@127.0.0.1:1/chabi").await, Some(FaultKind::Unavailable));
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_of_sqlite_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let file = databases::sqlite_on_file(&env()).await;
    file.store.bump_version("v").await.unwrap();
    for suffix in ["", "-wal", "-shm"] {
        let path = format!("{}{suffix}", file.url.strip_prefix("sqlite:").unwrap());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_went_away_is_unavailable() {
    let cluster = tokio::task::spawn_blocking(Cluster::start).await.unwrap();
    let store = chabi_store_sql::open(&cluster.url("postgres"), &Env::system()).await.unwrap();
    store.engine().ready().await.unwrap();
    let offset = store.engine().clock_offset().await.unwrap();
    assert!(offset.abs() < 1_000_000, "one machine, one clock: {offset}");
    tokio::task::spawn_blocking(|| drop(cluster)).await.unwrap();
    for _ in 0..3 {
        assert_eq!(store.bump_version("v").await.unwrap_err().kind, FaultKind::Unavailable);
        assert_eq!(store.engine().ready().await.unwrap_err().kind, FaultKind::Unavailable);
    }
}

/// The manual clock stands at the beginning of 2026: the offset is what brings it to the database's time.
#[tokio::test]
async fn the_offset_to_the_databases_clock_is_measured() {
    let env = env();
    let database = databases::postgres(&env).await;
    let offset = database.store.engine().clock_offset().await.unwrap();
    let apart = Env::system().now().0 - (env.uncorrected_now().0 + offset);
    assert!(apart.abs() < 1_000_000, "{apart}");
}

/// Encrypted to whom it should be, or not at all: `require` alone already checks the certificate and its name.
#[tokio::test(flavor = "multi_thread")]
async fn tls_to_postgresql_is_checked_against_the_roots_and_the_name() {
    let cluster = tokio::task::spawn_blocking(|| Cluster::start_with_tls(true)).await.unwrap();
    let (port, root) = (cluster.port(), cluster.certificate());
    let root = root.display();
    let url = |host: &str, options: &str| format!("postgres://chabi@{host}:{port}/postgres?{options}");
    for mode in ["require", "verify-full"] {
        let store = chabi_store_sql::open(&url("localhost", &format!("sslmode={mode}&sslrootcert={root}")), &env()).await.unwrap();
        store.bump_version("v").await.unwrap();
        assert_eq!(kind(&url("localhost", &format!("sslmode={mode}"))).await, Some(FaultKind::Unavailable), "an unknown root");
        let by_address = url("127.0.0.1", &format!("sslmode={mode}&sslrootcert={root}"));
        assert_eq!(kind(&by_address).await, Some(FaultKind::Unavailable), "a name that the certificate does not have");
    }
    tokio::task::spawn_blocking(|| drop(cluster)).await.unwrap();
}
