//! `/oauth2/register` (RFC 7591), and `/oauth2/register/{client_id}` (RFC 7592).

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use chabi_spec::{Challenge, ErrorCode, Failure, Refusal};
use http::{HeaderValue, StatusCode, header};

use crate::{
    incoming::Incoming,
    registering::{self, Told},
    registration_settings::RegistrationMode,
    respond::{challenge, json},
    server::Shared,
    trail::Answer,
};

/// RFC 7591 §3.
pub(crate) async fn serve(State(shared): State<Arc<Shared>>, incoming: Incoming) -> Response {
    if shared.settings.registration.mode == RegistrationMode::Off {
        return json::not_found();
    }
    let mut trail = shared.trail("/oauth2/register", &incoming);
    let told = match is_json(&incoming) {
        Ok(()) => registering::register(&incoming, &shared, &mut trail).await,
        Err(refusal) => Err(refusal.into()),
    };
    trail.close(answer(told, StatusCode::CREATED, &shared))
}

/// RFC 7592 §2.1.
pub(crate) async fn read(State(shared): State<Arc<Shared>>, Path(client_id): Path<String>, incoming: Incoming) -> Response {
    let mut trail = shared.trail("/oauth2/register", &incoming);
    let told = registering::read(&client_id, &incoming, &shared, &mut trail).await;
    trail.close(answer(told, StatusCode::OK, &shared))
}

/// RFC 7592 §2.2.
pub(crate) async fn replace(State(shared): State<Arc<Shared>>, Path(client_id): Path<String>, incoming: Incoming) -> Response {
    let mut trail = shared.trail("/oauth2/register", &incoming);
    let told = match is_json(&incoming) {
        Ok(()) => registering::replace(&client_id, &incoming, &shared, &mut trail).await,
        Err(refusal) => Err(refusal.into()),
    };
    trail.close(answer(told, StatusCode::OK, &shared))
}

/// RFC 7592 §2.3.
pub(crate) async fn remove(State(shared): State<Arc<Shared>>, Path(client_id): Path<String>, incoming: Incoming) -> Response {
    let mut trail = shared.trail("/oauth2/register", &incoming);
    let removed = registering::remove(&client_id, &incoming, &shared, &mut trail).await;
    trail.close(match removed {
        Ok(()) => Answer::fine((StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, "no-store")]).into_response()),
        Err(failure) => failed(failure),
    })
}

/// RFC 7591 §3.1: JSON, and nothing that a form on another site could send.
fn is_json(incoming: &Incoming) -> Result<(), Refusal> {
    let content_type = incoming.header(&header::CONTENT_TYPE).unwrap_or_default();
    match content_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        true => Ok(()),
        false => {
            Err(Refusal::new(ErrorCode::InvalidClientMetadata, "content_type", "send the metadata as application/json", "RFC 7591 §3.1"))
        }
    }
}

fn answer(told: Result<Told, Failure>, status: StatusCode, shared: &Shared) -> Answer {
    match told.and_then(|told| told.to_json(shared)) {
        Ok(body) => Answer::fine(json::render(status, body)),
        Err(failure) => failed(failure),
    }
}

fn failed(failure: Failure) -> Answer {
    let refusal = match failure {
        Failure::Fault(fault) => return Answer::fine(json::faulty(&fault)),
        Failure::Refusal(refusal) => refusal,
    };
    match refusal.code {
        ErrorCode::InvalidToken => {
            let challenge =
                if refusal.cause.rule == registering::MISSING { Challenge::token_missing() } else { Challenge::invalid_token() };
            challenge::refused(&challenge, refusal)
        }
        // RFC 6585 §4
        _ if refusal.cause.rule == registering::TOO_MANY => {
            let mut answer = json::refused(refusal, false);
            *answer.response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
            answer.response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("3600"));
            answer
        }
        _ => json::refused(refusal, false),
    }
}
