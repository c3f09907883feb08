//! Places among the status lists, and the epochs of applications.

use std::collections::HashSet;

use chabi_token::StatusIndex;
use futures_util::FutureExt;

use super::{ROUNDS, Subject};
use crate::revocation::Revocation;

/// Blocks never overlap, whoever asks.
pub async fn reserved_places_belong_to_one_caller(subject: Subject) {
    let blocks = subject.race(|store, number| {
        let count = if number % 2 == 0 { 3 } else { 5 };
        async move { (store.reserve_status_indexes(count).await.unwrap().0, count) }.boxed()
    });
    let mut seen = HashSet::new();
    for (first, count) in blocks.await {
        assert!(first >= 0);
        for place in first..first + count {
            assert!(seen.insert(place), "place {place} was given out twice");
        }
    }
}

/// A new epoch begins with a place of its own.
pub async fn an_application_has_one_epoch_until_it_is_revoked(subject: Subject) {
    let store = subject.store();
    let now = subject.now();
    assert!(!store.is_client_epoch_current(StatusIndex(1)).await.unwrap());
    assert_eq!(store.settle_client_epoch("app", StatusIndex(1), now).await.unwrap(), StatusIndex(1));
    assert_eq!(store.settle_client_epoch("app", StatusIndex(2), now).await.unwrap(), StatusIndex(1));
    assert_eq!(store.settle_client_epoch("other", StatusIndex(3), now).await.unwrap(), StatusIndex(3));
    assert!(store.is_client_epoch_current(StatusIndex(1)).await.unwrap());
    assert_eq!(store.revoke(Revocation::Application("app"), "", now).await.unwrap(), 1);
    assert!(!store.is_client_epoch_current(StatusIndex(1)).await.unwrap());
    assert!(store.is_client_epoch_current(StatusIndex(3)).await.unwrap());
    assert_eq!(store.settle_client_epoch("app", StatusIndex(4), now).await.unwrap(), StatusIndex(4));
    assert!(!store.is_client_epoch_current(StatusIndex(1)).await.unwrap());
}

/// Nodes that meet an application for the first time agree.
pub async fn of_64_that_begin_an_epoch_at_once_all_get_the_same(subject: Subject) {
    for round in 0..ROUNDS {
        let client_id = format!("app{round}");
        let now = subject.now();
        let places = subject.race(|store, number| {
            let client_id = client_id.clone();
            let proposed = StatusIndex(i64::try_from(round * 100 + number).unwrap());
            async move { store.settle_client_epoch(&client_id, proposed, now).await.unwrap() }.boxed()
        });
        let places: HashSet<StatusIndex> = places.await.into_iter().collect();
        assert_eq!(places.len(), 1);
    }
}
