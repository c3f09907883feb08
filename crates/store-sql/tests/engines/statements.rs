//! Each statement stands once, for both engines: so each must be one that both take.

use chabi_store_sql::{migrations, verbs};

#[test]
fn sqlite_prepares_every_statement() {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    for migration in migrations::ALL {
        connection.execute_batch(migration.sql).unwrap();
    }
    for sql in verbs::statements() {
        connection.prepare(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

#[tokio::test]
async fn postgresql_prepares_every_statement() {
    let (client, _store, running) = crate::connect().await;
    for sql in verbs::statements() {
        client.prepare(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    drop(client);
    running.await.unwrap();
}

/// A statement that is written but not in its file's list would escape the tests above.
#[test]
fn no_statement_is_forgotten() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/verbs");
    let mut written = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        written += text.lines().filter(|line| line.starts_with("const ") && line.contains(": &str =")).count();
    }
    assert_eq!(written, verbs::statements().len());
}
