//! Applications that registered themselves.

use futures_util::FutureExt as _;

use super::{Subject, application::application};
use crate::registration::{InitialAccessToken, InitialAccessTokenId, Registration};

fn registration(subject: &Subject, client_id: &str) -> Registration {
    Registration {
        client_id: client_id.into(),
        token_hash: Some([1; 32]),
        fingerprint: [2; 32],
        created_at: subject.now(),
        used_at: None,
        expires_at: subject.later(600),
    }
}

fn token(subject: &Subject, uses_left: i64) -> InitialAccessToken {
    InitialAccessToken {
        id: InitialAccessTokenId(subject.env.new_id()),
        secret_hash: subject.env.random(),
        site: "b".into(),
        label: "the partner's portal".into(),
        uses_left,
        created_at: subject.now(),
        expires_at: subject.later(600),
    }
}

/// Found until it expires; changed and removed by its token alone.
pub async fn a_registration_is_changed_and_removed_by_its_token_alone(subject: Subject) {
    let (store, now) = (subject.store(), subject.now());
    let kept = registration(&subject, "app");
    store.insert_registration(kept.clone()).await.unwrap();
    assert_eq!(store.find_registration("app", now).await.unwrap(), Some(kept.clone()));
    assert_eq!(store.find_registration("app", kept.expires_at).await.unwrap(), None);
    assert_eq!(store.find_registration("other", now).await.unwrap(), None);
    assert!(!store.change_registration("app", [9; 32], [3; 32], now).await.unwrap());
    assert!(!store.change_registration("app", [1; 32], [3; 32], kept.expires_at).await.unwrap());
    assert!(store.change_registration("app", [1; 32], [3; 32], now).await.unwrap());
    assert_eq!(store.find_registration("app", now).await.unwrap().unwrap().fingerprint, [3; 32]);
    assert!(!store.delete_registration("app", [9; 32], now).await.unwrap());
    assert!(store.delete_registration("app", [1; 32], now).await.unwrap());
    assert!(!store.delete_registration("app", [1; 32], now).await.unwrap());
    store.insert_registration(kept).await.unwrap();
    assert!(store.forget_registration("app").await.unwrap());
    assert!(!store.forget_registration("app").await.unwrap());
}

/// One that nobody manages comes first, and nothing is taken away from who manages the other.
pub async fn a_copy_is_given_the_registration_that_nobody_manages(subject: Subject) {
    let (store, now) = (subject.store(), subject.now());
    let managed = registration(&subject, "a");
    assert_eq!(store.find_registration_like([2; 32], now).await.unwrap(), None);
    store.insert_registration(managed.clone()).await.unwrap();
    assert_eq!(store.find_registration_like([3; 32], now).await.unwrap(), None);
    assert_eq!(store.find_registration_like([2; 32], managed.expires_at).await.unwrap(), None);
    assert_eq!(store.find_registration_like([2; 32], now).await.unwrap(), Some(managed.clone()));
    let shared = Registration { client_id: "b".into(), token_hash: None, ..managed.clone() };
    store.insert_registration(shared.clone()).await.unwrap();
    assert_eq!(store.find_registration_like([2; 32], now).await.unwrap(), Some(shared));
    assert!(store.change_registration("a", [1; 32], [3; 32], now).await.unwrap(), "it is managed as before");
    assert!(!store.change_registration("b", [1; 32], [3; 32], now).await.unwrap());
}

/// Its application goes with it; what is used stays.
pub async fn an_unused_registration_goes_with_its_application(subject: Subject) {
    let store = subject.store();
    for name in ["unused", "used"] {
        store.put_application(application(&subject, name)).await.unwrap();
        store.insert_registration(registration(&subject, name)).await.unwrap();
    }
    store.put_application(application(&subject, "an operator's")).await.unwrap();
    assert!(store.touch_registration("used", subject.now(), subject.later(6_000)).await.unwrap());
    assert!(!store.touch_registration("nobody", subject.now(), subject.later(6_000)).await.unwrap());
    store.delete_expired(subject.later(600), 10).await.unwrap();
    let left: Vec<_> = store.list_applications().await.unwrap().into_iter().map(|application| application.client_id).collect();
    assert_eq!(left, ["an operator's", "used"]);
    let used = store.find_registration("used", subject.later(600)).await.unwrap().unwrap();
    assert_eq!((used.used_at, used.expires_at), (Some(subject.now()), subject.later(6_000)));
    assert!(!store.touch_registration("unused", subject.now(), subject.later(6_000)).await.unwrap());
}

/// No more often than it says, not after its end, and not once it was taken back.
pub async fn an_initial_access_token_is_spent_as_often_as_it_says(subject: Subject) {
    let (store, now) = (subject.store(), subject.now());
    let twice = token(&subject, 2);
    store.insert_initial_access_token(twice.clone()).await.unwrap();
    assert_eq!(store.list_initial_access_tokens(now).await.unwrap(), std::slice::from_ref(&twice));
    assert!(store.peek_initial_access_token(twice.id, twice.secret_hash, now).await.unwrap());
    assert!(!store.peek_initial_access_token(twice.id, [0; 32], now).await.unwrap());
    assert!(!store.spend_initial_access_token(twice.id, [0; 32], now).await.unwrap());
    assert!(!store.spend_initial_access_token(twice.id, twice.secret_hash, twice.expires_at).await.unwrap());
    for left in [true, true, false] {
        assert_eq!(store.spend_initial_access_token(twice.id, twice.secret_hash, now).await.unwrap(), left);
    }
    assert!(!store.peek_initial_access_token(twice.id, twice.secret_hash, now).await.unwrap());
    assert!(store.delete_initial_access_token(twice.id).await.unwrap());
    assert!(!store.delete_initial_access_token(twice.id).await.unwrap());
    store.insert_initial_access_token(twice).await.unwrap();
    assert_eq!(store.list_initial_access_tokens(subject.later(600)).await.unwrap(), []);
}

/// One use, many callers.
pub async fn of_64_that_spend_the_last_use_at_once_exactly_one_may(subject: Subject) {
    let once = token(&subject, 1);
    subject.store().insert_initial_access_token(once.clone()).await.unwrap();
    let (id, secret, now) = (once.id, once.secret_hash, subject.now());
    let spent = subject.race(|store, _| async move { store.spend_initial_access_token(id, secret, now).await.unwrap() }.boxed()).await;
    assert_eq!(spent.iter().filter(|spent| **spent).count(), 1);
}
