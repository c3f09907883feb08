//! The schema of a SQLite file, brought up to date under its write lock.

use chabi_spec::Fault;
use chabi_token::Env;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use super::connection::fault;
use crate::migrations;

/// Applies what is pending, all of it or nothing.
pub(super) fn run(connection: &mut Connection, env: &Env) -> Result<(), Fault> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fault)?;
    transaction.execute_batch(migrations::CREATE_LIST).map_err(fault)?;
    let newest: i64 = transaction.query_row(migrations::NEWEST_APPLIED, [], |row| row.get(0)).map_err(fault)?;
    let known = migrations::newest(migrations::ALL);
    if newest > known {
        let works_from: Option<String> = transaction.query_row(migrations::WORKS_FROM, [], |row| row.get(0)).optional().map_err(fault)?;
        return migrations::check_newer(newest, works_from.as_deref(), known);
    }
    for migration in migrations::pending(newest, migrations::ALL) {
        transaction.execute_batch(migration.sql).map_err(fault)?;
        transaction.execute(migrations::NOTE_APPLIED, (migration.version, env.now().0)).map_err(fault)?;
        transaction.execute(migrations::NOTE_WORKS_FROM, [migration.works_from.to_string()]).map_err(fault)?;
    }
    transaction.commit().map_err(fault)
}

/// What is applied; nothing is changed.
pub(super) fn newest_applied(connection: &Connection) -> Result<i64, Fault> {
    let is_there = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations')";
    match connection.query_row(is_there, [], |row| row.get(0)).map_err(fault)? {
        true => connection.query_row(migrations::NEWEST_APPLIED, [], |row| row.get(0)).map_err(fault),
        false => Ok(0),
    }
}
