//! What can go wrong: a refusal is the client's fault and is explained; a fault is ours and is not.

use std::{error::Error, fmt};

use crate::ErrorCode;

/// Either the client's fault or ours.
#[derive(Debug)]
pub enum Failure {
    /// The request is refused by a rule; what the transaction wrote stays.
    Refusal(Refusal),
    /// We could not do it; what the transaction wrote is undone.
    Fault(Fault),
}

/// A rule said no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What the client is told in `error`.
    pub code: ErrorCode,
    /// What the integrator is told in `error_description`: a constant, never an echo of input (RFC 6749 §5.2).
    pub hint: &'static str,
    /// The clause that the rule comes from, such as `RFC 7636 §4.6`.
    pub clause: &'static str,
    /// What the log and the request inspector are told.
    pub cause: Cause,
}

/// Why, for the developer who asks: what was received, what was expected. Never holds a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cause {
    /// The rule's name, such as `redirect_uri_not_registered`.
    pub rule: &'static str,
    /// What came, shortened; empty where showing it would leak a secret.
    pub received: Option<String>,
    /// What would have been taken.
    pub expected: Option<String>,
}

impl Refusal {
    /// A refusal with no more to say than its rule.
    #[must_use]
    pub fn new(code: ErrorCode, rule: &'static str, hint: &'static str, clause: &'static str) -> Self {
        Self { code, hint, clause, cause: Cause { rule, received: None, expected: None } }
    }

    /// Adds what came and what would have been taken, for the inspector and the log.
    #[must_use]
    pub fn explain(mut self, received: impl Into<String>, expected: impl Into<String>) -> Self {
        self.cause.received = Some(shortened(received.into()));
        self.cause.expected = Some(shortened(expected.into()));
        self
    }
}

const LONGEST_EXPLANATION: usize = 500;

fn shortened(mut text: String) -> String {
    if text.len() > LONGEST_EXPLANATION {
        let end = (0..=LONGEST_EXPLANATION).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}

/// Whether trying again later can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The store, a provider or a permit could not be had in time: 503 with `Retry-After`.
    Unavailable,
    /// A defect or a broken invariant: 500.
    Internal,
}

/// Our own trouble: logged with its source, never described to the client.
#[derive(Debug)]
pub struct Fault {
    /// Whether trying again can help.
    pub kind: FaultKind,
    /// What we were doing.
    pub doing: &'static str,
    /// What it said.
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

impl Fault {
    /// A defect or a broken invariant.
    #[must_use]
    pub fn internal(doing: &'static str) -> Self {
        Self { kind: FaultKind::Internal, doing, source: None }
    }

    /// Something that we need is not there now.
    #[must_use]
    pub fn unavailable(doing: &'static str) -> Self {
        Self { kind: FaultKind::Unavailable, doing, source: None }
    }

    /// Adds what the library below said.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.doing)?;
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl Error for Fault {}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.code, self.hint, self.clause)
    }
}

impl Error for Refusal {}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
