//! The registered error codes, and the one table that turns a code into an HTTP status.

use std::fmt;

/// An error code that a client can meet.
///
/// Sources: RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1, RFC 7009 §2.2.1, RFC 8707 §2, OpenID Connect Core §3.1.2.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// RFC 6749: a parameter is missing, repeated, malformed or of no known value.
    InvalidRequest,
    /// RFC 6749 §5.2: the application is unknown, or did not prove who it is.
    InvalidClient,
    /// RFC 6749 §5.2: the code or refresh token is unknown, expired, spent, revoked or another application's.
    InvalidGrant,
    /// RFC 6749: this application may not use this grant or response type.
    UnauthorizedClient,
    /// RFC 6749 §5.2: no such grant here.
    UnsupportedGrantType,
    /// RFC 6749 §4.1.2.1: no such response type here.
    UnsupportedResponseType,
    /// RFC 6749: the scope is malformed, or more than was granted.
    InvalidScope,
    /// RFC 8707 §2: the resource is malformed or unknown.
    InvalidTarget,
    /// RFC 6749 §4.1.2.1: the person, or the server on their behalf, said no.
    AccessDenied,
    /// RFC 6749 §4.1.2.1: the fault is ours.
    ServerError,
    /// RFC 6749 §4.1.2.1: too busy, or the store cannot be reached; come back later.
    TemporarilyUnavailable,
    /// RFC 9449 §5, §7: the DPoP proof is missing, malformed, for another request, or was used before.
    InvalidDpopProof,
    /// RFC 9449 §8, §9: the proof must hold the nonce that comes with this answer.
    UseDpopNonce,
    /// RFC 6750 §3.1: the access token is malformed, expired, revoked, or not for this API.
    InvalidToken,
    /// RFC 6750 §3.1: the access token lacks a scope.
    InsufficientScope,
    /// RFC 9470 §3: the person signed in too weakly, or too long ago.
    InsufficientUserAuthentication,
    /// RFC 7009 §2.2.1: this kind of token cannot be revoked here.
    UnsupportedTokenType,
    /// OpenID Connect Core §3.1.2.6: somebody would have to sign in, and `prompt=none` forbids a page.
    LoginRequired,
    /// OpenID Connect Core §3.1.2.6: somebody would have to consent, and `prompt=none` forbids a page.
    ConsentRequired,
    /// OpenID Connect Core §3.1.2.6: some page would have to be shown, and `prompt=none` forbids it.
    InteractionRequired,
    /// Unmet Authentication Requirements 1.0 §2: nobody can sign in here in the way that is demanded.
    UnmetAuthenticationRequirements,
    /// RFC 8628 §3.5: the person has not decided yet; ask again.
    AuthorizationPending,
    /// RFC 8628 §3.5: as above, and wait five seconds longer from now on.
    SlowDown,
    /// RFC 8628 §3.5: nobody decided in time; begin again.
    ExpiredToken,
    /// OpenID Connect Core §3.1.2.6: request objects are not taken.
    RequestNotSupported,
    /// OpenID Connect Core §3.1.2.6, RFC 9126 §4: the `request_uri` is unknown, expired or another application's.
    InvalidRequestUri,
    /// OpenID Connect Core §3.1.2.6: `request_uri` is not taken.
    RequestUriNotSupported,
    /// OpenID Connect Core §3.1.2.6: the `registration` parameter is not taken.
    RegistrationNotSupported,
    /// RFC 7591 §3.2.2: a redirect URI breaks a rule.
    InvalidRedirectUri,
    /// RFC 7591 §3.2.2: some other member of the metadata does.
    InvalidClientMetadata,
    /// RFC 7591 §3.2.2: software statements are not taken here.
    UnapprovedSoftwareStatement,
}

/// Code, name on the wire, HTTP status when it is answered directly (and not by redirect).
const TABLE: &[(ErrorCode, &str, u16)] = &[
    (ErrorCode::InvalidRequest, "invalid_request", 400),
    (ErrorCode::InvalidClient, "invalid_client", 401),
    (ErrorCode::InvalidGrant, "invalid_grant", 400),
    (ErrorCode::UnauthorizedClient, "unauthorized_client", 400),
    (ErrorCode::UnsupportedGrantType, "unsupported_grant_type", 400),
    (ErrorCode::UnsupportedResponseType, "unsupported_response_type", 400),
    (ErrorCode::InvalidScope, "invalid_scope", 400),
    (ErrorCode::InvalidTarget, "invalid_target", 400),
    (ErrorCode::AccessDenied, "access_denied", 400),
    (ErrorCode::ServerError, "server_error", 500),
    (ErrorCode::TemporarilyUnavailable, "temporarily_unavailable", 503),
    (ErrorCode::InvalidDpopProof, "invalid_dpop_proof", 400),
    (ErrorCode::UseDpopNonce, "use_dpop_nonce", 400),
    (ErrorCode::InvalidToken, "invalid_token", 401),
    (ErrorCode::InsufficientScope, "insufficient_scope", 403),
    (ErrorCode::InsufficientUserAuthentication, "insufficient_user_authentication", 401),
    (ErrorCode::UnsupportedTokenType, "unsupported_token_type", 400),
    (ErrorCode::LoginRequired, "login_required", 400),
    (ErrorCode::ConsentRequired, "consent_required", 400),
    (ErrorCode::InteractionRequired, "interaction_required", 400),
    (ErrorCode::UnmetAuthenticationRequirements, "unmet_authentication_requirements", 400),
    (ErrorCode::AuthorizationPending, "authorization_pending", 400),
    (ErrorCode::SlowDown, "slow_down", 400),
    (ErrorCode::ExpiredToken, "expired_token", 400),
    (ErrorCode::RequestNotSupported, "request_not_supported", 400),
    (ErrorCode::InvalidRequestUri, "invalid_request_uri", 400),
    (ErrorCode::RequestUriNotSupported, "request_uri_not_supported", 400),
    (ErrorCode::RegistrationNotSupported, "registration_not_supported", 400),
    (ErrorCode::InvalidRedirectUri, "invalid_redirect_uri", 400),
    (ErrorCode::InvalidClientMetadata, "invalid_client_metadata", 400),
    (ErrorCode::UnapprovedSoftwareStatement, "unapproved_software_statement", 400),
];

impl ErrorCode {
    /// The registered name, as it stands in `error=`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.row().1
    }

    /// The HTTP status of a direct answer with this code.
    #[must_use]
    pub fn http_status(self) -> http::StatusCode {
        http::StatusCode::from_u16(self.row().2).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Every code, for tests and for the documentation.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.0)
    }

    fn row(self) -> (Self, &'static str, u16) {
        TABLE.iter().copied().find(|row| row.0 == self).unwrap_or((Self::ServerError, "server_error", 500))
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_own_row_and_name() {
        let mut names: Vec<_> = ErrorCode::all().map(ErrorCode::as_str).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TABLE.len());
    }

    #[test]
    fn an_unproven_application_is_401_and_a_bad_grant_400() {
        assert_eq!(ErrorCode::InvalidClient.http_status(), 401);
        assert_eq!(ErrorCode::InvalidGrant.http_status(), 400);
        assert_eq!(ErrorCode::InsufficientScope.http_status(), 403);
    }
}
