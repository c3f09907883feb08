//! Change the password, or set a new one after it was forgotten.

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

/// Forgot the password: which address the mail goes to. Posts `email` to `{prefix}/password/reset/`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ForgotPassword {
    /// Hidden fields.
    pub form: FormFields,
    /// What was typed before.
    pub email: String,
    /// Field: `email`.
    pub problems: Vec<FormProblem>,
}

impl Page for ForgotPassword {
    const TEMPLATE: &'static str = "forgot_password.html";
    const TITLE: &'static str = "forgot-password-title";

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

/// What follows: the same words for every address, whether or not it has an account here.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PasswordMailSent {
    /// What waits, for the links.
    pub form: FormFields,
    /// How long the link is good.
    pub minutes: i64,
}

impl Page for PasswordMailSent {
    const TEMPLATE: &'static str = "password_mail_sent.html";
    const TITLE: &'static str = "password-mail-sent-title";

    fn carried(&self) -> Option<&FormFields> {
        Some(&self.form)
    }
}

/// The link from that mail was opened: posts `new_password` to the same address, which spends it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SetNewPassword {
    /// Hidden fields.
    pub form: FormFields,
    /// The address that the mail went to, so that a password manager knows which entry to change.
    pub username: String,
    /// Path to post to: the link's own.
    pub action: String,
    /// The fewest characters, told before one types.
    pub least_characters: i64,
    /// Field: `new_password`.
    pub problems: Vec<FormProblem>,
}

impl Page for SetNewPassword {
    const TEMPLATE: &'static str = "set_new_password.html";
    const TITLE: &'static str = "set-new-password-title";

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

/// The new password is in force; it was not used to sign in yet.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NewPasswordSet {
    /// What waits, for the link to the sign-in page.
    pub form: FormFields,
}

impl Page for NewPasswordSet {
    const TEMPLATE: &'static str = "new_password_set.html";
    const TITLE: &'static str = "new-password-set-title";

    fn carried(&self) -> Option<&FormFields> {
        Some(&self.form)
    }
}
