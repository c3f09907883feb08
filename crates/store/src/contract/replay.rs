//! What may be presented once.

use futures_util::FutureExt;

use super::{ROUNDS, Subject};

/// Two that differ in anything are two.
pub async fn what_was_presented_once_is_refused_until_it_is_over_by_itself(subject: Subject) {
    let store = subject.store();
    let present = |hash: u8, end| store.use_once([hash; 32], end, subject.now());
    let end = subject.later(60);
    assert!(present(1, end).await.unwrap());
    assert!(!present(1, end).await.unwrap());
    assert!(present(2, end).await.unwrap());
    assert!(!present(3, subject.now()).await.unwrap(), "what is over is not taken, whether it was seen or not");
    assert!(!store.use_once([1; 32], end, subject.later(59)).await.unwrap());
    assert!(!store.use_once([1; 32], end, end).await.unwrap());
}

/// A row stays a while longer than it is needed: another node's clock may be behind.
// req: ca.jtibound
pub async fn what_is_over_goes_away(subject: Subject) {
    let store = subject.store();
    for hash in 0..3 {
        assert!(store.use_once([hash; 32], subject.later(60), subject.now()).await.unwrap());
    }
    assert_eq!(store.delete_expired(subject.later(60), 10).await.unwrap(), 0);
    assert!(!store.use_once([0; 32], subject.later(60), subject.later(50)).await.unwrap(), "a clock that is behind");
    assert_eq!(store.delete_expired(subject.later(60 + 120), 2).await.unwrap(), 2);
    assert_eq!(store.delete_expired(subject.later(60 + 120), 2).await.unwrap(), 1);
}

/// Whoever they are, and on whichever node.
// req: ca.jti
// req: dp.replay
pub async fn of_64_that_present_it_at_once_exactly_one_is_taken(subject: Subject) {
    let (now, end) = (subject.now(), subject.later(60));
    for _ in 0..ROUNDS {
        let hash = subject.env.random();
        let outcomes = subject.race(|store, _| async move { store.use_once(hash, end, now).await.unwrap() }.boxed());
        assert_eq!(outcomes.await.iter().filter(|first| **first).count(), 1);
    }
}
