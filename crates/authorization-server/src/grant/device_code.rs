//! The device code grant (RFC 8628 §3.4): every rule first, then the code is spent and its family made in one transaction.

use std::sync::Arc;

use chabi_spec::{ErrorCode, Failure, Refusal, token_request::DeviceCodeRequest};
use chabi_store::{
    application::RegisteredClient,
    authorization_code::Redemption,
    device_grant::{DeviceDecision, DeviceGrant, DeviceGrantId, Poll},
    logout_delivery::LogoutDelivery,
    revocation::Revocation,
    token_family::RefreshTokenFamily,
};
use chabi_token::{Seconds, Timestamp, id_secret::IdSecret};

use super::{
    ApprovedGrant, Person, check_grant_allowed, check_resource_granted, find_person_in_session, invalid_grant,
    new_family::{Granted, new_family},
};
use crate::{audience, audit, client_auth::AuthenticatedClient, dpop, logout::participants, server::Shared, sign_in_demand, trail::Trail};

/// What stands before a device code's text, so that leaked ones can be found.
pub(crate) const PREFIX: &str = "chabi_dc_";
/// Seconds that a device waits between two requests, unless it was told to wait longer.
pub(crate) const INTERVAL: Seconds = Seconds(5);
/// RFC 8628 §3.5: the wait grows by five seconds, for this and all later requests.
const MORE: Seconds = Seconds(5);
/// A network is not a metronome: who comes so much too early is not in a hurry.
const TOLERANCE: Seconds = Seconds(1);

/// From a request by an authenticated application to an approved grant.
///
/// # Errors
/// `authorization_pending`, `slow_down`, `access_denied`, `expired_token`; the first rule that is not met; a fault of the store.
pub(crate) async fn approve(
    request: &DeviceCodeRequest,
    authenticated: &AuthenticatedClient,
    shared: &Shared,
    trail: &mut Trail,
) -> Result<ApprovedGrant, Failure> {
    let client = authenticated.registered();
    let now = shared.env.now();
    trail.met("grant::check_grant_allowed", check_grant_allowed(client, DeviceCodeRequest::GRANT_TYPE))?;
    let found = find(request, shared).await?;
    let device = trail.met("device::find", found)?;
    trail.met("device::check_bound_to", check_bound_to(&device, client))?;
    trail.met("device::check_in_time", check_in_time(&device, now))?;
    let resource = trail.met("device::check_resource", check_resource_granted(&request.resource, &device.resource))?;
    let polled = match device.decision == DeviceDecision::Pending && shared.device_polls.is_too_soon(device.id, now) {
        true => Poll::Pending { hurried: true },
        false => shared.store.poll_device_grant(device.id, TOLERANCE, MORE, now).await?,
    };
    let (approval, scope) = trail.met("device::check_decided", check_decided(polled))?;
    let audiences = audience::find(&resource, client, shared).await;
    let audiences = trail.met("device::check_audience", audiences)?;
    let good = sign_in_demand::check_still_good(&audiences, &approval.amr, approval.auth_time, now);
    trail.met("sign_in_demand::check_still_good", good)?;
    // OpenID Connect Core §11: only what was allowed with `offline_access` outlives the browser session
    let session = (!scope.contains("offline_access")).then_some(approval.session);
    let (claims, lives) = find_person_in_session(approval.account, session, shared).await?;
    let claims = trail.met("device::check_person", claims)?;
    trail.met("device::check_session", lives)?;

    let status = shared.status_indexes.next(&shared.store).await?;
    let granted = Granted {
        account: approval.account,
        session: approval.session,
        scope: &scope,
        resource: &device.resource,
        auth_time: approval.auth_time,
        amr: &approval.amr,
        details: dpop::for_family(device.details, authenticated),
    };
    let (family, refresh_token) = new_family(granted, client, status, shared);
    let (id, ends) = (family.id, family.expires_at);
    let to_tell = participants::to_note(client, &family, &claims, shared);
    trail.met("device::redeem", redeem(device.id, family, to_tell, shared).await)?;
    Ok(ApprovedGrant {
        // RFC 8628 §5.4: what the person saw and allowed, and nothing else
        scope: audience::grantable(&scope, client, &audiences),
        audiences,
        person: Some(Person {
            claims,
            family: id,
            family_ends: ends,
            session: Some(approval.session),
            auth_time: approval.auth_time,
            amr: approval.amr,
            nonce: None,
            details: None,
        }),
        refresh_token,
        status: Some(status),
        derived: None,
        client: Arc::clone(client),
    })
}

/// The device that the text names, if its secret is right; whatever became of it.
async fn find(request: &DeviceCodeRequest, shared: &Shared) -> Result<Result<DeviceGrant, Refusal>, Failure> {
    let Some(presented) = IdSecret::parse(PREFIX, request.device_code.expose(), shared.settings.site) else { return Ok(Err(unknown())) };
    let found = shared.store.find_device_grant(DeviceGrantId(presented.id)).await?;
    Ok(found.filter(|device| presented.matches(&device.secret_hash)).ok_or_else(unknown))
}

fn unknown() -> Refusal {
    invalid_grant("device_code_unknown", "the device code is unknown, expired or spent", "RFC 6749 §5.2")
}

/// RFC 8628 §3.4: the device code was issued to this application, and to no other.
fn check_bound_to(device: &DeviceGrant, client: &RegisteredClient) -> Result<(), Refusal> {
    match device.client_id == client.client_id {
        true => Ok(()),
        false => Err(invalid_grant("device_code_of_another_client", "the device code was issued to another application", "RFC 8628 §3.4")),
    }
}

/// RFC 8628 §3.5: after its end a device begins again. One that was allowed is looked at when it is spent, lest a late second use of
/// its code go unnoticed.
fn check_in_time(device: &DeviceGrant, now: Timestamp) -> Result<(), Refusal> {
    match device.decision {
        DeviceDecision::Allowed(_) => Ok(()),
        DeviceDecision::Pending | DeviceDecision::Denied if now < device.expires_at => Ok(()),
        DeviceDecision::Pending | DeviceDecision::Denied => Err(expired()),
    }
}

fn expired() -> Refusal {
    Refusal::new(ErrorCode::ExpiredToken, "device_code_expired", "nobody answered in time: begin again", "RFC 8628 §3.5")
}

/// RFC 8628 §3.5: what the person said, and whether the device asks too often.
fn check_decided(polled: Poll) -> Result<(chabi_store::device_grant::Approval, chabi_spec::Scope), Refusal> {
    let refuse = |code, rule, hint| Err(Refusal::new(code, rule, hint, "RFC 8628 §3.5"));
    match polled {
        Poll::Allowed(approval, scope) => Ok((approval, scope)),
        Poll::Pending { hurried: false } => {
            refuse(ErrorCode::AuthorizationPending, "device_pending", "the person has not answered yet: ask again after the interval")
        }
        Poll::Pending { hurried: true } => {
            refuse(ErrorCode::SlowDown, "device_hurries", "wait five seconds longer between requests from now on")
        }
        Poll::Denied => refuse(ErrorCode::AccessDenied, "device_denied", "the person did not allow it"),
        Poll::Unknown => Err(unknown()),
    }
}

/// Spends the code and adds the family, both or neither. A second use revokes what the first one gave, and that stays.
async fn redeem(
    device: DeviceGrantId,
    family: RefreshTokenFamily,
    to_tell: Option<LogoutDelivery>,
    shared: &Shared,
) -> Result<(), Failure> {
    let now = shared.env.now();
    let attempt = shared.env.new_id();
    let event = audit::event("device_code.replayed", Some(family.account), Some(&family.client_id), "the family was revoked", &shared.env);
    let redeemed = shared.store.transaction("redeem_device_grant", move |verbs| {
        let (family, to_tell, event) = (family.clone(), to_tell.clone(), event.clone());
        Box::pin(async move {
            match verbs.redeem_device_grant(device, family.id, attempt, now).await? {
                Redemption::Fresh => {
                    if let Some(to_tell) = to_tell {
                        verbs.note_logout_delivery(to_tell).await?;
                    }
                    Ok(verbs.insert_family(family).await?)
                }
                // as RFC 6749 §4.1.2 has it for codes: two parties hold what was for one
                Redemption::Replayed { family: replayed } => {
                    verbs.revoke(Revocation::Family(replayed), "device_code_replayed", now).await?;
                    verbs.insert_audit_event(event).await?;
                    Err(invalid_grant("device_code_replayed", "the device code was used before", "RFC 8628 §3.5").into())
                }
                // expired, or forgotten because the person signed out
                Redemption::Unknown => Err(expired().into()),
            }
        })
    });
    redeemed.await
}

#[cfg(test)]
mod tests {
    use chabi_spec::Scope;
    use chabi_store::{account::AccountId, browser_session::SessionId, device_grant::Approval};
    use chabi_token::Id;

    use super::*;
    use crate::fixtures::application;

    fn device(decision: DeviceDecision) -> DeviceGrant {
        DeviceGrant {
            id: DeviceGrantId(Id::from_bytes([1; 16])),
            secret_hash: [0; 32],
            user_code: "WDJBMJHT".to_owned(),
            client_id: "spa".to_owned(),
            scope: Scope::default(),
            resource: Vec::new(),
            details: None,
            expires_at: Timestamp(100),
            wait: INTERVAL,
            decision,
        }
    }

    fn approval() -> Approval {
        let id = Id::from_bytes([2; 16]);
        Approval { account: AccountId(id), session: SessionId(id), auth_time: Timestamp(0), amr: Vec::new() }
    }

    // req: dv.code
    #[test]
    fn a_device_code_of_another_application_is_invalid_grant() {
        let other = RegisteredClient { client_id: "other".to_owned(), ..application() };
        assert_eq!(check_bound_to(&device(DeviceDecision::Pending), &other).unwrap_err().code, ErrorCode::InvalidGrant);
        assert!(check_bound_to(&device(DeviceDecision::Pending), &application()).is_ok());
    }

    // req: dv.code
    #[test]
    fn what_was_not_answered_in_time_has_expired() {
        for (decision, moment, code) in [
            (DeviceDecision::Pending, 99, None),
            (DeviceDecision::Pending, 100, Some(ErrorCode::ExpiredToken)),
            (DeviceDecision::Denied, 100, Some(ErrorCode::ExpiredToken)),
            // looked at when it is spent
            (DeviceDecision::Allowed(approval()), 100, None),
        ] {
            assert_eq!(check_in_time(&device(decision), Timestamp(moment)).err().map(|refusal| refusal.code), code, "{moment}");
        }
    }

    // req: dv.code
    #[test]
    fn each_word_of_the_person_has_its_own_code() {
        for (polled, code) in [
            (Poll::Pending { hurried: false }, ErrorCode::AuthorizationPending),
            (Poll::Pending { hurried: true }, ErrorCode::SlowDown),
            (Poll::Denied, ErrorCode::AccessDenied),
            (Poll::Unknown, ErrorCode::InvalidGrant),
        ] {
            assert_eq!(check_decided(polled).unwrap_err().code, code);
        }
        let scope = Scope::of(["openid"]);
        assert_eq!(check_decided(Poll::Allowed(approval(), scope.clone())), Ok((approval(), scope)));
    }
}
