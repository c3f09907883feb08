//! Mails that follow from what was committed. They are handed over beside the answer, so that its time tells nothing; a mail that
//! is lost can be asked for again.

use std::sync::Arc;

use chabi_pages::{
    Moment,
    mail::{AlreadyRegistered, Change, Mail, MailTemplate, Notice, ResetPassword, VerifyAddress},
};
use chabi_spec::Fault;
use chabi_store::account::AccountId;
use chabi_token::Seconds;

use crate::{ResourceOwner, Visit, verification};

/// The link and the code for an address.
pub(crate) fn verify_address(owner: &ResourceOwner, visit: &Visit, to: &str, link: String, code: String) -> Result<(), Fault> {
    let minutes = verification::CODE_LIFETIME.0 / 60;
    post(owner, visit, to, &VerifyAddress { url: link, code, minutes })
}

/// Told to the owner of an address alone: somebody tried to sign up with it.
pub(crate) fn already_registered(owner: &ResourceOwner, visit: &Visit, to: &str) -> Result<(), Fault> {
    let sign_in_url = owner.settings.url(&owner.settings.path("login/"));
    post(owner, visit, to, &AlreadyRegistered { sign_in_url })
}

/// The link by which a new password is set.
pub(crate) fn reset_password(owner: &ResourceOwner, visit: &Visit, to: &str, url: String, lifetime: Seconds) -> Result<(), Fault> {
    post(owner, visit, to, &ResetPassword { url, minutes: lifetime.0 / 60 })
}

/// Tells a change to every proven address of the account.
///
/// # Errors
/// The store's fault, or one of rendering.
pub async fn notify(owner: &ResourceOwner, visit: &Visit, account: AccountId, change: Change) -> Result<(), Fault> {
    for email in owner.store.list_emails(account).await? {
        if email.verified_at.is_some() {
            notify_address(owner, visit, &email.address, change.clone())?;
        }
    }
    Ok(())
}

/// Tells a change to one address.
pub(crate) fn notify_address(owner: &ResourceOwner, visit: &Visit, to: &str, change: Change) -> Result<(), Fault> {
    let notice = Notice {
        change,
        at: Moment(owner.env.now().as_seconds()),
        browser: visit.user_agent.clone(),
        account_url: owner.settings.url(&owner.settings.path("")),
    };
    post(owner, visit, to, &notice)
}

fn post<M: MailTemplate>(owner: &ResourceOwner, visit: &Visit, to: &str, template: &M) -> Result<(), Fault> {
    let mail = owner.pages.mail(to, template, visit.frame.language)?;
    hand_over(owner, mail);
    Ok(())
}

fn hand_over(owner: &ResourceOwner, mail: Mail) {
    let mailer = Arc::clone(&owner.mailer);
    tokio::spawn(async move {
        if let Err(fault) = mailer.send(mail).await {
            tracing::error!(error = %fault, "a mail was not taken");
        }
    });
}
