//! The authorize endpoint of the fake GitHub.

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    response::Response,
};

use super::{Code, GitHub, PERSONAS, persona::Person};
use crate::{
    fixtures::GITHUB_PATH,
    parameters::{Parameters, with_query},
    personas::{self, Problem},
    presented, respond,
    switches::Switch,
};

/// Where the vendor's errors say more.
const DOCS: &str = "https://docs.github.com/apps/managing-oauth-apps/troubleshooting-authorization-request-errors";

/// What came, or why there is no page of personas.
enum Unfit {
    /// A page of the vendor's own.
    Page(Problem),
    /// Back to the application, at its registered address.
    Back(Box<Response>),
}

/// GET: the page with the personas, or what was wrong.
pub(super) async fn show(State(github): State<GitHub>, RawQuery(query): RawQuery) -> Response {
    match read(&github, query.unwrap_or_default().as_bytes()) {
        Ok(parameters) => personas::page("GitHub", &format!("{GITHUB_PATH}/login/oauth/authorize"), &PERSONAS, &parameters),
        Err(unfit) => unfit.into_answer(),
    }
}

/// POST: a persona was picked.
pub(super) async fn picked(State(github): State<GitHub>, body: Bytes) -> Response {
    let parameters = match read(&github, &body) {
        Ok(parameters) => parameters,
        Err(unfit) => return unfit.into_answer(),
    };
    let Some(persona) = PERSONAS.iter().find(|persona| Some(persona.key) == parameters.find("persona")) else {
        return personas::problem_page("GitHub", &Problem { error: "invalid_request", about: "No such persona.".to_owned() });
    };
    let redirect_uri = redirect_uri(&github, &parameters).to_owned();
    if persona.key == "cancelled" || github.0.switches.is_on(Switch::Denied) {
        return refused(&redirect_uri, &parameters, "access_denied", "The user has denied your application access.");
    }
    let code = Code {
        persona: persona.key,
        person: Person::of(persona, &github.0.env),
        redirect_uri: redirect_uri.clone(),
        scopes: scopes(parameters.find("scope").unwrap_or_default()),
        challenge: parameters.find("code_challenge").map(str::to_owned),
    };
    let code = github.0.codes.keep("", code, &github.0.env);
    back(&redirect_uri, &parameters, &[("code", &code)])
}

/// A space between scopes; a comma is tolerated. An unknown one is left out in silence.
fn scopes(asked: &str) -> Vec<String> {
    let known = ["user", "read:user", "user:email", "repo", "read:org"];
    asked.split([' ', ',']).filter(|word| known.contains(word)).map(str::to_owned).collect()
}

/// The one that was sent, or the registered one: the parameter may be left out.
fn redirect_uri<'a>(github: &'a GitHub, parameters: &'a Parameters) -> &'a str {
    let registered = github.0.app.redirect_uris.first().map(String::as_str).unwrap_or_default();
    parameters.find("redirect_uri").unwrap_or(registered)
}

fn read(github: &GitHub, encoded: &[u8]) -> Result<Parameters, Unfit> {
    let parameters = Parameters::parse(encoded).map_err(|repeated| Unfit::Page(repeated.into()))?;
    let app = &github.0.app;
    if parameters.find("client_id") != Some(&app.client_id) {
        return Err(Unfit::Page(Problem { error: "not_found", about: "No application has this client_id.".to_owned() }));
    }
    let registered = app.redirect_uris.first().map(String::as_str).unwrap_or_default();
    let asked = redirect_uri(github, &parameters);
    // a directory below the registered one is taken too
    if asked != registered && !asked.starts_with(&format!("{}/", registered.trim_end_matches('/'))) {
        let about = "The redirect_uri is not associated with this application.";
        return Err(Unfit::Back(Box::new(refused(registered, &parameters, "redirect_uri_mismatch", about))));
    }
    if !presented::challenge_is_fine(&parameters) {
        let about = "code_challenge must come with code_challenge_method=S256, and have 43 characters";
        return Err(Unfit::Page(Problem { error: "invalid_request", about: about.to_owned() }));
    }
    Ok(parameters)
}

impl Unfit {
    fn into_answer(self) -> Response {
        match self {
            Self::Page(found) => personas::problem_page("GitHub", &found),
            Self::Back(answer) => *answer,
        }
    }
}

fn refused(redirect_uri: &str, parameters: &Parameters, error: &str, about: &str) -> Response {
    back(redirect_uri, parameters, &[("error", error), ("error_description", about), ("error_uri", DOCS)])
}

fn back(redirect_uri: &str, parameters: &Parameters, answer: &[(&str, &str)]) -> Response {
    let mut all = Vec::from(answer);
    if let Some(state) = parameters.find("state") {
        all.push(("state", state));
    }
    respond::redirect(&with_query(redirect_uri, &all))
}
