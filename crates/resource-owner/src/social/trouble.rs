//! Coming back from a provider in vain.

use chabi_client::{Provider, UpstreamRefusal};
use chabi_pages::{
    ProviderButtons,
    page::{ProviderTrouble, ProviderTroubleReason},
};

use crate::{
    ResourceOwner, Visit, audit,
    continuation::Continuation,
    page::{buttons, fields},
    respond::{self, Handled},
};

/// Logs why, and shows which kind of why. Nothing that came from outside stands on the page.
pub(super) async fn refused(
    owner: &ResourceOwner,
    visit: &Visit,
    provider: &Provider,
    continuation: &Continuation,
    refusal: &UpstreamRefusal,
) -> Handled {
    let reason = match refusal {
        UpstreamRefusal::Cancelled => ProviderTroubleReason::Cancelled,
        UpstreamRefusal::Refused { .. } => ProviderTroubleReason::Refused,
        UpstreamRefusal::Down { .. } => ProviderTroubleReason::Unreachable,
        UpstreamRefusal::Wrong { .. } => ProviderTroubleReason::Untrusted,
    };
    if reason != ProviderTroubleReason::Cancelled {
        tracing::warn!(request_id = %visit.request_id, provider = %provider.id, %refusal, "a sign-in at a provider failed");
        let event = audit::event("login.failed", None, visit.address, format!("{}: {refusal}", provider.id), &owner.env);
        owner.store.insert_audit_event(event).await?;
    }
    show(owner, visit, provider, continuation, reason)
}

/// The page: try again, another provider, or another way.
pub(super) fn show(
    owner: &ResourceOwner,
    visit: &Visit,
    provider: &Provider,
    continuation: &Continuation,
    reason: ProviderTroubleReason,
) -> Handled {
    let visit = &away_from_callback(visit, continuation.url(owner, "login/"));
    let ProviderButtons { form, buttons } = buttons(owner, visit, continuation);
    let others = buttons.into_iter().filter(|button| button.id != provider.id).collect();
    let may_try_again = !matches!(reason, ProviderTroubleReason::ConnectedElsewhere | ProviderTroubleReason::NotAllowed);
    let page = ProviderTrouble {
        provider: super::button(provider),
        reason,
        again: may_try_again.then(|| fields(owner, visit, continuation)),
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
