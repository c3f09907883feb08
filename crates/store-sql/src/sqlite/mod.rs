//! SQLite, embedded: one writer that commits what waits with one sync, and readers beside it.
//!
//! - `connection`: a connection, its settings, and one statement on it;
//! - `migrate`: the schema;
//! - `readers`: reads, on the caller's thread;
//! - `writer`: the thread that every write goes through, and some reads before a write; `batch`: what it commits together;
//! - `transaction`: what a closure is handed.

mod batch;
mod connection;
mod migrate;
mod places;
mod readers;
mod transaction;
mod writer;

use std::path::{Path, PathBuf};

use chabi_spec::Fault;
use chabi_store::TransactionBody;
use chabi_token::Env;
use futures_util::{FutureExt, future::BoxFuture};

use self::{readers::Readers, writer::Writer};
use crate::{
    Driver, Execute, Written,
    value::{Row, Value},
};

/// Where the database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Nowhere: gone with the store.
    Memory,
    /// In this file, and in `-wal` and `-shm` beside it.
    File(PathBuf),
}

/// How many writes share a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commits {
    /// All that wait.
    Shared,
    /// Each has its own: to measure against.
    OfEach,
}

/// The door to a SQLite database.
#[derive(Debug)]
pub struct Door {
    writer: Writer,
    /// None in memory: there is one connection then, the writer's.
    readers: Option<Readers>,
}

impl Door {
    /// Opens the database, making it when it is not there, and brings its schema up to date.
    ///
    /// # Errors
    /// An unavailable fault when the file cannot be opened or is locked for long; an internal one when it was changed by a newer version.
    pub fn open(place: Place, commits: Commits, env: &Env) -> Result<Self, Fault> {
        let mut connection = connection::open_writer(&place)?;
        migrate::run(&mut connection, env)?;
        let readers = match &place {
            Place::Memory => None,
            Place::File(path) => Some(Readers::new(path.clone())),
        };
        Ok(Self { writer: Writer::start(connection, place, commits)?, readers })
    }
}

/// The newest migration that this file has, or 0 when it is not there or empty.
pub(crate) fn newest_applied(path: &Path) -> Result<i64, Fault> {
    if !path.exists() {
        return Ok(0);
    }
    migrate::newest_applied(&connection::open_reader(path)?)
}

impl Execute for Door {
    fn read<'a>(&'a self, sql: &'static str, parameters: Vec<Value>) -> BoxFuture<'a, Result<Vec<Row>, Fault>> {
        match &self.readers {
            Some(readers) => std::future::ready(readers.read(sql, &parameters)).boxed(),
            None => self.writer.read(sql, parameters).boxed(),
        }
    }

    fn read_to_write<'a>(&'a self, sql: &'static str, parameters: Vec<Value>) -> BoxFuture<'a, Result<Vec<Row>, Fault>> {
        match self.writer.reads_too() {
            true => self.writer.read(sql, parameters).boxed(),
            false => self.read(sql, parameters),
        }
    }

    fn write<'a>(&'a self, sql: &'static str, parameters: Vec<Value>) -> BoxFuture<'a, Result<Written, Fault>> {
        self.writer.statement(sql, parameters).boxed()
    }
}

impl Driver for Door {
    fn transaction<'a>(&'a self, name: &'static str, body: TransactionBody) -> BoxFuture<'a, Result<(), Fault>> {
        self.writer.transaction(name, body).boxed()
    }

    fn ready(&self) -> BoxFuture<'_, Result<(), Fault>> {
        async { self.writer.statement("SELECT COUNT(*) FROM schema_migrations", vec![]).await.map(|_| ()) }.boxed()
    }

    fn version(&self) -> BoxFuture<'_, Result<String, Fault>> {
        std::future::ready(Ok(format!("SQLite {}", rusqlite::version()))).boxed()
    }

    /// The database is in this process: there is one clock.
    fn clock_offset(&self) -> BoxFuture<'_, Result<i64, Fault>> {
        std::future::ready(Ok(0)).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_will_be_changed_is_read_by_the_writer_while_it_reads_too_and_by_a_reader_else() {
        const MARK: &str = "SELECT n FROM mark";
        let directory = tempfile::tempdir().unwrap();
        let door = Door::open(Place::File(directory.path().join("chabi.db")), Commits::Shared, &Env::system()).unwrap();
        // only the connection that made it sees such a table
        door.write("CREATE TEMPORARY TABLE mark (n BIGINT)", vec![]).await.unwrap();
        door.write("INSERT INTO mark (n) VALUES (1)", vec![]).await.unwrap();
        assert!(door.read_to_write(MARK, vec![]).await.is_err());
        let mut found = None;
        // the writer may be about to say, of the write that it has just answered, that nobody came with it
        while found.is_none() {
            door.writer.read_too(true);
            found = door.read_to_write(MARK, vec![]).await.ok();
        }
        assert_eq!(found.map(|rows| rows.len()), Some(1));
        assert!(door.read(MARK, vec![]).await.is_err(), "what only reads stays with the readers");
    }
}
