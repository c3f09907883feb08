//! A file a page: what its GET shows, and what its POST does, as the ordered list of its checks.

pub(crate) mod address;
pub(crate) mod applications;
pub(crate) mod change_password;
pub(crate) mod choose_account;
pub(crate) mod confirm_email;
pub(crate) mod connections;
pub(crate) mod consent;
pub(crate) mod device;
pub(crate) mod disconnect;
pub(crate) mod home;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod reset_password;
pub(crate) mod sessions;
pub(crate) mod signup;

use std::sync::Arc;

use chabi_pages::{Problem, ProviderButtons};
use chabi_spec::form::Form;

use crate::{
    ResourceOwner, SignedIn, Visit, browser,
    continuation::Continuation,
    next::NextPath,
    password::{self, PasswordProblem},
    respond::{self, Halt},
    social,
};

/// The query of a GET, read by the rules of a form.
pub(crate) fn query(text: Option<&str>) -> Result<Form, Halt> {
    respond::read_form(text.unwrap_or_default().as_bytes())
}

/// Where the form or query says to go afterwards.
pub(crate) fn continuation(form: &Form) -> Continuation {
    Continuation::read(|name| form.get(name))
}

/// Hidden fields with the CSRF token that all forms of a visit share.
pub(crate) fn fields(owner: &ResourceOwner, visit: &Visit, continuation: &Continuation) -> chabi_pages::FormFields {
    continuation.fields(browser::csrf_token(owner, visit, browser::FORMS))
}

/// Ways in by providers.
pub(crate) async fn buttons(owner: &ResourceOwner, visit: &Visit, continuation: &Continuation) -> ProviderButtons {
    let offered = owner.offered_providers().await;
    let buttons = offered.iter().map(|offered| social::button(&offered.provider)).collect();
    ProviderButtons { form: fields(owner, visit, continuation), buttons }
}

/// The person who is signed in; everybody else signs in first and comes back to `page`.
pub(crate) fn check_signed_in(owner: &ResourceOwner, visit: &Visit, page: &str) -> Result<Arc<SignedIn>, Halt> {
    match &visit.signed_in {
        Some(signed_in) => Ok(Arc::clone(signed_in)),
        None => Err(sign_in_first(owner, page, false)),
    }
}

/// As [`check_signed_in`], not longer ago than sensitive changes allow (OWASP ASVS 7.5.1).
pub(crate) fn check_recently_signed_in(owner: &ResourceOwner, visit: &Visit, page: &str) -> Result<Arc<SignedIn>, Halt> {
    let signed_in = check_signed_in(owner, visit, page)?;
    match owner.env.now().since(signed_in.session.auth_time) <= owner.settings.session.fresh {
        true => Ok(signed_in),
        false => Err(sign_in_first(owner, page, true)),
    }
}

fn sign_in_first(owner: &ResourceOwner, page: &str, again: bool) -> Halt {
    let back = Continuation { transaction: None, next: NextPath::parse(&owner.settings.path(page)) };
    let mut url = back.url(owner, "login/");
    if again {
        url.push_str("&again=1");
    }
    Halt::from(respond::see_other(&url))
}

/// What a rule for new passwords said, as the page shows it.
fn password_problem(owner: &ResourceOwner, problem: PasswordProblem) -> Problem {
    match problem {
        PasswordProblem::TooShort => Problem::PasswordTooShort { least: least_characters(owner) },
        PasswordProblem::TooLong => Problem::PasswordTooLong { most: most_characters() },
        PasswordProblem::Personal => Problem::PasswordPersonal,
        PasswordProblem::Guessable => Problem::PasswordGuessable,
    }
}

fn least_characters(owner: &ResourceOwner) -> i64 {
    i64::try_from(owner.settings.password.min_length).unwrap_or(i64::MAX)
}

fn most_characters() -> i64 {
    i64::try_from(password::LONGEST).unwrap_or(i64::MAX)
}
