//! Sign in.

use http::StatusCode;
use serde::Serialize;

use super::{About, Page};
use crate::{FormFields, FormProblem, ProviderButtons, problem};

/// Sign in by password, or by a provider. Posts `username`, `password` to `{prefix}/login/`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SignIn {
    /// Hidden fields.
    pub form: FormFields,
    /// The application that the person is on the way to.
    pub application: Option<String>,
    /// What it says of itself.
    pub about: About,
    /// What was typed before, or `login_hint`.
    pub username: String,
    /// Fields: `username`, `password`. [`crate::Problem::Throttled`] in general shows the notice with the time.
    pub problems: Vec<FormProblem>,
    /// Ways in by providers; with the form's own transaction and next.
    pub providers: ProviderButtons,
    /// Somebody is signed in and is asked again (`prompt=login`, `max_age`).
    pub again: bool,
    /// Show the link to sign up.
    pub sign_up: bool,
    /// No form: nobody signs in by a password here.
    pub providers_alone: bool,
    /// Set: signing in will connect this provider (its name) to the account (the rule of linking accounts).
    pub connects: Option<String>,
}

impl Page for SignIn {
    const TEMPLATE: &'static str = "sign_in.html";
    const TITLE: &'static str = "sign-in-title";
    const FORM_LEAVES: bool = true;

    fn image_source(&self) -> Option<String> {
        self.about.image_source()
    }
    fn carried(&self) -> Option<&FormFields> {
        Some(&self.form)
    }
    fn status(&self) -> StatusCode {
        problem::status_of(&self.problems)
    }
    fn retry_after(&self) -> Option<i64> {
        problem::retry_after(&self.problems)
    }
}
