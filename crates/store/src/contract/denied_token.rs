//! Single access tokens taken back.

use super::Subject;

/// Denying twice is no fault; afterwards its row goes.
pub async fn a_denied_token_stays_denied_until_it_has_expired(subject: Subject) {
    let store = subject.store();
    assert!(!store.is_access_token_denied("jti").await.unwrap());
    store.deny_access_token("jti", subject.later(300)).await.unwrap();
    store.deny_access_token("jti", subject.later(300)).await.unwrap();
    assert!(store.is_access_token_denied("jti").await.unwrap());
    assert!(!store.is_access_token_denied("JTI").await.unwrap());
    assert_eq!(store.delete_expired(subject.later(299), 10).await.unwrap(), 0);
    assert_eq!(store.delete_expired(subject.later(300), 10).await.unwrap(), 1);
    assert!(!store.is_access_token_denied("jti").await.unwrap());
}
