//! The authorize endpoint of the fake Google: checks what came, shows the personas, and sends the browser back.

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    response::Response,
};

use super::{Code, Google, PERSONAS, persona::Person};
use crate::{
    fixtures::GOOGLE_PATH,
    parameters::{Parameters, with_query},
    personas::{self, Problem},
    presented, respond,
    switches::Switch,
};

/// GET: the page with the personas, or the page that says what was wrong.
pub(super) async fn show(State(google): State<Google>, RawQuery(query): RawQuery) -> Response {
    let parameters = match Parameters::parse(query.unwrap_or_default().as_bytes()) {
        Ok(parameters) => parameters,
        Err(repeated) => return problem(&repeated.into()),
    };
    if let Err(found) = check(&google, &parameters) {
        return problem(&found);
    }
    // OpenID Connect Core §3.1.2.1: `prompt=none` never shows a page.
    if parameters.find("prompt") == Some("none") {
        return back(&google, &parameters, &[("error", "interaction_required")]);
    }
    let action = format!("{GOOGLE_PATH}/o/oauth2/v2/auth");
    personas::page("Google", &action, &PERSONAS, &parameters)
}

/// POST: a persona was picked.
pub(super) async fn picked(State(google): State<Google>, body: Bytes) -> Response {
    let parameters = match Parameters::parse(&body) {
        Ok(parameters) => parameters,
        Err(repeated) => return problem(&repeated.into()),
    };
    if let Err(found) = check(&google, &parameters) {
        return problem(&found);
    }
    let Some(persona) = PERSONAS.iter().find(|persona| Some(persona.key) == parameters.find("persona")) else {
        return problem(&Problem { error: "invalid_request", about: "No such persona.".to_owned() });
    };
    if persona.key == "cancelled" || google.0.switches.is_on(Switch::Denied) {
        return back(&google, &parameters, &[("error", "access_denied")]);
    }
    let owned = |name| parameters.find(name).map(str::to_owned);
    let scope = owned("scope").unwrap_or_default();
    let code = Code {
        person: Person::of(persona, &google.0.env),
        persona: persona.key,
        redirect_uri: owned("redirect_uri").unwrap_or_default(),
        scope: scope.clone(),
        nonce: owned("nonce"),
        challenge: owned("code_challenge"),
        offline: parameters.find("access_type") == Some("offline"),
    };
    if asks_to_consent_again(&parameters) {
        google.forget_consent(&code.person.sub);
    }
    let code = google.0.codes.keep("4/0", code, &google.0.env);
    back(&google, &parameters, &[("code", &code), ("scope", &scope), ("authuser", "0"), ("prompt", "consent")])
}

fn asks_to_consent_again(parameters: &Parameters) -> bool {
    parameters.find("prompt").is_some_and(|prompt| prompt.split(' ').any(|word| word == "consent"))
}

/// Everything Google looks at before it shows a page. Nothing here redirects: the vendor shows its own error page too.
fn check(google: &Google, parameters: &Parameters) -> Result<(), Problem> {
    let app = &google.0.app;
    let refuse = |error, about: String| Err(Problem { error, about });
    match parameters.find("client_id") {
        Some(id) if id == app.client_id => {}
        Some(id) => return refuse("invalid_client", format!("The OAuth client was not found: {id}")),
        None => return refuse("invalid_request", "Required parameter is missing: client_id".to_owned()),
    }
    match parameters.find("redirect_uri") {
        Some(uri) if app.redirect_uris.iter().any(|registered| registered == uri) => {}
        Some(uri) => return refuse("redirect_uri_mismatch", format!("redirect_uri={uri}; registered: {}", app.redirect_uris.join(" "))),
        None => return refuse("invalid_request", "Required parameter is missing: redirect_uri".to_owned()),
    }
    if parameters.find("response_type") != Some("code") {
        return refuse("invalid_request", "response_type must be code".to_owned());
    }
    let scope = parameters.find("scope").unwrap_or_default();
    if !scope.split(' ').any(|word| word == "openid") {
        return refuse("invalid_scope", format!("scope must contain openid; it is: {scope}"));
    }
    if let Some(unknown) = scope.split(' ').find(|word| !["openid", "email", "profile"].contains(word)) {
        return refuse("invalid_scope", format!("no such scope here: {unknown}"));
    }
    if presented::challenge_is_fine(parameters) {
        Ok(())
    } else {
        refuse("invalid_request", "code_challenge must come with code_challenge_method=S256, and have 43 characters".to_owned())
    }
}

/// Back to the application, with its `state` and our `iss` (RFC 9207).
fn back(google: &Google, parameters: &Parameters, answer: &[(&str, &str)]) -> Response {
    let mut all = Vec::from(answer);
    if let Some(state) = parameters.find("state") {
        all.insert(0, ("state", state));
    }
    all.push(("iss", &google.0.issuer));
    respond::redirect(&with_query(parameters.find("redirect_uri").unwrap_or_default(), &all))
}

fn problem(found: &Problem) -> Response {
    personas::problem_page("Google", found)
}
