//! Accounts tied to people at other providers.

use futures_util::FutureExt;

use super::{CALLERS, Subject};
use crate::{
    account::{Insertion, Realm},
    provider_link::ProviderLink,
};

fn link(subject: &Subject, who: &str) -> ProviderLink {
    ProviderLink {
        provider: "google".into(),
        issuer: "https://accounts.google.com".into(),
        subject: who.into(),
        account: subject.account_id(),
        email: "ada@example.com".into(),
        created_at: subject.now(),
        used_at: subject.now(),
    }
}

/// The first; a later one is told, and nothing changes.
pub async fn a_link_has_one_owner(subject: Subject) {
    let links: Vec<ProviderLink> = (0..CALLERS).map(|_| link(&subject, "1234")).collect();
    let outcomes = subject.race(|store, number| {
        let link = links.get(number).unwrap().clone();
        async move { (link.clone(), store.insert_provider_link(link).await.unwrap()) }.boxed()
    });
    let done: Vec<ProviderLink> =
        outcomes.await.into_iter().filter(|(_, outcome)| *outcome == Insertion::Done).map(|(link, _)| link).collect();
    assert_eq!(done.len(), 1);
    let found = subject.store().find_provider_link(&Realm::SHARED, "google", "https://accounts.google.com", "1234").await.unwrap();
    assert_eq!(found.as_ref(), done.first());
}

/// The key is all three: provider, issuer, subject.
pub async fn links_are_touched_listed_and_removed(subject: Subject) {
    let store = subject.store();
    let google = link(&subject, "1234");
    let facebook = ProviderLink { provider: "facebook".into(), created_at: subject.later(1), ..google.clone() };
    for link in [&facebook, &google] {
        assert_eq!(store.insert_provider_link(link.clone()).await.unwrap(), Insertion::Done);
    }
    let used = ProviderLink { email: "new@example.com".into(), used_at: subject.later(9), ..google.clone() };
    store.touch_provider_link(used.clone()).await.unwrap();
    assert_eq!(store.list_provider_links(google.account).await.unwrap(), [used, facebook.clone()]);
    assert_eq!(store.find_provider_link(&Realm::SHARED, "google", "https://other.example", "1234").await.unwrap(), None);
    let somebody_elses = link(&subject, "5678");
    assert_eq!(store.insert_provider_link(somebody_elses.clone()).await.unwrap(), Insertion::Done);
    assert_eq!(store.delete_links_to_provider(google.account, "google").await.unwrap(), 1);
    assert_eq!(store.list_provider_links(google.account).await.unwrap(), [facebook]);
    assert_eq!(store.list_provider_links(somebody_elses.account).await.unwrap(), [somebody_elses]);
    assert_eq!(store.insert_provider_link(google.clone()).await.unwrap(), Insertion::Done);
    assert_eq!(store.delete_provider_links(google.account).await.unwrap(), 2);
    assert_eq!(store.list_provider_links(google.account).await.unwrap(), []);
}
