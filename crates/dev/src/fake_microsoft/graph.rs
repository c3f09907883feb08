//! Microsoft Graph, as far as a sign-in needs it.

use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};

use super::{Granted, Microsoft, id_token::subject};
use crate::{presented, respond, switches::Switch};

/// `/oidc/userinfo`: less than the ID token says.
pub(super) async fn userinfo(State(microsoft): State<Microsoft>, headers: HeaderMap) -> Response {
    let granted = match caller(&microsoft, &headers) {
        Ok(granted) => granted,
        Err(answer) => return *answer,
    };
    let person = &granted.person;
    let mut claims = Map::new();
    claims.insert("sub".to_owned(), json!(subject(&microsoft, &granted)));
    claims.insert("name".to_owned(), json!(person.name()));
    claims.insert("given_name".to_owned(), json!(person.given_name));
    claims.insert("family_name".to_owned(), json!(person.family_name));
    claims.insert("picture".to_owned(), json!("https://graph.microsoft.com/v1.0/me/photo/$value"));
    if let Some(mail) = &person.mail {
        claims.insert("email".to_owned(), json!(mail));
    }
    respond::json(StatusCode::OK, &claims)
}

/// `/v1.0/me`, for who has `User.Read`.
pub(super) async fn me(State(microsoft): State<Microsoft>, headers: HeaderMap) -> Response {
    let granted = match caller(&microsoft, &headers) {
        Ok(granted) => granted,
        Err(answer) => return *answer,
    };
    if !granted.scope.split(' ').any(|word| word == "User.Read") {
        return trouble(StatusCode::FORBIDDEN, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.");
    }
    let person = &granted.person;
    let body = json!({
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users/$entity",
        "id": person.oid, "displayName": person.name(), "givenName": person.given_name, "surname": person.family_name,
        "userPrincipalName": person.username, "mail": person.mail, "jobTitle": Value::Null,
    });
    respond::json(StatusCode::OK, &body)
}

fn caller(microsoft: &Microsoft, headers: &HeaderMap) -> Result<Granted, Box<Response>> {
    let token = presented::token(headers, &["Bearer"]).unwrap_or_default();
    let found = microsoft.0.access.find(token, &microsoft.0.env).filter(|_| !microsoft.0.switches.is_on(Switch::Revoked));
    found.ok_or_else(|| Box::new(trouble(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", "Access token validation failure.")))
}

fn trouble(status: StatusCode, code: &str, message: &str) -> Response {
    respond::json(status, &json!({ "error": { "code": code, "message": message } }))
}
