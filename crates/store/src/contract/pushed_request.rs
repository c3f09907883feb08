//! Authorization requests that were pushed.

use futures_util::FutureExt;

use super::{ROUNDS, Subject};
use crate::pushed_request::{PushedRequest, PushedRequestId};

fn pushed(subject: &Subject) -> PushedRequest {
    PushedRequest {
        id: PushedRequestId(subject.env.new_id()),
        secret_hash: subject.env.random(),
        client_id: "app".into(),
        parameters: "client_id=app&scope=openid&state=%22".into(),
        dpop_jkt: Some("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I".into()),
        expires_at: subject.later(90),
        kept_until: subject.later(600),
    }
}

/// After its own end it is still there for what it began, until that is over too.
pub async fn a_pushed_request_is_found_while_it_is_kept_and_spent_once(subject: Subject) {
    let store = subject.store();
    let request = pushed(&subject);
    store.insert_pushed_request(request.clone()).await.unwrap();
    store.insert_pushed_request(PushedRequest { dpop_jkt: None, ..pushed(&subject) }).await.unwrap();
    for now in [subject.now(), subject.now(), request.expires_at] {
        assert_eq!(store.find_pushed_request(request.id, now).await.unwrap(), Some(request.clone()));
    }
    assert_eq!(store.find_pushed_request(PushedRequestId(subject.env.new_id()), subject.now()).await.unwrap(), None);
    assert_eq!(store.find_pushed_request(request.id, request.kept_until).await.unwrap(), None);
    assert!(!store.spend_pushed_request(request.id, request.kept_until).await.unwrap(), "its time is over");
    assert!(store.spend_pushed_request(request.id, subject.now()).await.unwrap());
    assert!(!store.spend_pushed_request(request.id, subject.now()).await.unwrap());
    assert_eq!(store.find_pushed_request(request.id, subject.now()).await.unwrap(), None);
}

/// One code is given for it, not two.
// req: par.once
pub async fn of_64_that_spend_it_at_once_exactly_one_may_give_a_code(subject: Subject) {
    for _ in 0..ROUNDS {
        let request = pushed(&subject);
        let (id, now) = (request.id, subject.now());
        subject.store().insert_pushed_request(request).await.unwrap();
        let outcomes = subject.race(|store, _| async move { store.spend_pushed_request(id, now).await.unwrap() }.boxed());
        assert_eq!(outcomes.await.iter().filter(|spent| **spent).count(), 1);
    }
}

/// Strangers may push: what nobody used goes away by itself.
pub async fn what_nobody_used_goes_away(subject: Subject) {
    let store = subject.store();
    let request = pushed(&subject);
    store.insert_pushed_request(request.clone()).await.unwrap();
    assert_eq!(store.delete_expired(subject.later(599), 10).await.unwrap(), 0);
    assert_eq!(store.delete_expired(request.kept_until, 10).await.unwrap(), 1);
}
