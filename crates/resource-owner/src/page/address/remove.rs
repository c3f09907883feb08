//! Remove an address from one's account.

use chabi_pages::mail::Change;
use chabi_spec::{Failure, form::Form};
use chabi_store::{account::AccountEmail, browser_session::BrowserSession};

use crate::{
    ResourceOwner, Visit, audit, mails,
    page::check_recently_signed_in,
    respond::{self, Handled},
    session,
};

/// An address that was never proven may go, and a proven one while another one stays: mails about the account must reach its owner.
pub(crate) fn may_remove(held: &[AccountEmail], email: &AccountEmail) -> bool {
    email.verified_at.is_none() || held.iter().any(|other| other.verified_at.is_some() && other.canonical != email.canonical)
}

/// After the form and its token were checked: recent sign-in, never the last proven address, one transaction, mails.
pub(super) async fn remove(owner: &ResourceOwner, visit: &Visit, form: &Form) -> Handled {
    let signed_in = check_recently_signed_in(owner, visit, "")?;
    let canonical = form.get("email").unwrap_or_default().to_owned();
    if let Some(email) = take_away(owner, visit, &signed_in.session, canonical).await?
        && email.verified_at.is_some()
    {
        let change = Change::AddressRemoved { address: email.canonical };
        // the address itself is told too: whoever took the account over would remove it first
        mails::notify_address(owner, visit, &email.address, change.clone())?;
        mails::notify(owner, visit, signed_in.account.id, change).await?;
    }
    Ok(respond::see_other(&owner.settings.path("")))
}

async fn take_away(
    owner: &ResourceOwner,
    visit: &Visit,
    session: &BrowserSession,
    canonical: String,
) -> Result<Option<AccountEmail>, Failure> {
    let (session, now) = (session.clone(), owner.env.now());
    let event = audit::event("email.removed", Some(session.account), visit.address, canonical.clone(), &owner.env);
    owner
        .store
        .transaction("remove_email", move |verbs| {
            let (session, canonical, event) = (session.clone(), canonical.clone(), event.clone());
            Box::pin(async move {
                session::check_still_lives(verbs, &session, now).await?;
                let held = verbs.list_emails(session.account).await?;
                let Some(email) = held.iter().find(|email| email.canonical == canonical && may_remove(&held, email)) else {
                    return Ok(None);
                };
                verbs.delete_email(session.account, &canonical, now).await?;
                verbs.insert_audit_event(event).await?;
                Ok(Some(email.clone()))
            })
        })
        .await
}
