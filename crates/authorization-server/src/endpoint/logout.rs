//! `/oauth2/logout`, by GET and POST alike, and the way back from the page that asks.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Response,
};
use chabi_pages::page::SignedOut;
use chabi_spec::{ErrorCode, Failure, Refusal, form::Form, logout_request::LogoutRequest};
use chabi_store::{
    authorization_transaction::{AuthorizationTransaction, Decision, TransactionId},
    browser_session::SessionId,
    throttle::Attempt,
};
use chabi_token::{BrowserBinding, Seconds};
use http::Method;

use crate::{
    browser, browser_state,
    incoming::Incoming,
    logout::{
        check::{self, Wish},
        front_channel,
        waiting::WaitingLogout,
    },
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
    let (request, wish) = judge(&form, shared, trail).await?;
    let Some(person) = shared.gate.present(&incoming.headers, &shared.env).await? else {
        // a form posted by another site comes without our cookies, as if nobody were here: by GET it comes with them
        if incoming.method == Method::POST {
            return Ok(redirect::to_own_page(&shared.settings.path(&format!("/oauth2/logout?{}", form.to_encoded())))?);
        }
        return leave(&Farewell { wish, request, session: None, next: None }, incoming, shared).await;
    };
    if check::is_about(&wish, &person, shared).await? {
        shared.gate.sign_out(person.session(), &shared.env).await?;
        return leave(&Farewell { wish, request, session: Some(person.session()), next: None }, incoming, shared).await;
    }
    let bounded = check_not_too_many(incoming, shared).await;
    trail.met("logout::check_not_too_many", bounded)?;
    ask(&form, &wish, person.session(), incoming, shared).await
}

/// So many logouts of one network may begin to wait …
const MOST_WAITING: i64 = 300;
/// … in so long.
const WINDOW: Seconds = Seconds::minutes(15);

/// Each is a row until it ends: whoever is signed in, and any page that sends their browser here, could fill the disk without a bound.
async fn check_not_too_many(incoming: &Incoming, shared: &Shared) -> Result<(), Failure> {
    let Some(network) = incoming.network() else { return Ok(()) };
    match shared.store.count_attempt(&format!("logout/from/{network}"), MOST_WAITING, WINDOW, shared.env.now()).await? {
        Attempt::Allowed => Ok(()),
        Attempt::Blocked { .. } => Err(Refusal::new(
            ErrorCode::TemporarilyUnavailable,
            "too_many_logouts_waiting",
            "too many logouts of this network wait for a person: try again in some minutes",
            "OpenID Connect RP-Initiated Logout 1.0 §6",
        )
        .into()),
    }
}

async fn judge(form: &Form, shared: &Shared, trail: &mut Trail) -> Result<(LogoutRequest, Wish), Failure> {
    let request = trail.met("logout_request::parse", LogoutRequest::parse(form))?;
    let wish = check::check(&request, shared).await;
    let wish = trail.met("logout::check", wish)?;
    if let Some(client) = &wish.client {
        trail.concerns(&client.client_id);
    }
    Ok((request, wish))
}

/// Keeps the request on our side, bound to this browser, and shows the page that asks.
async fn ask(form: &Form, wish: &Wish, session: SessionId, incoming: &Incoming, shared: &Shared) -> Result<Response, Failure> {
    let now = shared.env.now();
    let binding = browser::binding(incoming, shared).unwrap_or_else(|| BrowserBinding::new(shared.settings.site, &shared.env));
    let id = TransactionId(shared.env.new_id());
    let waiting = WaitingLogout { session: Some(session), request: form.to_encoded(), next: None };
    let transaction = AuthorizationTransaction {
        id,
        browser_hash: binding.hash(),
        purpose: "logout".to_owned(),
        client_id: wish.client.as_ref().map(|client| client.client_id.clone()).unwrap_or_default(),
        parameters: waiting.to_parameters(),
        decision: Decision::Pending,
        decided_by: None,
        pushed_request: None,
        granted_scope: None,
        created_at: now,
        expires_at: now + shared.settings.transaction_lifetime,
    };
    shared.store.insert_transaction(transaction).await?;
    let page = redirect::in_their_language(shared.gate.sign_out_url(id), form.get("ui_locales"));
    let mut response = redirect::to_own_page(&page)?;
    browser::remember(&binding, &mut response, shared)?;
    Ok(response)
}

async fn go_on(id: &str, incoming: &Incoming, shared: &Shared, trail: &mut Trail) -> Result<Response, Failure> {
    let Some(transaction) = find_waiting(id, incoming, shared).await? else { return Ok(page::over(incoming, shared)) };
    let WaitingLogout { session, request, next } = WaitingLogout::parse(&transaction.parameters);
    trail.resumes(&request);
    let form = trail.met("form::parse", Form::parse(request.as_bytes(), &[]))?;
    let (request, wish) = judge(&form, shared, trail).await?;
    let mut ended = session;
    if let Some(person) = shared.gate.present(&incoming.headers, &shared.env).await? {
        match transaction.decision {
            Decision::Allowed => shared.gate.sign_out(person.session(), &shared.env).await?,
            // nobody said yes: the page still asks
            Decision::Pending => return Ok(redirect::to_own_page(&shared.gate.sign_out_url(transaction.id))?),
            Decision::Denied => return Ok(redirect::to_own_page(&shared.pages.account_page())?),
        }
        ended = Some(person.session());
    }
    match shared.store.finish_transaction(transaction.id, transaction.browser_hash, shared.env.now()).await? {
        true => leave(&Farewell { wish, request, session: ended, next }, incoming, shared).await,
        false => Ok(page::over(incoming, shared)),
    }
}

async fn find_waiting(id: &str, incoming: &Incoming, shared: &Shared) -> Result<Option<AuthorizationTransaction>, Failure> {
    let Ok(id) = id.parse::<TransactionId>() else { return Ok(None) };
    let Some(binding) = browser::binding(incoming, shared) else { return Ok(None) };
    let found = shared.store.find_transaction(id, binding.hash(), shared.env.now()).await?;
    Ok(found.filter(|transaction| transaction.purpose == "logout"))
}

/// Somebody is signed out, or was before they came.
struct Farewell {
    wish: Wish,
    request: LogoutRequest,
    /// The session that has just ended, in this browser.
    session: Option<SessionId>,
    /// A path of ours, when nobody but the person asked.
    next: Option<String>,
}

/// Back to the application with its `state`, or to our page that says it; before that, the page with the frames of other applications,
/// where there are any.
async fn leave(farewell: &Farewell, incoming: &Incoming, shared: &Shared) -> Result<Response, Failure> {
    let Farewell { wish, request, session, next } = farewell;
    let frames = match session {
        Some(session) => front_channel::frames(*session, shared).await?,
        None => front_channel::Frames::default(),
    };
    // RP-Initiated Logout §3: `state` as it came, and nothing else
    let target = wish.target.as_ref().map(|target| redirect::url_after_logout(target, request.state.as_deref()));
    let mut response = match (target, next) {
        (target, next) if !frames.urls.is_empty() => {
            let name = wish.client.as_ref().filter(|_| target.is_some()).map(|client| client.name.clone()).unwrap_or_default();
            let back_to = target.map(|target| target.0).or_else(|| next.clone()).map(|url| (name, url));
            let page = SignedOut { goes_on: back_to.is_some(), back_to, frames: frames.urls };
            page::with_frames(&page, &frames.origins, incoming, shared)?
        }
        (Some(target), _) => redirect::after_logout(&target)?,
        (None, Some(next)) => redirect::to_own_page(next)?,
        (None, None) => redirect::to_own_page(&redirect::in_their_language(shared.gate.signed_out_url(), request.ui_locales.as_deref()))?,
    };
    browser_state::follow(None, incoming, &mut response, shared)?;
    Ok(response)
}
