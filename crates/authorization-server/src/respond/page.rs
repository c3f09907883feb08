//! Pages of our own, for what cannot be told to an application: a refusal without a redirect to trust, a request that is over.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use chabi_pages::{
    Page, headers,
    page::{Expiry, FaultPage, FormPost, PageExpired, Refused},
};
use chabi_spec::{Failure, Fault, Refusal};
use chabi_token::base64url;
use http::{StatusCode, header};

use super::log_fault;
use crate::{authorize::check::Trusted, incoming::Incoming, server::Shared, trail::Answer};

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

/// A page that posts the parameters of an answer to the application.
///
/// # Errors
/// A fault of rendering.
pub(crate) fn form_post(
    trusted: &Trusted,
    pairs: &[(&'static str, &str)],
    incoming: &Incoming,
    shared: &Shared,
) -> Result<Response, Fault> {
    let page = FormPost {
        target: trusted.redirect.uri().to_owned(),
        fields: pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
        application: trusted.client.name.clone(),
        nonce: base64url::encode(shared.env.random::<16>()),
    };
    let frame = shared.pages.frame(&incoming.uri, &incoming.headers);
    Ok(shared.pages.respond(&page, &frame)?.map(Body::from))
}

/// A page of ours that opens pages of these origins in frames.
///
/// # Errors
/// A fault of rendering.
pub(crate) fn with_frames<P: Page>(page: &P, origins: &[String], incoming: &Incoming, shared: &Shared) -> Result<Response, Fault> {
    let frame = shared.pages.frame(&incoming.uri, &incoming.headers);
    let mut response = shared.pages.respond(page, &frame)?.map(Body::from);
    let policy = headers::policy_with_frames(origins).map_err(|error| Fault::internal("writing a policy").because(error))?;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
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
