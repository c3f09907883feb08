//! What happened, for those who must answer for it.

use chabi_token::{Id, Timestamp};

use crate::{Answer, account::AccountId};

/// One event. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// Its row.
    pub id: Id,
    /// When.
    pub at: Timestamp,
    /// Such as `login.succeeded`, `refresh.reused`, `key.rotated`.
    pub kind: String,
    /// Who ran the operation: `operator`, `account:<sub>` or `application:<client_id>`; `None`: the account itself, or nobody.
    pub actor: Option<String>,
    /// Whose account.
    pub account: Option<AccountId>,
    /// Which application.
    pub client_id: Option<String>,
    /// From where.
    pub address: Option<String>,
    /// Words for the reader.
    pub detail: String,
}

/// Verbs on the audit log.
pub trait AuditVerbs {
    /// Adds an event.
    fn insert_audit_event(&self, event: AuditEvent) -> Answer<'_, ()>;
    /// The newest first.
    fn list_audit_events(&self, limit: i64) -> Answer<'_, Vec<AuditEvent>>;
}
