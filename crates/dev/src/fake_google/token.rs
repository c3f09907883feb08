//! The token and revocation endpoints of the fake Google.

use axum::{body::Bytes, extract::State, response::Response};
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::{Access, Code, Google, id_token};
use crate::{
    parameters::Parameters,
    presented::{self, is_our_app},
    respond,
    switches::Switch,
};

/// POST `/token`: a code or a refresh token becomes an access token.
pub(super) async fn exchange(State(google): State<Google>, headers: HeaderMap, body: Bytes) -> Response {
    let Ok(parameters) = Parameters::parse(&body) else {
        return error(StatusCode::BAD_REQUEST, "invalid_request", "A parameter came twice");
    };
    if !is_our_app(&google.0.app, &headers, &parameters) {
        return error(StatusCode::UNAUTHORIZED, "invalid_client", "Unauthorized");
    }
    match parameters.find("grant_type") {
        Some("authorization_code") => code(&google, &parameters).await,
        Some("refresh_token") => refresh(&google, &parameters),
        _ => error(StatusCode::BAD_REQUEST, "unsupported_grant_type", "Invalid grant_type"),
    }
}

async fn code(google: &Google, parameters: &Parameters) -> Response {
    let text = parameters.find("code").unwrap_or_default();
    let Some(code) = google.0.codes.find(text, &google.0.env) else {
        return error(StatusCode::BAD_REQUEST, "invalid_grant", "Malformed auth code.");
    };
    if code.persona == "down" {
        return error(StatusCode::SERVICE_UNAVAILABLE, "backend_error", "The server is on holiday");
    }
    if parameters.find("redirect_uri") != Some(&code.redirect_uri) {
        return error(StatusCode::BAD_REQUEST, "redirect_uri_mismatch", "Bad Request");
    }
    if !presented::verifier_matches(code.challenge.as_deref(), parameters.find("code_verifier")) {
        return error(StatusCode::BAD_REQUEST, "invalid_grant", "Invalid code verifier.");
    }
    if !google.0.codes.spend(text) {
        return error(StatusCode::BAD_REQUEST, "invalid_grant", "Bad Request");
    }
    tokens(google, &code).await
}

async fn tokens(google: &Google, code: &Code) -> Response {
    let granted = Access { person: code.person.clone(), scope: code.scope.clone() };
    let access_token = google.0.access.keep("ya29.", granted.clone(), &google.0.env);
    let id_token = match id_token::issue(google, code, &access_token).await {
        Ok(id_token) => id_token,
        Err(reason) => {
            tracing::error!(%reason, "the fake Google could not sign");
            return error(StatusCode::INTERNAL_SERVER_ERROR, "internal_failure", "Could not sign");
        }
    };
    let mut body = json!({
        "access_token": access_token, "expires_in": google.0.access.lifetime().0, "scope": code.scope,
        "token_type": "Bearer", "id_token": id_token,
    });
    // As the vendor does: only with access_type=offline, and only at the first consent.
    if code.offline
        && google.first_consent(&code.person.sub)
        && let Some(fields) = body.as_object_mut()
    {
        fields.insert("refresh_token".to_owned(), json!(google.0.refresh.keep("1//0", granted, &google.0.env)));
    }
    respond::json(StatusCode::OK, &body)
}

fn refresh(google: &Google, parameters: &Parameters) -> Response {
    let found = google.0.refresh.find(parameters.find("refresh_token").unwrap_or_default(), &google.0.env);
    let Some(granted) = found.filter(|_| !google.0.switches.is_on(Switch::Revoked)) else {
        return error(StatusCode::BAD_REQUEST, "invalid_grant", "Token has been expired or revoked.");
    };
    let scope = granted.scope.clone();
    let access_token = google.0.access.keep("ya29.", granted, &google.0.env);
    let lifetime = google.0.access.lifetime().0;
    let body = json!({ "access_token": access_token, "expires_in": lifetime, "scope": scope, "token_type": "Bearer" });
    respond::json(StatusCode::OK, &body)
}

/// POST `/revoke`: takes back everything that this person gave, as the vendor does.
pub(super) async fn revoke(State(google): State<Google>, body: Bytes) -> Response {
    let parameters = Parameters::parse(&body).unwrap_or_default();
    let text = parameters.find("token").unwrap_or_default();
    let inner = &google.0;
    let Some(granted) = inner.access.find(text, &inner.env).or_else(|| inner.refresh.find(text, &inner.env)) else {
        return error(StatusCode::BAD_REQUEST, "invalid_token", "Token expired or revoked");
    };
    let theirs = |other: &Access| other.person.sub == granted.person.sub;
    inner.access.forget(theirs);
    inner.refresh.forget(theirs);
    google.forget_consent(&granted.person.sub);
    respond::json(StatusCode::OK, &json!({}))
}

fn error(status: StatusCode, code: &str, about: &str) -> Response {
    respond::json(status, &json!({ "error": code, "error_description": about }))
}
