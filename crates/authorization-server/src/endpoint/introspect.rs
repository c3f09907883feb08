//! `/oauth2/introspect`: is this token good now? (RFC 7662)

use std::sync::Arc;

use axum::{extract::State, response::Response};
use chabi_spec::{
    ErrorCode, Failure, Fault, Refusal,
    introspection::{IntrospectionRequest, IntrospectionResponse},
};
use chabi_store::{
    application::RegisteredClient,
    token_family::{FamilyId, RefreshTokenFamily},
};
use chabi_token::{Timestamp, hash, refresh_token::PresentedRefreshToken};
use http::{StatusCode, header};
use serde::Serialize;

use crate::{
    client_auth::{self, AuthenticatedClient},
    incoming::Incoming,
    live_token::{self, LiveToken},
    respond::json,
    server::Shared,
    signed_answer::{self, INTROSPECTION},
    trail::{Answer, Trail},
};

/// RFC 7662 §2.
pub(crate) async fn serve(State(shared): State<Arc<Shared>>, incoming: Incoming) -> Response {
    let mut trail = shared.trail("/oauth2/introspect", &incoming);
    if !incoming.is_form() {
        return trail.close(json::not_a_form());
    }
    let outcome = introspect(&incoming, &shared, &mut trail).await;
    trail.close(match outcome {
        Ok(response) => Answer::fine(response),
        Err(Failure::Refusal(refusal)) => json::refused(refusal, incoming.authorization().is_some()),
        Err(Failure::Fault(fault)) => Answer::fine(json::faulty(&fault)),
    })
}

async fn introspect(incoming: &Incoming, shared: &Shared, trail: &mut Trail) -> Result<Response, Failure> {
    let form = trail.met("form::parse", incoming.body_form(&[]))?;
    let client = client_auth::authenticate(&form, incoming, shared, trail).await?;
    trail.met("introspect::check_confidential", check_confidential(&client))?;
    let request = trail.met("introspection_request::parse", IntrospectionRequest::parse(&form))?;
    let client = client.registered();
    let found = find(&request, client, shared).await?.unwrap_or_else(IntrospectionResponse::inactive);
    match wants_signed(incoming) {
        false => Ok(json::render(StatusCode::OK, found.to_json())),
        true => Ok(signed(found, client, shared).await?),
    }
}

async fn find(
    request: &IntrospectionRequest,
    client: &RegisteredClient,
    shared: &Shared,
) -> Result<Option<IntrospectionResponse>, Failure> {
    if let Ok(presented) = shared.refresh_keys.parse(request.token.expose()) {
        return of_refresh_token(&presented, client, shared).await;
    }
    match live_token::find(request.token.expose(), shared).await? {
        Some(token) if may_ask(&token, client) => of_access_token(token, shared).await,
        _ => Ok(None),
    }
}

/// RFC 9701 §4: who asks says by `Accept` that the answer is to be signed.
fn wants_signed(incoming: &Incoming) -> bool {
    let ranges = incoming.header(&header::ACCEPT).unwrap_or_default().split(',');
    ranges.into_iter().any(|range| range.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(INTROSPECTION.media_type))
}

/// RFC 9701 §5: for the one who asked; what is said of the token stands inside one claim, so that the answer passes for no token.
async fn signed(found: IntrospectionResponse, client: &RegisteredClient, shared: &Shared) -> Result<Response, Fault> {
    let chosen = client.settings.introspection_signed_response_alg.as_str();
    // RFC 9701 §6: RS256 unless it chose another
    let alg = if chosen.is_empty() { "RS256" } else { chosen };
    let body = Signed { token_introspection: found.told() };
    signed_answer::render(INTROSPECTION, alg, &client.client_id, body, shared).await
}

#[derive(Serialize)]
struct Signed {
    token_introspection: IntrospectionResponse,
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

async fn of_access_token(mut live: LiveToken, shared: &Shared) -> Result<Option<IntrospectionResponse>, Failure> {
    let person = live.take_claims(shared).await?;
    let username = match (&live.family, person) {
        // OpenID Connect Core §8.1: a name that is the same everywhere would undo a subject that is not
        (Some(_), Some(_)) if live.application.settings.pairwise => None,
        (Some(_), Some(person)) => Some(person.preferred_username),
        // a disabled account: its tokens are good for nothing
        (Some(_), None) => return Ok(None),
        (None, _) => None,
    };
    let claims = live.token.claims();
    Ok(Some(IntrospectionResponse {
        active: true,
        scope: claims.scope.clone(),
        client_id: Some(claims.client_id.clone()),
        username: username.filter(|name| !name.is_empty()),
        // RFC 9449 §6.2: whom it is bound to, so that the API can ask for the proof
        token_type: Some(if claims.cnf.is_some() { "DPoP" } else { "Bearer" }),
        cnf: claims.cnf.clone(),
        act: claims.act.clone(),
        exp: Some(claims.exp),
        iat: Some(claims.iat),
        auth_time: claims.auth_time,
        sub: Some(claims.sub.clone()),
        aud: claims.aud.clone(),
        iss: Some(claims.iss.clone()),
        jti: Some(claims.jti.clone()),
        acr: claims.acr.clone(),
        extra: claims.extra.clone(),
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
