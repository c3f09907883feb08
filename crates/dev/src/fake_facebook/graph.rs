//! The Graph API of the fake Facebook: the profile, and whose a token is.

use aws_lc_rs::hmac;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};

use super::{Access, Facebook};
use crate::{parameters::Parameters, presented, respond, switches::Switch};

/// GET `/me`: the fields asked for, as far as the permissions reach. Wants `appsecret_proof`.
pub(super) async fn me(State(facebook): State<Facebook>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let Ok(parameters) = Parameters::parse(query.unwrap_or_default().as_bytes()) else {
        return error(100, "A parameter came twice");
    };
    let bearer = presented::token(&headers, &["Bearer"]);
    let Some(token) = parameters.find("access_token").or(bearer) else {
        return error(2500, "An active access token must be used to query information about the current user.");
    };
    let Some(access) = find(&facebook, token) else {
        return error(190, "Invalid OAuth access token - Cannot parse access token");
    };
    let Some(proof) = parameters.find("appsecret_proof") else {
        return error(100, "API calls from the server require an appsecret_proof argument");
    };
    if access.persona == "bad-proof" || !proof_matches(proof, token, &facebook.0.app.client_secret) {
        return error(100, "Invalid appsecret_proof provided in the API argument");
    }
    match profile(&access, parameters.find("fields").unwrap_or("id,name")) {
        Ok(fields) => respond::json(StatusCode::OK, &fields),
        Err(NoSuchField) => error(100, "Tried accessing nonexisting field on node type (User)"),
    }
}

/// What a token stands for, unless it was taken back.
fn find(facebook: &Facebook, token: &str) -> Option<Access> {
    facebook.0.access.find(token, &facebook.0.env).filter(|_| !facebook.0.switches.is_on(Switch::Revoked))
}

/// hex(HMAC-SHA256(app secret, access token)), as the vendor documents it.
fn proof_matches(proof: &str, token: &str, secret: &str) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, token.as_bytes());
    let expected: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    proof == expected
}

/// A field was asked for that a person does not have.
struct NoSuchField;

fn profile(access: &Access, fields: &str) -> Result<Map<String, Value>, NoSuchField> {
    let person = &access.person;
    let mut found = Map::new();
    for field in fields.split(',') {
        let value = match field.trim() {
            "id" => json!(person.id),
            "name" => json!(format!("{} {}", person.first_name, person.last_name)),
            "first_name" => json!(person.first_name),
            "last_name" => json!(person.last_name),
            // Left out when the person has none, or did not permit it: never null.
            "email" => match &person.email {
                Some(email) if access.permissions.iter().any(|one| one == "email") => json!(email),
                _ => continue,
            },
            "picture" => {
                json!({ "data": { "height": 50, "width": 50, "is_silhouette": true, "url": "https://example.test/silhouette.png" } })
            }
            _ => return Err(NoSuchField),
        };
        found.insert(field.trim().to_owned(), value);
    }
    found.insert("id".to_owned(), json!(person.id));
    Ok(found)
}

/// GET `/debug_token`: for the app that asks with its own token `<id>|<secret>`.
pub(super) async fn debug_token(State(facebook): State<Facebook>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let parameters = Parameters::parse(query.unwrap_or_default().as_bytes()).unwrap_or_default();
    let app = &facebook.0.app;
    let bearer = presented::token(&headers, &["Bearer"]);
    if parameters.find("access_token").or(bearer) != Some(&format!("{}|{}", app.client_id, app.client_secret)) {
        return error(190, "Invalid OAuth access token.");
    }
    let token = parameters.find("input_token").unwrap_or_default();
    let data = match find(&facebook, token) {
        Some(access) => json!({
            "app_id": app.client_id, "type": "USER", "application": "Chabi development", "is_valid": true,
            "user_id": access.person.id, "scopes": access.permissions, "issued_at": access.issued_at,
            "expires_at": access.issued_at + facebook.0.access.lifetime().0,
        }),
        None => json!({ "is_valid": false, "scopes": [], "error": { "code": 190, "message": "Invalid OAuth access token." } }),
    };
    respond::json(StatusCode::OK, &json!({ "data": data }))
}

/// The Graph API's error: 400, with the vendor's number.
pub(super) fn error(code: u32, message: &str) -> Response {
    let body = json!({ "error": { "message": message, "type": "OAuthException", "code": code, "fbtrace_id": "AChabiDevelopment" } });
    respond::json(StatusCode::BAD_REQUEST, &body)
}
