//! `password/change/`: change the password, or set the first one.

use axum::{Extension, body::Bytes, extract::State};
use chabi_pages::{FormProblem, Problem, mail::Change, page::ChangePassword};
use chabi_spec::{Fault, form::Form};
use chabi_store::{account::main_address, password::PasswordRecord};

use super::{check_recently_signed_in, check_signed_in, fields};
use crate::{
    ResourceOwner, SignedIn, Visit,
    accounts::{self, NotDone},
    browser,
    continuation::Continuation,
    mails,
    password::{Comparison, Password, PasswordProblem},
    respond::{self, Halt, Handled},
    session::{self, Login},
    throttle::{self, Target, minutes_until},
};

/// GET: the form.
pub(crate) async fn show(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>) -> Handled {
    let signed_in = check_signed_in(&owner, &visit, "password/change/")?;
    let stored = check_may_change(&owner, &visit, &signed_in).await?;
    draw(&owner, &visit, &signed_in, stored.is_some(), vec![]).await
}

/// POST: form, CSRF token, signed in, the password in force, rules for the new one; then all sessions end, and a new one begins here.
pub(crate) async fn submit(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>, body: Bytes) -> Handled {
    let form = respond::read_form(&body)?;
    respond::check_csrf(&owner, &visit, &form, browser::FORMS)?;
    let signed_in = check_signed_in(&owner, &visit, "password/change/")?;
    let stored = check_may_change(&owner, &visit, &signed_in).await?;
    let has_password = stored.is_some();
    if let Some(problem) = check_current(&owner, &visit, &form, stored).await? {
        return draw(&owner, &visit, &signed_in, has_password, vec![problem]).await;
    }
    if let Some(problem) = set(&owner, &signed_in, &form).await? {
        return draw(&owner, &visit, &signed_in, has_password, vec![problem]).await;
    }
    mails::notify(&owner, &visit, signed_in.account.id, Change::PasswordChanged).await?;
    let login = Login { account: signed_in.account.id, amr: vec!["pwd".to_owned()], federated: None };
    let response = respond::see_other(&owner.settings.path(""));
    match session::begin(&owner, &visit, &login).await? {
        Some(cookie) => Ok(respond::with_cookie(response, cookie)),
        None => Ok(response),
    }
}

/// OWASP ASVS 6.2.3: a change needs the password in force. Where there is none yet, a recent sign-in stands for it.
async fn check_may_change(owner: &ResourceOwner, visit: &Visit, signed_in: &SignedIn) -> Result<Option<PasswordRecord>, Halt> {
    let stored = owner.store.find_password(signed_in.account.id).await?;
    if stored.is_none() {
        check_recently_signed_in(owner, visit, "password/change/")?;
    }
    Ok(stored)
}

/// A session alone is not enough: whoever finds an open browser must not take the account over.
async fn check_current(
    owner: &ResourceOwner,
    visit: &Visit,
    form: &Form,
    stored: Option<PasswordRecord>,
) -> Result<Option<FormProblem>, Fault> {
    let Some(stored) = stored else { return Ok(None) };
    let Some(text) = form.get("password") else {
        return Ok(Some(FormProblem::at("password", Problem::PasswordMissing)));
    };
    if let Some(until) = throttle::count_guess(owner, visit, Target::Account(stored.account)).await? {
        return Ok(Some(FormProblem::general(Problem::Throttled { minutes: minutes_until(until, owner.env.now()) })));
    }
    let compared = match Password::read(text) {
        Some(password) => owner.hasher.compare(&password, Some(&stored.hash)).await?,
        None => Comparison::Wrong,
    };
    if compared == Comparison::Wrong {
        return Ok(Some(FormProblem::at("password", Problem::WrongCredentials)));
    }
    throttle::forget_guesses(owner, visit, stored.account).await?;
    Ok(None)
}

async fn set(owner: &ResourceOwner, signed_in: &SignedIn, form: &Form) -> Result<Option<FormProblem>, Fault> {
    let Some(text) = form.get("new_password") else {
        return Ok(Some(FormProblem::at("new_password", Problem::PasswordMissing)));
    };
    let outcome = match Password::read(text) {
        Some(password) => {
            accounts::set_password(&owner.store, &owner.hasher, (&signed_in.account, Some(&signed_in.session)), &password, &owner.env).await
        }
        None => Err(NotDone::BadPassword(PasswordProblem::TooLong)),
    };
    match outcome {
        Ok(()) => Ok(None),
        Err(NotDone::BadPassword(problem)) => Ok(Some(FormProblem::at("new_password", super::password_problem(owner, problem)))),
        Err(NotDone::Fault(fault)) => Err(fault),
        Err(other) => Err(Fault::internal("changing a password").because(other)),
    }
}

async fn draw(owner: &ResourceOwner, visit: &Visit, signed_in: &SignedIn, has_password: bool, problems: Vec<FormProblem>) -> Handled {
    let emails = owner.store.list_emails(signed_in.account.id).await?;
    let page = ChangePassword {
        form: fields(owner, visit, &Continuation::default()),
        username: main_address(&emails).map(|email| email.address.clone()).unwrap_or_default(),
        has_password,
        least_characters: super::least_characters(owner),
        problems,
    };
    respond::show(owner, visit, &page)
}
