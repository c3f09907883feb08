//! A person signed in, in one browser.

use chabi_token::{Timestamp, id_type};

use crate::{
    Answer,
    account::{AccountId, Realm},
};

id_type!(
    /// A session's row; also `sid` in ID tokens.
    SessionId
);

/// A session. The cookie carries the id and a secret; only the secret's hash is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrowserSession {
    /// Its row.
    pub id: SessionId,
    /// SHA-256 of the secret.
    pub secret_hash: [u8; 32],
    /// Who.
    pub account: AccountId,
    /// When they last proved it.
    pub auth_time: Timestamp,
    /// How (RFC 8176): `pwd`, or `fed` with the provider in `provider`.
    pub amr: Vec<String>,
    /// The provider's id for a federated sign-in; empty otherwise.
    pub provider: String,
    /// Hash of the provider's issuer and its `sub`, as text; empty otherwise.
    pub upstream_subject: String,
    /// Hash of the provider's issuer and its `sid`, as text; empty where it has none.
    pub upstream_sid: String,
    /// Label for the list of sessions, from the User-Agent.
    pub user_agent: String,
    /// When it began.
    pub created_at: Timestamp,
    /// Last use, kept to the minute.
    pub seen_at: Timestamp,
    /// Absolute end; checked at use.
    pub expires_at: Timestamp,
}

/// Which sessions are listed for who runs the installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionFilter {
    /// Those of this account.
    pub account: Option<AccountId>,
    /// Those in which something was granted to this application.
    pub client_id: Option<String>,
    /// Those of people of this realm; `None`: of all.
    pub realm: Option<Realm>,
    /// Those that began before this one, the newest first.
    pub before: SessionId,
    /// The present: what is over is not listed.
    pub now: Timestamp,
    /// How many.
    pub limit: i64,
}

/// A session with whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SomebodysSession {
    /// It.
    pub session: BrowserSession,
    /// `sub` of its person.
    pub subject: String,
    /// Their name; may be empty.
    pub name: String,
}

/// Verbs on browser sessions.
pub trait BrowserSessionVerbs {
    /// Adds one.
    fn insert_session(&self, session: BrowserSession) -> Answer<'_, ()>;
    /// By row; ended and absolutely expired ones are not found. The caller compares the secret and the idle time.
    fn find_session(&self, id: SessionId, now: Timestamp) -> Answer<'_, Option<BrowserSession>>;
    /// Notes that it was used.
    fn touch_session(&self, id: SessionId, now: Timestamp) -> Answer<'_, ()>;
    /// The account's live sessions, the newest first.
    fn list_sessions(&self, account: AccountId, now: Timestamp) -> Answer<'_, Vec<BrowserSession>>;
    /// A page of live sessions, the newest first.
    fn list_everybodys_sessions(&self, filter: SessionFilter) -> Answer<'_, Vec<SomebodysSession>>;
    /// Live sessions that a provider's `sub` or `sid` opened, by their hashes; one that is `None` does not count, and with neither there
    /// are none.
    fn list_sessions_of_upstream(
        &self,
        provider: &str,
        subject: Option<&str>,
        sid: Option<&str>,
        now: Timestamp,
    ) -> Answer<'_, Vec<BrowserSession>>;
    /// Ends it; `false` when it had ended already. Families without `offline_access` are revoked by the caller in the same transaction.
    fn end_session(&self, id: SessionId) -> Answer<'_, bool>;
    /// Ends all sessions of an account, save `except`; how many.
    fn end_sessions_of_account(&self, account: AccountId, except: Option<SessionId>) -> Answer<'_, i64>;
}
