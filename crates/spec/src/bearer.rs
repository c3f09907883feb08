//! Bearer tokens in the `Authorization` header, and the challenge that refuses them (RFC 6750 §2.1 and §3, RFC 9728 §5.1).

use std::fmt::Write as _;

use crate::{ErrorCode, Scope};

/// A `WWW-Authenticate` header of an API.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenge {
    /// `None` when no token came at all: then nothing else is told (RFC 6750 §3.1).
    pub error: Option<ErrorCode>,
    /// For the integrator: a constant.
    pub description: Option<&'static str>,
    /// What would be enough.
    pub scope: Option<Scope>,
    /// URL of the protected resource's metadata (RFC 9728 §5.1).
    pub resource_metadata: Option<String>,
}

impl Challenge {
    /// No token came.
    #[must_use]
    pub fn token_missing() -> Self {
        Self::default()
    }

    /// A token came that is not good. Why is not told: that would help whoever forges tokens.
    #[must_use]
    pub fn invalid_token() -> Self {
        let description = Some("the access token is malformed, expired, revoked, or not for this API");
        Self { error: Some(ErrorCode::InvalidToken), description, ..Self::default() }
    }

    /// A good token that allows too little.
    #[must_use]
    pub fn insufficient_scope(needed: Scope) -> Self {
        let description = Some("the access token lacks a scope");
        Self { error: Some(ErrorCode::InsufficientScope), description, scope: Some(needed), ..Self::default() }
    }

    /// The request itself is wrong, such as two tokens at once.
    #[must_use]
    pub fn invalid_request(description: &'static str) -> Self {
        Self { error: Some(ErrorCode::InvalidRequest), description: Some(description), ..Self::default() }
    }

    /// 401, 403 or 400 (RFC 6750 §3.1).
    #[must_use]
    pub fn http_status(&self) -> http::StatusCode {
        self.error.map_or(http::StatusCode::UNAUTHORIZED, ErrorCode::http_status)
    }

    /// The header's value, in visible ASCII without quotes inside quotes.
    #[must_use]
    pub fn to_header(&self) -> String {
        let mut header = String::from("Bearer");
        let scope = self.scope.as_ref().map(Scope::to_string).filter(|scope| !scope.is_empty());
        let parameters = [
            ("error", self.error.map(|error| error.as_str().to_owned())),
            ("error_description", self.description.map(str::to_owned)),
            ("scope", scope),
            ("resource_metadata", self.resource_metadata.clone()),
        ];
        let mut separator = ' ';
        for (name, value) in parameters {
            let Some(value) = value else { continue };
            // RFC 9110 §5.6.4: nothing that could end the quotes, or the header
            let value: String = value.chars().filter(|&c| (c == ' ' || c.is_ascii_graphic()) && !matches!(c, '"' | '\\')).collect();
            let _infallible = write!(header, "{separator}{name}=\"{value}\"");
            separator = ',';
        }
        header
    }
}

/// What an `Authorization` header carries.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Authorization<'a> {
    /// A bearer token of the right form. It is not verified.
    Bearer(&'a str),
    /// The scheme is `Bearer`, but what follows is not one token.
    MalformedBearer,
    /// Another scheme.
    Other,
}

impl<'a> Authorization<'a> {
    /// Reads the header's value. The scheme's case does not matter.
    #[must_use]
    pub fn parse(header: &'a str) -> Self {
        let (scheme, rest) = header.split_once(' ').unwrap_or((header, ""));
        if !scheme.eq_ignore_ascii_case("Bearer") {
            return Self::Other;
        }
        // RFC 6750 §2.1: one b64token after one or more spaces
        let token = rest.trim_matches(' ');
        if is_b64token(token) { Self::Bearer(token) } else { Self::MalformedBearer }
    }
}

/// The kind alone: the token is secret.
impl std::fmt::Debug for Authorization<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Bearer(_) => "Bearer(…)",
            Self::MalformedBearer => "MalformedBearer",
            Self::Other => "Other",
        })
    }
}

fn is_b64token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !body.is_empty() && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/'))
}
