//! The token endpoint of the fake Microsoft.

use axum::{
    body::Bytes,
    extract::{Path, State},
    response::Response,
};
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::{Granted, Microsoft, id_token, issuer_in_discovery};
use crate::{parameters::Parameters, presented, respond, switches::Switch};

/// POST: a code or a refresh token becomes tokens.
pub(super) async fn exchange(State(microsoft): State<Microsoft>, Path(tenant): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let Ok(parameters) = Parameters::parse(&body) else {
        return error("invalid_request", 900_144, "A parameter came twice");
    };
    if issuer_in_discovery(&tenant).is_none() {
        return error("invalid_request", 90_002, "Tenant not found");
    }
    if !presented::is_our_app(&microsoft.0.app, &headers, &parameters) {
        return error("invalid_client", 7_000_215, "Invalid client secret provided.");
    }
    match parameters.find("grant_type") {
        Some("authorization_code") => code(&microsoft, &parameters).await,
        Some("refresh_token") => refresh(&microsoft, &parameters).await,
        _ => error("unsupported_grant_type", 70_003, "The app requested an unsupported grant type."),
    }
}

async fn code(microsoft: &Microsoft, parameters: &Parameters) -> Response {
    let text = parameters.find("code").unwrap_or_default();
    let Some(code) = microsoft.0.codes.find(text, &microsoft.0.env) else {
        return error("invalid_grant", 70_008, "The provided authorization code or refresh token has expired.");
    };
    if code.granted.persona == "down" {
        return respond::json(StatusCode::SERVICE_UNAVAILABLE, &json!({ "error": "temporarily_unavailable", "error_codes": [90_033] }));
    }
    if parameters.find("redirect_uri") != Some(&code.redirect_uri) {
        return error("invalid_grant", 500_112, "The reply address does not match the one of the authorization request.");
    }
    if !presented::verifier_matches(code.challenge.as_deref(), parameters.find("code_verifier")) {
        return error("invalid_grant", 501_481, "The Code_Verifier does not match the code_challenge.");
    }
    if !microsoft.0.codes.spend(text) {
        return error("invalid_grant", 54_005, "OAuth2 Authorization code was already redeemed.");
    }
    tokens(microsoft, code.granted).await
}

async fn refresh(microsoft: &Microsoft, parameters: &Parameters) -> Response {
    let found = microsoft.0.refresh.find(parameters.find("refresh_token").unwrap_or_default(), &microsoft.0.env);
    match found.filter(|_| !microsoft.0.switches.is_on(Switch::Revoked)) {
        Some(granted) => tokens(microsoft, Granted { nonce: None, ..granted }).await,
        None => error("invalid_grant", 50_173, "The provided grant has expired due to it being revoked."),
    }
}

async fn tokens(microsoft: &Microsoft, granted: Granted) -> Response {
    let id_token = match id_token::issue(microsoft, &granted).await {
        Ok(id_token) => id_token,
        Err(reason) => {
            tracing::error!(%reason, "the fake Microsoft could not sign");
            return respond::json(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "error": "server_error" }));
        }
    };
    let inner = &microsoft.0;
    let lifetime = inner.access.lifetime().0;
    let mut body = json!({
        "token_type": "Bearer", "scope": granted.scope, "expires_in": lifetime, "ext_expires_in": lifetime,
        "access_token": inner.access.keep("EwB", granted.clone(), &inner.env), "id_token": id_token,
    });
    if granted.scope.split(' ').any(|word| word == "offline_access")
        && let Some(fields) = body.as_object_mut()
    {
        fields.insert("refresh_token".to_owned(), json!(inner.refresh.keep("1.A", granted, &inner.env)));
    }
    respond::json(StatusCode::OK, &body)
}

fn error(code: &str, number: u32, about: &str) -> Response {
    let status = if code == "invalid_client" { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
    let body = json!({
        "error": code, "error_description": format!("AADSTS{number}: {about}"), "error_codes": [number],
        "trace_id": "00000000-0000-4000-8000-000000000000", "correlation_id": "00000000-0000-4000-8000-000000000000",
    });
    respond::json(status, &body)
}
