//! Whether a token was taken back before it expires.

use std::sync::Arc;

use chabi_token::{Timestamp, VerifiedAccessToken};

/// What is known of a token whose signature and claims are good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It was not taken back, as far as is known.
    Good,
    /// It was taken back: 401.
    Revoked,
    /// Nothing is known, and the rule is to let nobody pass on old knowledge: 503.
    Unknown,
}

/// Knows which tokens of one issuer were taken back. Asked at each request: it must answer from memory.
pub trait RevocationSource: Send + Sync + 'static {
    /// What is known of this token.
    fn standing(&self, token: &VerifiedAccessToken, now: Timestamp) -> Standing;

    /// Called within tokio's runtime at each token that is seen for the first time, before [`Self::standing`]: a source that has work
    /// to do behind the requests' backs begins it here, once.
    fn begin(&self) {}
}

impl<S: RevocationSource + ?Sized> RevocationSource for Arc<S> {
    fn standing(&self, token: &VerifiedAccessToken, now: Timestamp) -> Standing {
        (**self).standing(token, now)
    }

    fn begin(&self) {
        (**self).begin();
    }
}

/// Every good token is taken until it expires.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoRevocations;

impl RevocationSource for NoRevocations {
    fn standing(&self, _token: &VerifiedAccessToken, _now: Timestamp) -> Standing {
        Standing::Good
    }
}
