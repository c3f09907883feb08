//! `3rdparty/`: disconnect a provider from one's account.

use std::sync::Arc;

use axum::{Extension, body::Bytes, extract::State};
use chabi_pages::mail::Change;
use chabi_spec::Fault;
use chabi_store::{Verbs, account::AccountId, upstream_tokens::UpstreamTokensOf};

use super::check_recently_signed_in;
use crate::{
    ResourceOwner, Visit, audit, browser, mails,
    next::NextPath,
    respond::{self, Handled},
    session,
    social::{OfferedProvider, ToGiveBack, forget_tokens},
};

/// Whether the account is still entered without this provider: by its password, with a proven address beside it, where people sign in by
/// one; or by another provider that is offered here.
pub(super) async fn can_do_without(
    verbs: &dyn Verbs,
    account: AccountId,
    provider: &str,
    (offered, by_password): (&[Arc<OfferedProvider>], bool),
) -> Result<bool, Fault> {
    let is_offered = |id: &str| offered.iter().any(|offered| offered.provider.id == id);
    let links = verbs.list_provider_links(account).await?;
    if links.iter().any(|link| link.provider != provider && is_offered(&link.provider)) {
        return Ok(true);
    }
    if !by_password {
        return Ok(false);
    }
    let addressed = verbs.list_emails(account).await?.iter().any(|email| email.verified_at.is_some());
    Ok(addressed && verbs.find_password(account).await?.is_some())
}

/// POST: form, CSRF token, recent sign-in, never the last way in, one transaction, mail.
pub(crate) async fn submit(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>, body: Bytes) -> Handled {
    let form = respond::read_form(&body)?;
    respond::check_csrf(&owner, &visit, &form, browser::FORMS)?;
    let signed_in = check_recently_signed_in(&owner, &visit, "")?;
    let provider = form.get("provider").unwrap_or_default().to_owned();
    if let Some(kept) = disconnect(&owner, &visit, &signed_in.session, provider.clone()).await? {
        owner.give_back(kept);
        let name = owner.offered_provider(&provider).await.map(|offered| offered.provider.name.clone());
        let change = Change::ProviderDisconnected { provider: name.unwrap_or(provider) };
        mails::notify(&owner, &visit, signed_in.account.id, change).await?;
    }
    // back to the page that it was pressed on: one of ours, whatever the form says
    let back = form.get("next").and_then(NextPath::parse).map(|next| next.to_string());
    Ok(respond::see_other(&back.unwrap_or_else(|| owner.settings.path(""))))
}

/// `None`: there was nothing to disconnect, or it is the last way in.
async fn disconnect(
    owner: &ResourceOwner,
    visit: &Visit,
    session: &chabi_store::browser_session::BrowserSession,
    provider: String,
) -> Result<Option<ToGiveBack>, chabi_spec::Failure> {
    let (session, now) = (session.clone(), owner.env.now());
    let (offered, by_password) = (owner.offered_providers().await, owner.settings.password_sign_in);
    let event = audit::event("provider.disconnected", Some(session.account), visit.address, provider.clone(), &owner.env);
    owner
        .store
        .transaction("disconnect_provider", move |verbs| {
            let (offered, session, provider, event) = (offered.clone(), session.clone(), provider.clone(), event.clone());
            Box::pin(async move {
                session::check_still_lives(verbs, &session, now).await?;
                let may = can_do_without(verbs, session.account, &provider, (&offered, by_password)).await?;
                if !may || verbs.delete_links_to_provider(session.account, &provider).await? == 0 {
                    return Ok(None);
                }
                let kept = forget_tokens(verbs, UpstreamTokensOf::AccountAt(session.account, &provider)).await?;
                // whoever came in by it is out with it, save the person who sits here
                for other in verbs.list_sessions(session.account, now).await? {
                    if other.id != session.id && other.provider == provider {
                        session::end_with_grants(verbs, other.id, "provider_disconnected", now).await?;
                    }
                }
                verbs.insert_audit_event(event).await?;
                Ok(Some(kept))
            })
        })
        .await
}
