//! The chain of the audit log.

use super::Subject;
use crate::{
    audit::AuditEvent,
    audit_chain::{AuditChain, AuditFilter, ChainPlace},
};

fn event(subject: &Subject, kind: &str, seconds: i64) -> AuditEvent {
    let at = subject.later(seconds);
    AuditEvent {
        id: chabi_token::Id::new(at, subject.env.random()),
        at,
        kind: kind.into(),
        actor: None,
        account: None,
        client_id: None,
        address: Some("192.0.2.1".into()),
        detail: "words".into(),
    }
}

fn all(subject: &Subject) -> AuditFilter {
    let (from, until) = (subject.later(-1_000), subject.later(1_000));
    AuditFilter { kind: None, actor: None, account: None, client_id: None, from, until, before: [0; 16], limit: 100 }
}

/// By kind, account, application and time, the newest first, page by page.
pub async fn events_are_found_by_what_they_are_about(subject: Subject) {
    let store = subject.store();
    let account = subject.account_id();
    let of_ada = AuditEvent { account: Some(account), ..event(&subject, "login.succeeded", 1) };
    let of_app = AuditEvent { client_id: Some("app".into()), account: Some(account), ..event(&subject, "refresh.reused", 2) };
    let other = AuditEvent { actor: Some("operator".into()), ..event(&subject, "login.succeeded", 3) };
    for one in [&of_ada, &of_app, &other] {
        store.insert_audit_event(one.clone()).await.unwrap();
    }
    let found = async |filter: AuditFilter| -> Vec<AuditEvent> {
        store.search_audit_events(filter).await.unwrap().into_iter().map(|found| found.event).collect()
    };
    assert_eq!(found(all(&subject)).await, [other.clone(), of_app.clone(), of_ada.clone()]);
    let by_kind = AuditFilter { kind: Some("login.succeeded".into()), ..all(&subject) };
    assert_eq!(found(by_kind.clone()).await, [other.clone(), of_ada.clone()]);
    let by_account = AuditFilter { account: Some(account), ..all(&subject) };
    assert_eq!(found(by_account.clone()).await, [of_app.clone(), of_ada.clone()]);
    assert_eq!(found(AuditFilter { kind: Some("login.succeeded".into()), ..by_account }).await, std::slice::from_ref(&of_ada));
    assert_eq!(found(AuditFilter { client_id: Some("app".into()), ..all(&subject) }).await, std::slice::from_ref(&of_app));
    assert_eq!(found(AuditFilter { actor: Some("operator".into()), ..all(&subject) }).await, std::slice::from_ref(&other));
    assert_eq!(store.find_audit_event(of_app.id).await.unwrap().map(|found| found.event), Some(of_app.clone()));
    assert_eq!(found(AuditFilter { from: subject.later(3), ..all(&subject) }).await, std::slice::from_ref(&other));
    let next = AuditFilter { until: other.at, before: *other.id.as_bytes(), limit: 1, ..all(&subject) };
    assert_eq!(found(next).await, [of_app]);
    assert_eq!(found(AuditFilter { until: other.at, before: *other.id.as_bytes(), ..by_kind }).await, [of_ada]);
}

/// Events get their places once; the chain's ends are kept; what is cut off is gone.
pub async fn a_chain_is_made_read_and_cut(subject: Subject) {
    let store = subject.store();
    assert_eq!(store.find_audit_chain().await.unwrap(), AuditChain::default());
    assert_eq!(store.hold_audit_chain().await.unwrap(), AuditChain::default());
    let events = [event(&subject, "first", 1), event(&subject, "second", 2)];
    for one in &events {
        store.insert_audit_event(one.clone()).await.unwrap();
    }
    assert_eq!(store.list_unchained_audit_events(10).await.unwrap(), events);
    let mut head = ChainPlace::default();
    for one in &events {
        head = head.followed_by(one);
        assert!(store.chain_audit_event(one.id, head).await.unwrap());
        assert!(!store.chain_audit_event(one.id, head).await.unwrap());
    }
    let moved = AuditChain { head, anchor: ChainPlace { sequence: 1, hash: [7; 32] } };
    store.move_audit_chain(moved).await.unwrap();
    assert_eq!(store.find_audit_chain().await.unwrap(), moved);
    assert!(store.list_unchained_audit_events(10).await.unwrap().is_empty());
    let read = store.list_chained_audit_events(1, 10).await.unwrap();
    assert_eq!(read.iter().map(|chained| (&chained.event, chained.place)).collect::<Vec<_>>(), [(&events[1], Some(head))]);
    assert_eq!(store.cut_audit_events(1).await.unwrap(), 1);
    assert_eq!(store.list_chained_audit_events(0, 10).await.unwrap(), read);
}
