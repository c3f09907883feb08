//! The token endpoint of the fake Facebook; it takes its parameters from a query or a form.

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    response::Response,
};
use http::StatusCode;
use serde_json::json;

use super::{Access, Facebook, graph::error};
use crate::{parameters::Parameters, respond};

/// GET.
pub(super) async fn exchange_by_query(State(facebook): State<Facebook>, RawQuery(query): RawQuery) -> Response {
    exchange(&facebook, query.unwrap_or_default().as_bytes())
}

/// POST.
pub(super) async fn exchange_by_form(State(facebook): State<Facebook>, body: Bytes) -> Response {
    exchange(&facebook, &body)
}

fn exchange(facebook: &Facebook, encoded: &[u8]) -> Response {
    let Ok(parameters) = Parameters::parse(encoded) else {
        return error(100, "A parameter came twice");
    };
    let app = &facebook.0.app;
    if parameters.find("client_id") != Some(&app.client_id) {
        return error(101, "Error validating application. Cannot get application info due to a system error.");
    }
    if parameters.find("client_secret") != Some(&app.client_secret) {
        return error(1, "Error validating client secret.");
    }
    match parameters.find("grant_type") {
        None | Some("authorization_code") => code(facebook, &parameters),
        Some("fb_exchange_token") => longer(facebook, &parameters),
        Some("client_credentials") => {
            let token = format!("{}|{}", app.client_id, app.client_secret);
            respond::json(StatusCode::OK, &json!({ "access_token": token, "token_type": "bearer" }))
        }
        Some(_) => error(100, "Unsupported grant_type"),
    }
}

fn code(facebook: &Facebook, parameters: &Parameters) -> Response {
    let text = parameters.find("code").unwrap_or_default();
    let Some(code) = facebook.0.codes.find(text, &facebook.0.env) else {
        return error(100, "This authorization code has expired or has been used.");
    };
    if code.persona == "down" {
        let body = json!({ "error": { "message": "An unexpected error has occurred. Please retry your request later.", "type": "OAuthException", "code": 2 } });
        return respond::json(StatusCode::SERVICE_UNAVAILABLE, &body);
    }
    if parameters.find("redirect_uri") != Some(&code.redirect_uri) {
        return error(
            100,
            "Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request",
        );
    }
    if !facebook.0.codes.spend(text) {
        return error(100, "This authorization code has been used.");
    }
    let issued_at = facebook.0.env.now().as_seconds();
    let access = Access { persona: code.persona, person: code.person, permissions: code.permissions, issued_at };
    issued(facebook, access)
}

/// There are no refresh tokens: a token is exchanged for one that lives longer.
fn longer(facebook: &Facebook, parameters: &Parameters) -> Response {
    match facebook.0.access.find(parameters.find("fb_exchange_token").unwrap_or_default(), &facebook.0.env) {
        Some(access) => issued(facebook, access),
        None => error(190, "Invalid OAuth access token."),
    }
}

fn issued(facebook: &Facebook, access: Access) -> Response {
    let token = facebook.0.access.keep("EAA", access, &facebook.0.env);
    let lifetime = facebook.0.access.lifetime().0;
    respond::json(StatusCode::OK, &json!({ "access_token": token, "token_type": "bearer", "expires_in": lifetime }))
}
