//! Answers: pages, redirects, cookies, and the pages of faults.

use std::sync::Arc;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use chabi_pages::{Page, page};
use chabi_spec::{Failure, Fault, FaultKind, form::Form};
use http::{
    HeaderValue, StatusCode,
    header::{LOCATION, SET_COOKIE},
};

use crate::{
    ResourceOwner, Visit,
    browser::{self, Cookie},
};

/// Why a handler stops before its end.
#[derive(Debug)]
pub enum Halt {
    /// A page that says what is wrong.
    Trouble(Trouble),
    /// Another answer, such as a redirect to sign in first.
    Answer(Box<Response>),
}

/// What is wrong; drawn by the layer around the handlers, which knows the language.
#[derive(Debug)]
pub enum Trouble {
    /// Ours: logged, drawn as a page that says nothing of it.
    Fault(Fault),
    /// The form is not one that we can read.
    BadForm,
    /// The form is too old, was used already, or came from another browser or site.
    Expired(page::Expiry),
    /// No such page.
    NotFound,
    /// Too many attempts: to come back in so many seconds.
    TooMany(i64),
}

/// What a handler gives back.
pub type Handled = Result<Response, Halt>;

impl From<Trouble> for Halt {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<Fault> for Halt {
    fn from(fault: Fault) -> Self {
        Self::Trouble(Trouble::Fault(fault))
    }
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Fault(fault) => fault.into(),
            Failure::Refusal(_) => Trouble::BadForm.into(),
        }
    }
}

impl From<Response> for Halt {
    fn from(response: Response) -> Self {
        Self::Answer(Box::new(response))
    }
}

/// A trouble that waits for [`draw`].
#[derive(Clone, Debug)]
struct Undrawn(Arc<Trouble>);

impl IntoResponse for Halt {
    fn into_response(self) -> Response {
        match self {
            Self::Answer(response) => *response,
            Self::Trouble(trouble) => {
                let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
                response.extensions_mut().insert(Undrawn(Arc::new(trouble)));
                response
            }
        }
    }
}

/// Puts the page of a trouble in its place.
pub(crate) fn draw(owner: &ResourceOwner, visit: &Visit, mut response: Response) -> Response {
    let Some(Undrawn(trouble)) = response.extensions_mut().remove::<Undrawn>() else { return response };
    let drawn = match &*trouble {
        Trouble::Fault(fault) => {
            log(fault, visit);
            show(owner, visit, &page::FaultPage::new(fault.kind, visit.request_id.clone()))
        }
        Trouble::BadForm => show(owner, visit, &page::PageExpired::default()),
        Trouble::Expired(reason) => {
            let again_url = Some(owner.settings.path(""));
            show(owner, visit, &page::PageExpired { reason: *reason, again_url, application: None })
        }
        Trouble::NotFound => show(owner, visit, &page::NotFound {}),
        Trouble::TooMany(seconds) => show(owner, visit, &page::TooManyRequests { seconds: *seconds }),
    };
    drawn.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

fn log(fault: &Fault, visit: &Visit) {
    match fault.kind {
        FaultKind::Unavailable => tracing::warn!(request_id = %visit.request_id, error = %fault, "a page could not be served now"),
        FaultKind::Internal => tracing::error!(request_id = %visit.request_id, error = %fault, "a page failed"),
    }
}

/// A page, with its status and headers.
///
/// # Errors
/// A fault of rendering.
pub fn show<P: Page>(owner: &ResourceOwner, visit: &Visit, page: &P) -> Handled {
    Ok(owner.pages.respond(page, &visit.frame)?.map(Body::from))
}

/// 303: the browser asks for `path` by GET. RFC 9700 §4.12: never 307 after a form, which would send the password on.
#[must_use]
pub fn see_other(path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    match HeaderValue::from_str(path) {
        Ok(location) => {
            response.headers_mut().insert(LOCATION, location);
            response
        }
        Err(_) => Halt::from(Fault::internal("writing a redirect")).into_response(),
    }
}

/// Adds a cookie.
#[must_use]
pub fn with_cookie(mut response: Response, Cookie(cookie): Cookie) -> Response {
    response.headers_mut().append(SET_COOKIE, cookie);
    response
}

/// Reads a posted form: each field once, UTF-8.
///
/// # Errors
/// [`Trouble::BadForm`].
pub fn read_form(body: &[u8]) -> Result<Form, Halt> {
    Form::parse(body, &[]).map_err(|_| Trouble::BadForm.into())
}

/// Checks the form's CSRF token, bound to this browser, its session and `purpose`.
///
/// # Errors
/// [`Trouble::Expired`].
pub fn check_csrf(owner: &ResourceOwner, visit: &Visit, form: &Form, purpose: &str) -> Result<(), Halt> {
    match form.get("csrf").is_some_and(|token| browser::csrf_is_right(owner, visit, token, purpose)) {
        true => Ok(()),
        false => Err(Trouble::Expired(page::Expiry::NoCookie).into()),
    }
}
