//! Signing keys, sealed.

use chabi_token::Timestamp;
use futures_util::FutureExt;

use super::Subject;
use crate::signing_key::SigningKeyRecord;

fn key(kid: &str, alg: &str, created_at: Timestamp) -> SigningKeyRecord {
    SigningKeyRecord {
        kid: kid.into(),
        alg: alg.into(),
        sealed_private_key: vec![0, 1, 255],
        public_jwk: r#"{"kty":"EC"}"#.into(),
        created_at,
        signs_from: created_at,
        retired_at: None,
    }
}

/// A retired key goes at the end of its publication, and only those made before are retired.
// req: ky.rot
pub async fn keys_are_listed_while_they_are_published(subject: Subject) {
    let store = subject.store();
    let old = key("old", "ES256", subject.now());
    let new = key("new", "ES256", subject.later(10));
    let other = key("rsa", "RS256", subject.later(1));
    assert!(store.insert_signing_key(old.clone(), true).await.unwrap());
    assert!(store.insert_signing_key(other.clone(), true).await.unwrap());
    assert!(store.insert_signing_key(new.clone(), false).await.unwrap());
    assert!(!store.insert_signing_key(new.clone(), false).await.unwrap(), "a key id cannot be there twice");
    assert_eq!(store.retire_signing_keys("ES256", new.created_at, subject.later(200)).await.unwrap(), 1);
    assert_eq!(store.retire_signing_keys("ES256", new.created_at, subject.later(500)).await.unwrap(), 0, "an end never goes away");
    assert_eq!(store.retire_signing_keys("ES256", new.created_at, subject.later(100)).await.unwrap(), 1, "but it may come nearer");
    let retired = SigningKeyRecord { retired_at: Some(subject.later(100)), ..old };
    assert_eq!(store.list_signing_keys(subject.later(99)).await.unwrap(), [retired, other.clone(), new.clone()]);
    assert_eq!(store.list_signing_keys(subject.later(100)).await.unwrap(), [other, new]);
}

/// Of each algorithm; when all of it have been retired, a first one can be made again.
pub async fn of_64_nodes_that_start_at_once_exactly_one_makes_the_first_key(subject: Subject) {
    for alg in ["ES256", "RS256"] {
        let now = subject.now();
        let outcomes = subject.race(|store, number| {
            let key = key(&format!("{alg} {number}"), alg, now);
            async move { store.insert_signing_key(key, true).await.unwrap() }.boxed()
        });
        assert_eq!(outcomes.await.iter().filter(|added| **added).count(), 1);
    }
    let store = subject.store();
    assert_eq!(store.list_signing_keys(subject.now()).await.unwrap().len(), 2);
    assert_eq!(store.retire_signing_keys("ES256", subject.later(1), subject.later(2)).await.unwrap(), 1);
    assert!(!store.insert_signing_key(key("early", "ES256", subject.later(1)), true).await.unwrap());
    assert!(store.insert_signing_key(key("again", "ES256", subject.later(2)), true).await.unwrap());
}
