//! `/oauth2/logout`, by GET and POST alike, and the way back from the page that asks.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Response,
};
use chabi_spec::{Failure, form::Form, logout_request::LogoutRequest};
use chabi_store::authorization_transaction::{AuthorizationTransaction, Decision, TransactionId};
use chabi_token::BrowserBinding;
use http::Method;

use crate::{
    browser,
    incoming::Incoming,
    logout::check::{self, Wish},
    respond::{page, redirect},
    server::Shared,
    trail::{Answer, Trail},
};

/// RP-Initiated Logout §2.
pub(crate) async fn serve(State(shared): State<Arc<Shared>>, incoming: Incoming) -> Response {
    let mut trail = shared.trail("/oauth2/logout", &incoming);
    let outcome = begin(&incoming, &shared, &mut trail).await;
    trail.close(rendered(outcome, &incoming, &shared))
}

/// After the page that asked.
pub(crate) async fn resume(State(shared): State<Arc<Shared>>, Path(id): Path<String>, incoming: Incoming) -> Response {
    let mut trail = shared.trail("/oauth2/logout/resume", &incoming);
    let outcome = go_on(&id, &incoming, &shared, &mut trail).await;
    trail.close(rendered(outcome, &incoming, &shared))
}

/// There is no application to send a failure to: all are pages.
fn rendered(outcome: Result<Response, Failure>, incoming: &Incoming, shared: &Shared) -> Answer {
    match outcome {
        Ok(response) => Answer::fine(response),
        Err(failure) => page::failed(failure, incoming, shared),
    }
}

async fn begin(incoming: &Incoming, shared: &Shared, trail: &mut Trail) -> Result<Response, Failure> {
    let form = trail.met("form::parse", Form::parse(&incoming.query_and_body(), &[]))?;
    let request = trail.met("logout_request::parse", LogoutRequest::parse(&form))?;
    let wish = check::check(&request, shared).await;
    let wish = trail.met("logout::check", wish)?;
    if let Some(client) = &wish.client {
        trail.concerns(&client.client_id);
    }
    let Some(person) = shared.gate.present(&incoming.headers, &shared.env).await? else {
        // a form posted by another site comes without our cookies, as if nobody were here: by GET it comes with them
        if incoming.method == Method::POST {
            return Ok(redirect::to_own_page(&format!("/oauth2/logout?{}", form.to_encoded()))?);
        }
        return leave(&wish, &request, shared);
    };
    let known_as = wish.client.as_ref().map_or(person.subject().into(), |client| shared.subjects.of(person.subject(), client));
    if check::is_about(wish.hint.as_ref(), &person, &known_as) {
        shared.gate.sign_out(person.session(), &shared.env).await?;
        return leave(&wish, &request, shared);
    }
    ask(&form, &wish, incoming, shared).await
}

/// Keeps the request on our side, bound to this browser, and shows the page that asks.
async fn ask(form: &Form, wish: &Wish, incoming: &Incoming, shared: &Shared) -> Result<Response, Failure> {
    let now = shared.env.now();
    let binding = browser::binding(incoming, shared).unwrap_or_else(|| BrowserBinding::new(&shared.env));
    let id = TransactionId(shared.env.new_id());
    let transaction = AuthorizationTransaction {
        id,
        browser_hash: binding.hash(),
        purpose: "logout".to_owned(),
        client_id: wish.client.as_ref().map(|client| client.client_id.clone()).unwrap_or_default(),
        parameters: form.to_encoded(),
        decision: Decision::Pending,
        decided_by: None,
        pushed_request: None,
        granted_scope: None,
        created_at: now,
        expires_at: now + shared.settings.transaction_lifetime,
    };
    shared.store.insert_transaction(transaction).await?;
    let mut response = redirect::to_own_page(&shared.gate.sign_out_url(id))?;
    browser::remember(&binding, &mut response, shared)?;
    Ok(response)
}

async fn go_on(id: &str, incoming: &Incoming, shared: &Shared, trail: &mut Trail) -> Result<Response, Failure> {
    let Some(waiting) = find_waiting(id, incoming, shared).await? else { return Ok(page::over(incoming, shared)) };
    trail.resumes(&waiting.parameters);
    let form = trail.met("form::parse", Form::parse(waiting.parameters.as_bytes(), &[]))?;
    let request = trail.met("logout_request::parse", LogoutRequest::parse(&form))?;
    let wish = check::check(&request, shared).await;
    let wish = trail.met("logout::check", wish)?;
    if let Some(person) = shared.gate.present(&incoming.headers, &shared.env).await? {
        match waiting.decision {
            Decision::Allowed => shared.gate.sign_out(person.session(), &shared.env).await?,
            // nobody said yes: the page still asks
            Decision::Pending => return Ok(redirect::to_own_page(&shared.gate.sign_out_url(waiting.id))?),
            Decision::Denied => return Ok(redirect::to_own_page(&format!("{}/", shared.pages.prefix()))?),
        }
    }
    match shared.store.finish_transaction(waiting.id, waiting.browser_hash, shared.env.now()).await? {
        true => leave(&wish, &request, shared),
        false => Ok(page::over(incoming, shared)),
    }
}

async fn find_waiting(id: &str, incoming: &Incoming, shared: &Shared) -> Result<Option<AuthorizationTransaction>, Failure> {
    let Ok(id) = id.parse::<TransactionId>() else { return Ok(None) };
    let Some(binding) = browser::binding(incoming, shared) else { return Ok(None) };
    let found = shared.store.find_transaction(id, binding.hash(), shared.env.now()).await?;
    Ok(found.filter(|transaction| transaction.purpose == "logout"))
}

/// Back to the application with its `state`, or to our page that says it.
fn leave(wish: &Wish, request: &LogoutRequest, shared: &Shared) -> Result<Response, Failure> {
    match &wish.target {
        Some(target) => Ok(redirect::after_logout(target, request.state.as_deref())?),
        None => Ok(redirect::to_own_page(&shared.gate.signed_out_url())?),
    }
}
