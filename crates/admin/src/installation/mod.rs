//! What is done to an installation by those who own the machine: the command line, the builder, development mode. Each is safe beside a
//! running server, and none asks who does it: [`crate::operation`] does.

pub mod accounts;
pub mod apis;
pub mod applications;
pub mod keys;
pub mod revoke;
pub mod setup;
pub mod sites;

use chabi_spec::{Failure, Fault};

/// An operation refuses before it writes: what comes out of its transaction is a fault.
pub(crate) fn fault_of(failure: Failure) -> Fault {
    match failure {
        Failure::Fault(fault) => fault,
        Failure::Refusal(refusal) => Fault::internal("changing the store").because(refusal),
    }
}
/// Why an application or API is not registered.
#[derive(Debug, thiserror::Error)]
pub enum RegistrationError {
    /// An application contradicts the rules, or itself: all of it, a line each.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Contradictions(Vec<chabi_registration::Contradiction>),
    /// Not an audience.
    #[error("the audience `{0}` is refused: {1}")]
    Audience(String, String),
    /// Names an API that is not there.
    #[error("there is no API with the audience `{0}`")]
    UnknownAudience(String),
    /// Not a signing algorithm for it.
    #[error("`{0}` is no signing algorithm here: use RS256, PS256, ES256 or EdDSA")]
    Algorithm(String),
    /// Breaks a rule for claims that tokens have besides.
    #[error("extra claims: {0}")]
    ExtraClaims(#[from] chabi_spec::reserved_claims::NotAddable),
    /// Below zero.
    #[error("the greatest age of a sign-in is zero seconds or more")]
    AuthenticationAge,
    /// Zero, negative, or more than an hour.
    #[error("access tokens live from 1 second to 60 minutes")]
    Lifetime,
    /// Ours.
    #[error(transparent)]
    Fault(#[from] chabi_spec::Fault),
}

impl RegistrationError {
    /// The field that it is about; empty: the whole.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Audience(..) | Self::UnknownAudience(_) => "audience",
            Self::Algorithm(_) => "signing_alg",
            Self::ExtraClaims(_) => "extra_claims",
            Self::AuthenticationAge => "max_auth_age",
            Self::Lifetime => "access_token_lifetime",
            Self::Contradictions(_) | Self::Fault(_) => "",
        }
    }
}
