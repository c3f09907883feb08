//! The thread that every write goes through. It takes what waits and commits it together; it never waits for more.

use std::{
    sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
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
use crate::{Written, value::Value};

/// How many may wait: some seconds of work on a slow disk. Whoever comes then is told to come back.
const QUEUE: usize = 4_096;
/// How many commit together at the most.
const BATCH: usize = 256;
/// How often the core is given to others before a commit, as long as they bring more.
const TURNS: u32 = 4;
/// So long outcomes are left to their callers' runtime, unless the next are on disk before.
const LONGEST_LEFT: Duration = Duration::from_millis(5);

/// The way to the writer's thread.
#[derive(Debug)]
pub(super) struct Writer {
    /// None only while dropping.
    queue: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Gives the connection a thread of its own.
    pub(super) fn start(connection: Connection, place: Place, commits: Commits) -> Result<Self, Fault> {
        let (queue, waiting) = sync_channel(QUEUE);
        let committer = Committer::new(connection, place);
        let thread = std::thread::Builder::new().name("chabi-sqlite-writer".into()).spawn(move || serve(&waiting, committer, commits));
        let thread = thread.map_err(|error| Fault::unavailable("starting the writer's thread").because(error))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
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

fn serve(waiting: &Receiver<Job>, mut committer: Committer, commits: Commits) {
    while let Some(first) = next(waiting, &committer) {
        let jobs = match commits {
            Commits::Shared => with_others(first, waiting),
            Commits::OfEach => vec![first],
        };
        committer.commit(jobs);
    }
}

/// The next that comes; `None`: the store is gone. Outcomes that a runtime does not come to are told meanwhile.
fn next(waiting: &Receiver<Job>, committer: &Committer) -> Option<Job> {
    if !committer.all_are_told() {
        match waiting.recv_timeout(LONGEST_LEFT) {
            Ok(job) => return Some(job),
            Err(_) => committer.tell(),
        }
    }
    waiting.recv().ok()
}

fn with_others(first: Job, waiting: &Receiver<Job>) -> Vec<Job> {
    let mut jobs = vec![first];
    for _ in 0..TURNS {
        // Whoever else is ready to run on this core runs first, and may bring more to commit. Where nobody is, this is no wait.
        std::thread::yield_now();
        let before = jobs.len();
        jobs.extend(waiting.try_iter().take(BATCH.saturating_sub(before)));
        if jobs.len() == before {
            break;
        }
    }
    jobs
}
