//! `email/`: add an e-mail address to one's account, or remove one.

pub(crate) mod remove;

use axum::{
    Extension,
    body::Bytes,
    extract::{RawQuery, State},
};
use chabi_pages::{FormProblem, Problem, page::AddEmail};
use chabi_spec::{Failure, form::Form};
use chabi_store::account::{AccountEmail, Insertion};

use super::{check_recently_signed_in, continuation, fields, query};
use crate::{
    ResourceOwner, SignedIn, Visit, accounts, audit, browser,
    continuation::Continuation,
    email::EmailAddress,
    mails,
    respond::{self, Handled},
    session,
    throttle::{self, minutes_until},
    verification::{self, Prepared},
};

/// No account has more addresses.
const MOST_ADDRESSES: usize = 10;

/// GET: the form.
pub(crate) async fn show(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>, RawQuery(text): RawQuery) -> Handled {
    let signed_in = check_recently_signed_in(&owner, &visit, "email/")?;
    let query = query(text.as_deref())?;
    draw(&owner, &visit, &signed_in, &continuation(&query), Shown::default()).await
}

/// POST: form, CSRF token, recent sign-in, what was typed, throttle, one transaction, mail, on to the code.
pub(crate) async fn submit(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>, body: Bytes) -> Handled {
    let form = respond::read_form(&body)?;
    respond::check_csrf(&owner, &visit, &form, browser::FORMS)?;
    let continuation = continuation(&form);
    if form.get("action") == Some("skip") {
        return Ok(respond::see_other(&continuation.target(&owner)));
    }
    if form.get("action") == Some("remove") {
        return remove::remove(&owner, &visit, &form).await;
    }
    let signed_in = check_recently_signed_in(&owner, &visit, "email/")?;
    match add(&owner, &visit, &signed_in, &form, &continuation).await? {
        Ok(()) => Ok(respond::see_other(&continuation.url(&owner, "confirm-email/"))),
        Err(problem) => {
            let email = form.get("email").unwrap_or_default().to_owned();
            draw(&owner, &visit, &signed_in, &continuation, Shown { email, problems: vec![problem] }).await
        }
    }
}

async fn add(
    owner: &ResourceOwner,
    visit: &Visit,
    signed_in: &SignedIn,
    form: &Form,
    continuation: &Continuation,
) -> Result<Result<(), FormProblem>, Failure> {
    let Some(typed) = form.get("email") else { return Ok(Err(FormProblem::at("email", Problem::EmailMissing))) };
    let Ok(email) = EmailAddress::parse(typed) else { return Ok(Err(FormProblem::at("email", Problem::EmailInvalid))) };
    let own = owner.store.list_emails(signed_in.account.id).await?;
    let own_already = own.iter().any(|held| held.canonical == email.canonical && held.verified_at.is_some());
    if own_already || own.len() >= MOST_ADDRESSES {
        return Ok(Err(FormProblem::at("email", Problem::EmailTaken)));
    }
    if let Some(until) = throttle::count_mail(owner, &email.canonical).await? {
        let minutes = minutes_until(until, owner.env.now());
        return Ok(Err(FormProblem::general(Problem::MailTooSoon { minutes })));
    }
    claim(owner, visit, signed_in, email, continuation).await?;
    Ok(Ok(()))
}

/// Claims the address and mails its proof; where it is another account's, that account's owner is told, and nobody else.
async fn claim(
    owner: &ResourceOwner,
    visit: &Visit,
    signed_in: &SignedIn,
    email: EmailAddress,
    continuation: &Continuation,
) -> Result<(), Failure> {
    let account = signed_in.account.id;
    let Prepared { row, link, code } = verification::prepare(owner, visit, account, &email.canonical, continuation);
    let claimed = AccountEmail { canonical: email.canonical.clone(), address: email.address.clone(), account, verified_at: None };
    let event = audit::event("email.added", Some(account), visit.address, email.canonical, &owner.env);
    let (realm, session, now) = (signed_in.account.realm.clone(), signed_in.session.clone(), owner.env.now());
    let held_by_another = owner
        .store
        .transaction("add_email", move |verbs| {
            let (realm, row, claimed, event, session) = (realm.clone(), row.clone(), claimed.clone(), event.clone(), session.clone());
            Box::pin(async move {
                session::check_still_lives(verbs, &session, now).await?;
                verbs.insert_email_verification(row).await?;
                let canonical = claimed.canonical.clone();
                if accounts::claim_address(verbs, &realm, claimed, now).await? == Insertion::Done {
                    verbs.insert_audit_event(event).await?;
                    return Ok(None);
                }
                let holder = verbs.find_account_by_email(&realm, &canonical).await?;
                Ok(holder.filter(|(holder, _)| holder.id != account).map(|(_, held)| held.address))
            })
        })
        .await?;
    match held_by_another {
        None => mails::verify_address(owner, visit, &email.address, link, code)?,
        Some(address) => mails::already_registered(owner, visit, &address)?,
    }
    Ok(())
}

/// What the form shows besides what waits.
#[derive(Default)]
struct Shown {
    email: String,
    problems: Vec<FormProblem>,
}

async fn draw(owner: &ResourceOwner, visit: &Visit, signed_in: &SignedIn, continuation: &Continuation, shown: Shown) -> Handled {
    let provider = owner.offered_provider(&signed_in.session.provider).await;
    let page = AddEmail {
        form: fields(owner, visit, continuation),
        email: shown.email,
        problems: shown.problems,
        provider: provider.map(|offered| offered.provider.name.clone()),
        may_skip: true,
    };
    respond::show(owner, visit, &page)
}
