//! PostgreSQL, for many nodes: a pool, one statement a verb, no prepared statements, so that it works behind PgBouncer in transaction
//! mode.
//!
//! - `connect`: the URL, TLS, the pool;
//! - `migrate`: the schema;
//! - `statement`: one statement on one connection, and what its errors mean;
//! - `transaction`: closures, and when they run again.

mod connect;
mod migrate;
mod statement;
mod transaction;

use chabi_spec::Fault;
use chabi_store::TransactionBody;
use chabi_token::Env;
use deadpool_postgres::{Object, Pool};
use futures_util::{FutureExt, future::BoxFuture};

use crate::{
    Driver, Execute, Written,
    value::{Row, Value},
};

/// The door to a PostgreSQL database.
pub struct Door {
    pool: Pool,
    env: Env,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").field("pool", &self.pool.status()).finish_non_exhaustive()
    }
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
        let door = Self { pool: connect::pool(url)?, env: env.clone() };
        let mut connection = door.connection().await?;
        migrate::run(&mut connection, env).await?;
        warn_if_commits_are_not_durable(&connection).await?;
        Ok(door)
    }

    async fn connection(&self) -> Result<Object, Fault> {
        self.pool.get().await.map_err(|error| Fault::unavailable("getting a connection to PostgreSQL").because(error))
    }

    async fn statement(&self, sql: &'static str, parameters: Vec<Value>) -> Result<Written, Fault> {
        let connection = self.connection().await?;
        let mut tries = 1;
        loop {
            match statement::run(&connection, sql, &parameters).await {
                // A statement by itself that lost is undone as a whole: it can be sent again.
                Err(error) if statement::lost(&error) && tries < TRIES => tries += 1,
                Err(error) => return Err(statement::fault(error)),
                Ok(written) => return Ok(written),
            }
            tracing::info!(counter.store_statements_run_again = 1, tries, "a statement lost to another and is sent again");
        }
    }
}

async fn warn_if_commits_are_not_durable(connection: &Object) -> Result<(), Fault> {
    let setting = "SELECT current_setting('synchronous_commit') = 'off' OR current_setting('fsync') = 'off'";
    let written = statement::run(connection, setting, &[]).await.map_err(statement::fault)?;
    if written.rows.into_iter().next().map(|mut row| row.take()).transpose()?.unwrap_or(false) {
        tracing::warn!(
            "PostgreSQL answers before a commit is on disk (synchronous_commit or fsync is off): a crash can lose what was answered"
        );
    }
    Ok(())
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
        async move { transaction::run(self, name, body).await }.boxed()
    }

    fn ready(&self) -> BoxFuture<'_, Result<(), Fault>> {
        async { self.statement("SELECT COUNT(*) FROM schema_migrations", vec![]).await.map(|_| ()) }.boxed()
    }

    fn version(&self) -> BoxFuture<'_, Result<String, Fault>> {
        async {
            let row = self.statement("SELECT current_setting('server_version')", vec![]).await?.rows.into_iter().next();
            let version: Option<String> = row.map(|mut row| row.take()).transpose()?;
            Ok(format!("PostgreSQL {}", version.unwrap_or_default()))
        }
        .boxed()
    }

    /// The database's clock is asked a few times; the answer with the shortest round trip is the most exact, and half of that trip is
    /// taken for the way there. The one statement that asks SQL for the time.
    fn clock_offset(&self) -> BoxFuture<'_, Result<i64, Fault>> {
        async {
            let connection = self.connection().await?;
            let mut best: Option<(i64, i64)> = None;
            for _ in 0..3 {
                let asked = self.env.uncorrected_now().0;
                let sql = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)";
                let written = statement::run(&connection, sql, &[]).await.map_err(statement::fault)?;
                let trip = self.env.uncorrected_now().0.saturating_sub(asked);
                let theirs: Option<i64> = written.rows.into_iter().next().map(|mut row| row.take()).transpose()?;
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
