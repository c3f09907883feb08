//! The page of a fake provider on which one picks who one is, and its error page. Shared by the fakes.

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;

use crate::{
    parameters::{Parameters, Repeated},
    respond,
};

/// Somebody that one can be at a fake provider, or something that can go wrong there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Persona {
    /// Stable; the button's id is `persona-<key>`.
    pub key: &'static str,
    /// On the button.
    pub title: &'static str,
    /// Under the title.
    pub about: &'static str,
}

/// Why a fake provider shows an error page in place of the personas.
pub(crate) struct Problem {
    /// The vendor's code.
    pub(crate) error: &'static str,
    /// For the developer.
    pub(crate) about: String,
}

impl From<Repeated> for Problem {
    fn from(Repeated(name): Repeated) -> Self {
        Self { error: "invalid_request", about: format!("The parameter came twice: {name}") }
    }
}

#[derive(Serialize)]
struct PersonasPage<'a> {
    provider: &'a str,
    action: &'a str,
    personas: &'a [Persona],
    hidden: Vec<(&'a str, &'a str)>,
    login_hint: Option<&'a str>,
    scope: Option<&'a str>,
    redirect_uri: Option<&'a str>,
}

/// The personas as buttons of one form, which carries the request's parameters; they are checked again when it comes back.
pub(crate) fn page(provider: &str, action: &str, personas: &[Persona], parameters: &Parameters) -> Response {
    let context = PersonasPage {
        provider,
        action,
        personas,
        hidden: parameters.pairs().filter(|(name, _)| *name != "persona").collect(),
        login_hint: parameters.find("login_hint"),
        scope: parameters.find("scope"),
        redirect_uri: parameters.find("redirect_uri"),
    };
    respond::page(StatusCode::OK, "personas.html", &context)
}

#[derive(Serialize)]
struct ProblemPage<'a> {
    provider: &'a str,
    error: &'a str,
    about: &'a str,
}

/// 400, with the vendor's code and what would have been taken.
pub(crate) fn problem_page(provider: &str, problem: &Problem) -> Response {
    let context = ProblemPage { provider, error: problem.error, about: &problem.about };
    respond::page(StatusCode::BAD_REQUEST, "provider-error.html", &context)
}
