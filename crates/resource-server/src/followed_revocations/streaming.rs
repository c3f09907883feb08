//! Follows the stream, and comes back to it whenever it ends.

use std::{sync::Arc, sync::atomic::Ordering, time::Duration};

use chabi_token::Env;
use serde::de::DeserializeOwned;
use tokio::time::{sleep, timeout};
use url::Url;

use super::{
    Shared,
    events::{Event, Reader},
};
use crate::fetched_keys::download::Trouble;

/// How patient the follower is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// The issuer gives a sign of life each 5 seconds; without a byte for so long the connection is given up.
    pub(super) silence: Duration,
    /// Before the first new attempt; twice as long before each further one.
    pub(super) first_wait: Duration,
    /// At the most.
    pub(super) longest_wait: Duration,
    /// Until an issuer without a stream is asked again whether it has one.
    pub(super) without_stream: Duration,
    /// Between two looks for lists whose time has come.
    pub(super) between_looks: Duration,
}

impl Pace {
    pub(super) fn usual() -> Self {
        let seconds = Duration::from_secs;
        Self {
            silence: seconds(15),
            first_wait: seconds(1),
            longest_wait: seconds(30),
            without_stream: seconds(300),
            between_looks: seconds(1),
        }
    }

    /// Half to all of the doubled wait, so that many APIs do not come back all at once.
    fn wait(&self, failures: u32, env: &Env) -> Duration {
        let longest = self.first_wait.saturating_mul(1 << failures.min(16)).min(self.longest_wait);
        let [share] = env.random::<1>();
        longest / 2 + (longest / 2).saturating_mul(u32::from(share)) / 255
    }
}

/// Why a stream ended, and whether it had brought anything.
struct Ended {
    trouble: Trouble,
    was_good: bool,
}

impl Shared {
    /// Never returns.
    pub(super) async fn follow(self: Arc<Self>, pace: Pace) {
        tokio::join!(self.keep_streaming(pace), self.keep_polling(pace));
    }

    async fn keep_streaming(&self, pace: Pace) {
        let (mut failures, mut last_id) = (0_u32, None);
        loop {
            let wait = match self.connection.find_stream().await {
                Ok(Some(url)) => {
                    let Ended { trouble, was_good } = self.follow_stream(&url, &mut last_id, pace).await;
                    self.streaming.store(false, Ordering::Relaxed);
                    tracing::warn!(%trouble, "the issuer's stream of revocations ended; it is opened again");
                    failures = if was_good { 0 } else { failures.saturating_add(1) };
                    pace.wait(failures, &self.env)
                }
                Ok(None) => pace.without_stream,
                Err(trouble) => {
                    tracing::warn!(%trouble, "the issuer's metadata could not be had, to follow what it takes back");
                    failures = failures.saturating_add(1);
                    pace.wait(failures, &self.env)
                }
            };
            sleep(wait).await;
        }
    }

    /// Beside the stream, whose attempts may hang.
    async fn keep_polling(&self, pace: Pace) {
        loop {
            // first, so that a stream that opens at once spares the issuer the lists
            sleep(pace.between_looks).await;
            if !self.streaming.load(Ordering::Relaxed) {
                self.poll_lists().await;
            }
        }
    }

    async fn follow_stream(&self, url: &Url, last_id: &mut Option<String>, pace: Pace) -> Ended {
        let mut was_good = false;
        let trouble = self.read_stream(url, last_id, &mut was_good, pace).await;
        Ended { trouble, was_good }
    }

    async fn read_stream(&self, url: &Url, last_id: &mut Option<String>, was_good: &mut bool, pace: Pace) -> Trouble {
        let mut answer = match timeout(pace.silence, self.connection.stream(url, last_id.as_deref())).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(trouble)) => return trouble,
            Err(_) => return silent(),
        };
        let mut reader = Reader::default();
        loop {
            let piece = match timeout(pace.silence, answer.chunk()).await {
                Ok(Ok(Some(piece))) => piece,
                Ok(Ok(None)) => return Trouble::NoAnswer("the stream was closed".to_owned()),
                Ok(Err(error)) => return crate::fetched_keys::download::no_answer(error),
                Err(_) => return silent(),
            };
            let events = match reader.push(&piece) {
                Ok(events) => events,
                Err(error) => return Trouble::Malformed(error.to_string()),
            };
            for event in events {
                if let Err(trouble) = self.take(&event) {
                    // what could not be read must come again
                    *last_id = None;
                    return trouble;
                }
                *was_good = true;
                if event.id.is_some() {
                    *last_id = event.id.filter(|id| !id.is_empty());
                }
            }
        }
    }

    fn take(&self, event: &Event) -> Result<(), Trouble> {
        let now = self.env.now();
        match event.name.as_str() {
            "snapshot" | "revoked" => {
                let taken_back = data(event)?;
                self.write(|known| known.apply(taken_back, now)).map_err(|error| Trouble::Malformed(error.to_string()))
            }
            "alive" => {
                let alive = data(event)?;
                self.write(|known| known.alive(&alive, now));
                // until everything was told once, lists are looked at too
                self.streaming.store(true, Ordering::Relaxed);
                Ok(())
            }
            // what will be thought of later
            _ => Ok(()),
        }
    }
}

fn data<T: DeserializeOwned>(event: &Event) -> Result<T, Trouble> {
    serde_json::from_str(&event.data).map_err(|error| Trouble::Malformed(error.to_string()))
}

fn silent() -> Trouble {
    Trouble::NoAnswer("nothing came for too long".to_owned())
}
