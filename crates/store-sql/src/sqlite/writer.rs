//! The thread that every write goes through. It takes what waits and commits it together; it never waits for more.
//!
//! Whoever reads a row only to change it may read it here as well: this connection made every commit, so it remembers the pages that a
//! reader forgets at each, and the change finds them again.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
    time::Duration,
};

use chabi_spec::Fault;
use chabi_store::TransactionBody;
use rusqlite::Connection;
use tokio::{runtime::Handle, sync::oneshot};

use super::{
    Commits, Place,
    batch::{Committer, Job, Work},
};
use crate::{
    Written,
    value::{Row, Value},
};

/// How many may wait: some seconds of work on a slow disk. Whoever comes then is told to come back.
const QUEUE: usize = 4_096;
/// How many commit together at the most.
const BATCH: usize = 256;
/// How often the core is given to others before a commit, as long as they bring more.
const TURNS: u32 = 4;
/// From so many on that came together, the writer reads too: for fewer, waking it costs more than the pages do.
const CROWD: usize = 8;
/// With a disk that takes longer to sync, the callers wait for it and not for a core: then they read meanwhile, by themselves, and write
/// with the next commit. Read by the writer, they would wait for one commit to read, and often for another to write.
const SHORT_SYNC: Duration = Duration::from_millis(2);
/// With more, readers side by side are worth more than what they spare the writer, which is alone.
const FEW_CORES: usize = 4;
/// So long outcomes are left to their callers' runtime, unless the next are on disk before.
const LONGEST_LEFT: Duration = Duration::from_millis(5);

/// The way to the writer's thread.
#[derive(Debug)]
pub(super) struct Writer {
    /// None only while dropping.
    queue: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
    reads_too: Arc<AtomicBool>,
}

impl Writer {
    /// Gives the connection a thread of its own.
    pub(super) fn start(connection: Connection, place: Place, commits: Commits) -> Result<Self, Fault> {
        let (queue, waiting) = sync_channel(QUEUE);
        let reads_too = Arc::new(AtomicBool::new(false));
        let writing = WriterThread {
            waiting,
            committer: Committer::new(connection, place),
            reads_too: Arc::clone(&reads_too),
            cores: cores(),
            sync: Duration::ZERO,
        };
        let thread = std::thread::Builder::new().name("chabi-sqlite-writer".into()).spawn(move || writing.serve(commits));
        let thread = thread.map_err(|error| Fault::unavailable("starting the writer's thread").because(error))?;
        Ok(Self { queue: Some(queue), thread: Some(thread), reads_too })
    }

    /// Whether a row that will be changed is better read here.
    pub(super) fn reads_too(&self) -> bool {
        self.reads_too.load(Ordering::Relaxed)
    }

    #[cfg(test)]
    pub(super) fn read_too(&self, whether: bool) {
        self.reads_too.store(whether, Ordering::Relaxed);
    }

    /// One statement that only reads; what it finds was committed before.
    pub(super) async fn read(&self, sql: &'static str, parameters: Vec<Value>) -> Result<Vec<Row>, Fault> {
        Ok(self.ask(Work::Read { sql, parameters }).await?.rows)
    }

    /// One statement; answers once it is durable.
    pub(super) async fn statement(&self, sql: &'static str, parameters: Vec<Value>) -> Result<Written, Fault> {
        self.ask(Work::Statement { sql, parameters }).await
    }

    /// One closure; answers once it is durable.
    pub(super) async fn transaction(&self, name: &'static str, body: TransactionBody) -> Result<(), Fault> {
        self.ask(Work::Transaction { name, body }).await.map(|_| ())
    }

    async fn ask(&self, work: Work) -> Result<Written, Fault> {
        let (answer, answered) = oneshot::channel();
        let runtime = Handle::try_current().ok();
        let queue = self.queue.as_ref().ok_or_else(|| Fault::unavailable("writing to a store that is closing"))?;
        match queue.try_send(Job { work, answer, runtime }) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err(Fault::unavailable("joining the writer's queue, which is full")),
            Err(TrySendError::Disconnected(_)) => return Err(Fault::unavailable("writing after the writer's thread ended")),
        }
        answered.await.unwrap_or_else(|_| Err(Fault::unavailable("waiting for the writer's thread, which ended")))
    }
}

impl Drop for Writer {
    /// Lets the thread finish what waits and close the file, unless it is that thread that drops the store.
    fn drop(&mut self) {
        self.queue.take();
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
            && thread.join().is_err()
        {
            tracing::error!("the writer's thread panicked");
        }
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// What the writer's thread has.
struct WriterThread {
    waiting: Receiver<Job>,
    committer: Committer,
    reads_too: Arc<AtomicBool>,
    cores: usize,
    /// How long the last commit waited for the disk.
    sync: Duration,
}

impl WriterThread {
    fn serve(mut self, commits: Commits) {
        while let Some(first) = self.next() {
            match commits {
                Commits::Shared => self.with_others(first),
                Commits::OfEach => {
                    self.committer.commit(vec![first]);
                }
            }
            self.committer.end_round();
        }
    }

    /// The next that comes; `None`: the store is gone. Outcomes that a runtime does not come to are told meanwhile.
    fn next(&self) -> Option<Job> {
        if !self.committer.all_are_told() {
            match self.waiting.recv_timeout(LONGEST_LEFT) {
                Ok(job) => return Some(job),
                Err(_) => self.committer.tell(),
            }
        }
        self.waiting.recv().ok()
    }

    /// Those that read are answered at once, and may bring what they write before this commit.
    fn with_others(&mut self, first: Job) {
        let (mut writes, mut come, mut crowd) = (Vec::new(), vec![first], 0);
        for _ in 0..TURNS {
            // Whoever else is ready to run on this core runs first, and may bring more to commit. Where nobody is, this is no wait.
            std::thread::yield_now();
            come.extend(self.waiting.try_iter().take(BATCH.saturating_sub(writes.len())));
            if come.is_empty() {
                break;
            }
            crowd += come.len();
            let (reads, others): (Vec<Job>, Vec<Job>) = come.drain(..).partition(|job| job.work.only_reads());
            self.committer.commit(reads);
            writes.extend(others);
        }
        if !writes.is_empty() {
            // Where nothing can be written, whatever needs no write is still answered, by the readers.
            self.sync = self.committer.commit(writes).unwrap_or(Duration::MAX);
        }
        let worth_it = crowd >= CROWD && self.cores <= FEW_CORES && self.sync < SHORT_SYNC;
        self.reads_too.store(worth_it, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::{super::connection, *};

    const INSERT: &str = "INSERT INTO t (n) VALUES ($1)";
    const LIST: &str = "SELECT n FROM t";

    /// A writer's thread that does what it is told, on a machine with so many cores, and the way to its queue.
    fn writer_thread(cores: usize) -> (WriterThread, SyncSender<Job>) {
        let connection = connection::open_writer(&Place::Memory).unwrap();
        connection.execute_batch("CREATE TABLE t (n BIGINT PRIMARY KEY)").unwrap();
        let (queue, waiting) = sync_channel(QUEUE);
        let committer = Committer::new(connection, Place::Memory);
        (WriterThread { waiting, committer, reads_too: Arc::default(), cores, sync: Duration::ZERO }, queue)
    }

    /// These come together; how many rows each outcome has.
    fn together(thread: &mut WriterThread, queue: &SyncSender<Job>, work: Vec<Work>) -> Vec<usize> {
        let answers: Vec<_> = work
            .into_iter()
            .map(|work| {
                let (answer, answered) = oneshot::channel();
                queue.try_send(Job { work, answer, runtime: None }).unwrap();
                answered
            })
            .collect();
        let first = thread.next().unwrap();
        thread.with_others(first);
        answers.into_iter().map(|mut answered| answered.try_recv().expect("an answer for each").unwrap().rows.len()).collect()
    }

    fn read() -> Work {
        Work::Read { sql: LIST, parameters: vec![] }
    }

    fn writes(from: i64) -> Vec<Work> {
        let crowd = i64::try_from(CROWD).unwrap();
        (from..from + crowd).map(|n| Work::Statement { sql: INSERT, parameters: vec![n.into()] }).collect()
    }

    #[test]
    fn a_read_finds_what_was_committed_before_and_nothing_that_came_with_it() {
        let (mut thread, queue) = writer_thread(2);
        let mut work = writes(0);
        work.push(read());
        assert_eq!(together(&mut thread, &queue, work).last(), Some(&0));
        assert_eq!(together(&mut thread, &queue, vec![read()]), [CROWD]);
    }

    #[test]
    fn the_writer_reads_too_while_many_come_together_and_not_where_cores_are_many_or_the_disk_is_slow() {
        let (mut thread, queue) = writer_thread(FEW_CORES);
        assert!(!thread.reads_too.load(Ordering::Relaxed));
        together(&mut thread, &queue, writes(0));
        assert!(thread.reads_too.load(Ordering::Relaxed));
        together(&mut thread, &queue, vec![read()]);
        assert!(!thread.reads_too.load(Ordering::Relaxed), "one alone reads by itself again");
        thread.sync = SHORT_SYNC;
        together(&mut thread, &queue, vec![read(), read(), read(), read(), read(), read(), read(), read()]);
        assert!(!thread.reads_too.load(Ordering::Relaxed), "the disk was slow, and nothing was written since");
        together(&mut thread, &queue, writes(100));
        assert!(thread.reads_too.load(Ordering::Relaxed));
        let (mut thread, queue) = writer_thread(FEW_CORES + 1);
        together(&mut thread, &queue, writes(0));
        assert!(!thread.reads_too.load(Ordering::Relaxed));
    }
}
