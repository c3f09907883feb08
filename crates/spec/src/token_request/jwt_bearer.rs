//! The assertion grant's request (RFC 7523 §2.1).

use crate::{Refusal, Scope, SecretText, form::Form, resource};

/// RFC 7521 §4.1, RFC 7523 §2.1, RFC 8707 §2.2.
#[derive(Debug)]
pub struct JwtBearerRequest {
    /// The signed assertion.
    pub assertion: SecretText,
    /// `None`: all that the application may have.
    pub scope: Option<Scope>,
    /// Well-formed; empty: the application's default.
    pub resource: Vec<String>,
}

impl JwtBearerRequest {
    /// `grant_type`.
    pub const GRANT_TYPE: &'static str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

    pub(super) fn parse(form: &Form) -> Result<Self, Refusal> {
        let assertion = SecretText::new(form.require("assertion")?.to_owned());
        Ok(Self { assertion, scope: super::scope(form)?, resource: resource::parse_all(form)? })
    }
}
