//! Refused requests, for whoever asks why: the newest few thousand, for a week.

use chabi_token::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Answer;

/// One refused request. Holds no secret: values of parameters that could be one are replaced by `…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptRefusal {
    /// The id that its log lines and its answer carry (`x-request-id`): the key.
    pub request_id: String,
    /// When it came.
    pub at: Timestamp,
    /// Of the application, as it was named; whether there is one is not said.
    pub client_id: Option<String>,
    /// What happened.
    pub story: Story,
}

/// What came, which rules it met, and what was said: kept as one JSON text, of which a version ignores what it does not know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Story {
    /// Such as `GET`.
    pub method: String,
    /// Such as `/oauth2/authorize`.
    pub endpoint: String,
    /// HTTP status of the answer.
    pub status: u16,
    /// In the order they came.
    pub parameters: Vec<(String, String)>,
    /// The rules met, in order, and whether each was passed.
    pub steps: Vec<(String, bool)>,
    /// The error code.
    pub error: String,
    /// What the integrator was told.
    pub hint: String,
    /// The clause that the rule comes from.
    pub clause: String,
    /// The rule that refused.
    pub rule: String,
    /// What came.
    pub received: Option<String>,
    /// What would have been taken.
    pub expected: Option<String>,
}

/// Verbs on refusals.
pub trait RefusalVerbs {
    /// Adds one; one of the same request id stays as it is.
    fn insert_refusal(&self, refusal: KeptRefusal) -> Answer<'_, ()>;
    /// By request id.
    fn find_refusal(&self, request_id: &str) -> Answer<'_, Option<KeptRefusal>>;
    /// The newest first; of one application, or of all.
    fn list_refusals(&self, client_id: Option<&str>, limit: i64) -> Answer<'_, Vec<KeptRefusal>>;
    /// Removes those that are older than the newest `keep`; how many went.
    fn trim_refusals(&self, keep: i64) -> Answer<'_, i64>;
}
