//! What a transaction's closure is handed on SQLite: the writer's own connection.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Mutex, PoisonError},
    task::{Context, Poll, Waker},
};

use chabi_spec::Fault;
use chabi_store::TransactionBody;
use futures_util::{FutureExt, future::BoxFuture};
use rusqlite::Connection;

use super::connection;
use crate::{
    Execute, Sql, Written,
    value::{Row, Value},
};

/// The writer's connection, as an executor whose answers are ready at once.
///
/// The lock is never contended: it is there because a closure's future must be `Send`, and it is held for one statement.
#[derive(Debug)]
pub(super) struct Inside {
    connection: Mutex<Connection>,
    /// What the first statement that failed said. A transaction with a failed statement never commits, as on PostgreSQL.
    failed: Mutex<Option<Fault>>,
}

impl Inside {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection: Mutex::new(connection), failed: Mutex::default() }
    }

    /// For the writer's own statements: the bounds of transactions and savepoints.
    pub(super) fn with<T>(&self, run: impl FnOnce(&Connection) -> T) -> T {
        run(&self.connection.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn statement(&self, sql: &'static str, parameters: &[Value]) -> Result<Written, Fault> {
        self.with(|connection| connection::run(connection, sql, parameters)).map_err(|error| {
            let told = Fault::internal("going on in a transaction after a statement failed").because(error.to_string());
            self.failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(told);
            connection::fault(error)
        })
    }
}

impl Execute for Inside {
    fn read<'a>(&'a self, sql: &'static str, parameters: Vec<Value>) -> BoxFuture<'a, Result<Vec<Row>, Fault>> {
        std::future::ready(self.statement(sql, &parameters).map(|written| written.rows)).boxed()
    }

    fn write<'a>(&'a self, sql: &'static str, parameters: Vec<Value>) -> BoxFuture<'a, Result<Written, Fault>> {
        std::future::ready(self.statement(sql, &parameters)).boxed()
    }
}

/// Runs a closure to its end on this thread.
///
/// # Errors
/// The closure's fault; an internal one when it panics, when it waits for anything but its verbs, or when it goes on after a statement
/// failed.
pub(super) fn run(inside: &Sql<Inside>, body: &TransactionBody) -> Result<(), Fault> {
    inside.0.failed.lock().unwrap_or_else(PoisonError::into_inner).take();
    let polled = catch_unwind(AssertUnwindSafe(|| {
        let mut running = body(inside);
        running.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }));
    match polled {
        Ok(Poll::Ready(Ok(()))) => match inside.0.failed.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(fault) => Err(fault),
            None => Ok(()),
        },
        Ok(Poll::Ready(Err(fault))) => Err(fault),
        Ok(Poll::Pending) => Err(Fault::internal("waiting inside a transaction for something that is not the store")),
        Err(_) => Err(Fault::internal("running a transaction whose closure panicked")),
    }
}
