//! The page that takes the code, and sends another mail.

use std::sync::Arc;

use axum::{
    Extension,
    body::Bytes,
    extract::{RawQuery, State},
};
use chabi_pages::{
    FormProblem, Problem,
    page::{EnterEmailCode, Expiry},
};
use chabi_spec::{Failure, form::Form};
use chabi_store::email_verification::EmailVerification;

use super::{Outcome, check_throttle, redeem, send_proof, with_session};
use crate::{
    ResourceOwner, Visit, browser,
    continuation::Continuation,
    mails,
    page::{continuation, fields, query},
    respond::{self, Halt, Handled, Trouble},
    throttle::{self, minutes_until},
    verification,
};

/// GET: the form, the same whether the address was free or has an account.
pub(crate) async fn show(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>, RawQuery(text): RawQuery) -> Handled {
    let query = query(text.as_deref())?;
    let waiting = find_waiting(&owner, &visit).await?;
    draw(&owner, &visit, &continuation(&query), &waiting, Shown::default())
}

/// POST: form, CSRF token, the mail that waits in this browser; then the code, or another mail.
pub(crate) async fn submit(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>, body: Bytes) -> Handled {
    let form = respond::read_form(&body)?;
    respond::check_csrf(&owner, &visit, &form, browser::FORMS)?;
    let continuation = continuation(&form);
    if form.get("action") == Some("resend") {
        return resend(&owner, &visit, &continuation).await;
    }
    let waiting = find_waiting(&owner, &visit).await?;
    check_throttle(&owner, &visit).await?;
    answer(&owner, &visit, &form, &continuation, &waiting).await
}

async fn answer(owner: &ResourceOwner, visit: &Visit, form: &Form, continuation: &Continuation, waiting: &EmailVerification) -> Handled {
    let problem = match form.get("code").map(verification::typed_code) {
        None => Problem::CodeMissing,
        Some(_) if !verification::code_is_good(waiting, owner.env.now()) => Problem::CodeUnusable,
        Some(code) => match redeem_code(owner, visit, waiting, &code).await? {
            Outcome::Proven(cookie) => {
                let onward = respond::see_other(&continuation.target(owner));
                return Ok(with_session(owner, visit, waiting.account, onward, cookie));
            }
            Outcome::Wrong(tries_left) => Problem::CodeWrong { tries_left },
            Outcome::Unusable => Problem::CodeUnusable,
        },
    };
    let problems = vec![FormProblem::at("code", problem)];
    draw(owner, visit, continuation, waiting, Shown { problems, ..Shown::default() })
}

async fn redeem_code(owner: &ResourceOwner, visit: &Visit, waiting: &EmailVerification, code: &str) -> Result<Outcome, Failure> {
    let (id, browser_hash, now) = (waiting.id, visit.browser.hash(), owner.env.now());
    let code_hash = verification::code_hash(owner, id, code);
    redeem(owner, visit, waiting, "otp", Arc::new(move |verbs| verbs.redeem_email_code(id, browser_hash, code_hash, now))).await
}

/// Another mail to the address of the one before, or to the signed-in person's address that waits for its proof. The recipient comes
/// from the store, never from the form.
async fn resend(owner: &ResourceOwner, visit: &Visit, continuation: &Continuation) -> Handled {
    let now = owner.env.now();
    let before = match owner.store.find_email_verification(visit.browser.hash(), now).await? {
        Some(before) => before,
        None => return send_to_signed_in(owner, visit, continuation).await,
    };
    if let Some(until) = throttle::count_mail(owner, &before.canonical).await? {
        let problems = vec![FormProblem::general(Problem::MailTooSoon { minutes: minutes_until(until, now) })];
        return draw(owner, visit, continuation, &before, Shown { problems, ..Shown::default() });
    }
    match owner.store.find_account_by_email(&owner.settings.realm, &before.canonical).await? {
        Some((account, email)) if account.id == before.account && email.verified_at.is_none() => {
            send_proof(owner, visit, account.id, &email, continuation).await?;
        }
        // somebody else's, or proven: its owner is told, and the page stays the same
        Some((_, email)) => {
            let stand_in = verification::prepare(owner, visit, before.account, &before.canonical, continuation);
            owner.store.insert_email_verification(stand_in.row).await?;
            mails::already_registered(owner, visit, &email.address)?;
        }
        None => {}
    }
    draw(owner, visit, continuation, &before, Shown { resent: true, ..Shown::default() })
}

async fn send_to_signed_in(owner: &ResourceOwner, visit: &Visit, continuation: &Continuation) -> Handled {
    let Some(signed_in) = &visit.signed_in else { return Err(Trouble::Expired(Expiry::TooLate).into()) };
    let emails = owner.store.list_emails(signed_in.account.id).await?;
    match emails.iter().find(|email| email.verified_at.is_none()) {
        Some(email) => super::ask_for_proof(owner, visit, &signed_in.account, email, continuation).await,
        None => Ok(respond::see_other(&continuation.target(owner))),
    }
}

async fn find_waiting(owner: &ResourceOwner, visit: &Visit) -> Result<EmailVerification, Halt> {
    let waiting = owner.store.find_email_verification(visit.browser.hash(), owner.env.now()).await?;
    waiting.ok_or_else(|| Trouble::Expired(Expiry::TooLate).into())
}

#[derive(Default)]
struct Shown {
    resent: bool,
    problems: Vec<FormProblem>,
}

fn draw(owner: &ResourceOwner, visit: &Visit, continuation: &Continuation, waiting: &EmailVerification, shown: Shown) -> Handled {
    let page = EnterEmailCode {
        form: fields(owner, visit, continuation),
        address: waiting.canonical.clone(),
        minutes: verification::CODE_LIFETIME.0 / 60,
        resent: shown.resent,
        problems: shown.problems,
        skip_url: visit.signed_in.is_some().then(|| continuation.target(owner)),
    };
    respond::show(owner, visit, &page)
}
