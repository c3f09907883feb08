//! The login dialog of the fake Facebook.

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    response::Response,
};

use super::{Code, Facebook, PERSONAS, persona::Person};
use crate::{
    fixtures::{FACEBOOK_PATH, FACEBOOK_VERSION},
    parameters::{Parameters, with_query},
    personas::{self, Problem},
    respond,
    switches::Switch,
};

/// GET: the page with the personas, or the page that says what was wrong.
pub(super) async fn show(State(facebook): State<Facebook>, RawQuery(query): RawQuery) -> Response {
    match read(&facebook, query.unwrap_or_default().as_bytes()) {
        Ok(parameters) => {
            let action = format!("{FACEBOOK_PATH}/{FACEBOOK_VERSION}/dialog/oauth");
            personas::page("Facebook", &action, &PERSONAS, &parameters)
        }
        Err(found) => personas::problem_page("Facebook", &found),
    }
}

/// POST: a persona was picked.
pub(super) async fn picked(State(facebook): State<Facebook>, body: Bytes) -> Response {
    let parameters = match read(&facebook, &body) {
        Ok(parameters) => parameters,
        Err(found) => return personas::problem_page("Facebook", &found),
    };
    let Some(persona) = PERSONAS.iter().find(|persona| Some(persona.key) == parameters.find("persona")) else {
        return personas::problem_page("Facebook", &Problem { error: "invalid_request", about: "No such persona.".to_owned() });
    };
    let redirect_uri = parameters.find("redirect_uri").unwrap_or_default();
    let mut answer = Vec::new();
    let code;
    if persona.key == "cancelled" || facebook.0.switches.is_on(Switch::Denied) {
        answer.extend([
            ("error", "access_denied"),
            ("error_code", "200"),
            ("error_description", "Permissions error"),
            ("error_reason", "user_denied"),
        ]);
    } else {
        let kept = Code {
            persona: persona.key,
            person: Person::of(persona, &facebook.0.env),
            redirect_uri: redirect_uri.to_owned(),
            permissions: permissions(parameters.find("scope").unwrap_or("public_profile")),
        };
        code = facebook.0.codes.keep("AQ", kept, &facebook.0.env);
        answer.push(("code", &code));
    }
    if let Some(state) = parameters.find("state") {
        answer.push(("state", state));
    }
    // The vendor ends its redirects with this fragment, for reasons that nobody remembers.
    respond::redirect(&format!("{}#_=_", with_query(redirect_uri, &answer)))
}

/// A comma between permissions; a space is tolerated.
fn permissions(scope: &str) -> Vec<String> {
    scope.split([',', ' ']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn read(facebook: &Facebook, encoded: &[u8]) -> Result<Parameters, Problem> {
    let parameters = Parameters::parse(encoded).map_err(Problem::from)?;
    let app = &facebook.0.app;
    let refuse = |error, about: String| Err(Problem { error, about });
    if parameters.find("client_id") != Some(&app.client_id) {
        return refuse("invalid_app_id", "The parameter client_id is missing, or no app has this id.".to_owned());
    }
    match parameters.find("redirect_uri") {
        Some(uri) if app.redirect_uris.iter().any(|registered| registered == uri) => {}
        other => {
            let about = format!("URL blocked: {} is not one of {}", other.unwrap_or("nothing"), app.redirect_uris.join(" "));
            return refuse("redirect_uri_not_whitelisted", about);
        }
    }
    if !matches!(parameters.find("response_type"), None | Some("code")) {
        return refuse("invalid_request", "response_type must be code".to_owned());
    }
    let unknown = permissions(parameters.find("scope").unwrap_or_default())
        .into_iter()
        .find(|word| !["email", "public_profile"].contains(&word.as_str()));
    match unknown {
        Some(word) => refuse("invalid_scopes", format!("Invalid Scopes: {word}")),
        None => Ok(parameters),
    }
}
