//! Applications that registered themselves (RFC 7591, RFC 7592), and the tokens that let them.

use chabi_token::{Timestamp, id_type};

use crate::Answer;

id_type! {
    /// An initial access token's row.
    InitialAccessTokenId
}

/// What is kept of a registration beside the application itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The application.
    pub client_id: String,
    /// SHA-256 of the secret that manages it; `None` when nobody does, since several share it.
    pub token_hash: Option<[u8; 32]>,
    /// Equal for the same metadata from the same network.
    pub fingerprint: [u8; 32],
    /// When it came.
    pub created_at: Timestamp,
    /// When tokens were last issued to it, to the day; `None`: never.
    pub used_at: Option<Timestamp>,
    /// It is removed then, unless it is used before.
    pub expires_at: Timestamp,
}

/// A token that an operator gives to somebody who may register applications (RFC 7591 §3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitialAccessToken {
    /// Which row.
    pub id: InitialAccessTokenId,
    /// SHA-256 of its secret.
    pub secret_hash: [u8; 32],
    /// The site at which it lets register.
    pub site: String,
    /// For whom, in the operator's words.
    pub label: String,
    /// How many applications may still be registered with it.
    pub uses_left: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// Not good from then on.
    pub expires_at: Timestamp,
}

/// Verbs on registrations.
pub trait RegistrationVerbs {
    /// Adds one. Its application is put in the same transaction.
    fn insert_registration(&self, registration: Registration) -> Answer<'_, ()>;
    /// By application; one that has expired is as good as removed.
    fn find_registration(&self, client_id: &str, now: Timestamp) -> Answer<'_, Option<Registration>>;
    /// One of the same fingerprint: one that nobody manages before one that somebody does. Only the former may be given to others, since
    /// none of them can change what the rest relies on.
    fn find_registration_like(&self, fingerprint: [u8; 32], now: Timestamp) -> Answer<'_, Option<Registration>>;
    /// Takes note that its metadata were changed by whoever holds the token; `false` when the token manages it no longer.
    fn change_registration(&self, client_id: &str, token_hash: [u8; 32], fingerprint: [u8; 32], now: Timestamp) -> Answer<'_, bool>;
    /// Takes note that it is used, and keeps it until `expires_at`; `false` when there is none any more.
    fn touch_registration(&self, client_id: &str, used_at: Timestamp, expires_at: Timestamp) -> Answer<'_, bool>;
    /// Removes it; `false` when the token manages it no longer. Its application is removed in the same transaction.
    fn delete_registration(&self, client_id: &str, token_hash: [u8; 32], now: Timestamp) -> Answer<'_, bool>;
    /// Removes whatever registration an application has: an operator removes it.
    fn forget_registration(&self, client_id: &str) -> Answer<'_, bool>;

    /// Adds one.
    fn insert_initial_access_token(&self, token: InitialAccessToken) -> Answer<'_, ()>;
    /// All that have not expired, the oldest first.
    fn list_initial_access_tokens(&self, now: Timestamp) -> Answer<'_, Vec<InitialAccessToken>>;
    /// True when it is good for one more application. Nothing is spent.
    fn peek_initial_access_token(&self, id: InitialAccessTokenId, secret_hash: [u8; 32], now: Timestamp) -> Answer<'_, bool>;
    /// Spends one use; `false` when there is none left.
    fn spend_initial_access_token(&self, id: InitialAccessTokenId, secret_hash: [u8; 32], now: Timestamp) -> Answer<'_, bool>;
    /// Takes it back; `false` when there was none.
    fn delete_initial_access_token(&self, id: InitialAccessTokenId) -> Answer<'_, bool>;
}
