//! Refusals, faults and dead ends, each with a way out.

use chabi_spec::{ErrorCode, FaultKind, Refusal, difference};
use http::StatusCode;
use serde::{Serialize, Serializer};

use super::Page;

/// An OAuth request was refused, and there is no redirect to trust.
#[derive(Clone, Debug, Serialize)]
pub struct Refused {
    /// The code; each has words of its own for people.
    #[serde(serialize_with = "as_word")]
    pub code: ErrorCode,
    /// The hint for the integrator (English, as on the wire).
    pub hint: &'static str,
    /// The application's name, when it is known.
    pub application: Option<String>,
    /// From `x-request-id`.
    pub request_id: String,
    /// Only in development, or to an admin.
    pub developer: Option<DeveloperDetails>,
}

/// What an integrator asks first.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DeveloperDetails {
    /// The rule's name.
    pub rule: String,
    /// What came.
    pub received: Option<String>,
    /// What would have been taken.
    pub expected: Option<String>,
    /// Such as `RFC 7636 §4.6`.
    pub clause: String,
    /// For URIs: what came, what is registered and is nearest to it, and marks under what differs; lines of equal width.
    pub comparison: Option<String>,
}

impl Refused {
    /// From a refusal; `for_developers` adds what was received and expected.
    #[must_use]
    pub fn new(refusal: &Refusal, request_id: impl Into<String>, for_developers: bool) -> Self {
        let developer = for_developers.then(|| DeveloperDetails {
            rule: refusal.cause.rule.to_owned(),
            received: refusal.cause.received.clone(),
            expected: refusal.cause.expected.clone(),
            clause: refusal.clause.to_owned(),
            comparison: comparison(refusal),
        });
        Self { code: refusal.code, hint: refusal.hint, application: None, request_id: request_id.into(), developer }
    }
}

fn comparison(refusal: &Refusal) -> Option<String> {
    let (received, expected) = (refusal.cause.received.as_ref()?, refusal.cause.expected.as_ref()?);
    let found = difference::of_uris(received, expected)?;
    let [received, registered, marks] = found.lines();
    Some(format!("+ {received}\n- {registered}\n  {marks}\n{}", found.words.unwrap_or_default()).trim_end().to_owned())
}

fn as_word<S: Serializer>(code: &ErrorCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(code.as_str())
}

impl Page for Refused {
    const TEMPLATE: &'static str = "refused.html";
    const TITLE: &'static str = "refused-title";

    fn status(&self) -> StatusCode {
        // A page has no challenge to answer, so that a browser must not be told 401.
        match self.code.http_status() {
            StatusCode::UNAUTHORIZED => StatusCode::BAD_REQUEST,
            _ if self.code == ErrorCode::AccessDenied => StatusCode::FORBIDDEN,
            status => status,
        }
    }
}

/// Too many requests from this address.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct TooManyRequests {
    /// When to come back; shown in minutes, rounded up.
    pub seconds: i64,
}

impl Page for TooManyRequests {
    const TEMPLATE: &'static str = "too_many_requests.html";
    const TITLE: &'static str = "too-many-requests-title";

    fn status(&self) -> StatusCode {
        StatusCode::TOO_MANY_REQUESTS
    }
    fn retry_after(&self) -> Option<i64> {
        Some(self.seconds)
    }
}

/// Why a page cannot be used any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expiry {
    /// The request waited too long.
    #[default]
    TooLate,
    /// It was finished already: the back button.
    Finished,
    /// The browser sent no cookie of ours, or the form's token does not fit it.
    NoCookie,
    /// The form came from another site, and was refused.
    OtherSite,
}

/// The page is too old, was used already, or does not belong to this browser.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PageExpired {
    /// Why.
    pub reason: Expiry,
    /// Path and query that begins again (the sign-in page with the request that waits, or the account page).
    pub again_url: Option<String>,
    /// The application that the person was on the way to: without `again_url` they are told to go back there.
    pub application: Option<String>,
}

impl Page for PageExpired {
    const TEMPLATE: &'static str = "page_expired.html";
    const TITLE: &'static str = "page-expired-title";

    fn status(&self) -> StatusCode {
        match self.reason {
            Expiry::NoCookie | Expiry::OtherSite => StatusCode::FORBIDDEN,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// Our own trouble. Never says what.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FaultPage {
    /// Trying again can help (503); else 500.
    pub temporary: bool,
    /// From `x-request-id`.
    pub request_id: String,
}

impl FaultPage {
    /// By the kind of fault.
    #[must_use]
    pub fn new(kind: FaultKind, request_id: impl Into<String>) -> Self {
        Self { temporary: kind == FaultKind::Unavailable, request_id: request_id.into() }
    }
}

impl Page for FaultPage {
    const TEMPLATE: &'static str = "fault.html";
    const TITLE: &'static str = "fault-title";

    fn status(&self) -> StatusCode {
        if self.temporary { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::INTERNAL_SERVER_ERROR }
    }
    fn retry_after(&self) -> Option<i64> {
        self.temporary.then_some(5)
    }
}

/// There is no such page.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct NotFound {}

impl Page for NotFound {
    const TEMPLATE: &'static str = "not_found.html";
    const TITLE: &'static str = "not-found-title";

    fn status(&self) -> StatusCode {
        StatusCode::NOT_FOUND
    }
}
