//! Requests that may be sent again: what was answered the first time is answered again.

use chabi_token::Timestamp;

use crate::Answer;

/// A request by its key: whoever asks, and what they call it, hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdempotentRequest {
    /// SHA-256 of who asks, for what, and the key.
    pub key_hash: [u8; 32],
    /// SHA-256 of what is asked.
    pub request_hash: [u8; 32],
}

/// What is known of a key.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nothing: it is this caller's to answer.
    Claimed,
    /// It came with another request.
    OfAnotherRequest,
    /// The same request is being answered.
    Running,
    /// It was answered so (sealed).
    Answered(Vec<u8>),
}

/// Verbs on idempotency keys.
pub trait IdempotencyKeyVerbs {
    /// Claims a key until `expires_at`, unless it is known and not over.
    fn claim_idempotency_key(&self, request: IdempotentRequest, now: Timestamp, expires_at: Timestamp) -> Answer<'_, Claim>;
    /// Keeps the answer (sealed) until `expires_at`.
    fn answer_idempotency_key(&self, key_hash: [u8; 32], sealed_answer: Vec<u8>, expires_at: Timestamp) -> Answer<'_, ()>;
    /// Forgets a key that was not answered: nothing was done.
    fn release_idempotency_key(&self, key_hash: [u8; 32]) -> Answer<'_, ()>;
}
