//! The providers' own tokens.

use futures_util::FutureExt;

use super::{ROUNDS, Subject};
use crate::{
    account::AccountId,
    upstream_tokens::{UpstreamTokens, UpstreamTokensOf},
};

fn tokens(subject: &Subject, account: AccountId, who: &str) -> UpstreamTokens {
    UpstreamTokens {
        account,
        provider: "google".into(),
        issuer: "https://accounts.google.com".into(),
        subject: who.into(),
        sealed_tokens: vec![1, 2, 3],
        expires_at: Some(subject.later(3_600)),
        updated_at: subject.now(),
    }
}

/// A second sign-in replaces those of the first; the newest are listed first.
pub async fn tokens_are_kept_one_row_for_each_person_there(subject: Subject) {
    let store = subject.store();
    let account = subject.account_id();
    let first = tokens(&subject, account, "1");
    let second = UpstreamTokens { expires_at: None, updated_at: subject.later(1), ..tokens(&subject, account, "2") };
    for row in [&first, &second] {
        store.put_upstream_tokens(row.clone()).await.unwrap();
    }
    assert_eq!(store.list_upstream_tokens(account, "google").await.unwrap(), [second.clone(), first.clone()]);
    let again = UpstreamTokens { sealed_tokens: vec![4], updated_at: subject.later(2), ..first };
    store.put_upstream_tokens(again.clone()).await.unwrap();
    assert_eq!(store.list_upstream_tokens(account, "google").await.unwrap(), [again, second]);
    assert_eq!(store.list_upstream_tokens(account, "github").await.unwrap(), []);
    assert_eq!(store.list_upstream_tokens(subject.account_id(), "google").await.unwrap(), []);
}

/// Who comes with what is no longer there changes nothing.
pub async fn of_64_that_renew_tokens_at_once_exactly_one_is_heard(subject: Subject) {
    let store = subject.store();
    for round in 0..ROUNDS {
        let account = subject.account_id();
        let old = tokens(&subject, account, &round.to_string());
        store.put_upstream_tokens(old.clone()).await.unwrap();
        let newer = subject.later(1);
        let heard = subject.race(|store, number| {
            let mine = UpstreamTokens { sealed_tokens: number.to_be_bytes().to_vec(), updated_at: newer, ..old.clone() };
            let was = old.updated_at;
            async move { store.renew_upstream_tokens(mine.clone(), was).await.unwrap().then_some(mine) }.boxed()
        });
        let heard: Vec<UpstreamTokens> = heard.await.into_iter().flatten().collect();
        assert_eq!(heard.len(), 1);
        assert_eq!(store.list_upstream_tokens(account, "google").await.unwrap(), heard);
    }
}

/// By account, by account and provider, by provider.
pub async fn tokens_are_forgotten_with_what_they_belong_to(subject: Subject) {
    let store = subject.store();
    let (ada, bob) = (subject.account_id(), subject.account_id());
    let put = async |account, provider: &str| {
        store.put_upstream_tokens(UpstreamTokens { provider: provider.into(), ..tokens(&subject, account, "1") }).await.unwrap();
    };
    for account in [ada, bob] {
        put(account, "google").await;
        put(account, "github").await;
    }
    let listed = async |of, limit| store.list_upstream_tokens_of(of, limit).await.unwrap().len();
    for (of, count) in
        [(UpstreamTokensOf::Account(ada), 2), (UpstreamTokensOf::AccountAt(ada, "google"), 1), (UpstreamTokensOf::Provider("google"), 2)]
    {
        assert_eq!((listed(of, 9).await, listed(of, 1).await), (count, 1));
    }
    assert_eq!(store.delete_upstream_tokens(UpstreamTokensOf::AccountAt(ada, "google")).await.unwrap(), 1);
    assert_eq!(store.list_upstream_tokens(ada, "github").await.unwrap().len(), 1);
    assert_eq!(store.delete_upstream_tokens(UpstreamTokensOf::Provider("google")).await.unwrap(), 1);
    assert_eq!(store.delete_upstream_tokens(UpstreamTokensOf::Account(ada)).await.unwrap(), 1);
    assert_eq!(store.list_upstream_tokens(bob, "google").await.unwrap(), []);
    assert_eq!(store.list_upstream_tokens(bob, "github").await.unwrap().len(), 1);
}
