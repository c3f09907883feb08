//! A provider that answers with a form of claims and a MAC over them: Telegram.

use serde::Deserialize;

/// The name under which Telegram's answer stands behind the `#` of the callback URL.
pub(crate) const ANSWER: &str = "tgAuthResult";

/// A provider whose answer has an HMAC-SHA-256 over its sorted fields, under the SHA-256 of our secret.
///
/// Source: Telegram's page "Telegram Login Widget", "Checking authorization".
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignedFormSettings {
    /// The issuer half of the key of its people: constant.
    pub issuer: String,
    /// Where the browser is sent.
    pub authorize_url: String,
}
