//! The link by which an installation's first owner gets in.

use super::Subject;
use crate::setup_link::SetupLinkId;

/// One is open at a time, and is spent once; then another can be.
pub async fn one_link_is_open_at_a_time_and_spent_once(subject: Subject) {
    let store = subject.store();
    let (first, second) = (SetupLinkId(subject.env.new_id()), SetupLinkId(subject.env.new_id()));
    assert_eq!(store.open_setup_link(first, subject.now()).await.unwrap(), first);
    assert_eq!(store.open_setup_link(second, subject.now()).await.unwrap(), first);
    assert!(store.is_setup_link_open(first).await.unwrap());
    assert!(!store.is_setup_link_open(second).await.unwrap());
    assert!(store.spend_setup_link(first, "account:ada", subject.now()).await.unwrap());
    assert!(!store.spend_setup_link(first, "account:eve", subject.now()).await.unwrap());
    assert!(!store.is_setup_link_open(first).await.unwrap());
    assert_eq!(store.open_setup_link(second, subject.now()).await.unwrap(), second);
}

/// Of many that follow it at once, one gets in.
pub async fn of_64_that_follow_it_at_once_exactly_one_gets_in(subject: Subject) {
    let link = SetupLinkId(subject.env.new_id());
    let now = subject.now();
    assert_eq!(subject.store().open_setup_link(link, now).await.unwrap(), link);
    let outcomes = subject
        .race(move |store, number| Box::pin(async move { store.spend_setup_link(link, &format!("account:{number}"), now).await.unwrap() }))
        .await;
    assert_eq!(outcomes.into_iter().filter(|spent| *spent).count(), 1);
}
