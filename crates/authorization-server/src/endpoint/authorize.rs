//! `/oauth2/authorize`, by GET and POST alike, and the way back from our own pages.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Response,
};
use chabi_spec::{ErrorCode, Failure, Fault, Refusal, authorization_request::REPEATABLE, form::Form};
use chabi_store::authorization_transaction::{AuthorizationTransaction, TransactionId};
use http::Method;

use crate::{
    authorize::{
        check::{self, Trusted},
        code,
        next::{self, Visit},
        pushed,
    },
    browser, browser_state,
    incoming::Incoming,
    registering::quota,
    respond::{
        authorization::{self, AuthorizationAnswer, Outcome},
        page,
    },
    server::Shared,
    trail::{Answer, Trail},
};

/// RFC 6749 §3.1.
pub(crate) async fn serve(State(shared): State<Arc<Shared>>, incoming: Incoming) -> Response {
    let mut trail = shared.trail("/oauth2/authorize", &incoming);
    let answer = match trail.met("form::check_encoding", check_encoding(&incoming)) {
        Ok(()) => answer(&incoming.query_and_body(), None, &incoming, &shared, &mut trail).await,
        Err(failure) => page::failed(failure, &incoming, &shared),
    };
    trail.close(answer)
}

/// After signing in or consenting: what was stored is checked again from its first parameter to its last.
pub(crate) async fn resume(State(shared): State<Arc<Shared>>, Path(id): Path<String>, incoming: Incoming) -> Response {
    let mut trail = shared.trail("/oauth2/authorize/resume", &incoming);
    let answer = match find_waiting(&id, &incoming, &shared).await {
        Err(failure) => page::failed(failure, &incoming, &shared),
        Ok(None) => Answer::fine(page::over(&incoming, &shared)),
        Ok(Some(waiting)) => {
            trail.resumes(&waiting.parameters);
            answer(waiting.parameters.as_bytes(), Some(&waiting), &incoming, &shared, &mut trail).await
        }
    };
    trail.close(answer)
}

/// A waiting request is found by the browser that began it, and by no other.
async fn find_waiting(id: &str, incoming: &Incoming, shared: &Shared) -> Result<Option<AuthorizationTransaction>, Failure> {
    let Ok(id) = id.parse::<TransactionId>() else { return Ok(None) };
    let Some(binding) = browser::binding(incoming, shared) else { return Ok(None) };
    let found = shared.store.find_transaction(id, binding.hash(), shared.env.now()).await?;
    Ok(found.filter(|transaction| transaction.purpose == "authorize"))
}

/// From parameters to an answer. Before the redirect is trusted failures are pages; after that, refusals travel back.
async fn answer(
    parameters: &[u8],
    waiting: Option<&AuthorizationTransaction>,
    incoming: &Incoming,
    shared: &Shared,
    trail: &mut Trail,
) -> Answer {
    let form = match trail.met("form::parse", Form::parse(parameters, &REPEATABLE)) {
        Ok(form) => form,
        Err(failure) => return page::failed(failure, incoming, shared),
    };
    let sent = match pushed::read(form, waiting, shared, trail).await {
        Ok(sent) => sent,
        Err(Failure::Refusal(refusal)) if code::is_finished(&refusal) => return over(refusal, incoming, shared),
        Err(failure) => return page::failed(failure, incoming, shared),
    };
    let client_id = sent.form.get("client_id").unwrap_or_default();
    if let Err(failure) = quota::check_new_document(client_id, incoming, shared, trail).await {
        return page::failed(failure, incoming, shared);
    }
    let trusted = match check::trust(&sent.form, shared, trail).await {
        Ok(trusted) => trusted,
        Err(failure) => return page::failed(failure, incoming, shared),
    };
    let visit = Visit { sent: &sent, waiting, incoming };
    let outcome = judge(&trusted, &visit, shared, trail).await;
    match outcome {
        Ok(response) => Answer::fine(response),
        Err(Failure::Refusal(refusal)) if code::is_finished(&refusal) => over(refusal, incoming, shared),
        Err(Failure::Refusal(refusal)) => tell_application(refusal, &trusted, &visit, shared).await,
        Err(fault) => page::failed(fault, incoming, shared),
    }
}

/// The redirect is trusted: what fails from here on goes back to the application.
async fn judge(trusted: &Trusted, visit: &Visit<'_>, shared: &Shared, trail: &mut Trail) -> Result<Response, Failure> {
    trail.met("pushed::check_required", pushed::check_required(visit.sent, &trusted.client, &shared.settings))?;
    let ready = check::check(&visit.sent.form, &trusted.client, shared, trail).await?;
    next::proceed(ready, trusted, visit, shared, trail).await
}

/// The request was answered before.
fn over(refusal: Refusal, incoming: &Incoming, shared: &Shared) -> Answer {
    Answer { response: page::over(incoming, shared), refusal: Some(refusal) }
}

/// RFC 6749 §4.1.2.1: the refusal goes to the trusted redirect URI, once.
async fn tell_application(refusal: Refusal, trusted: &Trusted, visit: &Visit<'_>, shared: &Shared) -> Answer {
    if let Some(waiting) = visit.waiting {
        match shared.store.finish_transaction(waiting.id, waiting.browser_hash, shared.env.now()).await {
            Ok(true) => {}
            Ok(false) => return over(refusal, visit.incoming, shared),
            Err(fault) => return page::failed(fault.into(), visit.incoming, shared),
        }
    }
    let outcome = Outcome::Error { code: refusal.code, hint: refusal.hint };
    let session_state = match session_state(trusted, visit, shared).await {
        Ok(state) => state,
        Err(fault) => return page::failed(fault.into(), visit.incoming, shared),
    };
    match authorization::to_application(&AuthorizationAnswer { outcome, session_state }, trusted, visit.incoming, shared) {
        Ok(response) => Answer { response, refusal: Some(refusal) },
        Err(fault) => page::failed(fault.into(), visit.incoming, shared),
    }
}

/// An application that is refused may ask its frame too, whether that has changed.
async fn session_state(trusted: &Trusted, visit: &Visit<'_>, shared: &Shared) -> Result<Option<String>, Fault> {
    if !visit.sent.form.get("scope").is_some_and(|scope| scope.split(' ').any(|word| word == "openid")) {
        return Ok(None);
    }
    let present = shared.gate.present(&visit.incoming.headers, &shared.env).await?;
    Ok(browser_state::session_state(trusted, present.map(|person| person.session()), shared))
}

/// OpenID Connect Core §3.1.2.1: what is posted is a form.
fn check_encoding(incoming: &Incoming) -> Result<(), Refusal> {
    if incoming.method != Method::POST || incoming.is_form() {
        return Ok(());
    }
    let hint = "send the parameters as application/x-www-form-urlencoded";
    Err(Refusal::new(ErrorCode::InvalidRequest, "content_type", hint, "OpenID Connect Core §3.1.2.1"))
}
