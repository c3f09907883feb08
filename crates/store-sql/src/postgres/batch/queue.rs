//! Who waits for one statement, and what goes together: as many as there are, never two for one row.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chabi_spec::Fault;
use tokio::sync::oneshot;

use crate::{Written, value::Value};

/// How many may wait: whoever comes then is told to come back.
const QUEUE: usize = 4_096;
/// How many go together at the most.
const BATCH: usize = 256;
/// How many batches of one statement may be under way: while one is written to disk, the next is prepared. ADR 6 has the measurement.
const UNDER_WAY: usize = 2;

/// One who asks.
#[derive(Debug)]
pub(super) struct Job {
    /// Those of the statement for one; the first is the key of the row.
    pub(super) parameters: Vec<Value>,
    pub(super) answer: oneshot::Sender<Result<Written, Fault>>,
}

/// Who waits, and who is being served.
#[derive(Debug)]
pub(super) struct Queue {
    /// No two for one row at once.
    exclusive: bool,
    inside: Mutex<Inside>,
}

#[derive(Debug, Default)]
struct Inside {
    waiting: VecDeque<Job>,
    /// Rows that batches under way are about, when they are exclusive.
    rows: HashSet<Value>,
    /// Tasks that serve.
    serving: usize,
}

impl Queue {
    pub(super) fn new(exclusive: bool) -> Arc<Self> {
        Arc::new(Self { exclusive, inside: Mutex::default() })
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins it. Some: fewer serve than may, and the caller must see to it that this one does too.
    ///
    /// # Errors
    /// An unavailable fault when too many wait.
    pub(super) fn join(self: &Arc<Self>, job: Job) -> Result<Option<Server>, Fault> {
        let mut inside = self.inside();
        if inside.waiting.len() >= QUEUE {
            return Err(Fault::unavailable("joining the queue for a statement, which is full"));
        }
        inside.waiting.push_back(job);
        let starts = inside.serving < UNDER_WAY;
        inside.serving += usize::from(starts);
        Ok(starts.then(|| Server { queue: Arc::clone(self), serves: true }))
    }
}

impl Queue {
    /// For one who is alone: nobody waits, fewer serve than may, and its row is free. It serves itself, without joining.
    pub(super) fn alone(self: &Arc<Self>, row: Option<&Value>) -> Option<(Server, Batch)> {
        let mut inside = self.inside();
        let row = row.filter(|_| self.exclusive);
        if !inside.waiting.is_empty() || inside.serving >= UNDER_WAY || row.is_some_and(|row| inside.rows.contains(row)) {
            return None;
        }
        inside.serving += 1;
        inside.rows.extend(row.cloned());
        let batch = Batch { jobs: Vec::new(), rows: row.cloned().into_iter().collect(), queue: Arc::clone(self) };
        Some((Server { queue: Arc::clone(self), serves: true }, batch))
    }
}

impl Inside {
    /// In the order of their rows, so that two batches of two nodes take them in the same order.
    fn take(&mut self, exclusive: bool) -> Vec<Job> {
        let mut jobs = Vec::new();
        let mut kept = VecDeque::new();
        while jobs.len() < BATCH
            && let Some(job) = self.waiting.pop_front()
        {
            // Whoever went away before its turn leaves nothing behind.
            if job.answer.is_closed() {
                continue;
            }
            let row = job.parameters.first().filter(|_| exclusive);
            match row {
                Some(row) if self.rows.contains(row) => kept.push_back(job),
                row => {
                    self.rows.extend(row.cloned());
                    jobs.push(job);
                }
            }
        }
        kept.append(&mut self.waiting);
        self.waiting = kept;
        jobs.sort_by(|one, other| one.parameters.first().cmp(&other.parameters.first()));
        jobs
    }
}

/// The right to serve a queue; given back when dropped.
#[derive(Debug)]
pub(super) struct Server {
    queue: Arc<Queue>,
    serves: bool,
}

impl Server {
    /// What goes next. None: nothing that can go now, and this one serves no more; whoever serves the rows that the rest waits for takes
    /// that next.
    pub(super) fn next(&mut self) -> Option<Batch> {
        let mut inside = self.queue.inside();
        let jobs = inside.take(self.queue.exclusive);
        if jobs.is_empty() {
            // In the same breath, or somebody could join in between and be served by nobody.
            inside.serving = inside.serving.saturating_sub(usize::from(self.serves));
            self.serves = false;
            return None;
        }
        drop(inside);
        let rows = if self.queue.exclusive { jobs.iter().filter_map(|job| job.parameters.first().cloned()).collect() } else { Vec::new() };
        Some(Batch { jobs, rows, queue: Arc::clone(&self.queue) })
    }
}

impl Server {
    /// Itself, if somebody waits; else it serves no more.
    pub(super) fn if_wanted(mut self) -> Option<Self> {
        let mut inside = self.queue.inside();
        if inside.waiting.is_empty() {
            // In the same breath, as above.
            inside.serving = inside.serving.saturating_sub(usize::from(self.serves));
            drop(inside);
            self.serves = false;
            return None;
        }
        drop(inside);
        Some(self)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.serves {
            let mut inside = self.queue.inside();
            inside.serving = inside.serving.saturating_sub(1);
        }
    }
}

/// What goes together. Its rows are free again when it is dropped.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) jobs: Vec<Job>,
    rows: Vec<Value>,
    queue: Arc<Queue>,
}

impl Drop for Batch {
    fn drop(&mut self) {
        let mut inside = self.queue.inside();
        for row in &self.rows {
            inside.rows.remove(row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Answered = oneshot::Receiver<Result<Written, Fault>>;

    fn join(queue: &Arc<Queue>, row: i64) -> (Option<Server>, Answered) {
        let (answer, answered) = oneshot::channel();
        (queue.join(Job { parameters: vec![row.into()], answer }).unwrap(), answered)
    }

    fn rows(batch: Option<&Batch>) -> Vec<Value> {
        batch.into_iter().flat_map(|batch| &batch.jobs).filter_map(|job| job.parameters.first().cloned()).collect()
    }

    fn values(rows: impl IntoIterator<Item = i64>) -> Vec<Value> {
        rows.into_iter().map(Value::from).collect()
    }

    #[test]
    fn those_who_wait_go_together_in_the_order_of_their_rows() {
        let queue = Queue::new(true);
        let (server, _one) = join(&queue, 3);
        let _others = [join(&queue, 1), join(&queue, 2)];
        assert_eq!(rows(server.unwrap().next().as_ref()), values([1, 2, 3]));
    }

    #[test]
    fn two_for_one_row_never_go_at_once_not_even_in_two_batches() {
        let queue = Queue::new(true);
        let (first, _one) = join(&queue, 1);
        let (second, _two) = join(&queue, 1);
        let _three = join(&queue, 2);
        let (mut first, mut second) = (first.unwrap(), second.unwrap());
        let batch = first.next();
        assert_eq!(rows(batch.as_ref()), values([1, 2]));
        assert!(second.next().is_none(), "the other one waits");
        drop(batch);
        assert_eq!(rows(first.next().as_ref()), values([1]));
    }

    #[test]
    fn one_who_is_alone_serves_itself_and_holds_its_row() {
        let queue = Queue::new(true);
        let alone = queue.alone(Some(&1.into())).unwrap();
        assert!(queue.alone(Some(&1.into())).is_none(), "the row is taken");
        let (server, _one) = join(&queue, 1);
        assert!(queue.alone(Some(&2.into())).is_none(), "somebody waits");
        assert!(server.unwrap().next().is_none());
        drop(alone.1);
        let mut server = alone.0.if_wanted().unwrap();
        assert_eq!(rows(server.next().as_ref()), values([1]));
    }

    #[test]
    fn reads_of_one_row_go_together() {
        let queue = Queue::new(false);
        let (server, _one) = join(&queue, 1);
        let _two = join(&queue, 1);
        assert_eq!(rows(server.unwrap().next().as_ref()), values([1, 1]));
    }

    #[test]
    fn a_batch_is_bounded_and_so_is_what_waits() {
        let queue = Queue::new(true);
        let kept: Vec<_> = (0..4_096).map(|row| join(&queue, row)).collect();
        let (answer, _answered) = oneshot::channel();
        assert!(queue.join(Job { parameters: vec![0.into()], answer }).is_err());
        let mut server = kept.into_iter().map(|(server, answered)| (server, std::mem::ManuallyDrop::new(answered)));
        assert_eq!(rows(server.next().unwrap().0.unwrap().next().as_ref()), values(0..256));
    }

    #[test]
    fn no_more_serve_than_may_and_whoever_found_nothing_serves_no_more() {
        let queue = Queue::new(true);
        let joined: Vec<_> = (0..5).map(|row| join(&queue, row)).collect();
        let mut servers: Vec<Server> = joined.into_iter().filter_map(|(server, _)| server).collect();
        assert_eq!(servers.len(), UNDER_WAY);
        assert!(servers.iter_mut().all(|server| server.next().is_none()), "those who asked have gone away");
        let (server, _one) = join(&queue, 9);
        assert_eq!(rows(server.unwrap().next().as_ref()), values([9]));
    }
}
