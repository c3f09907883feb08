//! Change the password.

use http::StatusCode;
use serde::Serialize;

use super::Page;
use crate::{FormFields, FormProblem, problem};

/// Change the password, or set the first one. Posts `password` (the one in force) and `new_password` to `{prefix}/password/change/`.
/// Neither is ever sent back.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ChangePassword {
    /// Hidden fields.
    pub form: FormFields,
    /// The account's address, so that a password manager knows which entry to change; empty when it has none.
    pub username: String,
    /// Ask for the password in force; an account that was made by a provider has none yet.
    pub has_password: bool,
    /// The fewest characters, told before one types.
    pub least_characters: i64,
    /// Fields: `password`, `new_password`.
    pub problems: Vec<FormProblem>,
}

impl Page for ChangePassword {
    const TEMPLATE: &'static str = "change_password.html";
    const TITLE: &'static str = "change-password-title";

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
