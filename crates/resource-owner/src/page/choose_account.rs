//! `choose-account/`: a request with `prompt=select_account` met somebody who is signed in: they go on as who they are, or sign in as
//! somebody else.

use axum::{
    Extension,
    body::Bytes,
    extract::{RawQuery, State},
};
use chabi_pages::page::{ChooseAccount, Expiry};
use chabi_spec::Scope;
use chabi_store::{
    account::main_address,
    authorization_transaction::{Decision, Verdict},
};

use super::{continuation, fields, query};
use crate::{
    ResourceOwner, Visit, browser,
    respond::{self, Handled, Trouble},
};

/// GET: signed in, the question.
pub(crate) async fn show(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>, RawQuery(text): RawQuery) -> Handled {
    let query = query(text.as_deref())?;
    let continuation = continuation(&query);
    let Some(signed_in) = &visit.signed_in else { return Ok(respond::see_other(&continuation.url(&owner, "login/"))) };
    let emails = owner.store.list_emails(signed_in.account.id).await?;
    let page = ChooseAccount {
        form: fields(&owner, &visit, &continuation),
        application: continuation.application_name(&owner, &visit).await?,
        account_name: signed_in.account.name.clone(),
        account_address: main_address(&emails).map(|email| email.address.clone()).unwrap_or_default(),
        another_url: format!("{}&again=1", continuation.url(&owner, "login/")),
    };
    respond::show(&owner, &visit, &page)
}

/// POST: form, CSRF token, signed in, the choice, which is kept with the request that waits.
pub(crate) async fn submit(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>, body: Bytes) -> Handled {
    let form = respond::read_form(&body)?;
    respond::check_csrf(&owner, &visit, &form, browser::FORMS)?;
    let continuation = continuation(&form);
    let transaction = continuation.transaction.ok_or(Trouble::Expired(Expiry::TooLate))?;
    let Some(signed_in) = &visit.signed_in else { return Ok(respond::see_other(&continuation.url(&owner, "login/"))) };
    // who it is, and nothing about what they allow
    let verdict = Verdict { decision: Decision::Pending, account: signed_in.account.id, granted: Scope::default() };
    owner.store.decide_transaction(transaction, visit.browser.hash(), verdict, owner.env.now()).await?;
    Ok(respond::see_other(&continuation.target(&owner)))
}
