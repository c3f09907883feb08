//! A connection on loan: bounded in time, and given back clean or not at all.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use deadpool_postgres::{ClientWrapper, Object};
use tokio::{runtime::Handle, time::timeout};
use tokio_postgres::{
    Client,
    types::{BorrowToSql, Type},
};

use super::{
    connect::Connections,
    statement::{self, Trouble},
};
use crate::{Written, value::Value};

/// A connection, until it is dropped. It goes back to the pool only when nothing is under way on it.
pub(super) struct Lease {
    /// None only while dropping.
    object: Option<Object>,
    connections: Connections,
    /// How long a statement may take. None: as long as it takes.
    limit: Option<Duration>,
    /// A statement or a transaction has begun and not ended.
    unfinished: AtomicBool,
    /// Not to be used again.
    useless: AtomicBool,
    /// A statement took too long, and may go on.
    hangs: AtomicBool,
}

impl Lease {
    pub(super) const fn new(object: Object, connections: Connections, limit: Option<Duration>) -> Self {
        let [unfinished, useless, hangs] = [const { AtomicBool::new(false) }; 3];
        Self { object: Some(object), connections, limit, unfinished, useless, hangs }
    }

    /// One statement.
    pub(super) async fn run(&self, sql: &str, parameters: &[Value]) -> Result<Written, Trouble> {
        self.bounded(statement::run(self.client()?, sql, parameters)).await
    }

    /// One statement, its rows as cells; see [`statement::send`].
    pub(super) async fn send<P: BorrowToSql>(&self, sql: &str, typed: Vec<(P, Type)>) -> Result<Vec<Vec<Value>>, Trouble> {
        let (rows, _) = self.bounded(statement::send(self.client()?, sql, typed)).await?;
        Ok(rows)
    }

    /// Statements without parameters.
    pub(super) async fn batch(&self, sql: &str) -> Result<(), Trouble> {
        self.bounded(self.client()?.batch_execute(sql)).await
    }

    /// Begins a transaction. Dropped before its end, it is rolled back.
    pub(super) async fn begin(&self) -> Result<(), Trouble> {
        self.unfinished.store(true, Ordering::Relaxed);
        self.batch("BEGIN ISOLATION LEVEL READ COMMITTED").await
    }

    /// Commits it, durably.
    pub(super) async fn commit(&self) -> Result<(), Trouble> {
        self.batch("COMMIT").await?;
        self.unfinished.store(false, Ordering::Relaxed);
        Ok(())
    }

    fn client(&self) -> Result<&Client, Trouble> {
        // Nobody can hold a lease that is being dropped.
        self.object.as_ref().map(|object| &***object).ok_or(Trouble::TooLong)
    }

    /// Waits for an answer as long as it may take, and remembers what it says about the connection.
    async fn bounded<T>(&self, asked: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, Trouble> {
        // Dropped while waiting, it stays marked.
        let in_transaction = self.unfinished.swap(true, Ordering::Relaxed);
        let answered = match self.limit {
            Some(limit) => timeout(limit, asked).await.map_or(Err(Trouble::TooLong), |answered| answered.map_err(Trouble::Said)),
            None => asked.await.map_err(Trouble::Said),
        };
        self.unfinished.store(in_transaction, Ordering::Relaxed);
        answered.inspect_err(|trouble| self.note(trouble))
    }

    fn note(&self, trouble: &Trouble) {
        if !trouble.ends_connection() {
            return;
        }
        self.useless.store(true, Ordering::Relaxed);
        if trouble.ends_server() {
            self.connections.forget();
        }
        if matches!(trouble, Trouble::TooLong) {
            self.hangs.store(true, Ordering::Relaxed);
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(object) = self.object.take() else { return };
        let [unfinished, useless, hangs] = [&self.unfinished, &self.useless, &self.hangs].map(|flag| flag.load(Ordering::Relaxed));
        match Handle::try_current() {
            Ok(runtime) if hangs => drop(runtime.spawn(stop(Object::take(object), self.connections.clone()))),
            Ok(runtime) if unfinished && !useless => drop(runtime.spawn(clean(object, self.connections.clone()))),
            _ if useless || unfinished => drop(Object::take(object)),
            _ => {}
        }
    }
}

/// Whoever asked went away in the middle. What was under way comes to its end, within the time of a quick statement; then the connection
/// is good for the next one.
async fn clean(object: Object, connections: Connections) {
    if !matches!(timeout(connections.limits.quick, object.batch_execute("ROLLBACK")).await, Ok(Ok(()))) {
        stop(Object::take(object), connections).await;
    }
}

/// Asks the server, over a connection of its own, to stop what this one does, and leaves it. The server does not look at the connection
/// while it works: without a word it would go on. It may come too late; nothing relies on it.
async fn stop(client: ClientWrapper, connections: Connections) {
    let limit = connections.limits.quick;
    match timeout(limit, connections.cancel(&client.cancel_token())).await {
        Ok(Ok(())) => tracing::warn!(counter.store_statements_stopped = 1, "PostgreSQL was asked to stop a statement that took too long"),
        Ok(Err(error)) => tracing::warn!(%error, "a statement that takes too long could not be stopped"),
        Err(_) => tracing::warn!("a statement that takes too long could not be stopped in time"),
    }
    // A pooler passes the word on only for a client that is still there when its turn comes.
    drop(timeout(limit, client.batch_execute("ROLLBACK")).await);
}
