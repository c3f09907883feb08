//! RSA signatures, away from the threads that serve requests: one takes as long as some thirty of ECDSA, so that a crowd of them would
//! hold up everybody else.
//!
//! As many threads as there are cores but one, at a lower priority, begun when the first is needed. So many may wait; who comes then is
//! told to try again, before anything of theirs was spent. While more waits, what is done is kept for a moment and told together: then those
//! who serve requests are woken once for several, and what comes of the answers is committed together too.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
    thread,
    time::{Duration, Instant},
};

use chabi_spec::Fault;
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
};

/// In the queue and at work: a quarter of a second for one thread.
const MOST_WAITING: usize = 256;

/// When a signature has been kept for so long, no other is begun before it is told: some eight, where one takes a quarter of a millisecond.
const LONGEST_KEPT: Duration = Duration::from_millis(2);
/// So long answers are left to their callers' runtime, unless the next are there before.
const LONGEST_LEFT: Duration = Duration::from_millis(5);

/// What is to be done, and by whom its end is told.
struct Work {
    /// Does it; what is left is to tell so.
    begin: Box<dyn FnOnce() -> Tell + Send>,
    /// Where somebody waits for it.
    runtime: Option<Handle>,
}

type Tell = Box<dyn FnOnce() + Send>;

/// The threads and their queue.
pub struct RsaPool {
    queue: OnceLock<Sender<Work>>,
    places: Arc<Semaphore>,
}

/// A place in the queue, given back when the work is done.
pub type Place = OwnedSemaphorePermit;

impl Default for RsaPool {
    fn default() -> Self {
        Self { queue: OnceLock::new(), places: Arc::new(Semaphore::new(MOST_WAITING)) }
    }
}

impl RsaPool {
    /// A place in the queue, to be had before anything is committed.
    ///
    /// # Errors
    /// Unavailable when too many wait.
    pub fn reserve(&self) -> Result<Place, Fault> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        place.map_err(|_| Fault::unavailable("signing with RSA: too many are waiting"))
    }

    /// Does it on one of the threads.
    ///
    /// # Errors
    /// A defect: the work panicked, or no thread can be had.
    pub async fn run<T: Send + 'static>(&self, place: Place, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
        let (sender, told) = oneshot::channel();
        let begin = move || -> Tell {
            // who asked may have gone away meanwhile
            let done = (!sender.is_closed()).then(work);
            drop(place);
            Box::new(move || drop(done.map(|done| sender.send(done))))
        };
        let job = Work { begin: Box::new(begin), runtime: Handle::try_current().ok() };
        let queue = self.queue.get_or_init(begin_threads);
        queue.send(job).map_err(|_| Fault::internal("signing with RSA: there is no thread for it"))?;
        told.await.map_err(|error| Fault::internal("signing with RSA").because(error))
    }
}

fn begin_threads() -> Sender<Work> {
    let (queue, work) = mpsc::channel();
    let work = Arc::new(Mutex::new(work));
    let threads = thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1));
    for _ in 0..threads {
        let work = Arc::clone(&work);
        if let Err(error) = thread::Builder::new().name("rsa".to_owned()).spawn(move || go_on(&work)) {
            tracing::error!(%error, "a thread for RSA cannot be had");
        }
    }
    queue
}

/// Until the pool is dropped.
fn go_on(work: &Mutex<Receiver<Work>>) {
    step_back();
    let mut left = Arc::<Done>::default();
    while let Some(Work { begin, runtime }) = next(work, &left) {
        let begun = Instant::now();
        let mut done: Vec<Tell> = finish(begin).into_iter().collect();
        while begun.elapsed() < LONGEST_KEPT
            && let Some(next) = at_hand(work)
        {
            done.extend(finish(next.begin));
        }
        let runtime = runtime.filter(|_| done.len() > 1);
        let done = Arc::new(Done(Mutex::new(done)));
        match runtime {
            Some(runtime) => {
                let done = Arc::clone(&done);
                drop(runtime.spawn(async move { done.tell() }));
            }
            None => done.tell(),
        }
        // a runtime that has not come to the last ones by now may be one that nobody drives
        std::mem::replace(&mut left, done).tell();
    }
}

/// The next that comes; `None`: the pool is gone. What a runtime does not come to is told meanwhile, and at once where another thread waits for
/// what comes.
fn next(work: &Mutex<Receiver<Work>>, left: &Done) -> Option<Work> {
    if !left.is_told() {
        if let Ok(queue) = work.try_lock()
            && let Ok(next) = queue.recv_timeout(LONGEST_LEFT)
        {
            return Some(next);
        }
        left.tell();
    }
    work.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// What waits in the queue. A thread that holds the lock waits for the first that comes: then there is nothing.
fn at_hand(work: &Mutex<Receiver<Work>>) -> Option<Work> {
    work.try_lock().ok()?.try_recv().ok()
}

/// Nothing when it panicked: whoever waits for it is told by the dropped channel, and the thread goes on.
fn finish(begin: Box<dyn FnOnce() -> Tell + Send>) -> Option<Tell> {
    catch_unwind(AssertUnwindSafe(begin)).ok()
}

/// Answers on their way. Whoever comes first tells them: a task in the callers' runtime, or the thread that has made them.
#[derive(Default)]
struct Done(Mutex<Vec<Tell>>);

impl Done {
    fn tell(&self) {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_iter().for_each(|tell| tell());
    }

    fn is_told(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}

/// On Linux a thread has a priority of its own: where both want the core, whoever serves requests comes first.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(Some(rustix::thread::gettid()), 10) {
        tracing::debug!(%error, "the threads for RSA have the same priority as all others");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // req: dos.map
    #[tokio::test]
    async fn so_many_may_wait_and_a_place_is_given_back_when_the_work_is_done() {
        let pool = RsaPool::default();
        let mut places: Vec<_> = (0..MOST_WAITING).map(|_| pool.reserve().unwrap()).collect();
        let refused = pool.reserve().err().unwrap();
        assert_eq!(refused.kind, chabi_spec::FaultKind::Unavailable);
        assert_eq!(pool.run(places.pop().unwrap(), || 6 * 7).await.unwrap(), 42);
        assert!(pool.reserve().is_ok());
    }

    #[tokio::test]
    async fn each_of_many_at_once_gets_its_own_answer_and_the_last_is_not_kept() {
        let pool = RsaPool::default();
        let asked = (0..MOST_WAITING).map(|number| pool.run(pool.reserve().unwrap(), move || number));
        let told = futures_util::future::join_all(asked).await;
        assert_eq!(told.into_iter().map(Result::unwrap).collect::<Vec<_>>(), (0..MOST_WAITING).collect::<Vec<_>>());
    }

    #[test]
    fn answers_come_though_nobody_drives_the_runtime_of_those_who_wait() {
        let idle = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let pool = Arc::new(RsaPool::default());
        let threads: Vec<_> = (0..16)
            .map(|number| {
                let (pool, handle) = (Arc::clone(&pool), idle.handle().clone());
                // blocks this thread, and lets the runtime's own tasks be
                thread::spawn(move || handle.block_on(pool.run(pool.reserve().unwrap(), move || number)).unwrap())
            })
            .collect();
        assert_eq!(threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>(), (0..16).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_panic_is_a_fault_of_one_and_the_thread_goes_on() {
        let pool = RsaPool::default();
        for _ in 0..4 {
            assert!(pool.run(pool.reserve().unwrap(), || panic!("broken")).await.is_err());
        }
        assert_eq!(pool.run(pool.reserve().unwrap(), || 1).await.unwrap(), 1);
    }
}
