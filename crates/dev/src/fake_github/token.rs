//! The token endpoint of the fake GitHub: always status 200, and a form unless one asks for JSON.

use axum::{
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use super::{Access, GitHub};
use crate::{parameters::Parameters, presented, respond};

/// Tokens that a person may have for one application and the same scopes; the oldest makes room.
const MOST_TOKENS: usize = 10;

/// POST.
pub(super) async fn exchange(State(github): State<GitHub>, headers: HeaderMap, body: Bytes) -> Response {
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let as_json = accepts.contains("application/json");
    match redeem(&github, &headers, &body) {
        Ok(fields) => answer(&fields, as_json),
        Err(Trouble::Said(error, about)) => {
            let uri = format!("/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/#{error}");
            answer(&[("error", error), ("error_description", about), ("error_uri", &uri)].map(owned), as_json)
        }
        Err(Trouble::Down) => (StatusCode::SERVICE_UNAVAILABLE, "<h1>No server is currently available</h1>").into_response(),
    }
}

type Field = (&'static str, String);

fn owned((name, value): (&'static str, &str)) -> Field {
    (name, value.to_owned())
}

/// What is wrong.
enum Trouble {
    /// In the vendor's words.
    Said(&'static str, &'static str),
    /// Nobody answers.
    Down,
}

fn redeem(github: &GitHub, headers: &HeaderMap, body: &[u8]) -> Result<Vec<Field>, Trouble> {
    let inner = &github.0;
    let bad_code = Trouble::Said("bad_verification_code", "The code passed is incorrect or expired.");
    let parameters = Parameters::parse(body).unwrap_or_default();
    if !presented::is_our_app(&inner.app, headers, &parameters) {
        return Err(Trouble::Said("incorrect_client_credentials", "The client_id and/or client_secret passed are incorrect."));
    }
    let text = parameters.find("code").unwrap_or_default();
    let Some(code) = inner.codes.find(text, &inner.env) else { return Err(bad_code) };
    match code.persona {
        "down" => return Err(Trouble::Down),
        "code-refused" => return Err(bad_code),
        _ => {}
    }
    if parameters.find("redirect_uri").is_some_and(|uri| uri != code.redirect_uri) {
        let about = "The redirect_uri MUST match the registered callback URL for this application.";
        return Err(Trouble::Said("redirect_uri_mismatch", about));
    }
    if !presented::verifier_matches(code.challenge.as_deref(), parameters.find("code_verifier")) || !inner.codes.spend(text) {
        return Err(bad_code);
    }
    let scope = code.scopes.join(",");
    let access = Access { persona: code.persona, person: code.person, scopes: code.scopes };
    let same = (access.person.id, access.scopes.clone());
    inner.access.make_room(MOST_TOKENS, |other| (other.person.id, &other.scopes) == (same.0, &same.1));
    let token = inner.access.keep("gho_", access, &inner.env);
    Ok(vec![("access_token", token), ("scope", scope), ("token_type", "bearer".to_owned())])
}

fn answer(fields: &[Field], as_json: bool) -> Response {
    if as_json {
        let body: serde_json::Map<String, Value> = fields.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        return respond::json(StatusCode::OK, &body);
    }
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    ([(header::CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], body)
        .into_response()
}
