//! `confirm-email/`: proving an address, by the code in the browser that asked for it, or by the link.

pub(crate) mod code;
pub(crate) mod link;

use axum::response::Response;
use chabi_pages::mail::Change;
use chabi_spec::{Failure, Fault};
use chabi_store::{
    Verbs,
    account::{Account, AccountEmail, AccountId},
    email_verification::{EmailVerification, Verification},
};
use futures_util::future::BoxFuture;

use crate::{
    ResourceOwner, Visit, audit, browser,
    continuation::Continuation,
    mails,
    respond::{self, Halt, Handled, Trouble},
    session::{self, Entry, Login},
    throttle,
    verification::{self, Prepared},
};

/// Writes a new proof for an address of an account, mails it, and goes to the page that takes the code.
///
/// Beyond the limit of mails nothing is sent, and the page is the same: the mails before are still there.
pub(crate) async fn ask_for_proof(
    owner: &ResourceOwner,
    visit: &Visit,
    account: &Account,
    email: &AccountEmail,
    continuation: &Continuation,
) -> Handled {
    if throttle::count_mail(owner, &email.canonical).await?.is_none() {
        send_proof(owner, visit, account.id, email, continuation).await?;
    }
    Ok(respond::see_other(&continuation.url(owner, "confirm-email/")))
}

/// Writes a new proof and mails it.
async fn send_proof(
    owner: &ResourceOwner,
    visit: &Visit,
    account: AccountId,
    email: &AccountEmail,
    continuation: &Continuation,
) -> Result<(), Fault> {
    let Prepared { row, link, code } = verification::prepare(owner, visit, account, &email.canonical, continuation);
    owner.store.insert_email_verification(row).await?;
    mails::verify_address(owner, visit, &email.address, link, code)
}

/// What became of a presented code or link.
enum Outcome {
    /// Proven; the cookie of a new session, unless the person was signed in already.
    Proven(Option<browser::Cookie>),
    /// A wrong code; so many tries are left.
    Wrong(i64),
    /// Spent, expired, replaced, or no longer this account's address.
    Unusable,
}

/// How a proof is spent: by its link or by its code.
type Spend = std::sync::Arc<dyn for<'t> Fn(&'t dyn Verbs) -> BoxFuture<'t, Result<Verification, Fault>> + Send + Sync>;

/// Spends the proof, marks the address as proven and signs in, in one transaction.
async fn redeem(
    owner: &ResourceOwner,
    visit: &Visit,
    verification: &EmailVerification,
    amr: &'static str,
    spend: Spend,
) -> Result<Outcome, Failure> {
    let (account, now) = (verification.account, owner.env.now());
    let opening = (!is_signed_in_as(visit, account))
        .then(|| session::open(owner, visit, &Login { account, amr: vec![amr.to_owned()], federated: None }));
    let (entrance, cookie) = opening.map(|opening| (opening.entrance, opening.cookie)).unzip();
    let event = audit::event("email.verified", Some(account), visit.address, verification.canonical.clone(), &owner.env);
    let outcome = owner
        .store
        .transaction("confirm_email", move |verbs| {
            let (spend, entrance, event) = (spend.clone(), entrance.clone(), event.clone());
            Box::pin(async move {
                // held before anything else is locked, in the order of all who change how an account is entered
                verbs.hold_account(account).await?;
                let canonical = match spend(verbs).await? {
                    Verification::Proven { account: whose, canonical } if whose == account => canonical,
                    Verification::Wrong { tries_left } => return Ok(Outcome::Wrong(tries_left)),
                    _ => return Ok(Outcome::Unusable),
                };
                // whose address is proven already has no proof to give: the row only stands for one, and a lucky guess must open nothing
                let emails = verbs.list_emails(account).await?;
                let waits = emails.iter().any(|email| email.canonical == canonical && email.verified_at.is_none());
                if !waits || !verbs.verify_email(account, &canonical, now).await? {
                    return Ok(Outcome::Unusable);
                }
                verbs.insert_audit_event(event).await?;
                match entrance {
                    Some(entrance) if session::enter(verbs, &entrance).await? == Entry::Shut => Ok(Outcome::Unusable),
                    _ => Ok(Outcome::Proven(None)),
                }
            })
        })
        .await?;
    match outcome {
        Outcome::Proven(_) => {
            tell_older_addresses(owner, visit, verification).await?;
            Ok(Outcome::Proven(cookie))
        }
        other => Ok(other),
    }
}

/// OWASP ASVS 6.3.7: an account that gets another address tells those it had.
async fn tell_older_addresses(owner: &ResourceOwner, visit: &Visit, verification: &EmailVerification) -> Result<(), Fault> {
    let others = owner.store.list_emails(verification.account).await?;
    match others.iter().any(|email| email.canonical != verification.canonical && email.verified_at.is_some()) {
        true => {
            let change = Change::AddressAdded { address: verification.canonical.clone() };
            mails::notify(owner, visit, verification.account, change).await
        }
        false => Ok(()),
    }
}

fn is_signed_in_as(visit: &Visit, account: AccountId) -> bool {
    visit.signed_in.as_ref().is_some_and(|signed_in| signed_in.account.id == account)
}

/// Adds the cookies of a new session.
fn with_session(owner: &ResourceOwner, visit: &Visit, account: AccountId, response: Response, cookie: Option<browser::Cookie>) -> Response {
    match cookie {
        Some(cookie) => {
            let response = respond::with_cookie(response, cookie);
            respond::with_cookie(response, browser::known_cookie(owner, visit, account))
        }
        None => response,
    }
}

/// Counts an attempt at a proof, by address and in all.
async fn check_throttle(owner: &ResourceOwner, visit: &Visit) -> Result<(), Halt> {
    match throttle::count_visit(owner, visit, "confirm-email").await? {
        Some(until) => Err(Trouble::TooMany(until.since(owner.env.now()).0.max(1)).into()),
        None => Ok(()),
    }
}
