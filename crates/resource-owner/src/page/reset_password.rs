//! `password/reset/`: who lost their password asks for a mail with a link. The answer is the same for every address.

pub(crate) mod link;

use axum::{
    Extension,
    body::Bytes,
    extract::{RawQuery, State},
};
use chabi_pages::{
    FormProblem, Problem,
    page::{ForgotPassword, NewPasswordSet, PasswordMailSent},
};
use chabi_spec::Failure;
use chabi_store::password_reset::{PasswordReset, PasswordResetId};
use chabi_token::{IdSecret, Seconds};

use super::{continuation, fields, query};
use crate::{
    ResourceOwner, Visit, accounts, audit, browser,
    continuation::Continuation,
    email::EmailAddress,
    mails,
    respond::{self, Halt, Handled, Trouble},
    throttle,
};

/// A link is good for so long (NIST SP 800-63B-4 §4.2: 30 minutes at the most).
const LIFETIME: Seconds = Seconds::minutes(30);

/// GET: the form.
pub(crate) async fn show(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>, RawQuery(text): RawQuery) -> Handled {
    let query = query(text.as_deref())?;
    draw(&owner, &visit, &continuation(&query), String::new(), vec![])
}

/// POST: form, CSRF token, what was typed, throttle. All that depends on the address happens beside the answer.
pub(crate) async fn submit(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>, body: Bytes) -> Handled {
    let form = respond::read_form(&body)?;
    respond::check_csrf(&owner, &visit, &form, browser::FORMS)?;
    let continuation = continuation(&form);
    let typed = form.get("email").unwrap_or_default();
    let Ok(email) = EmailAddress::parse(typed) else {
        let problem = if typed.trim().is_empty() { Problem::EmailMissing } else { Problem::EmailInvalid };
        return draw(&owner, &visit, &continuation, typed.to_owned(), vec![FormProblem::at("email", problem)]);
    };
    check_throttle(&owner, &visit, "password-reset").await?;
    let answer = respond::see_other(&continuation.url(&owner, "password/reset/done/"));
    // neither its pages nor its time tell whether there is an account; what a fault loses can be asked for again
    tokio::spawn(async move {
        if let Err(Failure::Fault(fault)) = send_link(&owner, &visit, &email, &continuation).await {
            tracing::error!(request_id = %visit.request_id, error = %fault, "a link for a new password could not be sent");
        }
    });
    Ok(answer)
}

/// GET: a mail is on its way, if there is somebody to get it.
pub(crate) async fn sent(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>, RawQuery(text): RawQuery) -> Handled {
    let query = query(text.as_deref())?;
    let page = PasswordMailSent { form: fields(&owner, &visit, &continuation(&query)), minutes: LIFETIME.0 / 60 };
    respond::show(&owner, &visit, &page)
}

/// GET: the new password is in force.
pub(crate) async fn done(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>, RawQuery(text): RawQuery) -> Handled {
    let query = query(text.as_deref())?;
    respond::show(&owner, &visit, &NewPasswordSet { form: fields(&owner, &visit, &continuation(&query)) })
}

/// Counts the mail, writes the link's row, and mails it; does nothing more for an address that opens no account.
async fn send_link(owner: &ResourceOwner, visit: &Visit, email: &EmailAddress, continuation: &Continuation) -> Result<(), Failure> {
    if throttle::count_recovery_mail(owner, &email.canonical).await?.is_some() {
        return Ok(());
    }
    let secret = IdSecret::new(owner.settings.site, &owner.env);
    let (id, secret_hash, expires_at) = (PasswordResetId(secret.id), secret.secret_hash(), owner.env.now() + LIFETIME);
    let (canonical, event) = (email.canonical.clone(), audit::event("password.reset_asked", None, visit.address, "", &owner.env));
    let realm = owner.settings.realm.clone();
    let address = owner
        .store
        .transaction("ask_for_password_reset", move |verbs| {
            let (realm, canonical, mut event) = (realm.clone(), canonical.clone(), event.clone());
            Box::pin(async move {
                let found = accounts::find_recoverable(verbs, &realm, &canonical).await?;
                event.account = found.as_ref().map(|email| email.account);
                verbs.insert_audit_event(event).await?;
                let Some(email) = found else { return Ok(None) };
                let reset = PasswordReset { id, secret_hash, account: email.account, canonical, expires_at };
                verbs.insert_password_reset(reset).await?;
                Ok(Some(email.address))
            })
        })
        .await?;
    let Some(address) = address else { return Ok(()) };
    let page = format!("password/reset/key/{}/", secret.text("").expose());
    let url = owner.settings.url(&continuation.url(owner, &page));
    mails::reset_password(owner, visit, &address, url, LIFETIME)?;
    Ok(())
}

/// Counts an attempt by address and in all.
async fn check_throttle(owner: &ResourceOwner, visit: &Visit, door: &str) -> Result<(), Halt> {
    match throttle::count_visit(owner, visit, door).await? {
        Some(until) => Err(Trouble::TooMany(until.since(owner.env.now()).0.max(1)).into()),
        None => Ok(()),
    }
}

fn draw(owner: &ResourceOwner, visit: &Visit, continuation: &Continuation, email: String, problems: Vec<FormProblem>) -> Handled {
    respond::show(owner, visit, &ForgotPassword { form: fields(owner, visit, continuation), email, problems })
}
