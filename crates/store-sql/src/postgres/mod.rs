//! PostgreSQL, for many nodes: a pool, one statement a verb, no prepared statements, so that it works behind PgBouncer in transaction
//! mode.
//!
//! - `connect`: the URL, TLS, the pool; `lease`: a connection of it, bounded in time, given back clean or not at all;
//! - `migrate`: the schema;
//! - `statement`: one statement on one connection, and what its errors mean;
//! - `batch`: the hottest statements, for many at once;
//! - `transaction`: closures, and when they run again.

mod batch;
mod connect;
mod lease;
#[cfg(test)]
mod lease_tests;
mod migrate;
mod statement;
mod transaction;

use std::sync::Arc;

use chabi_spec::Fault;
use chabi_store::TransactionBody;
use chabi_token::Env;
use futures_util::{FutureExt, future::BoxFuture};

use self::{
    batch::Lane,
    connect::{Connections, Limits},
    lease::Lease,
    statement::Trouble,
};
use crate::{
    Driver, Execute, Written,
    value::{FromValue, Row, Value},
};

/// The door to a PostgreSQL database.
#[derive(Debug)]
pub struct Door {
    connections: Connections,
    lanes: Vec<Arc<Lane>>,
    env: Env,
}

/// How often a statement or a closure is run again after it lost to another.
const TRIES: u32 = 10;

impl Door {
    /// Connects, and brings the schema up to date.
    ///
    /// # Errors
    /// An unavailable fault when it cannot be reached; an internal one when the URL cannot be read, or when the schema is newer than
    /// this program.
    pub async fn open(url: &str, env: &Env) -> Result<Self, Fault> {
        Self::open_with(url, Limits::default(), env).await
    }

    async fn open_with(url: &str, limits: Limits, env: &Env) -> Result<Self, Fault> {
        let connections = Connections::new(url, limits)?;
        let connection = connections.patient().await?;
        migrate::run(&connection, env).await?;
        warn_if_commits_are_not_durable(&connection).await?;
        Ok(Self { connections, lanes: batch::lanes(), env: env.clone() })
    }

    async fn statement(&self, sql: &'static str, parameters: Vec<Value>) -> Result<Written, Fault> {
        if let Some(lane) = self.lanes.iter().find(|lane| lane.is_for(sql)) {
            return lane.ask(&self.connections, parameters).await;
        }
        statement::again_if_lost(&self.connections.slow().await?, sql, &parameters).await
    }
}

async fn warn_if_commits_are_not_durable(connection: &Lease) -> Result<(), Fault> {
    let setting = "SELECT current_setting('synchronous_commit') = 'off' OR current_setting('fsync') = 'off'";
    if ask(connection, setting).await?.unwrap_or(false) {
        tracing::warn!(
            "PostgreSQL answers before a commit is on disk (synchronous_commit or fsync is off): a crash can lose what was answered"
        );
    }
    Ok(())
}

/// The newest migration that the database at this URL has, or 0.
pub(crate) async fn newest_applied(url: &str) -> Result<i64, Fault> {
    let connection = Connections::new(url, Limits::default())?.quick().await?;
    if !ask(&connection, "SELECT to_regclass('schema_migrations') IS NOT NULL").await?.unwrap_or(false) {
        return Ok(0);
    }
    Ok(ask(&connection, crate::migrations::NEWEST_APPLIED).await?.unwrap_or(0))
}

/// The first cell of the first row.
async fn ask<T: FromValue>(connection: &Lease, sql: &str) -> Result<Option<T>, Fault> {
    let written = connection.run(sql, &[]).await.map_err(Trouble::fault)?;
    written.rows.into_iter().next().map(|mut row| row.take()).transpose()
}

impl Execute for Door {
    fn read<'a>(&'a self, sql: &'static str, parameters: Vec<Value>) -> BoxFuture<'a, Result<Vec<Row>, Fault>> {
        async move { Ok(self.statement(sql, parameters).await?.rows) }.boxed()
    }

    fn write<'a>(&'a self, sql: &'static str, parameters: Vec<Value>) -> BoxFuture<'a, Result<Written, Fault>> {
        self.statement(sql, parameters).boxed()
    }
}

impl Driver for Door {
    fn transaction<'a>(&'a self, name: &'static str, body: TransactionBody) -> BoxFuture<'a, Result<(), Fault>> {
        async move { transaction::run(&self.connections, name, body).await }.boxed()
    }

    fn ready(&self) -> BoxFuture<'_, Result<(), Fault>> {
        async {
            let connection = self.connections.quick().await?;
            ask::<i64>(&connection, "SELECT COUNT(*) FROM schema_migrations").await.map(|_| ())
        }
        .boxed()
    }

    fn version(&self) -> BoxFuture<'_, Result<String, Fault>> {
        async {
            let connection = self.connections.quick().await?;
            let version: Option<String> = ask(&connection, "SELECT current_setting('server_version')").await?;
            Ok(format!("PostgreSQL {}", version.unwrap_or_default()))
        }
        .boxed()
    }

    /// The database's clock is asked a few times; the answer with the shortest round trip is the most exact, and half of that trip is
    /// taken for the way there. The one statement that asks SQL for the time.
    fn clock_offset(&self) -> BoxFuture<'_, Result<i64, Fault>> {
        async {
            let connection = self.connections.quick().await?;
            let mut best: Option<(i64, i64)> = None;
            for _ in 0..3 {
                let asked = self.env.uncorrected_now().0;
                let sql = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)";
                let theirs: Option<i64> = ask(&connection, sql).await?;
                let trip = self.env.uncorrected_now().0.saturating_sub(asked);
                let offset = theirs.unwrap_or_default().saturating_sub(asked.saturating_add(trip / 2));
                if best.is_none_or(|(shortest, _)| trip < shortest) {
                    best = Some((trip, offset));
                }
            }
            Ok(best.map_or(0, |(_, offset)| offset))
        }
        .boxed()
    }
}
