//! Step-up (RFC 9470): a route may ask for a stronger sign-in, or a younger one, than the token's.

use std::time::Duration;

use chabi_token::{Seconds, Timestamp, VerifiedAccessToken};

use crate::Reason;

/// How somebody must have signed in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignInDemand {
    /// One of these `acr`; empty: any.
    pub acr_values: Vec<String>,
    /// No longer ago, in seconds; `None`: whenever.
    pub max_age: Option<i64>,
}

impl SignInDemand {
    pub(crate) fn require_acr(&mut self, values: impl IntoIterator<Item = impl Into<String>>) {
        self.acr_values = values.into_iter().map(Into::into).collect();
    }

    pub(crate) fn max_age(&mut self, age: Duration) {
        self.max_age = Some(i64::try_from(age.as_secs()).unwrap_or(i64::MAX));
    }

    /// RFC 9470 §3: who signed in too weakly or too long ago is told what would do; a token that does not say is not enough.
    pub(crate) fn check(&self, token: &VerifiedAccessToken, now: Timestamp) -> Result<(), Reason> {
        let strong = self.acr_values.is_empty() || token.acr().is_some_and(|acr| self.acr_values.iter().any(|value| value == acr));
        let young = self.max_age.is_none_or(|age| token.auth_time().is_some_and(|time| now <= time + Seconds(age)));
        if strong && young { Ok(()) } else { Err(Reason::SignIn(self.clone())) }
    }
}
