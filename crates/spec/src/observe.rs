//! What the request inspector is told of each OAuth request: its decision path, and for a refusal what was received and expected.

use crate::Refusal;

/// One rule that a request met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The rule's name, such as `redirect_uri::trust`.
    pub rule: &'static str,
    /// Whether the request passed it.
    pub passed: bool,
}

/// One OAuth request and what became of it. Holds no secret: values of codes, tokens, secrets, verifiers and passwords are replaced by `…`.
#[derive(Clone, Debug)]
pub struct RequestRecord {
    /// Microseconds since 1970, UTC.
    pub at: i64,
    /// Such as `POST`.
    pub method: String,
    /// Such as `/oauth2/token`.
    pub endpoint: &'static str,
    /// Of the application, when one was named.
    pub client_id: Option<String>,
    /// The parameters, in the order they came, with secrets replaced.
    pub parameters: Vec<(String, String)>,
    /// The rules met, in order.
    pub steps: Vec<Step>,
    /// HTTP status of the answer.
    pub status: u16,
    /// What was refused and why.
    pub refusal: Option<Refusal>,
    /// The id that the log lines of this request carry.
    pub request_id: Option<String>,
}

/// Somebody who wants to see every OAuth request: the inspector of development mode, a test, an audit.
pub trait Observer: Send + Sync + 'static {
    /// Called once a request, after its answer was decided. Must not block.
    fn observe(&self, record: RequestRecord);

    /// Whether it is told of requests that were not refused too. When not, a request costs next to nothing until it is refused, and
    /// fewer of its parameters are shown.
    fn wants_all(&self) -> bool {
        true
    }
}
