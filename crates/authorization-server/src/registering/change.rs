//! Reading, changing and removing a registration, by whoever holds its token (RFC 7592).
//!
//! The token stays the same for the life of the registration: it is as long as a secret can be, and an application whose answer was lost
//! on the way could never change anything again if a new one had been in it.

use chabi_registration::{ClientMetadata, metadata};
use chabi_spec::{ErrorCode, Failure, Refusal};
use chabi_store::{application::RegisteredClient, installation::CONFIGURATION, revocation::Revocation};
use chabi_token::{SecretText, client_secret};

use super::{
    Told,
    bearer::{self, Managed},
    place, quota, sector, with_secret,
};
use crate::{audit, incoming::Incoming, server::Shared, trail::Trail};

/// RFC 7592 §2.1.
///
/// # Errors
/// `invalid_token`; a fault of the store.
pub(crate) async fn read(client_id: &str, incoming: &Incoming, shared: &Shared, trail: &mut Trail) -> Result<Told, Failure> {
    trail.concerns(client_id);
    let managed = trail.met("register::check_registration_access_token", bearer::manages(client_id, incoming, shared).await)?;
    Ok(Told { application: managed.application, secret: None, token: same_token(incoming) })
}

/// RFC 7592 §2.2: what comes takes the place of all there was.
///
/// # Errors
/// The first rule that the request breaks; a fault of the store.
pub(crate) async fn replace(client_id: &str, incoming: &Incoming, shared: &Shared, trail: &mut Trail) -> Result<Told, Failure> {
    trail.concerns(client_id);
    let Managed { registration, application: before, token_hash } =
        trail.met("register::check_registration_access_token", bearer::manages(client_id, incoming, shared).await)?;
    let metadata = trail.met("client_metadata::parse", ClientMetadata::parse(&incoming.body))?;
    trail.met("register::check_same_client", check_same_client(&metadata, &before))?;
    let (after, secret) = trail.met("client_metadata::over", with_secret(metadata, before.clone(), shared))?;
    // the whole record that comes of it, not what was changed: CVE-2026-18573, CVE-2026-15572
    trail.met("registration::check", metadata::check(&after, place(shared)))?;
    trail.met("register::check_quota", quota::check_change(client_id, shared).await)?;
    let listed = sector::check(&after, &shared.sector_documents, &shared.env).await;
    trail.met("sector::check_lists_all", listed)?;
    let fingerprint = match after == before {
        true => registration.fingerprint,
        false => metadata::fingerprint(&after, incoming.network().as_deref().unwrap_or_default()),
    };
    let kept = (after.clone(), is_another_now(&before, &after));
    write(kept, token_hash, fingerprint, shared).await?;
    Ok(Told { application: after, secret, token: same_token(incoming) })
}

async fn write(
    (after, revoke): (RegisteredClient, bool),
    token_hash: [u8; 32],
    fingerprint: [u8; 32],
    shared: &Shared,
) -> Result<(), Failure> {
    let event = audit::event("application.changed", None, Some(&after.client_id), "by itself", &shared.env);
    let now = shared.env.now();
    let changed = shared.store.transaction("change_registration", move |verbs| {
        let (after, event) = (after.clone(), event.clone());
        Box::pin(async move {
            // the statement that writes decides: meanwhile another may have come to share it
            if !verbs.change_registration(&after.client_id, token_hash, fingerprint, now).await? {
                return Err(bearer::not_good().into());
            }
            if revoke {
                verbs.revoke(Revocation::Application(&after.client_id), "registration_changed", now).await?;
            }
            verbs.put_application(after).await?;
            verbs.bump_version(CONFIGURATION).await?;
            verbs.insert_audit_event(event).await?;
            Ok(())
        })
    });
    changed.await?;
    shared.store.configuration_changed();
    if revoke {
        shared.feed.soon();
    }
    Ok(())
}

/// RFC 7592 §2.3: with everything that it was granted.
///
/// # Errors
/// `invalid_token`; a fault of the store.
pub(crate) async fn remove(client_id: &str, incoming: &Incoming, shared: &Shared, trail: &mut Trail) -> Result<(), Failure> {
    trail.concerns(client_id);
    let managed = bearer::manages(client_id, incoming, shared).await;
    let Managed { token_hash, .. } = trail.met("register::check_registration_access_token", managed)?;
    let event = audit::event("application.removed", None, Some(client_id), "by itself", &shared.env);
    let (client_id, now) = (client_id.to_owned(), shared.env.now());
    let removed = shared.store.transaction("remove_registration", move |verbs| {
        let (client_id, event) = (client_id.clone(), event.clone());
        Box::pin(async move {
            if !verbs.delete_registration(&client_id, token_hash, now).await? {
                return Err(bearer::not_good().into());
            }
            verbs.revoke(Revocation::Application(&client_id), "application_removed", now).await?;
            verbs.delete_application(&client_id).await?;
            verbs.bump_version(CONFIGURATION).await?;
            verbs.insert_audit_event(event).await?;
            Ok(())
        })
    });
    removed.await?;
    shared.store.configuration_changed();
    shared.feed.soon();
    Ok(())
}

/// RFC 7592 §2.2: `client_id` is the one that it has, a secret is the one that it has, and what only we say is not there.
fn check_same_client(metadata: &ClientMetadata, before: &RegisteredClient) -> Result<(), Refusal> {
    let refused = |rule, hint| Err(Refusal::new(ErrorCode::InvalidClientMetadata, rule, hint, "RFC 7592 §2.2"));
    if metadata.client_id() != Some(before.client_id.as_str()) {
        return refused("update_client_id", "send the client_id that the application has");
    }
    if metadata.client_secret().is_some_and(|secret| !client_secret::verify(secret, &before.secret_hashes)) {
        return refused("update_client_secret", "an application cannot choose its secret: leave client_secret out, or send the one it has");
    }
    let ours = ["registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"];
    if ours.iter().any(|member| metadata.has(member)) {
        return refused("update_our_members", "leave out the members that only our answers have");
    }
    Ok(())
}

/// What was granted to an application that proved itself in another way, or knew people by other names, is not this one's.
fn is_another_now(before: &RegisteredClient, after: &RegisteredClient) -> bool {
    let names = |application: &RegisteredClient| application.settings.pairwise.then(|| chabi_registration::sector::of(application));
    before.authentication != after.authentication || names(before) != names(after)
}

/// The one that proved the right to ask.
fn same_token(incoming: &Incoming) -> Option<SecretText> {
    let (_, token) = incoming.authorization()?.split_once(' ')?;
    Some(SecretText::new(token.trim().to_owned()))
}
