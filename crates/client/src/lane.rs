//! One provider's share of our attention: how many calls may be under way, and when to stop asking for a while.

use std::{
    future::Future,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use chabi_token::{Env, Seconds, Timestamp};
use tokio::sync::Semaphore;

use chabi_outgoing::guarded_http::{Answer, HttpTrouble};

/// Failures in a row after which a provider is left alone.
const FAILURES_TO_OPEN: u32 = 5;
/// For how long; then one call tries.
const REST: Seconds = Seconds(30);

/// A provider that hangs or fails takes its own callers' time, and nobody else's.
#[derive(Debug)]
pub(crate) struct Lane {
    permits: Semaphore,
    patience: Duration,
    breaker: Mutex<Breaker>,
}

#[derive(Debug, Default)]
struct Breaker {
    failures: u32,
    closed_until: Option<Timestamp>,
}

impl Lane {
    pub(crate) fn new(calls_at_once: usize, patience: Duration) -> Self {
        Self { permits: Semaphore::new(calls_at_once), patience, breaker: Mutex::default() }
    }

    /// Makes the call, unless the provider is resting or crowded.
    pub(crate) async fn run(&self, call: impl Future<Output = Result<Answer, HttpTrouble>>, env: &Env) -> Result<Answer, HttpTrouble> {
        self.check_not_resting(env)?;
        let waiting = tokio::time::timeout(self.patience, self.permits.acquire());
        let Ok(Ok(_permit)) = waiting.await else {
            return Err(HttpTrouble::NotAsked("too many calls to this provider are under way"));
        };
        let answer = call.await;
        self.note(failed(&answer), env);
        answer
    }

    fn check_not_resting(&self, env: &Env) -> Result<(), HttpTrouble> {
        let mut breaker = self.breaker.lock().unwrap_or_else(PoisonError::into_inner);
        match breaker.closed_until {
            None => Ok(()),
            Some(until) if env.now() < until => Err(HttpTrouble::NotAsked("this provider failed several times just now")),
            Some(_) => {
                // This caller tries; the others go on resting until it has an answer.
                breaker.closed_until = Some(env.now() + REST);
                Ok(())
            }
        }
    }

    fn note(&self, failed: bool, env: &Env) {
        let mut breaker = self.breaker.lock().unwrap_or_else(PoisonError::into_inner);
        if !failed {
            *breaker = Breaker::default();
            return;
        }
        breaker.failures = breaker.failures.saturating_add(1);
        if breaker.failures >= FAILURES_TO_OPEN {
            breaker.closed_until = Some(env.now() + REST);
        }
    }
}

fn failed(answer: &Result<Answer, HttpTrouble>) -> bool {
    match answer {
        // a plain 500 may be the answer to a code that somebody made up: strangers must not be able to open the breaker
        Ok(answer) => answer.status > 500,
        Err(HttpTrouble::Forbidden(_)) => false,
        Err(_) => true,
    }
}
