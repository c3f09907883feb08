//! The authorize endpoint of the fake Microsoft.

use axum::{
    body::Bytes,
    extract::{Path, RawQuery, State},
    response::Response,
};

use super::{Code, Granted, Microsoft, PERSONAS, issuer_in_discovery, persona::Person};
use crate::{
    fixtures::MICROSOFT_PATH,
    parameters::{Parameters, with_query},
    personas::{self, Problem},
    presented, respond,
    switches::Switch,
};

/// GET: the page with the personas, or the page that says what was wrong.
pub(super) async fn show(State(microsoft): State<Microsoft>, Path(tenant): Path<String>, RawQuery(query): RawQuery) -> Response {
    match read(&microsoft, &tenant, query.unwrap_or_default().as_bytes()) {
        Ok(parameters) => personas::page("Microsoft", &format!("{MICROSOFT_PATH}/{tenant}/oauth2/v2.0/authorize"), &PERSONAS, &parameters),
        Err(found) => personas::problem_page("Microsoft", &found),
    }
}

/// POST: a persona was picked.
pub(super) async fn picked(State(microsoft): State<Microsoft>, Path(tenant): Path<String>, body: Bytes) -> Response {
    let parameters = match read(&microsoft, &tenant, &body) {
        Ok(parameters) => parameters,
        Err(found) => return personas::problem_page("Microsoft", &found),
    };
    let Some(persona) = PERSONAS.iter().find(|persona| Some(persona.key) == parameters.find("persona")) else {
        return personas::problem_page("Microsoft", &Problem { error: "invalid_request", about: "No such persona.".to_owned() });
    };
    if persona.key == "cancelled" || microsoft.0.switches.is_on(Switch::Denied) {
        let about = "AADSTS65004: User declined to consent to access the app.";
        return back(&parameters, &[("error", "access_denied"), ("error_subcode", "cancel"), ("error_description", about)]);
    }
    let owned = |name| parameters.find(name).map(str::to_owned);
    let granted = Granted {
        person: Person::of(persona, &microsoft.0.env),
        persona: persona.key,
        scope: owned("scope").unwrap_or_default(),
        nonce: owned("nonce"),
    };
    let code = Code { granted, redirect_uri: owned("redirect_uri").unwrap_or_default(), challenge: owned("code_challenge") };
    let code = microsoft.0.codes.keep("1.", code, &microsoft.0.env);
    back(&parameters, &[("code", &code), ("session_state", "00000000-0000-4000-8000-000000000000")])
}

/// Everything Microsoft looks at before it shows a page.
fn read(microsoft: &Microsoft, tenant: &str, encoded: &[u8]) -> Result<Parameters, Problem> {
    let parameters = Parameters::parse(encoded).map_err(Problem::from)?;
    let app = &microsoft.0.app;
    let refuse = |error, about: String| Err(Problem { error, about });
    if issuer_in_discovery(tenant).is_none() {
        return refuse("invalid_request", format!("AADSTS90002: Tenant '{tenant}' not found."));
    }
    match parameters.find("client_id") {
        Some(id) if id == app.client_id => {}
        other => {
            let id = other.unwrap_or("none");
            return refuse(
                "unauthorized_client",
                format!("AADSTS700016: Application with identifier '{id}' was not found in the directory."),
            );
        }
    }
    match parameters.find("redirect_uri") {
        Some(uri) if app.redirect_uris.iter().any(|registered| registered == uri) => {}
        other => {
            let uri = other.unwrap_or("none");
            let about = format!("AADSTS50011: The redirect URI '{uri}' does not match one of: {}", app.redirect_uris.join(" "));
            return refuse("invalid_request", about);
        }
    }
    if parameters.find("response_type") != Some("code") {
        return refuse("unsupported_response_type", "AADSTS700054: response_type must be code".to_owned());
    }
    let scope = parameters.find("scope").unwrap_or_default();
    if let Some(unknown) = scope.split(' ').find(|word| !["openid", "profile", "email", "offline_access", "User.Read"].contains(word)) {
        return refuse("invalid_scope", format!("AADSTS70011: The provided value for scope {unknown} is not valid."));
    }
    if presented::challenge_is_fine(&parameters) {
        Ok(parameters)
    } else {
        refuse("invalid_request", "AADSTS501491: code_challenge must come with code_challenge_method=S256".to_owned())
    }
}

fn back(parameters: &Parameters, answer: &[(&str, &str)]) -> Response {
    let mut all = Vec::from(answer);
    if let Some(state) = parameters.find("state") {
        all.push(("state", state));
    }
    respond::redirect(&with_query(parameters.find("redirect_uri").unwrap_or_default(), &all))
}
