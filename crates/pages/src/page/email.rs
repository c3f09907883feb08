//! E-mail addresses: the code, the link, and adding one.

use http::StatusCode;
use serde::Serialize;

use super::Page;
use crate::{FormFields, FormProblem, problem};

/// A mail was sent: type its code. Posts `code` to `{prefix}/confirm-email/`; the second button posts `action=resend` there.
///
/// Shown in the same words whether the address was free or has an account already (nobody learns which from us).
#[derive(Clone, Debug, Default, Serialize)]
pub struct EnterEmailCode {
    /// Hidden fields.
    pub form: FormFields,
    /// Where the mail went.
    pub address: String,
    /// How long link and code are good.
    pub minutes: i64,
    /// A new mail was just sent.
    pub resent: bool,
    /// Field: `code`.
    pub problems: Vec<FormProblem>,
    /// Path and query of "later", when going on without proof is allowed.
    pub skip_url: Option<String>,
}

impl Page for EnterEmailCode {
    const TEMPLATE: &'static str = "enter_email_code.html";
    const TITLE: &'static str = "enter-code-title";
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

/// The link from the mail was opened: a button, whose POST to the same address spends it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ConfirmEmail {
    /// Hidden fields.
    pub form: FormFields,
    /// Which address will be proven.
    pub address: String,
    /// Path to post to: the link's own.
    pub action: String,
    /// Opened in another browser than the one that asked for the mail: the account's password is asked for, so that nobody proves an
    /// address for a stranger who signed up with it.
    pub password_needed: bool,
    /// Field: `password`.
    pub problems: Vec<FormProblem>,
}

impl Page for ConfirmEmail {
    const TEMPLATE: &'static str = "confirm_email.html";
    const TITLE: &'static str = "confirm-email-title";
    const FORM_LEAVES: bool = true;

    fn status(&self) -> StatusCode {
        problem::status_of(&self.problems)
    }
    fn retry_after(&self) -> Option<i64> {
        problem::retry_after(&self.problems)
    }
}

/// The address is proven.
#[derive(Clone, Debug, Default, Serialize)]
pub struct EmailConfirmed {
    /// Which.
    pub address: String,
    /// Path and query to go on to; `None`: to sign in.
    pub continue_url: Option<String>,
    /// The application behind it.
    pub application: Option<String>,
}

impl Page for EmailConfirmed {
    const TEMPLATE: &'static str = "email_confirmed.html";
    const TITLE: &'static str = "email-confirmed-title";
}

/// The link is spent, expired, or replaced by a newer one.
#[derive(Clone, Debug, Default, Serialize)]
pub struct EmailLinkUnusable {
    /// Path where a new mail can be asked for; `None`: sign in first.
    pub again_url: Option<String>,
}

impl Page for EmailLinkUnusable {
    const TEMPLATE: &'static str = "email_link_unusable.html";
    const TITLE: &'static str = "email-link-unusable-title";

    fn status(&self) -> StatusCode {
        StatusCode::GONE
    }
}

/// A person came from a provider without an address: they may add one. Posts `email`, and `action` = `save` or `skip`, to
/// `{prefix}/email/`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AddEmail {
    /// Hidden fields.
    pub form: FormFields,
    /// What was typed before.
    pub email: String,
    /// Field: `email`.
    pub problems: Vec<FormProblem>,
    /// The provider's name, when the person just came from one.
    pub provider: Option<String>,
    /// Show "skip".
    pub may_skip: bool,
}

impl Page for AddEmail {
    const TEMPLATE: &'static str = "add_email.html";
    const TITLE: &'static str = "add-email-title";
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
