//! The answer of an authorization request, in the way that the request asked for.

use axum::response::Response;
use chabi_spec::{ErrorCode, Fault, authorization_request::ResponseMode};

use super::{page, redirect};
use crate::{authorize::check::Trusted, incoming::Incoming, server::Shared};

/// A code, or why there is none.
#[derive(Clone, Copy)]
pub(crate) enum Outcome<'a> {
    Code(&'a str),
    Error { code: ErrorCode, hint: &'a str },
}

/// What the application is told, beside `state` and `iss`.
pub(crate) struct AuthorizationAnswer<'a> {
    pub outcome: Outcome<'a>,
    /// OpenID Connect Session Management §2, for requests of OpenID Connect.
    pub session_state: Option<String>,
}

/// Back to the application. Only a redirect URI that was checked can be a target.
///
/// # Errors
/// A fault of rendering.
pub(crate) fn to_application(
    answer: &AuthorizationAnswer<'_>,
    trusted: &Trusted,
    incoming: &Incoming,
    shared: &Shared,
) -> Result<Response, Fault> {
    let mut pairs = match answer.outcome {
        Outcome::Code(code) => vec![("code", code)],
        Outcome::Error { code, hint } => vec![("error", code.as_str()), ("error_description", hint)],
    };
    // RFC 6749 §4.1.2: as it came, byte for byte
    pairs.extend(trusted.state.as_deref().map(|state| ("state", state)));
    pairs.extend(answer.session_state.as_deref().map(|state| ("session_state", state)));
    // RFC 9207 §2: in success and in error alike
    pairs.push(("iss", &shared.settings.issuer));
    match trusted.mode {
        ResponseMode::Query => redirect::by_query(&trusted.redirect, &pairs),
        ResponseMode::Fragment => redirect::by_fragment(&trusted.redirect, &pairs),
        // OAuth 2.0 Form Post Response Mode §2
        ResponseMode::FormPost => page::form_post(trusted, &pairs, incoming, shared),
    }
}
