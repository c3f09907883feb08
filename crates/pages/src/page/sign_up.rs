//! Sign up.

use http::StatusCode;
use serde::Serialize;

use super::Page;
use crate::{FormFields, FormProblem, ProviderButtons, problem};

/// Make an account. Posts `email`, `name`, `password` to `{prefix}/signup/`. The password is never sent back.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SignUp {
    /// Hidden fields.
    pub form: FormFields,
    /// The application that the person is on the way to.
    pub application: Option<String>,
    /// What was typed before.
    pub email: String,
    /// What was typed before.
    pub name: String,
    /// Fields: `email`, `name`, `password`.
    pub problems: Vec<FormProblem>,
    /// The fewest characters of a password, told before one types.
    pub least_characters: i64,
    /// Ways in by providers.
    pub providers: ProviderButtons,
}

impl Page for SignUp {
    const TEMPLATE: &'static str = "sign_up.html";
    const TITLE: &'static str = "sign-up-title";
    const FORM_LEAVES: bool = true;

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
