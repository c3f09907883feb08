//! The authorize endpoint of the fake Apple. Its answer is a form that posts itself, whenever a name or an address is asked for.

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    response::Response,
};
use serde_json::json;

use super::{
    Apple, Code, PERSONAS,
    persona::{Person, has},
};
use crate::{
    fixtures::APPLE_PATH,
    parameters::{Parameters, with_query},
    personas::{self, Problem},
    respond,
    switches::Switch,
};

/// GET: the page with the personas, or the page that says what was wrong.
pub(super) async fn show(State(apple): State<Apple>, RawQuery(query): RawQuery) -> Response {
    match read(&apple, query.unwrap_or_default().as_bytes()) {
        Ok(parameters) => personas::page("Apple", &format!("{APPLE_PATH}/auth/authorize"), &PERSONAS, &parameters),
        Err(found) => personas::problem_page("Apple", &found),
    }
}

/// POST: a persona was picked.
pub(super) async fn picked(State(apple): State<Apple>, body: Bytes) -> Response {
    let parameters = match read(&apple, &body) {
        Ok(parameters) => parameters,
        Err(found) => return personas::problem_page("Apple", &found),
    };
    let Some(persona) = PERSONAS.iter().find(|persona| Some(persona.key) == parameters.find("persona")) else {
        return personas::problem_page("Apple", &Problem { error: "invalid_request", about: "No such persona.".to_owned() });
    };
    if persona.key == "cancelled" || apple.0.switches.is_on(Switch::Denied) {
        return back(&parameters, vec![("error", "user_cancelled_authorize".to_owned())]);
    }
    let person = Person::of(persona, &apple.0.env);
    let owned = |name| parameters.find(name).map(str::to_owned);
    let scope = owned("scope").unwrap_or_default();
    if apple.0.switches.is_on(Switch::Revoked) {
        apple.forget(&person.sub);
    }
    // the name is told at the first sign-in, here and nowhere else
    let told = ((has(&scope, "name") || has(&scope, "email")) && apple.is_first(&person.sub)).then(|| person.form_field(&scope));
    let code = Code {
        persona: persona.key,
        person,
        redirect_uri: owned("redirect_uri").unwrap_or_default(),
        scope,
        nonce: owned("nonce"),
        signed_in_at: apple.0.switches.now(&apple.0.env),
    };
    let mut answer = vec![("code", apple.0.codes.keep("c", code, &apple.0.env))];
    answer.extend(told.map(|user| ("user", user)));
    back(&parameters, answer)
}

/// Everything Apple looks at before it shows a page.
fn read(apple: &Apple, encoded: &[u8]) -> Result<Parameters, Problem> {
    let parameters = Parameters::parse(encoded).map_err(Problem::from)?;
    let app = &apple.0.app;
    let refuse = |error, about: String| Err(Problem { error, about });
    if parameters.find("client_id") != Some(&app.client_id) {
        return refuse("invalid_client", "Invalid client id.".to_owned());
    }
    match parameters.find("redirect_uri") {
        Some(uri) if app.redirect_uris.iter().any(|registered| registered == uri) => {}
        _ => return refuse("invalid_request", format!("Invalid web redirect url; registered: {}", app.redirect_uris.join(" "))),
    }
    if parameters.find("response_type") != Some("code") {
        return refuse("unsupported_response_type", "response_type must be code".to_owned());
    }
    let scope = parameters.find("scope").unwrap_or_default();
    if let Some(unknown) = scope.split(' ').find(|word| !["", "openid", "name", "email"].contains(word)) {
        return refuse("invalid_scope", format!("Invalid scope: {unknown}"));
    }
    match parameters.find("response_mode") {
        Some("form_post") => Ok(parameters),
        None | Some("query") if !has(scope, "name") && !has(scope, "email") => Ok(parameters),
        _ => refuse("invalid_request", "response_mode must be form_post when name or email scope is requested.".to_owned()),
    }
}

fn back(parameters: &Parameters, mut answer: Vec<(&'static str, String)>) -> Response {
    answer.extend(parameters.find("state").map(|state| ("state", state.to_owned())));
    let target = parameters.find("redirect_uri").unwrap_or_default();
    if parameters.find("response_mode") == Some("form_post") {
        return respond::posting_page(&json!({ "target": target, "fields": answer }));
    }
    let answer: Vec<(&str, &str)> = answer.iter().map(|(name, value)| (*name, value.as_str())).collect();
    respond::redirect(&with_query(target, &answer))
}
