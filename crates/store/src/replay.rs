//! What may be presented once: client assertions and DPoP proofs, on all nodes together.

use chabi_token::Timestamp;

use crate::Answer;

/// Verbs on what was presented.
pub trait ReplayVerbs {
    /// True for the first caller that presents this, false for every other one. `hash` says what it is and whose; `expires_at` is when
    /// it is refused by itself, the same for each copy of it: from then on the answer is false, and the row goes a while later.
    ///
    /// Callers bound how far `expires_at` may lie ahead, and so the number of rows.
    fn use_once(&self, hash: [u8; 32], expires_at: Timestamp, now: Timestamp) -> Answer<'_, bool>;
}
