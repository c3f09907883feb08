//! `/oauth2/revoke`: an application gives a token back (RFC 7009).

use std::sync::Arc;

use axum::{extract::State, response::Response};
use chabi_spec::{ErrorCode, Failure, Refusal, revocation_request::RevocationRequest};
use chabi_store::{application::RegisteredClient, revocation::Revocation, token_family::FamilyId};

use crate::{audit, client_auth, incoming::Incoming, live_token, respond::json, server::Shared, trail::Trail};

/// Why, in the store's words.
const BY_APPLICATION: &str = "revoked_by_application";

/// RFC 7009 §2.
pub(crate) async fn serve(State(shared): State<Arc<Shared>>, incoming: Incoming) -> Response {
    let mut trail = shared.trail("/oauth2/revoke", &incoming);
    if !incoming.is_form() {
        return trail.close(json::not_a_form());
    }
    let outcome = revoke(&incoming, &shared, &mut trail).await;
    // RFC 7009 §2.2: 200 whether there was such a token or not; 503 when the store could not do it, never 200
    trail.close(json::answer(outcome.map(|()| "{}".to_owned()), incoming.authorization().is_some()))
}

async fn revoke(incoming: &Incoming, shared: &Shared, trail: &mut Trail) -> Result<(), Failure> {
    let form = trail.met("form::parse", incoming.body_form(&[]))?;
    let client = client_auth::authenticate(&form, incoming, shared, trail).await?;
    let request = trail.met("revocation_request::parse", RevocationRequest::parse(&form))?;
    let client = client.registered();
    // the text says what it is, so that the hint is not needed
    if let Ok(presented) = shared.refresh_keys.parse(request.token.expose()) {
        return revoke_family(FamilyId(presented.family), client, shared, trail).await;
    }
    let Some(token) = live_token::verify(request.token.expose(), shared).await? else { return Ok(()) };
    trail.met("revoke::check_bound_to", check_bound_to(token.client_id(), client))?;
    let family = match live_token::family_of(&token) {
        Some(id) => shared.store.find_family(id).await?,
        None => None,
    };
    match family {
        Some(family) if family.client_id == client.client_id => revoke_family(family.id, client, shared, trail).await,
        // one single token of an application, or one that it got for another's (RFC 8693): denied until it would have expired
        _ => {
            let what = Revocation::Token { jti: token.jti(), status: token.status(), expires_at: token.expires_at() };
            shared.store.revoke(what, BY_APPLICATION, shared.env.now()).await?;
            shared.feed.soon();
            Ok(())
        }
    }
}

/// RFC 7009 §2.1: a refresh token takes everything of its grant with it.
async fn revoke_family(id: FamilyId, client: &RegisteredClient, shared: &Shared, trail: &mut Trail) -> Result<(), Failure> {
    let Some(family) = shared.store.find_family(id).await? else { return Ok(()) };
    trail.met("revoke::check_bound_to", check_bound_to(&family.client_id, client))?;
    if shared.store.revoke(Revocation::Family(id), BY_APPLICATION, shared.env.now()).await? > 0 {
        shared.feed.soon();
        let event = audit::event("family.revoked", Some(family.account), Some(&family.client_id), "by the application", &shared.env);
        shared.store.insert_audit_event(event).await?;
    }
    Ok(())
}

/// RFC 7009 §2.1: only the application that a token was issued to may revoke it.
fn check_bound_to(issued_to: &str, client: &RegisteredClient) -> Result<(), Refusal> {
    match issued_to == client.client_id {
        true => Ok(()),
        false => Err(Refusal::new(
            ErrorCode::InvalidGrant,
            "token_of_another_client",
            "the token was issued to another application",
            "RFC 7009 §2.1",
        )),
    }
}
