//! Closures on PostgreSQL, and when they run again.
//!
//! READ COMMITTED: each verb decides by itself what it may change, on the row as it is at that moment, so a stricter level would only
//! make the losers of a race fail and run again.

use std::sync::{Mutex, PoisonError};

use chabi_spec::Fault;
use chabi_store::TransactionBody;
use futures_util::{FutureExt, future::BoxFuture};

use super::{TRIES, connect::Connections, lease::Lease};
use crate::{
    Execute, Sql, Written,
    value::{Row, Value},
};

/// An open transaction, as an executor. Dropped before its end, it is rolled back.
struct Inside {
    connection: Lease,
    /// Set by the first statement that failed: PostgreSQL then answers a COMMIT by rolling back, without an error.
    failed: Mutex<Option<Failed>>,
}

#[derive(Clone, Copy)]
enum Failed {
    /// It met another transaction: the closure can run again.
    Lost,
    /// Anything else.
    Otherwise,
}

impl Inside {
    async fn statement(&self, sql: &'static str, parameters: Vec<Value>) -> Result<Written, Fault> {
        self.connection.run(sql, &parameters).await.map_err(|trouble| {
            let failed = if trouble.lost() { Failed::Lost } else { Failed::Otherwise };
            self.failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(failed);
            trouble.fault()
        })
    }
}

impl Execute for Inside {
    fn read<'a>(&'a self, sql: &'static str, parameters: Vec<Value>) -> BoxFuture<'a, Result<Vec<Row>, Fault>> {
        async move { Ok(self.statement(sql, parameters).await?.rows) }.boxed()
    }

    fn write<'a>(&'a self, sql: &'static str, parameters: Vec<Value>) -> BoxFuture<'a, Result<Written, Fault>> {
        self.statement(sql, parameters).boxed()
    }
}

/// How one run of a closure ended.
enum End {
    Committed,
    Lost(Fault),
    Failed(Fault),
}

/// Runs the closure in a transaction, again when it lost to another, and answers once the commit is durable.
pub(super) async fn run(connections: &Connections, name: &'static str, body: TransactionBody) -> Result<(), Fault> {
    let mut tries = 1;
    loop {
        match once(connections, &body).await {
            End::Committed => return Ok(()),
            End::Failed(fault) => return Err(fault),
            End::Lost(fault) if tries >= TRIES => {
                return Err(Fault::unavailable("running a transaction that loses each time").because(fault));
            }
            End::Lost(_) => tries += 1,
        }
        tracing::info!(counter.store_transactions_run_again = 1, transaction = name, tries, "a transaction lost to another and runs again");
    }
}

async fn once(connections: &Connections, body: &TransactionBody) -> End {
    let connection = match connections.slow().await {
        Ok(connection) => connection,
        Err(fault) => return End::Failed(fault),
    };
    if let Err(trouble) = connection.begin().await {
        return End::Failed(trouble.fault());
    }
    let inside = Sql(Inside { connection, failed: Mutex::default() });
    let outcome = body(&inside).await;
    let Sql(Inside { connection, failed }) = inside;
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    match (outcome, failed) {
        (Ok(()), None) => match connection.commit().await {
            Ok(()) => End::Committed,
            Err(trouble) if trouble.lost() => End::Lost(trouble.fault()),
            Err(trouble) => End::Failed(trouble.fault()),
        },
        (outcome, Some(Failed::Lost)) => End::Lost(rolled_back(outcome)),
        (outcome, _) => End::Failed(rolled_back(outcome)),
    }
}

fn rolled_back(outcome: Result<(), Fault>) -> Fault {
    outcome.err().unwrap_or_else(|| Fault::internal("going on in a transaction after a statement failed"))
}
