//! What the writer commits together: one transaction, one sync, and each caller's outcome its own.

use chabi_spec::Fault;
use chabi_store::TransactionBody;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{Place, connection, transaction, transaction::Inside};
use crate::{Sql, Written, value::Value};

/// What a caller wants.
pub(super) enum Work {
    /// One statement.
    Statement { sql: &'static str, parameters: Vec<Value> },
    /// Several that stand or fall together.
    Transaction { name: &'static str, body: TransactionBody },
}

/// Work, and where its outcome goes.
pub(super) struct Job {
    pub(super) work: Work,
    pub(super) answer: oneshot::Sender<Result<Written, Fault>>,
}

type Outcome = Result<Written, Fault>;

/// How often a job runs alone after the engine threw away the batch that it was in.
const TRIES_ALONE: u32 = 3;

/// Holds the writing connection.
pub(super) struct Committer {
    place: Place,
    /// None after a failed commit: what the file and the connection then hold is not known, so it is opened anew.
    inside: Option<Sql<Inside>>,
}

/// How a transaction ended.
enum End {
    /// On disk; an outcome for each job.
    Committed(Vec<Outcome>),
    /// The engine rolled it back as a whole (full disk, I/O error): nothing of it happened.
    RolledBack,
    /// It may or may not be on disk.
    Unknown(Fault),
}

impl Committer {
    pub(super) fn new(connection: Connection, place: Place) -> Self {
        Self { place, inside: Some(Sql(Inside::new(connection))) }
    }

    /// Runs and commits these jobs, then answers them: never before.
    pub(super) fn commit(&mut self, mut jobs: Vec<Job>) {
        // Whoever has gone away meanwhile wants nothing any more.
        jobs.retain(|job| !job.answer.is_closed());
        let work: Vec<&Work> = jobs.iter().map(|job| &job.work).collect();
        match self.attempt(&work) {
            End::Committed(outcomes) => answer(jobs, outcomes),
            End::Unknown(fault) => refuse(jobs, &fault),
            End::RolledBack => {
                tracing::warn!(
                    jobs = jobs.len(),
                    counter.store_batches_rolled_back = 1,
                    "SQLite rolled a batch back; each is run again alone"
                );
                for job in jobs {
                    self.commit_alone(job);
                }
            }
        }
    }

    fn commit_alone(&mut self, job: Job) {
        for _ in 0..TRIES_ALONE {
            match self.attempt(&[&job.work]) {
                End::Committed(outcomes) => return answer(vec![job], outcomes),
                End::Unknown(fault) => return refuse(vec![job], &fault),
                End::RolledBack => {}
            }
        }
        refuse(vec![job], &Fault::unavailable("writing to a database that rolls every transaction back"));
    }

    fn attempt(&mut self, work: &[&Work]) -> End {
        let inside = match self.open() {
            Ok(inside) => inside,
            Err(fault) => return End::Unknown(fault),
        };
        let end = run(inside, work);
        if let (End::Unknown(fault), Place::File(_)) = (&end, &self.place) {
            tracing::error!(%fault, counter.store_commits_failed = 1, "a commit failed; the database is opened anew");
            self.inside = None;
        }
        end
    }

    fn open(&mut self) -> Result<&Sql<Inside>, Fault> {
        let inside = match self.inside.take() {
            Some(inside) => inside,
            None => Sql(Inside::new(reopen(&self.place)?)),
        };
        Ok(self.inside.insert(inside))
    }
}

/// Opens the file after a failed commit. The log may end in pages that the system believes to be on disk and that are not: what is
/// committed after them would be lost with them. So the log is first copied into the database, synced, and emptied; if the disk cannot
/// do that, nothing is accepted.
fn reopen(place: &Place) -> Result<Connection, Fault> {
    let connection = connection::open_writer(place)?;
    let blocked: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).map_err(connection::fault)?;
    match blocked {
        0 => Ok(connection),
        _ => Err(Fault::unavailable("emptying the log of a database after a failed commit")),
    }
}

fn run(inside: &Sql<Inside>, work: &[&Work]) -> End {
    if let Err(error) = batch(inside, "BEGIN IMMEDIATE") {
        return End::Unknown(unavailable(error));
    }
    let mut outcomes = Vec::with_capacity(work.len());
    for work in work {
        let outcome = match work {
            Work::Statement { sql, parameters } => statement(inside, sql, parameters),
            Work::Transaction { name, body } => match closure(inside, name, body) {
                Ok(outcome) => outcome,
                Err(error) => return End::Unknown(unavailable(error)),
            },
        };
        if inside.0.with(Connection::is_autocommit) {
            return End::RolledBack;
        }
        outcomes.push(outcome);
    }
    match batch(inside, "COMMIT") {
        Ok(()) => End::Committed(outcomes),
        Err(error) => {
            // What cannot be rolled back is dropped with the connection.
            batch(inside, "ROLLBACK").unwrap_or_default();
            End::Unknown(unavailable(error))
        }
    }
}

/// A statement that fails undoes itself alone: SQLite's default resolution is ABORT. It needs no savepoint.
fn statement(inside: &Sql<Inside>, sql: &'static str, parameters: &[Value]) -> Outcome {
    inside.0.with(|connection| connection::run(connection, sql, parameters)).map_err(connection::fault)
}

/// A closure between savepoints: what it wrote stays when it ends well, and goes when it fails or panics, without harm to others.
///
/// # Errors
/// When the bounds themselves fail, so that the state of the whole transaction is not known.
fn closure(inside: &Sql<Inside>, name: &'static str, body: &TransactionBody) -> rusqlite::Result<Outcome> {
    batch(inside, "SAVEPOINT one")?;
    let outcome = transaction::run(inside, body);
    if inside.0.with(Connection::is_autocommit) {
        // The engine rolled everything back, savepoints too.
        return Ok(Err(Fault::unavailable("running a transaction that the engine rolled back")));
    }
    match outcome {
        Ok(()) => {
            batch(inside, "RELEASE one")?;
            Ok(Ok(Written::default()))
        }
        Err(fault) => {
            tracing::debug!(transaction = name, %fault, "a transaction is rolled back");
            batch(inside, "ROLLBACK TO one; RELEASE one")?;
            Ok(Err(fault))
        }
    }
}

fn batch(inside: &Sql<Inside>, sql: &str) -> rusqlite::Result<()> {
    inside.0.with(|connection| sql.split("; ").try_for_each(|sql| connection.prepare_cached(sql)?.execute([]).map(|_| ())))
}

fn unavailable(error: rusqlite::Error) -> Fault {
    Fault::unavailable("committing to SQLite").because(error)
}

fn answer(jobs: Vec<Job>, outcomes: Vec<Outcome>) {
    for (job, outcome) in jobs.into_iter().zip(outcomes) {
        // Whoever does not listen any more does not mind.
        job.answer.send(outcome).unwrap_or_default();
    }
}

fn refuse(jobs: Vec<Job>, fault: &Fault) {
    for job in jobs {
        job.answer.send(Err(Fault::unavailable("committing to SQLite").because(fault.to_string()))).unwrap_or_default();
    }
}
