//! Answers of the token endpoint (RFC 6749 §5.1 and §5.2).

use serde::Serialize;

use crate::{Refusal, SecretText};

/// A successful answer. `Debug` shows no token.
#[derive(Debug)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: SecretText,
    /// True: it is bound to a key, and `token_type` is `DPoP` (RFC 9449 §5).
    pub dpop: bool,
    /// Seconds.
    pub expires_in: i64,
    /// Not for `client_credentials`.
    pub refresh_token: Option<SecretText>,
    /// With scope `openid` alone.
    pub id_token: Option<SecretText>,
    /// Required where it differs from what was asked for.
    pub scope: Option<String>,
    /// Of a token exchange alone (RFC 8693 §2.2.1).
    pub issued_token_type: Option<&'static str>,
}

impl TokenResponse {
    /// The body, JSON. `token_type` is `Bearer` or `DPoP`.
    #[must_use]
    pub fn to_json(&self) -> String {
        let wire = TokenResponseOnTheWire {
            access_token: self.access_token.expose(),
            token_type: if self.dpop { "DPoP" } else { "Bearer" },
            expires_in: self.expires_in,
            refresh_token: self.refresh_token.as_ref().map(SecretText::expose),
            id_token: self.id_token.as_ref().map(SecretText::expose),
            scope: self.scope.as_deref(),
            issued_token_type: self.issued_token_type,
        };
        serde_json::to_string(&wire).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct TokenResponseOnTheWire<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_token_type: Option<&'static str>,
}

/// A refusal as JSON. The description is a constant, never an echo (RFC 6749 §5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorResponse {
    /// The registered code.
    pub error: &'static str,
    /// For the integrator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_description: Option<&'static str>,
}

impl ErrorResponse {
    /// What the client is told of a refusal.
    #[must_use]
    pub fn new(refusal: &Refusal) -> Self {
        Self { error: refusal.code.as_str(), error_description: Some(refusal.hint) }
    }

    /// The body.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
