//! The request inspector of development mode: each OAuth request with its decision path, at `/dev/requests`.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};
use chabi_spec::{Observer, Refusal, RequestRecord, difference};
use chabi_token::Timestamp;
use http::StatusCode;
use serde::Serialize;
use serde_json::json;

use crate::{moment, respond};

/// The oldest request makes room.
const MOST: usize = 500;
/// On the list; the JSON has all.
const SHOWN: usize = 100;

/// Keeps the latest requests in memory; give it to Chabi as its observer. Clones share one ring.
#[derive(Clone, Default)]
pub struct Inspector(Arc<Mutex<Ring>>);

#[derive(Default)]
struct Ring {
    /// Number of the latest request; the first is 1.
    last: u64,
    records: VecDeque<(u64, RequestRecord)>,
}

impl Inspector {
    /// Nothing seen yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Ring> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Newest first.
    fn all(&self) -> Vec<RequestView> {
        self.lock().records.iter().rev().map(|(number, record)| RequestView::of(*number, record)).collect()
    }

    /// By its number, or by the id that its answer carries.
    fn find(&self, key: &str) -> Option<RequestView> {
        let by_number: Option<u64> = key.parse().ok();
        let is_it = |number: u64, record: &RequestRecord| by_number == Some(number) || record.request_id.as_deref() == Some(key);
        self.lock().records.iter().find(|(number, record)| is_it(*number, record)).map(|(number, record)| RequestView::of(*number, record))
    }
}

impl Observer for Inspector {
    fn observe(&self, record: RequestRecord) {
        let mut ring = self.lock();
        ring.last += 1;
        if ring.records.len() >= MOST {
            ring.records.pop_front();
        }
        let number = ring.last;
        ring.records.push_back((number, record));
    }
}

#[derive(Serialize)]
struct RequestView {
    number: u64,
    at: String,
    method: String,
    endpoint: &'static str,
    client_id: Option<String>,
    parameters: Vec<(String, String)>,
    steps: Vec<StepView>,
    status: u16,
    refused: bool,
    refusal: Option<RefusalView>,
    request_id: Option<String>,
}

#[derive(Serialize)]
struct StepView {
    rule: &'static str,
    passed: bool,
}

#[derive(Serialize)]
struct RefusalView {
    error: &'static str,
    hint: &'static str,
    clause: &'static str,
    rule: &'static str,
    received: Option<String>,
    expected: Option<String>,
    /// For URIs: what came, what is registered and is nearest to it, and marks under what differs; lines of equal width.
    comparison: Option<String>,
    /// The usual mistakes in words.
    difference: Option<&'static str>,
}

impl RequestView {
    fn of(number: u64, record: &RequestRecord) -> Self {
        let record = record.clone();
        Self {
            number,
            at: moment::text(Timestamp(record.at)),
            method: record.method,
            endpoint: record.endpoint,
            client_id: record.client_id,
            parameters: record.parameters,
            steps: record.steps.iter().map(|step| StepView { rule: step.rule, passed: step.passed }).collect(),
            status: record.status,
            refused: record.refusal.is_some() || record.status >= 400,
            refusal: record.refusal.map(RefusalView::from),
            request_id: record.request_id,
        }
    }
}

impl From<Refusal> for RefusalView {
    fn from(refusal: Refusal) -> Self {
        let cause = &refusal.cause;
        let found = cause.received.as_deref().zip(cause.expected.as_deref()).and_then(|(came, known)| difference::of_uris(came, known));
        Self {
            comparison: found.as_ref().map(|found| found.lines().join("\n").trim_end().to_owned()),
            difference: found.and_then(|found| found.words),
            error: refusal.code.as_str(),
            hint: refusal.hint,
            clause: refusal.clause,
            rule: refusal.cause.rule,
            received: refusal.cause.received,
            expected: refusal.cause.expected,
        }
    }
}

/// The pages, with their full paths; `/dev/requests.json` is an array, newest first.
pub(crate) fn router(inspector: Inspector) -> Router {
    Router::new()
        .route("/dev/requests", get(list))
        .route("/dev/requests.json", get(as_json))
        .route("/dev/requests/{key}", get(one))
        .with_state(inspector)
}

async fn list(State(inspector): State<Inspector>) -> Response {
    let mut requests = inspector.all();
    requests.truncate(SHOWN);
    respond::page(StatusCode::OK, "requests.html", &json!({ "requests": requests }))
}

async fn one(State(inspector): State<Inspector>, Path(key): Path<String>) -> Response {
    match inspector.find(&key) {
        Some(request) => respond::page(StatusCode::OK, "request.html", &json!({ "request": request })),
        None => respond::page(StatusCode::NOT_FOUND, "missing.html", &json!({})),
    }
}

async fn as_json(State(inspector): State<Inspector>) -> Response {
    respond::json(StatusCode::OK, &inspector.all())
}
