//! The way to a provider: a button, and what it starts.

use axum::{
    Extension,
    body::Bytes,
    extract::{Path, RawQuery, State},
};
use chabi_client::Provider;
use chabi_pages::page::ProviderStart;
use chabi_spec::form::Form;

use super::{
    CONNECT,
    attempt::{self, Beginning, Purpose},
    link::Intent,
    trouble,
};
use crate::{
    ResourceOwner, Visit, browser,
    continuation::Continuation,
    page::{check_recently_signed_in, continuation, query},
    respond::{self, Halt, Handled, Trouble},
    throttle,
};

/// GET: a button. With `process=connect`, for somebody who is signed in, it connects.
pub(super) async fn show(
    State(owner): State<ResourceOwner>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<String>,
    RawQuery(text): RawQuery,
) -> Handled {
    let offered = super::find(&owner, &id).await?;
    let provider = &offered.provider;
    let query = query(text.as_deref())?;
    let continuation = continuation(&query);
    let connecting = query.get("process") == Some("connect");
    if connecting {
        check_recently_signed_in(&owner, &visit, &connect_page(provider, &continuation))?;
    }
    let purpose = if connecting { CONNECT } else { browser::FORMS };
    let page = ProviderStart {
        form: continuation.fields(browser::csrf_token(&owner, &visit, purpose)),
        provider: super::button(provider),
        application: continuation.application_name(&owner, &visit).await?,
        connecting,
    };
    respond::show(&owner, &visit, &page)
}

/// POST: form, CSRF token, which also says what for; recent sign-in, to connect; throttle; then off to the provider.
pub(super) async fn begin(
    State(owner): State<ResourceOwner>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<String>,
    body: Bytes,
) -> Handled {
    let offered = super::find(&owner, &id).await?;
    let form = respond::read_form(&body)?;
    let continuation = continuation(&form);
    let intent = check_intent(&owner, &visit, &form, &connect_page(&offered.provider, &continuation))?;
    if let Some(until) = throttle::count_visit(&owner, &visit, "provider").await? {
        return Err(Trouble::TooMany(until.since(owner.env.now()).0.max(1)).into());
    }
    let beginning =
        Beginning { browser_hash: visit.browser.hash(), purpose: Purpose::Person(intent), next: continuation.url(&owner, "login/") };
    match attempt::begin(&owner, &offered, beginning).await? {
        Ok(url) => Ok(respond::see_other(&url)),
        Err(refusal) => trouble::refused(&owner, &visit, &offered.provider, (&continuation, intent), &refusal).await,
    }
}

/// OWASP ASVS 7.5.1, CVE-2025-12421: only a form of the person who is signed in, and who signed in a moment ago, connects.
fn check_intent(owner: &ResourceOwner, visit: &Visit, form: &Form, page: &str) -> Result<Intent, Halt> {
    let is_right = |purpose| form.get("csrf").is_some_and(|token| browser::csrf_is_right(owner, visit, token, purpose));
    if is_right(CONNECT) {
        let signed_in = check_recently_signed_in(owner, visit, page)?;
        return Ok(Intent::Connect(signed_in.account.id));
    }
    respond::check_csrf(owner, visit, form, browser::FORMS)?;
    Ok(Intent::SignIn)
}

/// Below the prefix: the page that connects this provider, and goes on from there.
pub(super) fn connect_page(provider: &Provider, continuation: &Continuation) -> String {
    let rest = continuation.fields(String::new()).query().replacen('?', "&", 1);
    format!("{}/login/?process=connect{rest}", provider.id)
}
