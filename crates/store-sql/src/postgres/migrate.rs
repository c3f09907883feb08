//! The schema of a PostgreSQL database, brought up to date by one node at a time.

use chabi_spec::Fault;
use chabi_token::Env;
use deadpool_postgres::Object;

use super::statement;
use crate::{
    migrations::{self, Migration},
    value::Value,
};

/// A number that is ours by being unlikely: the letters of `chabi`.
const LOCK: &str = "SELECT pg_advisory_xact_lock(426835010921)";

/// Applies what is pending, all of it or nothing. Nodes that start at once wait for the first.
pub(super) async fn run(connection: &mut Object, env: &Env) -> Result<(), Fault> {
    let transaction = connection.transaction().await.map_err(statement::fault)?;
    transaction.batch_execute(LOCK).await.map_err(statement::fault)?;
    transaction.batch_execute(migrations::CREATE_LIST).await.map_err(statement::fault)?;
    let newest = statement::run(transaction.client(), migrations::NEWEST_APPLIED, &[]).await.map_err(statement::fault)?;
    let newest: i64 = newest.rows.into_iter().next().map(|mut row| row.take()).transpose()?.unwrap_or(0);
    let known = migrations::newest(migrations::ALL);
    if newest > known {
        let said = statement::run(transaction.client(), migrations::WORKS_FROM, &[]).await.map_err(statement::fault)?;
        let works_from: Option<String> = said.rows.into_iter().next().map(|mut row| row.take()).transpose()?;
        return migrations::check_newer(newest, works_from.as_deref(), known);
    }
    for migration in migrations::pending(newest, migrations::ALL) {
        transaction.batch_execute(&in_its_words(migration)).await.map_err(statement::fault)?;
        let noted = [Value::from(migration.version), Value::from(env.now())];
        statement::run(transaction.client(), migrations::NOTE_APPLIED, &noted).await.map_err(statement::fault)?;
        let works_from = [Value::from(migration.works_from.to_string())];
        statement::run(transaction.client(), migrations::NOTE_WORKS_FROM, &works_from).await.map_err(statement::fault)?;
    }
    transaction.commit().await.map_err(statement::fault)
}

/// The one word of the schema that the engines do not share.
fn in_its_words(migration: &Migration) -> String {
    migration.sql.replace(" BLOB", " BYTEA")
}
