//! Coming back from a provider in vain.

use chabi_client::{Provider, UpstreamRefusal};
use chabi_pages::{
    ProviderButtons,
    page::{ProviderTrouble, ProviderTroubleReason},
};

use super::{CONNECT, link::Intent};
use crate::{
    ResourceOwner, Visit, audit, browser,
    continuation::Continuation,
    page::buttons,
    respond::{self, Handled},
};

/// Logs why, and shows which kind of why. Nothing that came from outside stands on the page.
pub(super) async fn refused(
    owner: &ResourceOwner,
    visit: &Visit,
    provider: &Provider,
    way_on: (&Continuation, Intent),
    refusal: &UpstreamRefusal,
) -> Handled {
    let reason = reason(refusal);
    if reason != ProviderTroubleReason::Cancelled {
        tracing::warn!(request_id = %visit.request_id, provider = %provider.id, %refusal, "a sign-in at a provider failed");
        let event = audit::event("login.failed", None, visit.address, format!("{}: {refusal}", provider.id), &owner.env);
        owner.store.insert_audit_event(event).await?;
    }
    show(owner, visit, provider, way_on, reason).await
}

fn reason(refusal: &UpstreamRefusal) -> ProviderTroubleReason {
    match refusal {
        UpstreamRefusal::Cancelled => ProviderTroubleReason::Cancelled,
        UpstreamRefusal::Refused { .. } => ProviderTroubleReason::Refused,
        UpstreamRefusal::Down { .. } => ProviderTroubleReason::Unreachable,
        UpstreamRefusal::Wrong { .. } => ProviderTroubleReason::Untrusted,
    }
}

/// The page: try again, another provider, or another way. Who meant to connect tries again to connect.
pub(super) async fn show(
    owner: &ResourceOwner,
    visit: &Visit,
    provider: &Provider,
    (continuation, intent): (&Continuation, Intent),
    reason: ProviderTroubleReason,
) -> Handled {
    let visit = &away_from_callback(visit, continuation.url(owner, "login/"));
    let ProviderButtons { form, buttons } = buttons(owner, visit, continuation).await;
    let purpose = if intent == Intent::SignIn { browser::FORMS } else { CONNECT };
    let again = continuation.fields(browser::csrf_token(owner, visit, purpose));
    let others = match intent {
        Intent::SignIn => buttons.into_iter().filter(|button| button.id != provider.id).collect(),
        // to sign in by another one is not what they came for
        Intent::Connect(_) => Vec::new(),
    };
    let may_try_again = !matches!(reason, ProviderTroubleReason::ConnectedElsewhere | ProviderTroubleReason::NotAllowed);
    let page = ProviderTrouble {
        provider: super::button(provider),
        reason,
        again: may_try_again.then_some(again),
        other_ways_url: continuation.url(owner, "login/"),
        others: ProviderButtons { form, buttons: others },
        request_id: visit.request_id.clone(),
    };
    respond::show(owner, visit, &page)
}

/// A page shown at a callback's address leads elsewhere when its language is changed: the address holds a code, and was used.
pub(super) fn away_from_callback(visit: &Visit, address: String) -> Visit {
    let mut visit = visit.clone();
    visit.frame.address = address;
    visit
}
