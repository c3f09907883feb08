//! The audit log.

use super::Subject;
use crate::audit::AuditEvent;

/// As many as asked for, with every field as it was.
pub async fn events_are_listed_the_newest_first(subject: Subject) {
    let store = subject.store();
    let full = |kind: &str, at| AuditEvent {
        id: chabi_token::Id::new(at, [7; 8]),
        at,
        kind: kind.into(),
        actor: Some("operator".into()),
        account: Some(subject.account_id()),
        client_id: Some("app".into()),
        address: Some("192.0.2.1".into()),
        detail: "words".into(),
    };
    let first = AuditEvent { account: None, client_id: None, address: None, ..full("first", subject.now()) };
    let (second, third) = (full("second", subject.later(1)), full("third", subject.later(2)));
    for event in [&second, &third, &first] {
        store.insert_audit_event(event.clone()).await.unwrap();
    }
    assert_eq!(store.list_audit_events(2).await.unwrap(), [third.clone(), second.clone()]);
    assert_eq!(store.list_audit_events(10).await.unwrap(), [third, second, first]);
}
