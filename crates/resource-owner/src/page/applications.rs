//! `applications/`: what a person allowed applications, and taking it back.

use std::collections::BTreeMap;

use axum::{Extension, body::Bytes, extract::State};
use chabi_pages::{Moment, page::AllowedApplication};
use chabi_spec::Fault;
use chabi_store::{account::AccountId, device_grant::DeviceGrantsOf, revocation::Revocation};
use chabi_token::Timestamp;

use super::check_signed_in;
use crate::{
    ResourceOwner, Visit, audit, browser,
    respond::{self, Handled},
    session,
};

/// The applications that have access now, and those that would get it without asking again; by name.
pub(super) async fn list(owner: &ResourceOwner, account: AccountId) -> Result<Vec<AllowedApplication>, Fault> {
    let consents = owner.store.list_consents(account).await?.into_iter().map(|consent| (consent.client_id, consent.given_at));
    let families = owner.store.list_families(account, owner.env.now()).await?.into_iter();
    let mut newest: BTreeMap<String, Timestamp> = BTreeMap::new();
    for (client_id, at) in consents.chain(families.map(|family| (family.client_id, family.created_at))) {
        newest.entry(client_id).and_modify(|held| *held = at.max(*held)).or_insert(at);
    }
    let mut applications = Vec::with_capacity(newest.len());
    for (client_id, at) in newest {
        let application = owner.store.find_application(&client_id).await?;
        let open = application
            .as_ref()
            .filter(|application| application.disabled_at.is_none())
            .and_then(|application| begins_at(&application.settings.initiate_login_uri, owner));
        let name = application.map_or_else(|| client_id.clone(), |application| application.name);
        applications.push(AllowedApplication { client_id, name, allowed: Moment(at.as_seconds()), open });
    }
    applications.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(applications)
}

/// OpenID Connect Core §4: the application's own page, which begins a sign-in with us. `iss` says with whom; who it will be, the browser's
/// session says, and so no `login_hint` tells an address to a site before anybody agreed to it.
fn begins_at(initiate_login_uri: &str, owner: &ResourceOwner) -> Option<String> {
    let mut url = url::Url::parse(initiate_login_uri).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
    url.query_pairs_mut().append_pair("iss", &owner.settings.public_url);
    Some(url.into())
}

/// POST: form, CSRF token, signed in, one transaction: consents, unspent codes and families end together.
pub(crate) async fn submit(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>, body: Bytes) -> Handled {
    let form = respond::read_form(&body)?;
    respond::check_csrf(&owner, &visit, &form, browser::FORMS)?;
    let signed_in = check_signed_in(&owner, &visit, "")?;
    let client_id = form.get("application").unwrap_or_default().to_owned();
    let (session, now) = (signed_in.session.clone(), owner.env.now());
    let mut event = audit::event("consent.revoked", Some(session.account), visit.address, "", &owner.env);
    event.client_id = Some(client_id.clone());
    owner
        .store
        .transaction("take_back_consent", move |verbs| {
            let (session, client_id, event) = (session.clone(), client_id.clone(), event.clone());
            Box::pin(async move {
                session::check_still_lives(verbs, &session, now).await?;
                let consents = verbs.delete_consents(session.account, &client_id).await?;
                // codes of other applications that are on their way at this moment go too: those begin again
                for other in verbs.list_sessions(session.account, now).await? {
                    verbs.delete_codes_of_session(other.id).await?;
                }
                verbs.delete_device_grants(DeviceGrantsOf::Account(session.account)).await?;
                let families = verbs.revoke(Revocation::AccountAt(session.account, &client_id), "consent_revoked", now).await?;
                // what the form names is noted only where there was something to take back
                if consents > 0 || families > 0 {
                    verbs.insert_audit_event(event).await?;
                }
                Ok(())
            })
        })
        .await?;
    Ok(respond::see_other(&owner.settings.path("")))
}
