//! The link in the mail. Its GET shows a form and changes nothing, since mail scanners follow links; its POST spends it.

use axum::{
    Extension,
    body::Bytes,
    extract::{Path, RawQuery, State},
};
use chabi_pages::{
    FormProblem, Problem,
    mail::Change,
    page::{EmailLinkUnusable, SetNewPassword},
};
use chabi_spec::{Fault, form::Form};
use chabi_store::{account::Account, password_reset::PasswordResetId};
use chabi_token::IdSecret;

use super::{
    super::{continuation, fields, least_characters, password_problem, query},
    check_throttle,
};
use crate::{
    ResourceOwner, Visit,
    accounts::{self, NotDone},
    browser,
    continuation::Continuation,
    mails,
    password::{Password, PasswordProblem},
    respond::{self, Halt, Handled},
    throttle,
};

/// GET: the form for a new password.
pub(crate) async fn show(
    State(owner): State<ResourceOwner>,
    Extension(visit): Extension<Visit>,
    Path(key): Path<String>,
    RawQuery(text): RawQuery,
) -> Handled {
    let query = query(text.as_deref())?;
    let opened = open(&owner, &visit, key).await?;
    draw(&owner, &visit, &continuation(&query), &opened, vec![])
}

/// POST: form, CSRF token, throttle, the link, rules for the new password, one transaction, mail. Nobody is signed in by it: whoever
/// holds a mailbox must still pass whatever else signing in asks for.
pub(crate) async fn submit(
    State(owner): State<ResourceOwner>,
    Extension(visit): Extension<Visit>,
    Path(key): Path<String>,
    body: Bytes,
) -> Handled {
    let form = respond::read_form(&body)?;
    respond::check_csrf(&owner, &visit, &form, browser::FORMS)?;
    check_throttle(&owner, &visit, "password-reset/key").await?;
    let continuation = continuation(&form);
    let opened = open(&owner, &visit, key).await?;
    match set(&owner, &form, &opened).await? {
        Outcome::Set => {}
        Outcome::Unusable => return Err(unusable(&owner, &visit)),
        Outcome::Refused(problem) => return draw(&owner, &visit, &continuation, &opened, vec![problem]),
    }
    throttle::forget_guesses(&owner, &visit, opened.account.id).await?;
    mails::notify(&owner, &visit, opened.account.id, Change::PasswordChanged).await?;
    // a request that waits, waits in the browser that began it: elsewhere there is nothing to go on with
    let onward = match continuation.application(&owner, &visit).await? {
        None => Continuation { transaction: None, ..continuation },
        Some(_) => continuation,
    };
    Ok(respond::see_other(&onward.url(&owner, "password/reset/key/done/")))
}

/// A link whose secret is right, that is neither spent nor expired, and whose account is open to it.
struct Opened {
    id: PasswordResetId,
    secret_hash: [u8; 32],
    account: Account,
    address: String,
    key: String,
}

async fn open(owner: &ResourceOwner, visit: &Visit, key: String) -> Result<Opened, Halt> {
    let Some(secret) = IdSecret::parse("", &key, owner.settings.site) else { return Err(unusable(owner, visit)) };
    let (id, secret_hash) = (PasswordResetId(secret.id), secret.secret_hash());
    let Some(reset) = owner.store.peek_password_reset(id, secret_hash, owner.env.now()).await? else {
        return Err(unusable(owner, visit));
    };
    match owner.store.find_account_by_email(&owner.settings.realm, &reset.canonical).await? {
        Some((account, email)) if account.id == reset.account && account.disabled_at.is_none() => {
            Ok(Opened { id, secret_hash, account, address: email.address, key })
        }
        _ => Err(unusable(owner, visit)),
    }
}

/// What became of the form.
enum Outcome {
    Set,
    /// A rule for new passwords said no; the link is not spent.
    Refused(FormProblem),
    /// Spent, replaced or shut meanwhile.
    Unusable,
}

async fn set(owner: &ResourceOwner, form: &Form, opened: &Opened) -> Result<Outcome, Fault> {
    let refused = |problem| Ok(Outcome::Refused(FormProblem::at("new_password", problem)));
    let Some(text) = form.get("new_password") else { return refused(Problem::PasswordMissing) };
    let Some(password) = Password::read(text) else { return refused(password_problem(owner, PasswordProblem::TooLong)) };
    let link = (opened.id, opened.secret_hash);
    match accounts::reset_password(&owner.store, &owner.hasher, (&opened.account, link), &password, &owner.env).await {
        Ok(kept) => {
            owner.give_back(kept);
            Ok(Outcome::Set)
        }
        Err(NotDone::BadPassword(problem)) => refused(password_problem(owner, problem)),
        Err(NotDone::Unknown) => Ok(Outcome::Unusable),
        Err(NotDone::Fault(fault)) => Err(fault),
        Err(other) => Err(Fault::internal("setting a new password").because(other)),
    }
}

fn unusable(owner: &ResourceOwner, visit: &Visit) -> Halt {
    match respond::show(owner, visit, &EmailLinkUnusable { again_url: Some(owner.settings.path("password/reset/")) }) {
        Ok(response) => Halt::from(response),
        Err(halt) => halt,
    }
}

fn draw(owner: &ResourceOwner, visit: &Visit, continuation: &Continuation, opened: &Opened, problems: Vec<FormProblem>) -> Handled {
    let page = SetNewPassword {
        form: fields(owner, visit, continuation),
        username: opened.address.clone(),
        action: owner.settings.path(&format!("password/reset/key/{}/", opened.key)),
        least_characters: least_characters(owner),
        problems,
    };
    respond::show(owner, visit, &page)
}
