//! The device code grant's request (RFC 8628 §3.4).

use crate::{Refusal, SecretText, form::Form, resource};

/// RFC 8628 §3.4, RFC 8707 §2.2.
#[derive(Debug)]
pub struct DeviceCodeRequest {
    /// The device code.
    pub device_code: SecretText,
    /// Well-formed; empty: all that were granted.
    pub resource: Vec<String>,
}

impl DeviceCodeRequest {
    /// `grant_type`.
    pub const GRANT_TYPE: &'static str = "urn:ietf:params:oauth:grant-type:device_code";

    pub(super) fn parse(form: &Form) -> Result<Self, Refusal> {
        let device_code = SecretText::new(form.require("device_code")?.to_owned());
        Ok(Self { device_code, resource: resource::parse_all(form)? })
    }
}
