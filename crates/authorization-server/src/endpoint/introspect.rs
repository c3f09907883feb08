//! `/oauth2/introspect`: is this token good now? (RFC 7662)

use std::sync::Arc;

use axum::{extract::State, response::Response};
use chabi_spec::{
    ErrorCode, Failure, Refusal,
    introspection::{IntrospectionRequest, IntrospectionResponse},
};
use chabi_store::{
    application::RegisteredClient,
    token_family::{FamilyId, RefreshTokenFamily},
};
use chabi_token::{Timestamp, hash, refresh_token::PresentedRefreshToken};

use crate::{
    client_auth::{self, AuthenticatedClient},
    incoming::Incoming,
    live_token::{self, LiveToken},
    respond::json,
    server::Shared,
    trail::Trail,
};

/// RFC 7662 §2.
pub(crate) async fn serve(State(shared): State<Arc<Shared>>, incoming: Incoming) -> Response {
    let mut trail = shared.trail("/oauth2/introspect", &incoming);
    if !incoming.is_form() {
        return trail.close(json::not_a_form());
    }
    let outcome = introspect(&incoming, &shared, &mut trail).await;
    let outcome = outcome.map(|found| found.unwrap_or_else(IntrospectionResponse::inactive).to_json());
    trail.close(json::answer(outcome, incoming.authorization().is_some()))
}

async fn introspect(incoming: &Incoming, shared: &Shared, trail: &mut Trail) -> Result<Option<IntrospectionResponse>, Failure> {
    let form = trail.met("form::parse", incoming.body_form(&[]))?;
    let client = client_auth::authenticate(&form, incoming, shared, trail).await?;
    trail.met("introspect::check_confidential", check_confidential(&client))?;
    let request = trail.met("introspection_request::parse", IntrospectionRequest::parse(&form))?;
    let client = client.registered();
    if let Ok(presented) = shared.refresh_keys.parse(request.token.expose()) {
        return of_refresh_token(&presented, client, shared).await;
    }
    match live_token::find(request.token.expose(), shared).await? {
        Some(token) if may_ask(&token, client) => of_access_token(token, shared).await,
        _ => Ok(None),
    }
}

/// RFC 7662 §2.1: who asks must prove who it is, or anybody could try tokens here.
fn check_confidential(client: &AuthenticatedClient) -> Result<(), Refusal> {
    match client.is_confidential() {
        true => Ok(()),
        false => Err(Refusal::new(
            ErrorCode::InvalidClient,
            "introspection_of_a_public_client",
            "introspection is for confidential applications",
            "RFC 7662 §2.1",
        )),
    }
}

/// RFC 7662 §4: only the application that a token was issued to, and the API that it is for. An API asks with credentials of its own:
/// a confidential application without grants, whose audience is the API's.
fn may_ask(token: &LiveToken, client: &RegisteredClient) -> bool {
    let is_the_api = client.grant_types.is_empty() && token.token.claims().aud.contains(&client.default_audience);
    token.token.client_id() == client.client_id || is_the_api
}

async fn of_access_token(live: LiveToken, shared: &Shared) -> Result<Option<IntrospectionResponse>, Failure> {
    let username = match &live.family {
        Some(family) => match shared.gate.claims(family.account).await? {
            Some(person) => Some(person.preferred_username),
            // a disabled account: its tokens are good for nothing
            None => return Ok(None),
        },
        None => None,
    };
    let claims = live.token.claims();
    Ok(Some(IntrospectionResponse {
        active: true,
        scope: claims.scope.clone(),
        client_id: Some(claims.client_id.clone()),
        username: username.filter(|name| !name.is_empty()),
        token_type: Some("Bearer"),
        exp: Some(claims.exp),
        iat: Some(claims.iat),
        auth_time: claims.auth_time,
        sub: Some(claims.sub.clone()),
        aud: claims.aud.clone(),
        iss: Some(claims.iss.clone()),
        jti: Some(claims.jti.clone()),
    }))
}

/// A refresh token is for the application alone: no API may learn that it is good.
async fn of_refresh_token(
    presented: &PresentedRefreshToken,
    client: &RegisteredClient,
    shared: &Shared,
) -> Result<Option<IntrospectionResponse>, Failure> {
    let found = shared.store.find_family(FamilyId(presented.family)).await?;
    let now = shared.env.now();
    let Some(family) = found.filter(|family| family.client_id == client.client_id) else { return Ok(None) };
    let Some(ends) = current_until(&family, presented).filter(|ends| now < *ends) else { return Ok(None) };
    let Some(person) = shared.gate.claims(family.account).await? else { return Ok(None) };
    Ok(Some(IntrospectionResponse {
        active: true,
        scope: Some(family.scope.to_string()),
        client_id: Some(family.client_id),
        exp: Some(ends.as_seconds()),
        iat: Some(family.created_at.as_seconds()),
        auth_time: Some(family.auth_time.as_seconds()),
        sub: Some(shared.subjects.of(&person.subject, client).into_owned()),
        iss: Some(shared.settings.issuer.clone()),
        ..IntrospectionResponse::default()
    }))
}

/// When the presented token ends, if it is its family's current one.
fn current_until(family: &RefreshTokenFamily, presented: &PresentedRefreshToken) -> Option<Timestamp> {
    let refresh = family.refresh.as_ref()?;
    let current = refresh.generation == presented.generation && hash::constant_time_eq(&refresh.hash_current, &presented.hash());
    (current && family.revoked_at.is_none()).then(|| refresh.idle_expires_at.min(family.expires_at))
}
