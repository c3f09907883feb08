//! `Idempotency-Key`: who sends a POST again, since its answer was lost, gets the same answer, and nothing is done twice.

use axum::response::{IntoResponse as _, Response};
use chabi_spec::Fault;
use chabi_store::idempotency_key::{Claim, IdempotentRequest};
use chabi_token::{Seconds, base64url, hash::sha256};
use http::{HeaderName, HeaderValue, StatusCode, request::Parts};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use super::answer::{self, Problem};
use crate::{
    Actor, Admin,
    operation::{Entry, Method},
};

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// What a key is, as the document says it and [`text_of`] checks it.
pub(super) const PATTERN: &str = "^\"?[!#-~]{1,200}\"?$";
/// Says that the answer is one that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// How long an answer is known.
const KEPT: Seconds = Seconds::days(1);
/// Longer than any operation takes: a key whose node died is free again then.
const RUNNING: Seconds = Seconds::minutes(2);
/// What answers are sealed for: some hold secrets.
const SEALED_FOR: &str = "idempotency";

/// A request with a key.
pub(super) struct Key(IdempotentRequest);

impl Key {
    /// Of a POST that has one; a key belongs to who sends it and to what is asked.
    pub(super) fn of(entry: &Entry, actor: &Actor, parts: &Parts, input: &Value) -> Result<Option<Self>, Problem> {
        let Some(value) = parts.headers.get(&HEADER).filter(|_| entry.method == Method::Post) else { return Ok(None) };
        let Some(text) = text_of(value) else {
            return Err(Problem::header("Idempotency-Key has 1 to 200 visible characters.", "Send a random one, such as a UUID."));
        };
        let key_hash = sha256(format!("{}\n{}\n{text}", actor.name(), entry.name).as_bytes());
        Ok(Some(Self(IdempotentRequest { key_hash, request_hash: sha256(input.to_string().as_bytes()) })))
    }

    fn owner(&self) -> String {
        base64url::encode(self.0.key_hash)
    }
}

/// A string of RFC 9651 §3.3.3, or the same without its quotes, as many send it.
fn text_of(value: &HeaderValue) -> Option<&str> {
    let text = value.to_str().ok()?;
    let text = text.strip_prefix('"').unwrap_or(text);
    let text = text.strip_suffix('"').unwrap_or(text);
    let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
    (is_visible && (1..=200).contains(&text.len())).then_some(text)
}

/// The answer that was given before; `None`: it is to be made.
pub(super) async fn begin(admin: &Admin, key: Option<&Key>) -> Result<Option<Response>, Problem> {
    let Some(key) = key else { return Ok(None) };
    let now = admin.env.now();
    match admin.store.claim_idempotency_key(key.0, now, now + RUNNING).await? {
        Claim::Claimed => Ok(None),
        Claim::OfAnotherRequest => Err(Problem::of_another_request()),
        Claim::Running => Err(Problem::running()),
        Claim::Answered(sealed) => {
            let plain = admin.sealer.open(SEALED_FOR, &key.owner(), &sealed)?;
            let kept: Value =
                serde_json::from_slice(&plain).map_err(|error| Fault::internal("reading an answer that was kept").because(error))?;
            let status = kept.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
            let status = status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
            let is_problem = status.is_client_error();
            let body = kept.get("body").filter(|body| !body.is_null()).map(Value::to_string).unwrap_or_default();
            let mut response = match body.is_empty() {
                true => status.into_response(),
                false => answer::written(status, if is_problem { "application/problem+json" } else { "application/json" }, body),
            };
            response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
            Ok(Some(response))
        }
    }
}

/// Keeps the answer, unless asking again may be answered otherwise.
pub(super) async fn end(admin: &Admin, key: Option<&Key>, outcome: Result<Response, Problem>) -> Result<Response, Problem> {
    let Some(key) = key else { return outcome };
    let (response, kept) = match outcome {
        Err(problem) if problem.passes() => {
            admin.store.release_idempotency_key(key.0.key_hash).await?;
            return Err(problem);
        }
        Err(problem) => {
            let (status, body) = problem.parts();
            (problem.into_response(), json!({ "status": status.as_u16(), "body": body }))
        }
        Ok(response) => {
            let (head, body) = response.into_parts();
            let bytes = body
                .collect()
                .await
                .map_err(|error| Fault::internal("reading an answer of our own").because(error.to_string()))?
                .to_bytes();
            let value: Value = serde_json::from_slice(&bytes).unwrap_or_default();
            let status = head.status.as_u16();
            (Response::from_parts(head, axum::body::Body::from(bytes)), json!({ "status": status, "body": value }))
        }
    };
    let sealed = admin.sealer.seal(SEALED_FOR, &key.owner(), kept.to_string().as_bytes(), &admin.env)?;
    admin.store.answer_idempotency_key(key.0.key_hash, sealed, admin.env.now() + KEPT).await?;
    Ok(response)
}
