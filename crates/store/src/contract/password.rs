//! Passwords, as hashes.

use super::Subject;
use crate::password::PasswordRecord;

fn password(subject: &Subject, hash: &str) -> PasswordRecord {
    PasswordRecord { account: subject.account_id(), hash: hash.into(), normalization: 1, changed_at: subject.now() }
}

/// One an account.
pub async fn a_password_reads_back_and_is_replaced(subject: Subject) {
    let store = subject.store();
    let first = password(&subject, "$argon2id$1");
    assert_eq!(store.find_password(first.account).await.unwrap(), None);
    store.put_password(first.clone()).await.unwrap();
    assert_eq!(store.find_password(first.account).await.unwrap(), Some(first.clone()));
    let second = PasswordRecord { hash: "$argon2id$2".into(), normalization: 2, changed_at: subject.later(1), ..first };
    store.put_password(second.clone()).await.unwrap();
    assert_eq!(store.find_password(second.account).await.unwrap(), Some(second.clone()));
    assert!(store.delete_password(second.account).await.unwrap());
    assert!(!store.delete_password(second.account).await.unwrap());
}

/// The hash it was made from must still be there.
pub async fn a_rehash_never_undoes_a_change(subject: Subject) {
    let store = subject.store();
    let old = password(&subject, "old");
    store.put_password(old.clone()).await.unwrap();
    assert!(store.rehash_password(old.account, "old", "stronger").await.unwrap());
    assert!(!store.rehash_password(old.account, "old", "stale").await.unwrap());
    let found = store.find_password(old.account).await.unwrap().unwrap();
    assert_eq!((found.hash.as_str(), found.changed_at), ("stronger", old.changed_at));
}
