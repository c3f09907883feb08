//! Why an operation was not done, in words that say how to mend it.

use std::fmt;

use chabi_spec::{Failure, Fault};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Permission;

/// Why an operation was not done. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OperationError {
    /// Nobody and nothing of this id, or none that this actor may see.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The actor lacks a permission.
    #[error("this needs the permission `{}`", .0.as_str())]
    Forbidden(Permission),
    /// The actor has the permission, and yet not for this: words say why.
    #[error("{0}")]
    Above(String),
    /// It contradicts what is there: words say what, and how to mend it.
    #[error("{0}")]
    Conflict(String),
    /// The input breaks rules: all of them.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Invalid(Vec<Problem>),
    /// It was changed since it was read (`If-Match`).
    #[error("it was changed by somebody else since it was read: read it again, and change that")]
    Changed,
    /// Ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// One rule that the input breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// The field, as it is named in the input; empty for the input as a whole.
    pub field: String,
    /// What is wrong, and what would be taken.
    pub words: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.as_str() {
            "" => f.write_str(&self.words),
            // a rule of registration names its member by itself
            field if self.words.strip_prefix(field).is_some_and(|rest| rest.starts_with(':')) => f.write_str(&self.words),
            field => write!(f, "{field}: {}", self.words),
        }
    }
}

impl OperationError {
    /// A single field is wrong.
    pub fn invalid(field: impl Into<String>, words: impl Into<String>) -> Self {
        Self::Invalid(vec![Problem { field: field.into(), words: words.into() }])
    }
}

/// The transactions of operations refuse nothing by themselves.
impl From<Failure> for OperationError {
    fn from(failure: Failure) -> Self {
        Self::Fault(crate::installation::fault_of(failure))
    }
}
