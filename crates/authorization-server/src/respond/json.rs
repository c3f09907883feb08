//! Answers in JSON, never to be cached; failures too.

use axum::response::Response;
use bytes::Bytes;
pub(crate) use chabi_issuing::document::with_body;
use chabi_spec::{ErrorCode, Failure, Fault, FaultKind, Refusal, token_response::ErrorResponse};
use http::{HeaderValue, StatusCode, header};

use super::log_fault;
use crate::trail::Answer;

/// The outcome of an endpoint that answers in JSON. `used_basic`: the request had an `Authorization` header.
pub(crate) fn answer(outcome: Result<String, Failure>, used_basic: bool) -> Answer {
    match outcome {
        Ok(body) => Answer::fine(render(StatusCode::OK, body)),
        Err(Failure::Refusal(refusal)) => refused(refusal, used_basic),
        Err(Failure::Fault(fault)) => Answer::fine(faulty(&fault)),
    }
}

/// The answer to a refusal, with the status of its code.
pub(crate) fn refused(refusal: Refusal, used_basic: bool) -> Answer {
    let mut response = error(refusal.code.http_status(), refusal.code, refusal.hint);
    // RFC 6749 §5.2: who tried the Authorization header is told the scheme; others are not, or browsers would ask people for a password
    if refusal.code == ErrorCode::InvalidClient && used_basic {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"chabi\", charset=\"UTF-8\""));
    }
    Answer { response, refusal: Some(refusal) }
}

/// The answer to a fault: it says nothing but whether trying again can help.
pub(crate) fn faulty(fault: &Fault) -> Response {
    log_fault(fault);
    match fault.kind {
        FaultKind::Unavailable => {
            let code = ErrorCode::TemporarilyUnavailable;
            let mut response = error(code.http_status(), code, "try again in a moment");
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            response
        }
        FaultKind::Internal => error(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::ServerError, "the server could not do it"),
    }
}

/// OAuth 2.1 §3.2: the endpoint takes forms and nothing else.
pub(crate) fn not_a_form() -> Answer {
    let refusal = Refusal::new(
        ErrorCode::InvalidRequest,
        "content_type",
        "send the parameters as application/x-www-form-urlencoded",
        "OAuth 2.1 §3.2",
    );
    Answer { response: error(StatusCode::UNSUPPORTED_MEDIA_TYPE, refusal.code, refusal.hint), refusal: Some(refusal) }
}

/// 404 for a path below ours that is none of ours: JSON, so that discovery by clients goes on to the next form.
pub(crate) fn not_found() -> Response {
    error(StatusCode::NOT_FOUND, ErrorCode::InvalidRequest, "there is no such endpoint")
}

fn error(status: StatusCode, code: ErrorCode, hint: &'static str) -> Response {
    let body = ErrorResponse { error: code.as_str(), error_description: Some(hint) };
    render(status, body.to_json())
}

/// JSON that nobody keeps.
pub(crate) fn render(status: StatusCode, body: String) -> Response {
    with_body(status, "application/json", "no-store", Bytes::from(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    // req: tk.nostore
    #[test]
    fn a_refusal_is_json_that_nobody_keeps() {
        let refusal = Refusal::new(ErrorCode::InvalidGrant, "code_unknown", "the code is not good", "RFC 6749 §5.2");
        let response = refused(refusal, false).response;
        assert_eq!(response.status(), 400);
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    }

    #[test]
    fn only_who_tried_basic_is_challenged_with_basic() {
        let refusal = || Refusal::new(ErrorCode::InvalidClient, "x", "x", "RFC 6749 §5.2");
        assert!(refused(refusal(), true).response.headers().contains_key("www-authenticate"));
        assert!(!refused(refusal(), false).response.headers().contains_key("www-authenticate"));
        assert_eq!(refused(refusal(), false).response.status(), 401);
    }

    #[test]
    fn trouble_with_the_store_is_503_with_retry_after_and_a_defect_500() {
        let unavailable = faulty(&Fault::unavailable("reading").because("disk I/O error"));
        assert_eq!(unavailable.status(), 503);
        assert_eq!(unavailable.headers()["retry-after"], "1");
        assert_eq!(faulty(&Fault::internal("x")).status(), 500);
    }
}
