//! The token and revocation endpoints of the fake Apple.

use axum::{body::Bytes, extract::State, response::Response};
use http::StatusCode;
use serde_json::json;

use super::{Apple, Code, id_token};
use crate::{expiring::random_text, parameters::Parameters, respond, switches::Switch};

/// POST `/auth/token`: a code or a refresh token becomes tokens.
pub(super) async fn exchange(State(apple): State<Apple>, body: Bytes) -> Response {
    let Ok(parameters) = Parameters::parse(&body) else { return error("invalid_request", None) };
    if !is_our_app(&apple, &parameters) {
        return error("invalid_client", None);
    }
    match parameters.find("grant_type") {
        Some("authorization_code") => code(&apple, &parameters).await,
        Some("refresh_token") => refresh(&apple, &parameters).await,
        _ => error("unsupported_grant_type", None),
    }
}

/// The vendor says no more than that the secret is not good; the log says why.
fn is_our_app(apple: &Apple, parameters: &Parameters) -> bool {
    let inner = &apple.0;
    // by the right time: a clock that is off refuses nothing here
    let checked = inner.secret.check(parameters.find("client_secret").unwrap_or_default(), inner.env.now().as_seconds());
    let checked = checked.inspect_err(|reason| tracing::warn!(reason, "the fake Apple refused a client secret"));
    parameters.find("client_id") == Some(&inner.app.client_id) && checked.is_ok()
}

async fn code(apple: &Apple, parameters: &Parameters) -> Response {
    let text = parameters.find("code").unwrap_or_default();
    let Some(code) = apple.0.codes.find(text, &apple.0.env) else {
        return error("invalid_grant", Some("The code has expired or has been revoked."));
    };
    if code.persona == "down" {
        return respond::json(StatusCode::SERVICE_UNAVAILABLE, &json!({ "error": "server_error" }));
    }
    if parameters.find("redirect_uri") != Some(&code.redirect_uri) {
        return error("invalid_grant", Some("client_id mismatch or redirect_uri mismatch."));
    }
    if !apple.0.codes.spend(text) {
        return error("invalid_grant", Some("The code has already been used."));
    }
    let refresh_token = apple.0.refresh.keep("r", Code { nonce: None, ..code.clone() }, &apple.0.env);
    tokens(apple, &code, Some(refresh_token)).await
}

async fn refresh(apple: &Apple, parameters: &Parameters) -> Response {
    let found = apple.0.refresh.find(parameters.find("refresh_token").unwrap_or_default(), &apple.0.env);
    match found.filter(|_| !apple.0.switches.is_on(Switch::Revoked)) {
        Some(code) => tokens(apple, &code, None).await,
        None => error("invalid_grant", Some("The token has been revoked.")),
    }
}

async fn tokens(apple: &Apple, code: &Code, refresh_token: Option<String>) -> Response {
    // nothing takes it: there is no userinfo
    let access_token = format!("a{}", random_text(&apple.0.env));
    let id_token = match id_token::issue(apple, code, &access_token).await {
        Ok(id_token) => id_token,
        Err(reason) => {
            tracing::error!(%reason, "the fake Apple could not sign");
            return respond::json(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "error": "server_error" }));
        }
    };
    let mut body = json!({ "access_token": access_token, "token_type": "Bearer", "expires_in": 3_600, "id_token": id_token });
    if let (Some(token), Some(fields)) = (refresh_token, body.as_object_mut()) {
        fields.insert("refresh_token".to_owned(), json!(token));
    }
    respond::json(StatusCode::OK, &body)
}

/// POST `/auth/revoke`: the application is forgotten, and the next sign-in tells the name again.
pub(super) async fn revoke(State(apple): State<Apple>, body: Bytes) -> Response {
    let parameters = Parameters::parse(&body).unwrap_or_default();
    if !is_our_app(&apple, &parameters) {
        return error("invalid_client", None);
    }
    if let Some(code) = apple.0.refresh.find(parameters.find("token").unwrap_or_default(), &apple.0.env) {
        apple.0.refresh.forget(|other| other.person.sub == code.person.sub);
        apple.forget(&code.person.sub);
    }
    // RFC 7009 §2.2: a token that is not there is as good as revoked
    respond::json(StatusCode::OK, &json!({}))
}

fn error(code: &str, about: Option<&str>) -> Response {
    let body = match about {
        Some(about) => json!({ "error": code, "error_description": about }),
        None => json!({ "error": code }),
    };
    respond::json(StatusCode::BAD_REQUEST, &body)
}
