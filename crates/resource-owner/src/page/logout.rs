//! `logout/`: GET asks, POST does; `signed-out/` says so.

use axum::{
    Extension,
    body::Bytes,
    extract::{RawQuery, State},
};
use chabi_authorization_server::WaitingLogout;
use chabi_pages::page::{SignOut, SignedOut};
use chabi_store::authorization_transaction::{AuthorizationTransaction, Decision, TransactionId};
use chabi_token::Seconds;

use super::{continuation, fields, query};
use crate::{
    ResourceOwner, SignedIn, Visit, browser,
    continuation::Continuation,
    respond::{self, Halt, Handled},
    session,
};

/// Where the authorization server takes a logout up again.
const RESUME_LOGOUT: &str = "/oauth2/logout/resume/";
/// Long enough for a redirect.
const TELLING: Seconds = Seconds::minutes(5);

/// GET: asks. Nobody is signed out by following a link.
pub(crate) async fn show(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>, RawQuery(text): RawQuery) -> Handled {
    let query = query(text.as_deref())?;
    let continuation = continuation(&query);
    let Some(signed_in) = &visit.signed_in else { return Ok(respond::see_other(&onward(&owner, &continuation))) };
    let account = match signed_in.account.name.is_empty() {
        false => signed_in.account.name.clone(),
        true => {
            let emails = owner.store.list_emails(signed_in.account.id).await?;
            chabi_store::account::main_address(&emails).map(|email| email.address.clone()).unwrap_or_default()
        }
    };
    let application = continuation.application_name(&owner, &visit).await?;
    respond::show(&owner, &visit, &SignOut { form: fields(&owner, &visit, &continuation), application, account })
}

/// POST: form, CSRF token, one transaction; the session is dead before the answer is sent.
pub(crate) async fn submit(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>, body: Bytes) -> Handled {
    let form = respond::read_form(&body)?;
    respond::check_csrf(&owner, &visit, &form, browser::FORMS)?;
    let mut continuation = continuation(&form);
    if let Some(signed_in) = &visit.signed_in {
        session::end(&owner, &visit, signed_in, continuation.transaction).await?;
        if continuation.transaction.is_none() {
            continuation.transaction = tell_in_browser(&owner, &visit, signed_in, &continuation).await?;
        }
    }
    Ok(respond::with_cookie(respond::see_other(&onward(&owner, &continuation)), browser::no_session_cookie(&owner)))
}

/// OpenID Connect Front-Channel Logout §2: also when nobody but the person asked, applications are told in their browser. The
/// authorization server has the page for it: a logout that waits there, and is decided.
async fn tell_in_browser(
    owner: &ResourceOwner,
    visit: &Visit,
    signed_in: &SignedIn,
    continuation: &Continuation,
) -> Result<Option<TransactionId>, Halt> {
    if owner.store.list_logout_deliveries(signed_in.session.id).await?.is_empty() {
        return Ok(None);
    }
    let now = owner.env.now();
    let waiting = WaitingLogout {
        session: Some(signed_in.session.id),
        request: String::new(),
        next: continuation.next.as_ref().map(ToString::to_string),
    };
    let transaction = AuthorizationTransaction {
        id: TransactionId(owner.env.new_id()),
        browser_hash: visit.browser.hash(),
        purpose: "logout".to_owned(),
        client_id: String::new(),
        parameters: waiting.to_parameters(),
        decision: Decision::Allowed,
        decided_by: Some(signed_in.account.id),
        pushed_request: None,
        granted_scope: None,
        created_at: now,
        expires_at: now + TELLING,
    };
    let id = transaction.id;
    owner.store.insert_transaction(transaction).await?;
    Ok(Some(id))
}

/// Says that one is signed out.
pub(crate) async fn done(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>) -> Handled {
    respond::show(&owner, &visit, &SignedOut::default())
}

fn onward(owner: &ResourceOwner, continuation: &Continuation) -> String {
    match (&continuation.transaction, &continuation.next) {
        (Some(transaction), _) => owner.settings.mounted(&format!("{RESUME_LOGOUT}{transaction}")),
        (None, Some(next)) => next.to_string(),
        (None, None) => owner.settings.path("signed-out/"),
    }
}
