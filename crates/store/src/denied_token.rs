//! Single access tokens taken back before they expire.

use chabi_token::Timestamp;

use crate::Answer;

/// Verbs on denied access tokens.
pub trait DeniedTokenVerbs {
    /// Denies the token of this `jti` until it would have expired anyway.
    fn deny_access_token(&self, jti: &str, expires_at: Timestamp) -> Answer<'_, ()>;
    /// True when it was denied.
    fn is_access_token_denied(&self, jti: &str) -> Answer<'_, bool>;
}
