//! What the writer commits together: one transaction, one sync, and each caller's outcome its own.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use chabi_spec::Fault;
use chabi_store::TransactionBody;
use rusqlite::{Connection, ErrorCode};
use tokio::{runtime::Handle, sync::oneshot};

use super::{Place, connection, transaction, transaction::Inside};
use crate::{Sql, Written, value::Value};

/// What a caller wants.
pub(super) enum Work {
    /// One statement that reads what was committed: never in a batch with what writes.
    Read { sql: &'static str, parameters: Vec<Value> },
    /// One statement.
    Statement { sql: &'static str, parameters: Vec<Value> },
    /// Several that stand or fall together.
    Transaction { name: &'static str, body: TransactionBody },
}

impl Work {
    pub(super) const fn only_reads(&self) -> bool {
        matches!(self, Self::Read { .. })
    }
}

/// Work, and where its outcome goes.
pub(super) struct Job {
    pub(super) work: Work,
    pub(super) answer: oneshot::Sender<Result<Written, Fault>>,
    /// Where its caller waits.
    pub(super) runtime: Option<Handle>,
}

type Outcome = Result<Written, Fault>;

/// How often a job runs alone after the engine threw away the batch that it was in.
const TRIES_ALONE: u32 = 3;

/// Holds the writing connection.
pub(super) struct Committer {
    place: Place,
    /// None after a failed commit: what the file and the connection then hold is not known, so it is opened anew.
    inside: Option<Sql<Inside>>,
    /// Those that were left to their callers' runtime, in this round of the writer's and in the one before.
    left: [Vec<Arc<Answers>>; 2],
}

/// How a transaction ended.
enum End {
    /// On disk, after so long; an outcome for each job.
    Committed(Vec<Outcome>, Duration),
    /// The engine rolled it back as a whole (full disk, I/O error): nothing of it happened.
    RolledBack,
    /// Another process is writing: nothing of it happened.
    NotBegun(Fault),
    /// It may or may not be on disk.
    Unknown(Fault),
}

impl Committer {
    pub(super) fn new(connection: Connection, place: Place) -> Self {
        Self { place, inside: Some(Sql(Inside::new(connection))), left: [Vec::new(), Vec::new()] }
    }

    /// Runs and commits these jobs, then answers them: never before. Either all of them only read, or none does. Gives how long the
    /// disk took; `None`: they were not committed together.
    pub(super) fn commit(&mut self, mut jobs: Vec<Job>) -> Option<Duration> {
        // Whoever has gone away meanwhile wants nothing any more.
        jobs.retain(|job| !job.answer.is_closed());
        if jobs.is_empty() {
            return Some(Duration::ZERO);
        }
        let work: Vec<&Work> = jobs.iter().map(|job| &job.work).collect();
        match self.attempt(&work) {
            End::Committed(outcomes, sync) => {
                self.leave(answer(jobs, outcomes));
                Some(sync)
            }
            End::NotBegun(fault) | End::Unknown(fault) => {
                refuse(jobs, &fault);
                None
            }
            End::RolledBack => {
                tracing::warn!(
                    jobs = jobs.len(),
                    counter.store_batches_rolled_back = 1,
                    "SQLite rolled a batch back; each is run again alone"
                );
                for job in jobs {
                    self.commit_alone(job);
                }
                None
            }
        }
    }

    fn leave(&mut self, answers: Arc<Answers>) {
        let [now, _] = &mut self.left;
        now.push(answers);
    }

    /// A runtime that has not come to its answers by the end of the next round may be one that nobody drives: then they are told here.
    pub(super) fn end_round(&mut self) {
        let [now, before] = &mut self.left;
        before.drain(..).for_each(|left| left.tell());
        std::mem::swap(now, before);
    }

    /// True when nobody waits for an outcome that is there.
    pub(super) fn all_are_told(&self) -> bool {
        self.left.iter().flatten().all(|left| left.are_told())
    }

    /// Tells what was left to others.
    pub(super) fn tell(&self) {
        self.left.iter().flatten().for_each(|left| left.tell());
    }

    fn commit_alone(&mut self, job: Job) {
        for _ in 0..TRIES_ALONE {
            match self.attempt(&[&job.work]) {
                End::Committed(outcomes, _) => return self.leave(answer(vec![job], outcomes)),
                End::NotBegun(fault) | End::Unknown(fault) => return refuse(vec![job], &fault),
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
        let end = run(inside, work, Bounds::OfTheWhole).or_else(|| run(inside, work, Bounds::OfEach)).unwrap_or(End::RolledBack);
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

/// What is rolled back when a closure fails.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bounds {
    /// Everything, and then it is run again with other bounds. A closure fails by a fault alone, and those are rare: a savepoint for each,
    /// which copies every page before it is changed, was a sixth of what a code exchange writes.
    OfTheWhole,
    /// That closure alone, by a savepoint.
    OfEach,
}

/// `None`: a closure failed, and the bounds were those of the whole: nothing of it happened.
fn run(inside: &Sql<Inside>, work: &[&Work], bounds: Bounds) -> Option<End> {
    let begin = if work.iter().all(|work| work.only_reads()) { "BEGIN" } else { "BEGIN IMMEDIATE" };
    if let Err(error) = batch(inside, begin) {
        let is_busy = error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy);
        return Some(if is_busy { End::NotBegun(unavailable(error)) } else { End::Unknown(unavailable(error)) });
    }
    let mut outcomes = Vec::with_capacity(work.len());
    for work in work {
        let outcome = match work {
            Work::Read { sql, parameters } | Work::Statement { sql, parameters } => statement(inside, sql, parameters),
            Work::Transaction { name, body } if bounds == Bounds::OfTheWhole => match transaction::run(inside, body) {
                Ok(()) => Ok(Written::default()),
                Err(fault) => {
                    tracing::debug!(transaction = name, %fault, counter.store_batches_run_again = 1, "a batch is run again");
                    return undo(inside);
                }
            },
            Work::Transaction { name, body } => match closure(inside, name, body) {
                Ok(outcome) => outcome,
                Err(error) => return Some(End::Unknown(unavailable(error))),
            },
        };
        if inside.0.with(Connection::is_autocommit) {
            return Some(End::RolledBack);
        }
        outcomes.push(outcome);
    }
    let begun = Instant::now();
    match batch(inside, "COMMIT") {
        Ok(()) => Some(End::Committed(outcomes, begun.elapsed())),
        Err(error) => {
            // What cannot be rolled back is dropped with the connection.
            batch(inside, "ROLLBACK").unwrap_or_default();
            Some(End::Unknown(unavailable(error)))
        }
    }
}

/// The engine may have done it already.
fn undo(inside: &Sql<Inside>) -> Option<End> {
    if inside.0.with(Connection::is_autocommit) {
        return Some(End::RolledBack);
    }
    batch(inside, "ROLLBACK").err().map(|error| End::Unknown(unavailable(error)))
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

/// Outcomes on their way. Whoever comes first tells them: a task in the callers' runtime, or the writer.
#[derive(Default)]
struct Answers(Mutex<Vec<(Job, Outcome)>>);

impl Answers {
    fn tell(&self) {
        let all = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for (job, outcome) in all {
            // Whoever does not listen any more does not mind.
            job.answer.send(outcome).unwrap_or_default();
        }
    }

    fn are_told(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}

/// Several are answered from within their callers' runtime: it is woken once for all of them, and not once for each.
fn answer(jobs: Vec<Job>, outcomes: Vec<Outcome>) -> Arc<Answers> {
    let runtime = if jobs.len() > 1 { jobs.first().and_then(|job| job.runtime.clone()) } else { None };
    let answers = Arc::new(Answers(Mutex::new(jobs.into_iter().zip(outcomes).collect())));
    match runtime {
        Some(runtime) => {
            let answers = Arc::clone(&answers);
            drop(runtime.spawn(async move { answers.tell() }));
        }
        None => answers.tell(),
    }
    answers
}

fn refuse(jobs: Vec<Job>, fault: &Fault) {
    for job in jobs {
        job.answer.send(Err(Fault::unavailable("committing to SQLite").because(fault.to_string()))).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use chabi_spec::FaultKind;
    use futures_util::FutureExt;

    use super::*;

    const SMALL: &str = "INSERT INTO t (n, bytes) VALUES ($1, $2)";
    const ORPHAN: &str = "INSERT INTO child (parent) VALUES ($1)";

    fn prepare(connection: &Connection) {
        let schema = "CREATE TABLE t (n BIGINT PRIMARY KEY, bytes BLOB);
            CREATE TABLE child (parent BIGINT REFERENCES t (n) DEFERRABLE INITIALLY DEFERRED);";
        connection.execute_batch(schema).unwrap();
    }

    /// Commits these together and gives each one's outcome.
    fn commit(committer: &mut Committer, work: Vec<Work>) -> Vec<Outcome> {
        let (jobs, mut answers): (Vec<Job>, Vec<_>) = work
            .into_iter()
            .map(|work| {
                let (answer, answered) = oneshot::channel();
                (Job { work, answer, runtime: None }, answered)
            })
            .unzip();
        committer.commit(jobs);
        answers.iter_mut().map(|answered| answered.try_recv().expect("an answer for each")).collect()
    }

    fn insert(n: i64, bytes: usize) -> Work {
        Work::Statement { sql: SMALL, parameters: vec![n.into(), vec![0_u8; bytes].into()] }
    }

    fn orphan() -> Work {
        Work::Statement { sql: ORPHAN, parameters: vec![(-1_i64).into()] }
    }

    fn closure(body: impl Fn(&dyn chabi_store::Verbs) -> BoxedEnd<'_> + Send + Sync + 'static) -> Work {
        Work::Transaction { name: "test", body: std::sync::Arc::new(body) }
    }

    type BoxedEnd<'t> = futures_util::future::BoxFuture<'t, Result<(), Fault>>;

    fn kept(committer: &mut Committer) -> Vec<i64> {
        committer.open().unwrap().0.with(|connection| {
            let mut statement = connection.prepare("SELECT n FROM t ORDER BY n").unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
        })
    }

    fn kinds(outcomes: Vec<Outcome>) -> Vec<Option<FaultKind>> {
        outcomes.into_iter().map(|outcome| outcome.err().map(|fault| fault.kind)).collect()
    }

    fn in_memory() -> Committer {
        let connection = connection::open_writer(&Place::Memory).unwrap();
        prepare(&connection);
        Committer::new(connection, Place::Memory)
    }

    fn on_file(directory: &Path) -> Committer {
        let place = Place::File(directory.join("chabi.db"));
        let connection = connection::open_writer(&place).unwrap();
        prepare(&connection);
        Committer::new(connection, place)
    }

    #[test]
    fn a_statement_that_fails_harms_no_other_of_its_batch() {
        let mut committer = in_memory();
        let outcomes = commit(&mut committer, vec![insert(1, 1), insert(1, 1), insert(2, 1)]);
        assert_eq!(kinds(outcomes), [None, Some(FaultKind::Internal), None]);
        assert_eq!(kept(&mut committer), [1, 2]);
    }

    #[test]
    fn when_the_disk_is_full_the_batch_is_run_again_one_by_one() {
        let mut committer = in_memory();
        committer.open().unwrap().0.with(|connection| connection.execute_batch("PRAGMA max_page_count = 40").unwrap());
        let outcomes = commit(&mut committer, vec![insert(1, 1), insert(2, 1_000_000), insert(3, 1)]);
        assert_eq!(kinds(outcomes), [None, Some(FaultKind::Unavailable), None]);
        assert_eq!(kept(&mut committer), [1, 3]);
    }

    // req: st.dur
    #[test]
    fn when_the_commit_fails_nobody_is_told_that_it_went_well_and_the_next_batch_does() {
        let directory = tempfile::tempdir().unwrap();
        let mut committer = on_file(directory.path());
        let outcomes = commit(&mut committer, vec![insert(1, 1), orphan(), insert(2, 1)]);
        assert_eq!(kinds(outcomes), [Some(FaultKind::Unavailable); 3]);
        assert!(committer.inside.is_none(), "the connection is not used again");
        assert_eq!(kinds(commit(&mut committer, vec![insert(3, 1)])), [None]);
        assert_eq!(kept(&mut committer), [3]);
    }

    fn read() -> Work {
        Work::Read { sql: "SELECT n FROM t", parameters: vec![] }
    }

    fn rows(outcomes: Vec<Outcome>) -> Vec<Option<usize>> {
        outcomes.into_iter().map(|outcome| outcome.ok().map(|written| written.rows.len())).collect()
    }

    #[test]
    fn while_another_process_writes_what_reads_is_answered_and_what_writes_is_told_to_come_back() {
        let directory = tempfile::tempdir().unwrap();
        let mut committer = on_file(directory.path());
        assert_eq!(kinds(commit(&mut committer, vec![insert(1, 1)])), [None]);
        committer.open().unwrap().0.with(|connection| connection.busy_timeout(std::time::Duration::ZERO).unwrap());
        let other = Connection::open(directory.path().join("chabi.db")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE; INSERT INTO t (n) VALUES (2)").unwrap();
        assert_eq!(rows(commit(&mut committer, vec![read(), read()])), [Some(1); 2]);
        assert_eq!(kinds(commit(&mut committer, vec![insert(3, 1)])), [Some(FaultKind::Unavailable)]);
        assert!(committer.inside.is_some(), "nothing was begun, so nothing is in doubt");
        other.execute_batch("COMMIT").unwrap();
        assert_eq!(rows(commit(&mut committer, vec![read()])), [Some(2)]);
        assert_eq!(kinds(commit(&mut committer, vec![insert(3, 1)])), [None]);
    }

    #[test]
    fn a_read_after_a_failed_commit_finds_what_is_on_disk() {
        let directory = tempfile::tempdir().unwrap();
        let mut committer = on_file(directory.path());
        assert_eq!(kinds(commit(&mut committer, vec![insert(1, 1)])), [None]);
        assert_eq!(kinds(commit(&mut committer, vec![insert(2, 1), orphan()])), [Some(FaultKind::Unavailable); 2]);
        assert_eq!(rows(commit(&mut committer, vec![read()])), [Some(1)]);
    }

    #[test]
    fn a_panic_in_a_closure_undoes_that_closure_alone() {
        let mut committer = in_memory();
        let panics = closure(|verbs| {
            async move {
                verbs.settle_fact("fact", "there").await.unwrap_err();
                panic!("on purpose")
            }
            .boxed()
        });
        assert_eq!(kinds(commit(&mut committer, vec![insert(1, 1), panics, insert(2, 1)])), [None, Some(FaultKind::Internal), None]);
        assert_eq!(kept(&mut committer), [1, 2]);
    }

    #[test]
    fn a_closure_that_fails_after_it_wrote_leaves_nothing_and_harms_no_other() {
        let mut committer = in_memory();
        committer
            .open()
            .unwrap()
            .0
            .with(|connection| connection.execute_batch("CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT)").unwrap());
        let keeps = |name: &'static str| closure(move |verbs| async move { verbs.settle_fact(name, "there").await.map(|_| ()) }.boxed());
        let fails = closure(|verbs| {
            async move {
                verbs.settle_fact("lost", "there").await?;
                Err(Fault::unavailable("on purpose"))
            }
            .boxed()
        });
        let outcomes = commit(&mut committer, vec![keeps("first"), insert(1, 1), fails, keeps("last")]);
        assert_eq!(kinds(outcomes), [None, None, Some(FaultKind::Unavailable), None]);
        assert_eq!(kept(&mut committer), [1]);
        let facts: Vec<String> = committer.open().unwrap().0.with(|connection| {
            let mut statement = connection.prepare("SELECT name FROM facts ORDER BY name").unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
        });
        assert_eq!(facts, ["first", "last"]);
    }

    /// Commits two for callers in this runtime; what they have heard then, and after the writer had nothing else to do.
    fn heard_in(runtime: &tokio::runtime::Handle) -> [bool; 2] {
        let (jobs, mut answers): (Vec<Job>, Vec<_>) = [insert(1, 1), insert(2, 1)]
            .into_iter()
            .map(|work| {
                let (answer, answered) = oneshot::channel();
                (Job { work, answer, runtime: Some(runtime.clone()) }, answered)
            })
            .unzip();
        let mut committer = in_memory();
        committer.commit(jobs);
        let mut told = || answers.iter_mut().all(|answered| matches!(answered.try_recv(), Ok(Ok(_))));
        let at_once = told();
        committer.tell();
        [at_once, at_once || told()]
    }

    #[test]
    fn outcomes_are_told_though_nobody_drives_the_runtime_that_should_tell_them_or_it_has_ended() {
        let idle = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert_eq!(heard_in(idle.handle()), [false, true]);
        let ended = idle.handle().clone();
        drop(idle);
        assert_eq!(heard_in(&ended), [false, true]);
    }

    #[test]
    fn outcomes_that_were_left_to_others_are_told_at_the_end_of_the_next_round() {
        let idle = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let job = |number| {
            let (answer, answered) = oneshot::channel();
            (Job { work: insert(number, 1), answer, runtime: Some(idle.handle().clone()) }, answered)
        };
        let mut committer = in_memory();
        let (jobs, mut heard): (Vec<_>, Vec<_>) = (1..5).map(job).unzip();
        let mut jobs = jobs.into_iter();
        committer.commit(jobs.by_ref().take(2).collect());
        committer.end_round();
        assert!(!committer.all_are_told() && heard[0].try_recv().is_err());
        committer.commit(jobs.collect());
        committer.end_round();
        assert!(heard[0].try_recv().is_ok() && heard[2].try_recv().is_err());
    }

    #[test]
    fn a_closure_that_waits_for_something_else_is_ended() {
        let mut committer = in_memory();
        let waits = closure(|_| std::future::pending().boxed());
        assert_eq!(kinds(commit(&mut committer, vec![insert(1, 1), waits])), [None, Some(FaultKind::Internal)]);
        assert_eq!(kept(&mut committer), [1]);
    }

    #[test]
    fn whoever_went_away_before_its_turn_leaves_nothing_behind() {
        let mut committer = in_memory();
        let (answer, _) = oneshot::channel();
        committer.commit(vec![Job { work: insert(1, 1), answer, runtime: None }]);
        assert!(kept(&mut committer).is_empty());
    }
}
