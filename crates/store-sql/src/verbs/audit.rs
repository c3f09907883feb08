//! The audit log.

use chabi_spec::Fault;
use chabi_store::{
    Answer,
    account::AccountId,
    audit::{AuditEvent, AuditVerbs},
};

use crate::{Execute, Sql, value::Row};

const INSERT: &str =
    "INSERT INTO audit_events (id, at, kind, actor, account_id, client_id, address, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const LIST: &str = "SELECT id, at, kind, actor, account_id, client_id, address, detail FROM audit_events ORDER BY id DESC LIMIT $1";

pub(super) const STATEMENTS: &[&str] = &[INSERT, LIST];

pub(super) fn event(row: &mut Row) -> Result<AuditEvent, Fault> {
    Ok(AuditEvent {
        id: row.take()?,
        at: row.take()?,
        kind: row.take()?,
        actor: row.take()?,
        account: row.take::<Option<_>>()?.map(AccountId),
        client_id: row.take()?,
        address: row.take()?,
        detail: row.take()?,
    })
}

impl<E: Execute> AuditVerbs for Sql<E> {
    fn insert_audit_event(&self, event: AuditEvent) -> Answer<'_, ()> {
        let AuditEvent { id, at, kind, actor, account, client_id, address, detail } = event;
        let account = account.map(|account| account.0);
        self.run(
            INSERT,
            vec![id.into(), at.into(), kind.into(), actor.into(), account.into(), client_id.into(), address.into(), detail.into()],
        )
    }

    fn list_audit_events(&self, limit: i64) -> Answer<'_, Vec<AuditEvent>> {
        self.list(LIST, vec![limit.into()], event)
    }
}
