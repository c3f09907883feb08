//! Requests to revoke a token (RFC 7009 §2.1).

use crate::{Refusal, SecretText, form::Form};

/// What the sender believes a token to be; a hint, never relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenTypeHint {
    /// `access_token`.
    AccessToken,
    /// `refresh_token`.
    RefreshToken,
}

impl TokenTypeHint {
    /// RFC 7009 §2.1: an unknown hint is ignored.
    pub(crate) fn read(form: &Form) -> Option<Self> {
        match form.get("token_type_hint")? {
            "access_token" => Some(Self::AccessToken),
            "refresh_token" => Some(Self::RefreshToken),
            _ => None,
        }
    }
}

/// A request to the revocation endpoint. Who sends it is read apart: see [`crate::client_credentials`].
#[derive(Debug)]
pub struct RevocationRequest {
    /// What is to be revoked.
    pub token: SecretText,
    /// What it is believed to be.
    pub hint: Option<TokenTypeHint>,
}

impl RevocationRequest {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid_request` when `token` is missing.
    pub fn parse(form: &Form) -> Result<Self, Refusal> {
        Ok(Self { token: SecretText::new(form.require("token")?.to_owned()), hint: TokenTypeHint::read(form) })
    }
}
