//! Links that set a new password.

use futures_util::FutureExt;

use super::{ROUNDS, Subject};
use crate::password_reset::{PasswordReset, PasswordResetId};

fn link(subject: &Subject) -> PasswordReset {
    PasswordReset {
        id: PasswordResetId(subject.env.new_id()),
        secret_hash: subject.env.random(),
        account: subject.account_id(),
        canonical: "ada@example.com".into(),
        expires_at: subject.later(600),
    }
}

/// A scanner that follows the link spends nothing; a wrong secret and a late moment find nothing.
pub async fn a_link_is_looked_at_often_and_taken_once(subject: Subject) {
    let store = subject.store();
    let link = link(&subject);
    store.insert_password_reset(link.clone()).await.unwrap();
    let now = subject.now();
    for _ in 0..3 {
        assert_eq!(store.peek_password_reset(link.id, link.secret_hash, now).await.unwrap(), Some(link.clone()));
    }
    for (secret, now) in [([0; 32], now), (link.secret_hash, link.expires_at)] {
        assert_eq!(store.peek_password_reset(link.id, secret, now).await.unwrap(), None);
        assert_eq!(store.take_password_reset(link.id, secret, now).await.unwrap(), None);
    }
    assert_eq!(store.take_password_reset(link.id, link.secret_hash, now).await.unwrap(), Some(link.clone()));
    assert_eq!(store.take_password_reset(link.id, link.secret_hash, now).await.unwrap(), None);
    assert_eq!(store.peek_password_reset(link.id, link.secret_hash, now).await.unwrap(), None);
}

/// Whichever of the account's addresses it went to; those of other accounts stay.
pub async fn a_newer_link_makes_the_older_one_void(subject: Subject) {
    let store = subject.store();
    let (older, of_another) = (link(&subject), link(&subject));
    let newer = PasswordReset { account: older.account, canonical: "b@example.com".into(), ..link(&subject) };
    for link in [&older, &of_another, &newer] {
        store.insert_password_reset(link.clone()).await.unwrap();
    }
    let now = subject.now();
    assert_eq!(store.take_password_reset(older.id, older.secret_hash, now).await.unwrap(), None);
    assert_eq!(store.take_password_reset(newer.id, newer.secret_hash, now).await.unwrap(), Some(newer));
    assert_eq!(store.take_password_reset(of_another.id, of_another.secret_hash, now).await.unwrap(), Some(of_another));
}

/// As when the account is shut, or its password is changed by another way; and by itself once it is over.
pub async fn a_link_can_be_made_void_and_goes_when_it_is_over(subject: Subject) {
    let store = subject.store();
    let (void, over) = (link(&subject), link(&subject));
    for link in [&void, &over] {
        store.insert_password_reset(link.clone()).await.unwrap();
    }
    assert!(store.delete_password_reset(void.account).await.unwrap());
    assert!(!store.delete_password_reset(void.account).await.unwrap());
    assert_eq!(store.take_password_reset(void.id, void.secret_hash, subject.now()).await.unwrap(), None);
    assert_eq!(store.delete_expired(subject.later(599), 10).await.unwrap(), 0);
    assert_eq!(store.delete_expired(over.expires_at, 10).await.unwrap(), 1);
}

/// The button pressed twice sets one password.
// req: st.cas
pub async fn of_64_that_take_a_link_at_once_exactly_one_gets_it(subject: Subject) {
    for _ in 0..ROUNDS {
        let link = link(&subject);
        subject.store().insert_password_reset(link.clone()).await.unwrap();
        let (id, secret, now) = (link.id, link.secret_hash, subject.now());
        let taken = subject.race(|store, _| async move { store.take_password_reset(id, secret, now).await.unwrap() }.boxed()).await;
        assert_eq!(taken.into_iter().flatten().collect::<Vec<_>>(), [link]);
    }
}
