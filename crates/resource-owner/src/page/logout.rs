//! `logout/`: GET asks, POST does; `signed-out/` says so.

use axum::{
    Extension,
    body::Bytes,
    extract::{RawQuery, State},
};
use chabi_pages::page::{SignOut, SignedOut};

use super::{continuation, fields, query};
use crate::{
    ResourceOwner, Visit, browser,
    continuation::Continuation,
    respond::{self, Handled},
    session,
};

/// Where the authorization server takes a logout up again.
const RESUME_LOGOUT: &str = "/oauth2/logout/resume/";

/// GET: asks. Nobody is signed out by following a link.
pub(crate) async fn show(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>, RawQuery(text): RawQuery) -> Handled {
    let query = query(text.as_deref())?;
    let continuation = continuation(&query);
    let Some(signed_in) = &visit.signed_in else { return Ok(respond::see_other(&onward(&owner, &continuation))) };
    let account = match signed_in.account.name.is_empty() {
        false => signed_in.account.name.clone(),
        true => {
            let emails = owner.store.list_emails(signed_in.account.id).await?;
            crate::gate::main_address(&emails).map(|email| email.address.clone()).unwrap_or_default()
        }
    };
    let application = continuation.application_name(&owner, &visit).await?;
    respond::show(&owner, &visit, &SignOut { form: fields(&owner, &visit, &continuation), application, account })
}

/// POST: form, CSRF token, one transaction; the session is dead before the answer is sent.
pub(crate) async fn submit(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>, body: Bytes) -> Handled {
    let form = respond::read_form(&body)?;
    respond::check_csrf(&owner, &visit, &form, browser::FORMS)?;
    let continuation = continuation(&form);
    if let Some(signed_in) = &visit.signed_in {
        session::end(&owner, &visit, signed_in, continuation.transaction).await?;
    }
    Ok(respond::with_cookie(respond::see_other(&onward(&owner, &continuation)), browser::no_session_cookie(&owner)))
}

/// Says that one is signed out.
pub(crate) async fn done(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>) -> Handled {
    respond::show(&owner, &visit, &SignedOut::default())
}

fn onward(owner: &ResourceOwner, continuation: &Continuation) -> String {
    match (&continuation.transaction, &continuation.next) {
        (Some(transaction), _) => format!("{RESUME_LOGOUT}{transaction}"),
        (None, Some(next)) => next.to_string(),
        (None, None) => owner.settings.path("signed-out/"),
    }
}
