//! The hottest statements, for many at once: what waits goes in one statement, and each who asked gets its own row. The idea of SQLite's
//! writer: take what waits, and never wait for more. One who is alone goes alone, at once.
//!
//! - `queue`: who waits, and what goes together;
//! - `text`: from a statement for one to that for many;
//! - `column`: the parameters of many.
//!
//! What a failure means is what it means for one: a batch that lost to another runs again; trouble with the connection or the server is
//! everybody's, since nobody knows better; anything else is the fault of one of them, so each is sent alone.

mod column;
mod queue;
mod text;

use std::sync::Arc;

use chabi_spec::Fault;
use tokio::{runtime::Handle, sync::oneshot};

use self::{
    column::Column,
    queue::{Batch, Job, Queue, Server},
    text::Many,
};
use super::{
    TRIES,
    connect::Connections,
    lease::Lease,
    statement::{self, Trouble},
};
use crate::{
    Written,
    value::{Row, Value},
};

/// A statement that is sent for many.
#[derive(Debug)]
pub(super) struct Lane {
    one: &'static str,
    many: Many,
    queue: Arc<Queue>,
}

/// A lane for each of the hottest statements.
pub(super) fn lanes() -> Vec<Arc<Lane>> {
    let lane = |one: &'static str| {
        let many = text::many(one)?;
        let queue = Queue::new(many.writes);
        Some(Arc::new(Lane { one, many, queue }))
    };
    crate::verbs::hot().filter_map(lane).collect()
}

impl Lane {
    /// Is this its statement?
    pub(super) fn is_for(&self, sql: &str) -> bool {
        self.one == sql
    }

    /// Alone, or with whoever else waits; answers once that is durable.
    pub(super) async fn ask(self: &Arc<Self>, connections: &Connections, parameters: Vec<Value>) -> Result<Written, Fault> {
        if let Some((server, batch)) = self.queue.alone(parameters.first()) {
            let _turn = Turn { lane: Arc::clone(self), connections: connections.clone(), held: Some((server, batch)) };
            return statement::again_if_lost(&connections.quick().await?, self.one, &parameters).await;
        }
        let (answer, answered) = oneshot::channel();
        if let Some(server) = self.queue.join(Job { parameters, answer })? {
            // Not in the caller's own time: it may go away, and others go with it.
            tokio::spawn(serve(Arc::clone(self), connections.clone(), server));
        }
        answered.await.unwrap_or_else(|_| Err(Fault::unavailable("waiting for a batch, which was given up")))
    }
}

/// Of one who serves itself. When it is over, or given up, those who have come meanwhile are served.
struct Turn {
    lane: Arc<Lane>,
    connections: Connections,
    /// None only while dropping.
    held: Option<(Server, Batch)>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some((server, batch)) = self.held.take() else { return };
        // Its row is free again, before others look for theirs.
        drop(batch);
        if let (Some(server), Ok(runtime)) = (server.if_wanted(), Handle::try_current()) {
            runtime.spawn(serve(Arc::clone(&self.lane), self.connections.clone(), server));
        }
    }
}

async fn serve(lane: Arc<Lane>, connections: Connections, mut server: Server) {
    while let Some(mut batch) = server.next() {
        match connections.quick().await {
            Ok(connection) => lane.send(&connection, &mut batch).await,
            Err(fault) => refuse(&mut batch, &fault),
        }
    }
}

impl Lane {
    async fn send(&self, connection: &Lease, batch: &mut Batch) {
        if batch.jobs.len() == 1 {
            return self.send_each(connection, batch).await;
        }
        let mut tries = 1;
        loop {
            match self.send_all(connection, batch).await {
                Ok(answers) => return answer(batch, answers),
                Err(trouble) if trouble.lost() && tries < TRIES => tries += 1,
                Err(trouble) if trouble.may_pass() => return refuse(batch, &trouble.fault()),
                // It was undone as a whole, and is the fault of one of them.
                Err(_) => return self.send_each(connection, batch).await,
            }
            tracing::info!(counter.store_statements_run_again = 1, tries, "a batch lost to another and is sent again");
        }
    }

    /// One statement for all; the rows of each.
    async fn send_all(&self, connection: &Lease, batch: &Batch) -> Result<Vec<Vec<Row>>, Trouble> {
        let parameters: Vec<&[Value]> = batch.jobs.iter().map(|job| job.parameters.as_slice()).collect();
        let columns = (0..self.many.parameters).map(|position| Column::of(&parameters, position));
        let typed = columns.map(|column| (column.sql_type(), column)).map(|(sql_type, column)| (column, sql_type)).collect();
        let rows = connection.send(&self.many.sql, typed).await?;
        let mut answers: Vec<Vec<Row>> = parameters.iter().map(|_| Vec::new()).collect();
        for mut cells in rows {
            let place = match cells.pop() {
                Some(Value::Int(Some(place))) => usize::try_from(place - 1).ok(),
                _ => None,
            };
            if let Some(answer) = place.and_then(|place| answers.get_mut(place)) {
                answer.push(Row::new(cells));
            }
        }
        Ok(answers)
    }

    /// Each in a statement of its own.
    async fn send_each(&self, connection: &Lease, batch: &mut Batch) {
        for job in batch.jobs.drain(..) {
            let outcome = statement::again_if_lost(connection, self.one, &job.parameters).await;
            job.answer.send(outcome).unwrap_or_default();
        }
    }
}

fn answer(batch: &mut Batch, answers: Vec<Vec<Row>>) {
    for (job, rows) in batch.jobs.drain(..).zip(answers) {
        let changed = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        // Whoever does not listen any more does not mind.
        job.answer.send(Ok(Written { rows, changed })).unwrap_or_default();
    }
}

fn refuse(batch: &mut Batch, fault: &Fault) {
    for job in batch.jobs.drain(..) {
        job.answer.send(Err(Fault { kind: fault.kind, doing: fault.doing, source: None }.because(fault.to_string()))).unwrap_or_default();
    }
}
