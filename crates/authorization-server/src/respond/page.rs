//! Pages of our own, for what cannot be told to an application: a refusal without a redirect to trust, a request that is over.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use chabi_pages::{
    Page,
    page::{Expiry, FaultPage, PageExpired, Refused},
};
use chabi_spec::{Failure, Fault, Refusal};
use http::StatusCode;

use super::log_fault;
use crate::{incoming::Incoming, server::Shared, trail::Answer};

/// A failure that must not travel: rd.noredir.
pub(crate) fn failed(failure: Failure, incoming: &Incoming, shared: &Shared) -> Answer {
    match failure {
        Failure::Refusal(refusal) => refused(refusal, incoming, shared),
        Failure::Fault(fault) => Answer::fine(faulty(&fault, incoming, shared)),
    }
}

/// The page of a refusal; in development it says what was received and what was expected.
pub(crate) fn refused(refusal: Refusal, incoming: &Incoming, shared: &Shared) -> Answer {
    let page = Refused::new(&refusal, incoming.request_id().unwrap_or_default(), shared.settings.development);
    Answer { response: show(&page, incoming, shared), refusal: Some(refusal) }
}

/// The page of our own trouble.
pub(crate) fn faulty(fault: &Fault, incoming: &Incoming, shared: &Shared) -> Response {
    log_fault(fault);
    show(&FaultPage::new(fault.kind, incoming.request_id().unwrap_or_default()), incoming, shared)
}

/// The request waited too long, was finished before, or began in another browser.
pub(crate) fn over(incoming: &Incoming, shared: &Shared) -> Response {
    show(&PageExpired { reason: Expiry::TooLate, ..PageExpired::default() }, incoming, shared)
}

fn show<P: Page>(page: &P, incoming: &Incoming, shared: &Shared) -> Response {
    let frame = shared.pages.frame(&incoming.uri, &incoming.headers);
    match shared.pages.respond(page, &frame) {
        Ok(response) => response.map(Body::from),
        Err(fault) => {
            log_fault(&fault);
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
