//! Keeps refused requests for whoever asks why: off the path of requests, in batches, and never more than there is room for.
//!
//! A stranger can be refused as often as they like. What they fill is bounded three times: by application and rule, by the second, and
//! in the table as a whole; so others' refusals are still kept beside a flood of one kind.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use chabi_spec::{ErrorCode, Observer, Refusal, RequestRecord};
use chabi_store::{
    Store,
    refusal::{KeptRefusal, Story},
};
use chabi_token::Timestamp;

/// How often what has gathered is written.
const WRITE_EVERY: Duration = Duration::from_secs(1);
/// Of one application by one rule, between two writes.
const MOST_OF_A_KIND: usize = 4;
/// Of all, between two writes.
const MOST_AT_ONCE: usize = 32;
/// In the table.
const MOST_KEPT: i64 = 5_000;
/// Bytes of a refusal's parameters; those that do not fit are left out.
const LONGEST_PARAMETERS: usize = 4_096;
/// Bytes of a client id: ours are shorter, and URLs of metadata documents are not longer.
const LONGEST_CLIENT_ID: usize = 500;

/// The observer of production; in development the inspector stands behind it.
pub(crate) struct RefusalLog {
    waiting: Mutex<Waiting>,
    next: Option<Arc<dyn Observer>>,
}

#[derive(Default)]
struct Waiting {
    refusals: Vec<KeptRefusal>,
    of_a_kind: HashMap<(Option<String>, &'static str), usize>,
    left_out: u64,
}

impl RefusalLog {
    /// Begins to keep refusals in this store, for as long as somebody holds what is given back.
    pub(crate) fn begin(store: Store, next: Option<Arc<dyn Observer>>) -> Arc<Self> {
        let log = Arc::new(Self { waiting: Mutex::default(), next });
        tokio::spawn(write(Arc::downgrade(&log), store));
        log
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Waiting {
        std::mem::take(&mut *self.lock())
    }
}

impl Waiting {
    fn add(&mut self, refusal: &Refusal, record: &RequestRecord) {
        let Some(request_id) = record.request_id.clone() else { return };
        if self.refusals.len() >= MOST_AT_ONCE {
            self.left_out += 1;
            return;
        }
        let client_id = record.client_id.clone().filter(|id| id.len() <= LONGEST_CLIENT_ID);
        let of_a_kind = self.of_a_kind.entry((client_id.clone(), refusal.cause.rule)).or_default();
        if *of_a_kind >= MOST_OF_A_KIND {
            self.left_out += 1;
            return;
        }
        *of_a_kind += 1;
        self.refusals.push(KeptRefusal { request_id, at: Timestamp(record.at), client_id, story: story(refusal, record) });
    }
}

impl Observer for RefusalLog {
    fn observe(&self, record: RequestRecord) {
        // RFC 8628 §3.5: a device that waits is told so every five seconds; nobody asks why, and the others would not be found for it
        if let Some(refusal) = record.refusal.as_ref().filter(|refusal| refusal.code != ErrorCode::AuthorizationPending) {
            self.lock().add(refusal, &record);
        }
        if let Some(next) = &self.next {
            next.observe(record);
        }
    }

    fn wants_all(&self) -> bool {
        self.next.as_ref().is_some_and(|next| next.wants_all())
    }
}

fn story(refusal: &Refusal, record: &RequestRecord) -> Story {
    let mut length = 0_usize;
    let parameters = record.parameters.iter().take_while(|(name, value)| {
        length = length.saturating_add(name.len()).saturating_add(value.len());
        length <= LONGEST_PARAMETERS
    });
    Story {
        method: record.method.clone(),
        endpoint: record.endpoint.to_owned(),
        status: record.status,
        parameters: parameters.cloned().collect(),
        steps: record.steps.iter().map(|step| (step.rule.to_owned(), step.passed)).collect(),
        error: refusal.code.as_str().to_owned(),
        hint: refusal.hint.to_owned(),
        clause: refusal.clause.to_owned(),
        rule: refusal.cause.rule.to_owned(),
        received: refusal.cause.received.clone(),
        expected: refusal.cause.expected.clone(),
    }
}

async fn write(log: Weak<RefusalLog>, store: Store) {
    loop {
        tokio::time::sleep(WRITE_EVERY).await;
        let Some(log) = log.upgrade() else { return };
        let Waiting { refusals, left_out, .. } = log.take();
        if left_out > 0 {
            tracing::debug!(left_out, "more requests were refused than are kept");
        }
        if refusals.is_empty() {
            continue;
        }
        let written = store.transaction("keep_refusals", move |verbs| {
            let refusals = refusals.clone();
            Box::pin(async move {
                for refusal in refusals {
                    verbs.insert_refusal(refusal).await?;
                }
                verbs.trim_refusals(MOST_KEPT).await?;
                Ok(())
            })
        });
        if let Err(failure) = written.await {
            tracing::warn!(?failure, "refused requests could not be kept: `chabi why` will not know them, the log does");
        }
    }
}

#[cfg(test)]
mod tests {
    use chabi_spec::{ErrorCode, Step};

    use super::*;

    fn record(number: usize, client_id: &str, rule: &'static str) -> RequestRecord {
        let refusal = Refusal::new(ErrorCode::InvalidRequest, rule, "words", "RFC 6749 §3.1.2.3").explain("a", "b");
        RequestRecord {
            at: 7,
            method: "GET".into(),
            endpoint: "/oauth2/authorize",
            client_id: Some(client_id.into()),
            parameters: vec![("redirect_uri".into(), "x".repeat(3_000)), ("scope".into(), "y".repeat(3_000))],
            steps: vec![Step { rule: "client", passed: true }, Step { rule, passed: false }],
            status: 400,
            refusal: Some(refusal),
            request_id: Some(format!("request-{number}")),
        }
    }

    fn log() -> RefusalLog {
        RefusalLog { waiting: Mutex::default(), next: None }
    }

    // req: dos.limits
    #[test]
    fn a_flood_of_one_kind_leaves_room_for_another_and_all_of_it_is_bounded() {
        let log = log();
        for number in 0..1_000 {
            log.observe(record(number, "attacker", "redirect_uri_not_registered"));
        }
        log.observe(record(1_000, "app", "redirect_uri_not_registered"));
        assert_eq!(log.lock().refusals.len(), MOST_OF_A_KIND + 1);
        for number in 0..1_000 {
            log.observe(record(number, &number.to_string(), "client_unknown"));
        }
        let waiting = log.take();
        assert_eq!(waiting.refusals.len(), MOST_AT_ONCE);
        assert!(waiting.left_out > 1_900 && log.lock().of_a_kind.is_empty(), "the next second begins anew");
    }

    #[test]
    fn a_refusal_is_kept_with_its_path_and_not_longer_than_there_is_room() {
        let log = log();
        log.observe(record(1, "app", "redirect_uri_not_registered"));
        log.observe(RequestRecord { refusal: None, ..record(2, "app", "none") });
        let waiting = log.take();
        let [kept] = waiting.refusals.as_slice() else { panic!("one was refused") };
        assert_eq!((kept.request_id.as_str(), kept.at, kept.story.parameters.len()), ("request-1", Timestamp(7), 1));
        assert_eq!(kept.story.steps, [("client".to_owned(), true), ("redirect_uri_not_registered".to_owned(), false)]);
        assert_eq!((kept.story.received.as_deref(), kept.story.expected.as_deref()), (Some("a"), Some("b")));
        assert!(!log.wants_all(), "requests that pass cost nothing");
    }
}
