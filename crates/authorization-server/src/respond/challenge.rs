//! Refusing a bearer token (RFC 6750 §3).

use axum::response::Response;
use chabi_spec::{Challenge, Fault, Refusal, token_response::ErrorResponse};
use http::{HeaderValue, header};

use super::{json, log_fault};
use crate::trail::Answer;

/// 401, 403 or 400 with `WWW-Authenticate`; the body says the same, for those who cannot read the header.
pub(crate) fn refused(challenge: &Challenge, refusal: Refusal) -> Answer {
    let body = ErrorResponse { error: refusal.code.as_str(), error_description: challenge.description };
    let mut response: Response = json::render(challenge.http_status(), body.to_json());
    match HeaderValue::from_str(&challenge.to_header()) {
        Ok(value) => {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
        }
        Err(error) => log_fault(&Fault::internal("writing a challenge").because(error)),
    }
    Answer { response, refusal: Some(refusal) }
}
