//! Who sits before the console. Made by two extractors, which are the only way to a [`Desk`] and to a [`Posted`] form.

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    response::{IntoResponse as _, Response},
};
use chabi_admin::{Actor, Admin, OperationError, Permission, Reach, operation::Operation};
use chabi_pages::{
    FormFields,
    admin::{Form, Screen, Words, rules},
};
use chabi_resource_owner::{
    SignedIn, Visit, browser,
    respond::{self, Halt, Handled, Trouble},
};
use chabi_spec::form::Form as ReadForm;
use http::{StatusCode, request::Parts};
use std::sync::Arc;

use crate::{form, held, screen, showing};

/// The purpose of the CSRF tokens of the console: no token of people's pages is good here, and none from here there.
pub(crate) const FORMS: &str = "console";
/// No form of the console is larger, in bytes.
pub(crate) const LARGEST_FORM: usize = 64 * 1_024;

/// Somebody who is signed in and has a role.
pub(crate) struct Desk {
    /// The installation.
    pub admin: Admin,
    /// The browser.
    pub visit: Visit,
    /// Their session.
    pub signed_in: Arc<SignedIn>,
    /// Them, with their roles.
    pub actor: Actor,
    /// What the address asked for.
    pub query: ReadForm,
}

impl FromRequestParts<Admin> for Desk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, admin: &Admin) -> Result<Self, Response> {
        let visit = visit_of(parts).map_err(halted)?;
        let query = form::read_query(parts.uri.query()).map_err(halted)?;
        let Some(signed_in) = visit.signed_in.clone() else { return Err(sign_in_first(admin, &visit, false)) };
        let actor = admin.actor_of_account(&signed_in.account, visit.address).await.map_err(|fault| halted(fault.into()))?;
        let desk = Self { admin: admin.clone(), visit, signed_in, actor, query };
        match desk.actor.has_a_role() {
            true => Ok(desk),
            false => Err(desk.show(screen::no_role()).unwrap_or_else(halted)),
        }
    }
}

/// A form of ours, sent by somebody who signed in a moment ago.
pub(crate) struct Posted {
    /// Who sent it.
    pub desk: Desk,
    /// What was typed.
    pub form: ReadForm,
}

impl FromRequest<Admin> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request, admin: &Admin) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let desk = Desk::from_request_parts(&mut parts, admin).await?;
        let body = axum::body::to_bytes(body, LARGEST_FORM).await.map_err(|_| halted(Trouble::BadForm.into()))?;
        let form = form::read(&body).map_err(halted)?;
        // RFC 9700 §4.7: the form was drawn for this browser and this session, or held for this person until they signed in again
        if !held::is_ours(&desk, &form) {
            respond::check_csrf(&admin.owner, &desk.visit, &form, FORMS).map_err(halted)?;
        }
        match desk.check_fresh() {
            Ok(()) => Ok(Self { desk, form }),
            Err(_) if held::is_worth_holding(&form) => Err(held::show(&desk, &form).unwrap_or_else(halted)),
            Err(halt) => Err(halted(halt)),
        }
    }
}

/// The visit that the layer around the console made.
fn visit_of(parts: &Parts) -> Result<Visit, Halt> {
    let missing = || Halt::from(chabi_spec::Fault::internal("reading the visit of a browser"));
    parts.extensions.get::<Visit>().cloned().ok_or_else(missing)
}

fn halted(halt: Halt) -> Response {
    halt.into_response()
}

/// To the sign-in page of the main site, and back here.
pub(crate) fn sign_in_first(admin: &Admin, visit: &Visit, again: bool) -> Response {
    let back = FormFields { next: Some(visit.frame.address.clone()), ..FormFields::default() };
    let mut url = format!("{}{}", admin.owner.settings.path("login/"), back.query());
    if again {
        url.push_str("&again=1");
    }
    respond::see_other(&url)
}

impl Desk {
    /// Changes need a sign-in that is not older than this (OWASP ASVS 7.5.1): the browser is sent to the sign-in page and comes back.
    pub(crate) fn check_fresh(&self) -> Result<(), Halt> {
        let age = self.admin.env.now().since(self.signed_in.session.auth_time);
        match age <= self.admin.owner.settings.session.fresh {
            true => Ok(()),
            false => Err(sign_in_first(&self.admin, &self.visit, true).into()),
        }
    }

    /// Whether they have a permission, at one site at least: for showing a button, never for doing anything.
    pub(crate) fn may(&self, permission: Permission) -> bool {
        Reach::of(&self.actor, permission).is_some()
    }

    /// Refuses who may not run an operation, before they are shown the form that would run it.
    pub(crate) fn check_may<O: Operation>(&self) -> Result<(), Halt> {
        match self.may(O::PERMISSION) {
            true => Ok(()),
            false => Err(self.halt(OperationError::Forbidden(O::PERMISSION))),
        }
    }

    /// Runs an operation as them.
    pub(crate) async fn run<O: Operation>(&self, input: O::Input) -> Result<O::Output, OperationError> {
        self.admin.run::<O>(&self.actor, input).await
    }

    /// Runs an operation that changes what a form was drawn of, unless somebody else has changed it since.
    pub(crate) async fn change<O: Operation>(&self, typed: &ReadForm, input: O::Input) -> Result<O::Output, OperationError> {
        match typed.get(showing::TAG) {
            Some(tag) => self.admin.run_if_unchanged::<O>(&self.actor, tag, input).await,
            None => self.run::<O>(input).await,
        }
    }

    /// Runs an operation for a page: what goes wrong is a page of its own.
    pub(crate) async fn read<O: Operation>(&self, input: O::Input) -> Result<O::Output, Halt> {
        self.run::<O>(input).await.map_err(|error| self.halt(error))
    }

    /// What an operation could not do, as a page.
    pub(crate) fn halt(&self, error: OperationError) -> Halt {
        let words = match error {
            OperationError::NotFound(_) => return Trouble::NotFound.into(),
            OperationError::Fault(fault) => return fault.into(),
            OperationError::Forbidden(_) => Words::said("admin-forbidden"),
            OperationError::Changed => Words::said("admin-changed-meanwhile"),
            other => rules::said(&other.to_string()),
        };
        let status = match () {
            () if words == Words::said("admin-forbidden") => StatusCode::FORBIDDEN,
            () => StatusCode::CONFLICT,
        };
        match self.show(screen::refused(words, status)) {
            Ok(response) => Halt::from(response),
            Err(halt) => halt,
        }
    }

    /// The token of this browser's forms.
    pub(crate) fn csrf(&self) -> String {
        browser::csrf_token(&self.admin.owner, &self.visit, FORMS)
    }

    /// A form that changes something.
    pub(crate) fn form(&self, action: impl Into<String>, submit: &'static str) -> Form {
        Form::post(action, self.csrf(), submit)
    }

    /// A page, within the frame of the console.
    pub(crate) fn show(&self, mut page: Screen) -> Handled {
        if self.actor.has_a_role() {
            page.navigation = screen::navigation(self);
        }
        page.notice = page.notice.or_else(|| screen::done(self.query.get("done")));
        respond::show(&self.admin.owner, &self.visit, &page)
    }

    /// After a change: to `path`, which says what was done.
    pub(crate) fn done(&self, path: &str, what: &str) -> Handled {
        let joint = if path.contains('?') { '&' } else { '?' };
        Ok(self.go(&format!("{path}{joint}done={what}")))
    }

    /// Path and query of what was asked for, as links of the console have them: below where the server is mounted.
    pub(crate) fn here(&self) -> &str {
        let mounted = self.admin.owner.settings.mounted("");
        self.visit.frame.address.strip_prefix(&mounted).unwrap_or(&self.visit.frame.address)
    }

    /// The path of it.
    pub(crate) fn path(&self) -> &str {
        self.here().split('?').next().unwrap_or_default()
    }

    /// 303 to a page of the console.
    pub(crate) fn go(&self, path: &str) -> Response {
        respond::see_other(&self.admin.owner.settings.mounted(path))
    }

    /// A value of the query.
    pub(crate) fn asked(&self, name: &str) -> &str {
        self.query.get(name).unwrap_or_default()
    }
}
