//! The refresh token grant (RFC 6749 §6, RFC 9700 §4.14): every rule first, then one verb that rotates or revokes.

use std::sync::Arc;

use chabi_spec::{ErrorCode, Failure, Refusal, Scope, SecretText, token_request::RefreshTokenRequest};
use chabi_store::{
    application::RegisteredClient,
    token_family::{FamilyId, RefreshTokenFamily, Rotation, RotationOutcome},
};
use chabi_token::{StatusIndex, hash, refresh_token::PresentedRefreshToken};

use super::{ApprovedGrant, Person, check_grant_allowed, check_resource_granted, invalid_grant, read_person_in_session};
use crate::{audience, audit, client_auth::AuthenticatedClient, dpop, server::Shared, sign_in_demand, trail::Trail};

/// From a request by an authenticated application to an approved grant.
///
/// # Errors
/// The first rule that is not met; a fault of the store.
pub(crate) async fn approve(
    request: &RefreshTokenRequest,
    authenticated: &AuthenticatedClient,
    shared: &Shared,
    trail: &mut Trail,
) -> Result<ApprovedGrant, Failure> {
    let client = authenticated.registered();
    trail.met("grant::check_grant_allowed", check_grant_allowed(client, "refresh_token"))?;
    let presented = trail.met("refresh::parse", parse(request, shared))?;
    let (found, person) = shared.store.find_family_with_person(FamilyId(presented.family), shared.env.now()).await?.unzip();
    let family = trail.met("refresh::check_bound_to", check_bound_to(found, client))?;
    trail.met("refresh::check_key", dpop::check_bound_to_key(dpop::bound_to(family.details.as_deref()), authenticated))?;
    let scope = trail.met("refresh::check_scope", check_scope_granted(request.scope.as_ref(), &family.scope))?;
    let resource = trail.met("refresh::check_resource", check_resource_granted(&request.resource, &family.resource))?;
    let audiences = audience::find(&resource, client, shared).await;
    let audiences = trail.met("refresh::check_audience", audiences)?;
    let good = sign_in_demand::check_still_good(&audiences, &family.amr, family.auth_time, shared.env.now());
    trail.met("sign_in_demand::check_still_good", good)?;
    // OpenID Connect Core §11: only what was granted with `offline_access` outlives the browser session
    let session = (!family.offline).then_some(family.session);
    let (claims, lives) = read_person_in_session(person.flatten(), family.account, session, shared).await?;
    let claims = trail.met("refresh::check_person", claims)?;
    trail.met("refresh::check_session", lives)?;

    let digest = request_hash(authenticated, &scope, &resource);
    let rotated = rotate(&presented, client, digest, shared).await;
    let successor = trail.met("refresh::rotate", rotated)?;
    let status = settle_status(&family, shared).await?;
    Ok(ApprovedGrant {
        scope: audience::grantable(&scope, client, &audiences),
        audiences,
        person: Some(Person {
            claims,
            family: family.id,
            family_ends: family.expires_at,
            session: Some(family.session),
            auth_time: family.auth_time,
            amr: family.amr,
            // OpenID Connect Core §12.2: the nonce belonged to the first request
            nonce: None,
            details: family.details,
        }),
        refresh_token: Some(successor),
        status,
        derived: None,
        client: Arc::clone(client),
    })
}

/// Only a token that we issued goes further: its MAC says so before anything is looked up.
fn parse(request: &RefreshTokenRequest, shared: &Shared) -> Result<PresentedRefreshToken, Refusal> {
    shared.refresh_keys.parse(request.refresh_token.expose()).map_err(|_| unknown())
}

fn unknown() -> Refusal {
    invalid_grant("refresh_token_unknown", "the refresh token is unknown, expired or revoked", "RFC 6749 §5.2")
}

/// RFC 9700 §4.14.2: bound to the application it was issued to; another one's attempt changes nothing.
fn check_bound_to(family: Option<RefreshTokenFamily>, client: &RegisteredClient) -> Result<RefreshTokenFamily, Refusal> {
    family.filter(|family| family.client_id == client.client_id).ok_or_else(unknown)
}

/// RFC 6749 §6: a refresh may ask for less than was granted, and never for more.
fn check_scope_granted(asked: Option<&Scope>, granted: &Scope) -> Result<Scope, Refusal> {
    match asked {
        None => Ok(granted.clone()),
        Some(asked) if granted.covers(asked) => Ok(asked.clone()),
        Some(asked) => Err(Refusal::new(ErrorCode::InvalidScope, "scope_exceeds_grant", "scope is more than was granted", "RFC 6749 §6")
            .explain(asked.to_string(), granted.to_string())),
    }
}

/// A retry must be the same request: same authentication, scope, resource and key.
fn request_hash(client: &AuthenticatedClient, scope: &Scope, resource: &[String]) -> [u8; 32] {
    let mut text = format!("{}\n{scope}", client.method());
    for audience in resource {
        text.push('\n');
        text.push_str(audience);
    }
    if let Some(key) = client.key() {
        text.push_str("\ndpop ");
        text.push_str(key.thumbprint());
    }
    hash::sha256(text.as_bytes())
}

/// One verb, and the token that follows from what it found.
async fn rotate(
    presented: &PresentedRefreshToken,
    client: &RegisteredClient,
    request_hash: [u8; 32],
    shared: &Shared,
) -> Result<SecretText, Failure> {
    let (settings, env) = (&shared.settings, &shared.env);
    let salt = env.random();
    let (successor, next_hash) = shared.refresh_keys.successor(presented, &salt);
    let rotation = Rotation {
        family: FamilyId(presented.family),
        client_id: client.client_id.clone(),
        generation: presented.generation,
        presented_hash: presented.hash(),
        next_hash,
        salt,
        key_version: shared.refresh_keys.key_version(),
        request_hash,
        grace: settings.refresh_grace,
        idle_lifetime: settings.refresh_idle_lifetime,
        now: env.now(),
    };
    match shared.store.rotate_refresh_token(rotation).await? {
        RotationOutcome::Rotated => Ok(successor),
        // a lost answer or a racing tab: the same token is derived again from what was presented and the salt that won
        RotationOutcome::Repeated(family) => {
            let salt = family.refresh.as_ref().map(|refresh| refresh.salt).unwrap_or_default();
            note("refresh.repeated", &family, "within the grace: the same successor was given again", shared).await?;
            Ok(shared.refresh_keys.successor(presented, &salt).0)
        }
        // RFC 9700 §4.14.2: two parties hold the token; the family is revoked by the statement itself
        RotationOutcome::Reused(family) => {
            shared.feed.soon();
            note("refresh.reused", &family, "the family was revoked", shared).await?;
            Err(invalid_grant("refresh_token_reused", "the refresh token was used before", "RFC 9700 §4.14.2").into())
        }
        RotationOutcome::Differs => {
            Err(invalid_grant("refresh_retry_differs", "the refresh token was used before", "RFC 9700 §4.14.2").into())
        }
        RotationOutcome::Revoked => Err(invalid_grant("refresh_token_revoked", "the refresh token was revoked", "RFC 6749 §5.2").into()),
        RotationOutcome::Expired => Err(invalid_grant("refresh_token_expired", "the refresh token has expired", "RFC 6749 §5.2").into()),
        RotationOutcome::Unknown => Err(unknown().into()),
    }
}

/// The family's place among the status lists. The version before 0003 wrote none: such a family gets one here, once.
async fn settle_status(family: &RefreshTokenFamily, shared: &Shared) -> Result<Option<StatusIndex>, Failure> {
    if family.status.is_some() {
        return Ok(family.status);
    }
    let proposed = shared.status_indexes.next(&shared.store).await?;
    Ok(shared.store.settle_family_status(family.id, proposed).await?)
}

async fn note(kind: &'static str, family: &RefreshTokenFamily, detail: &str, shared: &Shared) -> Result<(), Failure> {
    let event = audit::event(kind, Some(family.account), Some(&family.client_id), detail, &shared.env);
    Ok(shared.store.insert_audit_event(event).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    // req: rt.scope
    #[test]
    fn a_refresh_asks_for_less_and_never_for_more() {
        let granted = Scope::of(["openid", "notes:read"]);
        assert_eq!(check_scope_granted(None, &granted), Ok(granted.clone()));
        assert_eq!(check_scope_granted(Some(&Scope::of(["openid"])), &granted), Ok(Scope::of(["openid"])));
        let refusal = check_scope_granted(Some(&Scope::of(["openid", "notes:write"])), &granted).unwrap_err();
        assert_eq!(refusal.code, ErrorCode::InvalidScope);
    }
}
