//! `login/`: sign in by password, or choose a provider.

use axum::{
    Extension,
    body::Bytes,
    extract::{RawQuery, State},
};
use chabi_pages::{FormProblem, Problem, mail::Change, page::SignIn};
use chabi_spec::{Fault, form::Form};
use chabi_store::account::{Account, AccountEmail};
use chabi_token::Timestamp;

use super::{buttons, consent::about, continuation, fields, query};
use crate::{
    ResourceOwner, Visit, audit, browser,
    continuation::Continuation,
    email::EmailAddress,
    mails,
    password::{Comparison, Password},
    respond::{self, Handled},
    session::{self, Login},
    throttle::{self, Target, minutes_until},
};

/// What is filled in at first is not longer than this, in characters.
const LONGEST_HINT: usize = 256;

/// GET: the form, unless somebody is signed in and need not be asked again.
pub(crate) async fn show(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>, RawQuery(text): RawQuery) -> Handled {
    let query = query(text.as_deref())?;
    let continuation = continuation(&query);
    let again = query.get("again").is_some();
    if visit.signed_in.is_some() && !again {
        return Ok(respond::see_other(&continuation.target(&owner)));
    }
    let username = query.get("login_hint").unwrap_or_default().chars().take(LONGEST_HINT).collect();
    draw(&owner, &visit, &continuation, Shown { username, again, ..Shown::default() }).await
}

/// POST: form, CSRF token, throttle, password, account open, address proven, session.
pub(crate) async fn submit(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>, body: Bytes) -> Handled {
    let form = respond::read_form(&body)?;
    respond::check_csrf(&owner, &visit, &form, browser::FORMS)?;
    let continuation = continuation(&form);
    let typed = form.get("username").unwrap_or_default().to_owned();
    match sign_in(&owner, &visit, &form, &typed).await? {
        Outcome::Person { account, email, .. } if email.verified_at.is_none() => {
            super::confirm_email::ask_for_proof(&owner, &visit, &account, &email, &continuation).await
        }
        Outcome::Person { account, changed_at, .. } => finish(&owner, &visit, (*account, changed_at), &continuation).await,
        Outcome::Refused(problem) => {
            draw(&owner, &visit, &continuation, Shown { username: typed, problems: vec![problem], again: true }).await
        }
    }
}

enum Outcome {
    /// The password of the row that was changed then is right.
    Person {
        account: Box<Account>,
        email: AccountEmail,
        changed_at: Timestamp,
    },
    Refused(FormProblem),
}

async fn sign_in(owner: &ResourceOwner, visit: &Visit, form: &Form, typed: &str) -> Result<Outcome, Fault> {
    if typed.trim().is_empty() {
        return Ok(Outcome::Refused(FormProblem::at("username", Problem::UsernameMissing)));
    }
    let Some(password) = form.get("password") else {
        return Ok(Outcome::Refused(FormProblem::at("password", Problem::PasswordMissing)));
    };
    let canonical = EmailAddress::parse(typed).map_or_else(|_| typed.trim().to_lowercase(), |email| email.canonical);
    let found = owner.store.find_account_by_email(&owner.settings.realm, &canonical).await?;
    let target = found.as_ref().map_or(Target::Nobody(&canonical), |(account, _)| Target::Account(account.id));
    // the guess is counted before the hash is computed: however many arrive at once, no more than the limit are compared
    if let Some(until) = throttle::count_guess(owner, visit, target).await? {
        // the failures up to the limit are on record; a row for each one beyond it would let anybody fill the disk
        tracing::info!(request_id = %visit.request_id, "a guess at a password was throttled");
        return Ok(Outcome::Refused(throttled(until, owner)));
    }
    match compare(owner, found.as_ref(), password).await? {
        None => {
            note_failure(owner, visit, found.as_ref(), "wrong password or unknown").await?;
            Ok(Outcome::Refused(FormProblem::general(Problem::WrongCredentials)))
        }
        Some(changed_at) => admit(owner, visit, found, changed_at).await,
    }
}

/// Compares, at the same cost whether or not there is an account or a password; a right but outdated hash is renewed. `Some`: right,
/// and when that password was set.
async fn compare(owner: &ResourceOwner, found: Option<&(Account, AccountEmail)>, text: &str) -> Result<Option<Timestamp>, Fault> {
    let stored = match found {
        Some((account, _)) => owner.store.find_password(account.id).await?,
        None => None,
    };
    // too long to be anybody's: refused before hashing, and counted as a guess like the others
    let Some(password) = Password::read(text) else { return Ok(None) };
    let compared = owner.hasher.compare(&password, stored.as_ref().map(|record| record.hash.as_str())).await?;
    let Some(record) = stored.filter(|_| compared != Comparison::Wrong) else { return Ok(None) };
    if compared == Comparison::RightButOutdated {
        let renewed = owner.hasher.hash(&password, &owner.env).await?;
        owner.store.rehash_password(record.account, &record.hash, &renewed).await?;
    }
    Ok(Some(record.changed_at))
}

/// The password was right; only now is anything told about the account.
async fn admit(
    owner: &ResourceOwner,
    visit: &Visit,
    found: Option<(Account, AccountEmail)>,
    changed_at: Timestamp,
) -> Result<Outcome, Fault> {
    let Some((account, email)) = found else {
        return Err(Fault::internal("signing in: a password matched without an account"));
    };
    if account.disabled_at.is_some() {
        note_failure(owner, visit, Some(&(account, email)), "disabled").await?;
        return Ok(Outcome::Refused(FormProblem::general(Problem::AccountDisabled)));
    }
    throttle::forget_guesses(owner, visit, account.id).await?;
    Ok(Outcome::Person { account: Box::new(account), email, changed_at })
}

/// Signs in and goes on.
async fn finish(owner: &ResourceOwner, visit: &Visit, (account, changed_at): (Account, Timestamp), continuation: &Continuation) -> Handled {
    let login = Login { account: account.id, amr: vec!["pwd".to_owned()], federated: None };
    let Some(cookie) = session::begin_by_password(owner, visit, &login, changed_at).await? else {
        let problem = FormProblem::general(Problem::AccountDisabled);
        return draw(owner, visit, continuation, Shown { problems: vec![problem], ..Shown::default() }).await;
    };
    if !browser::is_known(owner, visit, account.id) {
        mails::notify(owner, visit, account.id, Change::NewSignIn).await?;
    }
    let response = respond::with_cookie(respond::see_other(&continuation.target(owner)), cookie);
    Ok(respond::with_cookie(response, browser::known_cookie(owner, visit, account.id)))
}

/// What the form shows besides what waits.
#[derive(Default)]
struct Shown {
    username: String,
    problems: Vec<FormProblem>,
    again: bool,
}

async fn draw(owner: &ResourceOwner, visit: &Visit, continuation: &Continuation, shown: Shown) -> Handled {
    let application = continuation.application(owner, visit).await?;
    let page = SignIn {
        form: fields(owner, visit, continuation),
        about: application.as_ref().map(about).unwrap_or_default(),
        application: application.map(|application| application.name),
        username: shown.username,
        problems: shown.problems,
        providers: buttons(owner, visit, continuation).await,
        again: shown.again && visit.signed_in.is_some(),
        sign_up: owner.settings.sign_up_open && owner.settings.password_sign_in,
        providers_alone: !owner.settings.password_sign_in,
        connects: None,
    };
    respond::show(owner, visit, &page)
}

fn throttled(until: Timestamp, owner: &ResourceOwner) -> FormProblem {
    FormProblem::general(Problem::Throttled { minutes: minutes_until(until, owner.env.now()) })
}

async fn note_failure(
    owner: &ResourceOwner,
    visit: &Visit,
    found: Option<&(Account, AccountEmail)>,
    why: &'static str,
) -> Result<(), Fault> {
    let account = found.map(|(account, _)| account.id);
    owner.store.insert_audit_event(audit::event("login.failed", account, visit.address, why, &owner.env)).await
}
