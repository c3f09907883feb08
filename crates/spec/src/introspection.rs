//! Asking whether a token is good (RFC 7662).

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::{Actor, Confirmation, Refusal, SecretText, form::Form, revocation_request::TokenTypeHint};

/// A request to the introspection endpoint. Who sends it is read apart: see [`crate::client_credentials`].
#[derive(Debug)]
pub struct IntrospectionRequest {
    /// What is asked about.
    pub token: SecretText,
    /// What it is believed to be.
    pub hint: Option<TokenTypeHint>,
}

impl IntrospectionRequest {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid_request` when `token` is missing.
    pub fn parse(form: &Form) -> Result<Self, Refusal> {
        Ok(Self { token: SecretText::new(form.require("token")?.to_owned()), hint: TokenTypeHint::read(form) })
    }
}

/// The answer (RFC 7662 §2.2). An inactive one has no other member: make it with `default()`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct IntrospectionResponse {
    /// Whether the token is good, now, for the one who asks.
    pub active: bool,
    /// Space-separated words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The person, to be shown: some frameworks need it to find their user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// `Bearer` or `DPoP`; left out for refresh tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<&'static str>,
    /// Seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    /// Seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// Seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// Who.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// One is written as a string, several as an array.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "one_or_many")]
    pub aud: Vec<String>,
    /// The issuer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// Of the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// The key that it is bound to (RFC 9449 §6.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    /// Who acts for the person (RFC 8693 §4.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<Box<Actor>>,
    /// Authentication context class (RFC 9470 §6.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// What an operator added to the token.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl IntrospectionResponse {
    /// `{"active":false}`: nothing else is told of a token that is not good (RFC 7662 §2.2).
    #[must_use]
    pub fn inactive() -> Self {
        Self::default()
    }

    /// The body.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.clone().told()).unwrap_or_default()
    }

    /// What may be told. RFC 7662 §2.2: whatever a caller filled in, an inactive answer tells nothing; and `token_type` is the answer's own,
    /// whatever the token calls itself.
    #[must_use]
    pub fn told(mut self) -> Self {
        self.extra.remove("token_type");
        if self.active { self } else { Self::inactive() }
    }
}

fn one_or_many<S: Serializer>(audiences: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    match audiences {
        [one] => serializer.serialize_str(one),
        several => several.serialize(serializer),
    }
}
