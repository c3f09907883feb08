//! The link in the mail. Its GET shows a button and changes nothing, since mail scanners follow links; its POST spends it.

use std::sync::Arc;

use axum::{
    Extension,
    body::Bytes,
    extract::{Path, RawQuery, State},
};
use chabi_pages::{
    FormProblem, Problem,
    page::{ConfirmEmail, EmailConfirmed, EmailLinkUnusable},
};
use chabi_spec::{Failure, Fault, form::Form};
use chabi_store::email_verification::{EmailVerification, VerificationId};
use chabi_token::{IdSecret, hash::constant_time_eq};

use super::{Outcome, check_throttle, is_signed_in_as, redeem, with_session};
use crate::{
    ResourceOwner, Visit, browser,
    continuation::Continuation,
    page::{continuation, fields, query},
    password::{Comparison, Password},
    respond::{self, Halt, Handled},
    throttle::{self, Target, minutes_until},
};

/// GET: a button.
pub(crate) async fn show(
    State(owner): State<ResourceOwner>,
    Extension(visit): Extension<Visit>,
    Path(key): Path<String>,
    RawQuery(text): RawQuery,
) -> Handled {
    let query = query(text.as_deref())?;
    let opened = open(&owner, &visit, &key).await?;
    draw(&owner, &visit, &continuation(&query), &opened, vec![])
}

/// POST: form, CSRF token, the link, the same person, then one transaction.
pub(crate) async fn submit(
    State(owner): State<ResourceOwner>,
    Extension(visit): Extension<Visit>,
    Path(key): Path<String>,
    body: Bytes,
) -> Handled {
    let form = respond::read_form(&body)?;
    respond::check_csrf(&owner, &visit, &form, browser::FORMS)?;
    check_throttle(&owner, &visit).await?;
    let continuation = continuation(&form);
    let opened = open(&owner, &visit, &key).await?;
    if let Some(problem) = check_same_person(&owner, &visit, &form, &opened).await? {
        return draw(&owner, &visit, &continuation, &opened, vec![problem]);
    }
    match redeem_link(&owner, &visit, &opened).await? {
        Outcome::Proven(cookie) => {
            let page = EmailConfirmed {
                address: opened.row.canonical.clone(),
                continue_url: Some(onward(&owner, &visit, &opened, &continuation)),
                application: continuation.application_name(&owner, &visit).await?,
            };
            let response = respond::show(&owner, &visit, &page)?;
            Ok(with_session(&owner, &visit, opened.row.account, response, cookie))
        }
        Outcome::Wrong(_) | Outcome::Unusable => Err(unusable(&owner, &visit)),
    }
}

/// A link whose secret is right and that is neither spent nor expired.
struct Opened {
    row: EmailVerification,
    key: String,
}

async fn open(owner: &ResourceOwner, visit: &Visit, key: &str) -> Result<Opened, Halt> {
    let Some(secret) = IdSecret::parse("", key, owner.settings.site) else { return Err(unusable(owner, visit)) };
    let found = owner.store.peek_email_link(VerificationId(secret.id), secret.secret_hash(), owner.env.now()).await?;
    found.map(|row| Opened { row, key: key.to_owned() }).ok_or_else(|| unusable(owner, visit))
}

/// The browser that asked for the mail, or one in which the account is signed in.
fn is_same_browser(visit: &Visit, opened: &Opened) -> bool {
    constant_time_eq(&visit.browser.hash(), &opened.row.browser_hash) || is_signed_in_as(visit, opened.row.account)
}

/// In another browser the account's password is asked for. Else a stranger could sign up with somebody's address and a password of
/// their own, and wait until the owner presses the button in the mail.
async fn check_same_person(owner: &ResourceOwner, visit: &Visit, form: &Form, opened: &Opened) -> Result<Option<FormProblem>, Fault> {
    if is_same_browser(visit, opened) {
        return Ok(None);
    }
    let Some(text) = form.get("password") else {
        return Ok(Some(FormProblem::at("password", Problem::PasswordMissing)));
    };
    let account = opened.row.account;
    if let Some(until) = throttle::count_guess(owner, visit, Target::Account(account)).await? {
        return Ok(Some(FormProblem::general(Problem::Throttled { minutes: minutes_until(until, owner.env.now()) })));
    }
    let stored = owner.store.find_password(account).await?;
    let compared = match Password::read(text) {
        Some(password) => owner.hasher.compare(&password, stored.as_ref().map(|record| record.hash.as_str())).await?,
        None => Comparison::Wrong,
    };
    match compared {
        Comparison::Wrong => Ok(Some(FormProblem::at("password", Problem::WrongCredentials))),
        Comparison::Right | Comparison::RightButOutdated => {
            throttle::forget_guesses(owner, visit, account).await?;
            Ok(None)
        }
    }
}

async fn redeem_link(owner: &ResourceOwner, visit: &Visit, opened: &Opened) -> Result<Outcome, Failure> {
    let (id, secret_hash, now) = (opened.row.id, opened.row.secret_hash, owner.env.now());
    let amr = if is_same_browser(visit, opened) { "otp" } else { "pwd" };
    redeem(owner, visit, &opened.row, amr, Arc::new(move |verbs| verbs.redeem_email_link(id, secret_hash, now))).await
}

/// A request that waits, waits in the browser that began it: elsewhere there is only the account page to go to.
fn onward(owner: &ResourceOwner, visit: &Visit, opened: &Opened, continuation: &Continuation) -> String {
    match constant_time_eq(&visit.browser.hash(), &opened.row.browser_hash) {
        true => continuation.target(owner),
        false => owner.settings.path(""),
    }
}

fn unusable(owner: &ResourceOwner, visit: &Visit) -> Halt {
    let again_url = visit.signed_in.is_some().then(|| owner.settings.path(""));
    match respond::show(owner, visit, &EmailLinkUnusable { again_url }) {
        Ok(response) => Halt::from(response),
        Err(halt) => halt,
    }
}

fn draw(owner: &ResourceOwner, visit: &Visit, continuation: &Continuation, opened: &Opened, problems: Vec<FormProblem>) -> Handled {
    let page = ConfirmEmail {
        form: fields(owner, visit, continuation),
        address: opened.row.canonical.clone(),
        action: owner.settings.path(&format!("confirm-email/{}/", opened.key)),
        password_needed: !is_same_browser(visit, opened),
        problems,
    };
    respond::show(owner, visit, &page)
}
