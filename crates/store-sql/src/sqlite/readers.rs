//! Reads of a SQLite file, on the caller's thread: a point read costs less than handing it over would.

use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use chabi_spec::Fault;
use rusqlite::Connection;

use super::connection;
use crate::value::{Row, Value};

/// Idle connections; one more is opened when all are in use, so there are as many as threads that ever read at once.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, idle: Mutex::default() }
    }

    /// What has been committed until now.
    pub(super) fn read(&self, sql: &'static str, parameters: &[Value]) -> Result<Vec<Row>, Fault> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let reader = match idle {
            Some(reader) => reader,
            None => connection::open_reader(&self.path)?,
        };
        let found = connection::run(&reader, sql, parameters).map_err(connection::fault)?;
        // A connection that failed is not kept.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        Ok(found.rows)
    }
}
