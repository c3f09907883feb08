//! Answers for what no route could answer: JSON for programs, pages for people.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{OriginalUri, Request},
    response::{IntoResponse, Response},
};
use chabi_pages::{
    Page, Pages,
    page::{Expiry, FaultPage, NotFound, PageExpired},
};
use chabi_spec::{ErrorCode, FaultKind};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};

use crate::{layers::request_id::HEADER, printable_path::printable_path};

/// Paths below which programs ask.
const FOR_PROGRAMS: [&str; 5] = ["/oauth2/", "/.well-known/", "/api/v1/", "/demo/api", "/dev/idp/"];

/// Makes the answers, in the language of whoever asked.
#[derive(Clone)]
pub(crate) struct Trouble(Arc<Pages>);

/// After so many seconds it is worth trying again what could not be had now.
const TRY_AGAIN_AFTER: HeaderValue = HeaderValue::from_static("5");

/// What is kept of a request until it is answered.
pub(crate) struct Asked {
    /// Without the issuer's path.
    uri: Uri,
    /// As the browser asked for it.
    original: Option<Uri>,
    /// For the language of a page; empty for programs, whose requests are the most.
    headers: HeaderMap,
    id: Option<HeaderValue>,
}

impl Asked {
    /// Before the request goes on.
    pub(crate) fn by(request: &Request) -> Self {
        let headers = if is_for_programs(request.uri().path()) { HeaderMap::new() } else { request.headers().clone() };
        let original = request.extensions().get::<OriginalUri>().map(|OriginalUri(uri)| uri.clone());
        Self { uri: request.uri().clone(), original, headers, id: request.headers().get(HEADER).cloned() }
    }

    /// Without the query.
    pub(crate) fn path(&self) -> &str {
        self.uri.path()
    }

    /// For the log.
    pub(crate) fn printable_path(&self) -> String {
        printable_path(self.path())
    }

    /// The request's name.
    pub(crate) fn id(&self) -> &str {
        self.id.as_ref().and_then(|id| id.to_str().ok()).unwrap_or_default()
    }

    fn is_a_program(&self) -> bool {
        is_for_programs(self.path())
    }
}

fn is_for_programs(path: &str) -> bool {
    FOR_PROGRAMS.iter().any(|program| path.starts_with(program))
}

impl Trouble {
    pub(crate) fn new(pages: Arc<Pages>) -> Self {
        Self(pages)
    }

    /// 500 or 503, without a reason.
    pub(crate) fn fault(&self, kind: FaultKind, asked: &Asked) -> Response {
        if !asked.is_a_program() {
            return self.page(&FaultPage::new(kind, asked.id()), asked);
        }
        // RFC 6749 §4.1.2.1: the codes for our own trouble
        let code = if kind == FaultKind::Unavailable { ErrorCode::TemporarilyUnavailable } else { ErrorCode::ServerError };
        let mut answer = json(code.http_status(), code.as_str());
        if kind == FaultKind::Unavailable {
            answer.headers_mut().insert(header::RETRY_AFTER, TRY_AGAIN_AFTER);
        }
        answer
    }

    /// 404.
    pub(crate) fn not_found(&self, asked: &Asked) -> Response {
        match asked.is_a_program() {
            true if asked.path().starts_with(ADMINISTRATION) => no_such_operation(),
            true => json(StatusCode::NOT_FOUND, "not_found"),
            false => self.page(&NotFound {}, asked),
        }
    }

    /// 403: a form that another site sent.
    pub(crate) fn other_site(&self, asked: &Asked) -> Response {
        self.page(&PageExpired { reason: Expiry::OtherSite, ..PageExpired::default() }, asked)
    }

    fn page<P: Page>(&self, page: &P, asked: &Asked) -> Response {
        let address = asked.original.as_ref().unwrap_or(&asked.uri).path_and_query().map_or("/", |address| address.as_str());
        match self.0.respond(page, &self.0.frame_at(address.to_owned(), &asked.headers)) {
            Ok(answer) => answer.map(Body::from),
            Err(fault) => {
                tracing::error!(%fault, "the page for trouble is in trouble itself");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

/// Where programs are told of problems (RFC 9457).
const ADMINISTRATION: &str = "/api/v1/";

/// As [`chabi_admin::rest`] tells of it.
fn no_such_operation() -> Response {
    let problem = serde_json::json!({
        "type": "urn:chabi:problem:not-found",
        "title": "Not found",
        "status": 404,
        "detail": "There is nothing at this path.",
        "mend": "Look at /api/v1/ for what there is; a name that has a slash stands in a path as `~` and its base64url.",
    });
    let headers = [(header::CONTENT_TYPE, "application/problem+json"), (header::CACHE_CONTROL, "no-store")];
    (StatusCode::NOT_FOUND, headers, problem.to_string()).into_response()
}

fn json(status: StatusCode, error: &str) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], axum::Json(serde_json::json!({ "error": error }))).into_response()
}
