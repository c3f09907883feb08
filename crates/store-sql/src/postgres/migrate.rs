//! The schema of a PostgreSQL database, brought up to date by one node at a time.

use chabi_spec::Fault;
use chabi_token::Env;

use super::{ask, lease::Lease, statement::Trouble};
use crate::{
    migrations::{self, Migration},
    value::Value,
};

/// A number that is ours by being unlikely: the letters of `chabi`. The lock ends with its transaction, so that it suits a pooler.
const LOCK: &str = "SELECT pg_advisory_xact_lock(426835010921)";

/// Applies what is pending, all of it or nothing. Nodes that start at once wait for the first.
pub(super) async fn run(connection: &Lease, env: &Env) -> Result<(), Fault> {
    connection.begin().await.map_err(Trouble::fault)?;
    connection.batch(LOCK).await.map_err(Trouble::fault)?;
    connection.batch(migrations::CREATE_LIST).await.map_err(Trouble::fault)?;
    let newest = ask(connection, migrations::NEWEST_APPLIED).await?.unwrap_or(0);
    let known = migrations::newest(migrations::ALL);
    if newest > known {
        let works_from: Option<String> = ask(connection, migrations::WORKS_FROM).await?;
        return migrations::check_newer(newest, works_from.as_deref(), known);
    }
    for migration in migrations::pending(newest, migrations::ALL) {
        connection.batch(&in_its_words(migration)).await.map_err(Trouble::fault)?;
        let noted = [Value::from(migration.version), Value::from(env.now())];
        connection.run(migrations::NOTE_APPLIED, &noted).await.map_err(Trouble::fault)?;
        let works_from = [Value::from(migration.works_from.to_string())];
        connection.run(migrations::NOTE_WORKS_FROM, &works_from).await.map_err(Trouble::fault)?;
    }
    connection.commit().await.map_err(Trouble::fault)
}

/// The one word of the schema that the engines do not share, and lines that are a comment to the other one.
fn in_its_words(migration: &Migration) -> String {
    let lines = migration.sql.lines().map(|line| line.strip_prefix("--postgresql ").unwrap_or(line).replace(" BLOB", " BYTEA"));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_for_postgresql_alone_is_a_statement_to_it_and_a_comment_to_sqlite() {
        let sql = "CREATE TABLE t (b BLOB);\n--postgresql ALTER TABLE t SET (fillfactor = 80);\n-- as --postgresql lines are\n";
        let words = in_its_words(&Migration { version: 1, sql, works_from: 1 });
        assert_eq!(words, "CREATE TABLE t (b BYTEA);\nALTER TABLE t SET (fillfactor = 80);\n-- as --postgresql lines are");
        rusqlite::Connection::open_in_memory().unwrap().execute_batch(sql).unwrap();
    }
}
