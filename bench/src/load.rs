//! The load generator: callers, each on a connection of its own, each with one request under way.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use futures_util::future::try_join_all;

use crate::{
    http::{Answer, Connection},
    latency::Latencies,
};

/// One who calls: it holds what its next request needs, and learns from the answer.
pub trait Caller {
    /// Writes the next request to the end of `request`, which is empty. `false`: it has none left, and stops.
    fn next(&mut self, request: &mut Vec<u8>) -> bool;

    /// Takes the answer. An error ends the whole measurement: a server that refuses is not fast.
    ///
    /// # Errors
    /// The answer is not the one that it should be.
    fn take(&mut self, answer: &Answer<'_>) -> Result<()>;
}

/// Callers on open connections.
pub struct Load {
    lines: Vec<Line>,
    waiting: Waiting,
}

/// What the load's core does while no answer is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// It looks again, and never sleeps. To wake a sleeping core of a virtual machine takes the one that wakes it 5 to 10 µs: a server
    /// that is slower than its callers would pay that with each answer, and one that is faster, as the bare one is, never.
    Awake,
    /// It sleeps: others need the core, such as a database.
    Asleep,
}

struct Line {
    connection: Connection,
    caller: Box<dyn Caller>,
    request: Vec<u8>,
}

/// What happened while it was measured.
#[derive(Debug, Default)]
pub struct Window {
    /// Requests that were answered.
    pub requests: u32,
    /// From the first request to the last answer.
    pub elapsed: Duration,
    /// Of each request.
    pub latencies: Latencies,
    /// The last request, byte for byte.
    pub request: Vec<u8>,
    /// The length of the last answer's body.
    pub answer_bytes: usize,
}

impl Load {
    /// Connects a line for each caller.
    ///
    /// # Errors
    /// Nobody listens.
    pub async fn open(address: SocketAddr, callers: Vec<Box<dyn Caller>>) -> Result<Self> {
        let mut lines = Vec::new();
        for caller in callers {
            lines.push(Line { connection: Connection::open(address).await?, caller, request: Vec::new() });
        }
        Ok(Self { lines, waiting: Waiting::Asleep })
    }

    /// The same, waiting like this.
    #[must_use]
    pub fn waiting(self, waiting: Waiting) -> Self {
        Self { waiting, ..self }
    }

    /// Lets all callers call for so long, and waits for the last answers.
    ///
    /// # Errors
    /// The first answer that is not as it should be, or a broken connection.
    pub async fn run(&mut self, length: Duration) -> Result<Window> {
        let begun = Instant::now();
        let calls = try_join_all(self.lines.iter_mut().map(|line| line.run(begun, length)));
        let parts = match self.waiting {
            Waiting::Asleep => calls.await?,
            Waiting::Awake => {
                let awake = tokio::spawn(look_again());
                let parts = calls.await;
                awake.abort();
                parts?
            }
        };
        let mut window = Window { elapsed: begun.elapsed(), ..Window::default() };
        for part in parts {
            window.requests += part.requests;
            window.latencies.add(part.latencies);
            window.answer_bytes = window.answer_bytes.max(part.answer_bytes);
        }
        window.latencies.sort();
        window.request = self.lines.first().map(|line| line.request.clone()).unwrap_or_default();
        Ok(window)
    }
}

/// Never ends: a runtime with a task that is ready asks the kernel for what has come, and does not wait for it.
async fn look_again() {
    loop {
        tokio::task::yield_now().await;
    }
}

impl Line {
    async fn run(&mut self, begun: Instant, length: Duration) -> Result<Window> {
        let mut window = Window::default();
        while begun.elapsed() < length {
            let mut request = std::mem::take(&mut self.request);
            request.clear();
            if !self.caller.next(&mut request) {
                break;
            }
            let asked = Instant::now();
            let answer = self.connection.ask(&request).await;
            let answer = answer.with_context(|| format!("asking {}", first_line(&request)))?;
            window.latencies.push(asked.elapsed());
            window.requests += 1;
            window.answer_bytes = answer.body.len();
            self.caller.take(&answer).with_context(|| format!("asking {}", first_line(&request)))?;
            self.request = request;
        }
        Ok(window)
    }
}

/// Method and path, without the query: codes may stand there.
fn first_line(request: &[u8]) -> String {
    let line = request.split(|byte| *byte == b'?' || *byte == b'\r').next().unwrap_or_default();
    String::from_utf8_lossy(line).into_owned()
}

/// Sends the same bytes again and again.
pub struct Same(pub Vec<u8>);

impl Caller for Same {
    fn next(&mut self, request: &mut Vec<u8>) -> bool {
        request.extend_from_slice(&self.0);
        true
    }

    fn take(&mut self, answer: &Answer<'_>) -> Result<()> {
        answer.succeeded()
    }
}

/// So many callers of [`Same`].
#[must_use]
pub fn same(request: &[u8], callers: usize) -> Vec<Box<dyn Caller>> {
    (0..callers).map(|_| -> Box<dyn Caller> { Box::new(Same(request.to_vec())) }).collect()
}
