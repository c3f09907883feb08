//! The API of the fake GitHub: who one is, and at which addresses.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::{Access, GitHub};
use crate::{presented, respond, switches::Switch};

/// GET `/user`.
pub(super) async fn user(State(github): State<GitHub>, headers: HeaderMap) -> Response {
    let access = match caller(&github, &headers) {
        Ok(access) => access,
        Err(answer) => return *answer,
    };
    let person = &access.person;
    let body = json!({
        "login": person.login, "id": person.id, "node_id": format!("U_{}", person.id), "type": "User", "site_admin": false,
        "avatar_url": format!("https://avatars.example.test/u/{}?v=4", person.id), "html_url": format!("https://github.example.test/{}", person.login),
        "name": person.name, "company": null, "email": person.public_email, "bio": null,
    });
    scoped(&access, &body)
}

/// GET `/user/emails`, for who has the scope.
pub(super) async fn emails(State(github): State<GitHub>, headers: HeaderMap) -> Response {
    let access = match caller(&github, &headers) {
        Ok(access) => access,
        Err(answer) => return *answer,
    };
    let may = access.scopes.iter().any(|scope| scope == "user:email" || scope == "user");
    if !may || access.persona == "emails-hidden" {
        return trouble(StatusCode::NOT_FOUND, "Not Found");
    }
    let list: Vec<Value> = access.person.emails.iter().map(super::persona::Email::json).collect();
    scoped(&access, &Value::Array(list))
}

/// Whose token it is. The program that asks must say which it is.
fn caller(github: &GitHub, headers: &HeaderMap) -> Result<Access, Box<Response>> {
    if headers.get(header::USER_AGENT).is_none_or(HeaderValue::is_empty) {
        let words = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.\n";
        return Err(Box::new((StatusCode::FORBIDDEN, words).into_response()));
    }
    let token = presented::token(headers, &["Bearer", "token"]).unwrap_or_default();
    let found = github.0.access.find(token, &github.0.env);
    let good = found.filter(|access| access.persona != "bad-credentials" && !github.0.switches.is_on(Switch::Revoked));
    good.ok_or_else(|| Box::new(trouble(StatusCode::UNAUTHORIZED, "Bad credentials")))
}

fn trouble(status: StatusCode, message: &str) -> Response {
    let body = json!({ "message": message, "documentation_url": "https://docs.github.com/rest", "status": status.as_str() });
    respond::json(status, &body)
}

fn scoped(access: &Access, body: &Value) -> Response {
    let mut answer = respond::json(StatusCode::OK, body);
    if let Ok(scopes) = HeaderValue::from_str(&access.scopes.join(", ")) {
        answer.headers_mut().insert("x-oauth-scopes", scopes);
    }
    answer
}
