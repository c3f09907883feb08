//! The little that a driver must be able to do, and the verbs' way to it.

use chabi_spec::Fault;
use chabi_store::{Answer, Engine, TransactionBody, account::Insertion};
use futures_util::future::BoxFuture;

use crate::value::{Row, Value};

/// What a write did.
#[derive(Debug, Default)]
pub struct Written {
    /// Rows that `RETURNING` gave.
    pub rows: Vec<Row>,
    /// How many rows it added, changed or removed.
    pub changed: i64,
}

/// Runs one statement. A driver does it twice: at its door, where a write is durable before it answers, and inside a transaction.
pub trait Execute: Send + Sync {
    /// A statement that only reads.
    fn read<'a>(&'a self, sql: &'static str, parameters: Vec<Value>) -> BoxFuture<'a, Result<Vec<Row>, Fault>>;

    /// The same, by a caller who is about to change what it finds: a driver may read it where it will be written.
    fn read_to_write<'a>(&'a self, sql: &'static str, parameters: Vec<Value>) -> BoxFuture<'a, Result<Vec<Row>, Fault>> {
        self.read(sql, parameters)
    }

    /// A statement that writes.
    fn write<'a>(&'a self, sql: &'static str, parameters: Vec<Value>) -> BoxFuture<'a, Result<Written, Fault>>;
}

/// A database behind its door: what an engine needs beside statements. [`Engine`] says what each must do.
pub trait Driver: Execute + 'static {
    /// See [`Engine::transaction`].
    fn transaction<'a>(&'a self, name: &'static str, body: TransactionBody) -> BoxFuture<'a, Result<(), Fault>>;
    /// See [`Engine::ready`].
    fn ready(&self) -> BoxFuture<'_, Result<(), Fault>>;
    /// See [`Engine::version`].
    fn version(&self) -> BoxFuture<'_, Result<String, Fault>>;
    /// See [`Engine::clock_offset`].
    fn clock_offset(&self) -> BoxFuture<'_, Result<i64, Fault>>;
}

impl<D: Driver> Engine for Sql<D> {
    fn transaction<'a>(&'a self, name: &'static str, body: TransactionBody) -> BoxFuture<'a, Result<(), Fault>> {
        self.0.transaction(name, body)
    }

    fn ready(&self) -> BoxFuture<'_, Result<(), Fault>> {
        self.0.ready()
    }

    fn version(&self) -> BoxFuture<'_, Result<String, Fault>> {
        self.0.version()
    }

    fn clock_offset(&self) -> BoxFuture<'_, Result<i64, Fault>> {
        self.0.clock_offset()
    }
}

/// Makes verbs of statements: every trait of `chabi_store` is implemented on it, in [`crate::verbs`].
#[derive(Debug)]
pub struct Sql<E>(pub E);

/// Reads a row into a record.
pub(crate) type Reader<T> = fn(&mut Row) -> Result<T, Fault>;

impl<E: Execute> Sql<E> {
    /// The first row that a read finds.
    pub(crate) fn find<T: Send + 'static>(&self, sql: &'static str, parameters: Vec<Value>, reader: Reader<T>) -> Answer<'_, Option<T>> {
        Box::pin(async move { first(self.0.read(sql, parameters).await?, reader) })
    }

    /// All rows that a read finds.
    pub(crate) fn list<T: Send + 'static>(&self, sql: &'static str, parameters: Vec<Value>, reader: Reader<T>) -> Answer<'_, Vec<T>> {
        Box::pin(async move { self.0.read(sql, parameters).await?.iter_mut().map(reader).collect() })
    }

    /// The same, before it is changed: see [`Execute::read_to_write`].
    pub(crate) fn list_to_write<T: Send + 'static>(
        &self,
        sql: &'static str,
        parameters: Vec<Value>,
        reader: Reader<T>,
    ) -> Answer<'_, Vec<T>> {
        Box::pin(async move { self.0.read_to_write(sql, parameters).await?.iter_mut().map(reader).collect() })
    }

    /// The row that a write returns, if it touched one.
    pub(crate) fn change<T: Send + 'static>(&self, sql: &'static str, parameters: Vec<Value>, reader: Reader<T>) -> Answer<'_, Option<T>> {
        Box::pin(async move { first(self.0.write(sql, parameters).await?.rows, reader) })
    }

    /// A write whose doing is all that matters.
    pub(crate) fn run(&self, sql: &'static str, parameters: Vec<Value>) -> Answer<'_, ()> {
        Box::pin(async move { self.0.write(sql, parameters).await.map(|_| ()) })
    }

    /// How many rows a write touched.
    pub(crate) fn count(&self, sql: &'static str, parameters: Vec<Value>) -> Answer<'_, i64> {
        Box::pin(async move { self.0.write(sql, parameters).await.map(|written| written.changed) })
    }

    /// Whether a write touched a row.
    pub(crate) fn touched(&self, sql: &'static str, parameters: Vec<Value>) -> Answer<'_, bool> {
        Box::pin(async move { self.0.write(sql, parameters).await.map(|written| written.changed > 0) })
    }

    /// Whether an insertion found its key free.
    pub(crate) fn insert(&self, sql: &'static str, parameters: Vec<Value>) -> Answer<'_, Insertion> {
        Box::pin(async move {
            let written = self.0.write(sql, parameters).await?;
            Ok(if written.changed > 0 { Insertion::Done } else { Insertion::Taken })
        })
    }
}

fn first<T>(rows: Vec<Row>, reader: Reader<T>) -> Result<Option<T>, Fault> {
    rows.into_iter().next().map(|mut row| reader(&mut row)).transpose()
}
