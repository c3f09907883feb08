//! `/oauth2/token`: six hops, of which these are the first and the last (DESIGN.md §2).

use std::sync::Arc;

use axum::{extract::State, response::Response};
use chabi_spec::{Failure, TokenRequest, token_request::REPEATABLE};

use crate::{
    client_auth, dpop,
    grant::{authorization_code, client_credentials, device_code, jwt_bearer, native_sign_in, refresh_token, token_exchange},
    incoming::Incoming,
    issue,
    respond::json,
    server::Shared,
    trail::Trail,
};

/// RFC 6749 §3.2.
pub(crate) async fn serve(State(shared): State<Arc<Shared>>, incoming: Incoming) -> Response {
    let mut trail = shared.trail("/oauth2/token", &incoming);
    if !incoming.is_form() {
        return trail.close(json::not_a_form());
    }
    let outcome = exchange(&incoming, &shared, &mut trail).await;
    let mut answer = json::answer(outcome, incoming.authorization().is_some());
    dpop::offer_nonce(&mut answer.response, &incoming, &shared);
    trail.close(answer)
}

async fn exchange(incoming: &Incoming, shared: &Shared, trail: &mut Trail) -> Result<String, Failure> {
    let form = trail.met("form::parse", incoming.body_form(&REPEATABLE))?;
    let request = trail.met("token_request::parse", TokenRequest::parse(&form))?;
    let client = client_auth::authenticate(&form, incoming, shared, trail).await?;
    let client = dpop::prove_key(client, "/oauth2/token", incoming, shared, trail).await?;
    trail.met("dpop::check_bound", dpop::check_bound(&client))?;
    // RSA may be what takes longest: who would wait too long is told before a code or refresh token is spent
    let place = match &request {
        TokenRequest::ClientCredentials(_) | TokenRequest::TokenExchange(_) | TokenRequest::JwtBearer(_) => None,
        _ => issue::reserve(client.registered(), shared)?,
    };
    let grant = match &request {
        TokenRequest::AuthorizationCode(request) => authorization_code::approve(request, &client, shared, trail).await?,
        TokenRequest::RefreshToken(request) => refresh_token::approve(request, &client, shared, trail).await?,
        TokenRequest::ClientCredentials(request) => client_credentials::approve(request, &client, shared, trail).await?,
        TokenRequest::DeviceCode(request) => device_code::approve(request, &client, shared, trail).await?,
        TokenRequest::TokenExchange(request) => token_exchange::approve(request, &client, shared, trail).await?,
        TokenRequest::NativeSignIn(request) => native_sign_in::approve(request, &client, (incoming.address(), shared), trail).await?,
        TokenRequest::JwtBearer(request) => jwt_bearer::approve(request, &client, shared, trail).await?,
    };
    Ok(issue::tokens(grant, place, client.key(), shared).await?.to_json())
}
