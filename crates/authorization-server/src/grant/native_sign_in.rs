//! A mobile app of the operator's own brings the ID token that a provider gave it (RFC 8693), and its person is signed in. Off, unless the
//! operator named the social applications whose tokens the application may bring.
//!
//! The gate verifies the token and begins a session, so that what is granted here ends like everything else that a person granted: with
//! that session, unless `offline_access` was asked for. What no browser could ask about, the operator answers for: it is for first-party
//! applications alone.

use std::{net::IpAddr, sync::Arc};

use chabi_spec::{
    ErrorCode, Failure, Refusal,
    token_request::{NativeSignInRequest, TokenExchangeRequest, token_exchange::ACCESS_TOKEN},
};
use chabi_store::{application::RegisteredClient, logout_delivery::LogoutDelivery, token_family::RefreshTokenFamily};

use super::{
    ApprovedGrant, Derived, Person, check_grant_allowed, find_person,
    new_family::{Granted, new_family},
};
use crate::{
    audience, audit,
    client_auth::AuthenticatedClient,
    dpop,
    gate::{BroughtToken, NotSignedIn},
    logout::participants,
    server::Shared,
    sign_in_demand,
    trail::Trail,
};

/// From a request by an application to an approved grant, with the refresh token and the ID token that a code would have given.
///
/// # Errors
/// The first rule that is not met; a fault of the store.
pub(crate) async fn approve(
    request: &NativeSignInRequest,
    authenticated: &AuthenticatedClient,
    (address, shared): (Option<IpAddr>, &Shared),
    trail: &mut Trail,
) -> Result<ApprovedGrant, Failure> {
    let client = authenticated.registered();
    trail.met("grant::check_grant_allowed", check_grant_allowed(client, TokenExchangeRequest::GRANT_TYPE))?;
    trail.met("native::check_allowed", check_allowed(client))?;
    let audiences = audience::find(&request.resource, client, shared).await;
    let audiences = trail.met("native::check_audience", audiences)?;
    let now = shared.env.now();
    let good = sign_in_demand::check_still_good(&audiences, &["fed".to_owned()], now, now);
    trail.met("sign_in_demand::check_still_good", good)?;
    let brought = BroughtToken {
        application: client,
        token: request.subject_token.expose(),
        nonce: request.nonce.expose(),
        subject_issuer: request.subject_issuer.as_deref(),
        address,
    };
    let signed_in = shared.gate.sign_in_by_token(brought, &shared.env).await?;
    let person = trail.met("native::sign_in", signed_in.map_err(refusal))?;
    let claims = find_person(person.account(), shared).await?;
    let claims = trail.met("native::check_person", claims)?;
    let scope = audience::grantable(request.scope.as_ref().unwrap_or(&client.scope), client, &audiences);
    let status = shared.status_indexes.next(&shared.store).await?;
    let granted = Granted {
        account: person.account(),
        session: person.session(),
        scope: &scope,
        resource: &audiences.names(),
        auth_time: person.auth_time(),
        amr: person.amr(),
        details: dpop::for_family(None, authenticated),
    };
    let (family, refresh_token) = new_family(granted, client, status, shared);
    let (id, ends) = (family.id, family.expires_at);
    let to_tell = participants::to_note(client, &family, &claims, shared);
    begin(family, to_tell, shared).await?;
    Ok(ApprovedGrant {
        scope,
        audiences,
        person: Some(Person {
            claims,
            family: id,
            family_ends: ends,
            session: Some(person.session()),
            auth_time: person.auth_time(),
            amr: person.amr().to_vec(),
            nonce: Some(request.nonce.expose().to_owned()),
            details: None,
        }),
        refresh_token,
        status: Some(status),
        derived: Some(Derived { act: None, issued_token_type: Some(ACCESS_TOKEN), signed_in: true }),
        client: Arc::clone(client),
    })
}

/// RFC 8693 §2.1: policy of the server. There is none unless the operator wrote one; and since nobody can be asked for consent, it is for
/// applications of the operator's own.
fn check_allowed(client: &RegisteredClient) -> Result<(), Refusal> {
    let refuse = |rule, hint| Err(Refusal::new(ErrorCode::UnauthorizedClient, rule, hint, "RFC 8693 §2.1"));
    if client.settings.native_sign_in.is_empty() {
        return refuse("native_not_allowed", "the application may not sign people in by tokens of providers")
            .map_err(|refusal: Refusal| refusal.explain("no rule", "settings.native_sign_in"));
    }
    match client.is_ours() {
        true => Ok(()),
        false => refuse("native_not_first_party", "only the operator's own applications sign people in without asking them"),
    }
}

/// RFC 8693 §2.2.2: what is wrong with the token is `invalid_request`; `interaction_required` tells the app to open a browser.
fn refusal(why: NotSignedIn) -> Refusal {
    let of = |code, rule, hint| Refusal::new(code, rule, hint, "RFC 8693 §2.2.2");
    match why {
        NotSignedIn::NotSupported => {
            of(ErrorCode::UnauthorizedClient, "native_not_supported", "sign-in by tokens of providers is not offered")
        }
        NotSignedIn::UnknownIssuer => {
            of(ErrorCode::InvalidRequest, "native_issuer_unknown", "the token is of nobody whom the application may bring tokens of")
        }
        NotSignedIn::BadToken(why) => of(ErrorCode::InvalidRequest, "native_token_not_good", "the ID token is not good here")
            .explain(why, "an ID token of the provider, made for this application or its social application, with this nonce"),
        NotSignedIn::Replayed => of(ErrorCode::InvalidRequest, "native_token_replayed", "the ID token was brought before"),
        NotSignedIn::SignInFirst => of(
            ErrorCode::InteractionRequired,
            "native_sign_in_first",
            "an account has this address: the person signs in in a browser first, and connects the provider",
        ),
        NotSignedIn::Shut => of(ErrorCode::InvalidGrant, "account_closed", "the account is gone or disabled"),
        NotSignedIn::SignUpClosed => of(ErrorCode::AccessDenied, "native_sign_up_closed", "new people may not come in by this provider"),
        NotSignedIn::TooMany => {
            of(ErrorCode::TemporarilyUnavailable, "native_too_many", "too many attempts from this address: come back later")
        }
    }
}

/// Writes the grant, and whom to tell when its session ends.
async fn begin(family: RefreshTokenFamily, to_tell: Option<LogoutDelivery>, shared: &Shared) -> Result<(), Failure> {
    let event = audit::event("native.accepted", Some(family.account), Some(&family.client_id), &family.scope.to_string(), &shared.env);
    let written = shared.store.transaction("native_sign_in", move |verbs| {
        let (family, to_tell, event) = (family.clone(), to_tell.clone(), event.clone());
        Box::pin(async move {
            if let Some(to_tell) = to_tell {
                verbs.note_logout_delivery(to_tell).await?;
            }
            verbs.insert_family(family).await?;
            Ok(verbs.insert_audit_event(event).await?)
        })
    });
    written.await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::application;

    #[test]
    fn only_a_first_party_application_with_a_rule_signs_people_in_by_tokens_of_providers() {
        let mut app = application();
        app.settings.native_sign_in = Vec::new();
        assert_eq!(check_allowed(&app).unwrap_err().cause.rule, "native_not_allowed");
        app.settings.native_sign_in = vec!["google".to_owned()];
        app.first_party = false;
        assert_eq!(check_allowed(&app).unwrap_err().cause.rule, "native_not_first_party");
        app.first_party = true;
        assert!(check_allowed(&app).is_ok());
    }
}
