//! Authorization requests that wait for a person.

use chabi_spec::Scope;
use futures_util::FutureExt;

use super::{ROUNDS, Subject};
use crate::{
    authorization_transaction::{AuthorizationTransaction, Decision, TransactionId, Verdict},
    pushed_request::PushedRequestId,
};

fn transaction(subject: &Subject) -> AuthorizationTransaction {
    AuthorizationTransaction {
        id: TransactionId(subject.env.new_id()),
        browser_hash: subject.env.random(),
        purpose: "authorize".into(),
        client_id: "app".into(),
        parameters: "client_id=app&state=%22".into(),
        decision: Decision::Pending,
        decided_by: None,
        pushed_request: Some(PushedRequestId(subject.env.new_id())),
        granted_scope: None,
        created_at: subject.now(),
        expires_at: subject.later(600),
    }
}

/// Another browser, a moment too late, or the end of it: it is not there.
pub async fn a_transaction_is_found_only_by_its_browser_and_in_time(subject: Subject) {
    let store = subject.store();
    let begun = transaction(&subject);
    store.insert_transaction(begun.clone()).await.unwrap();
    let find = |browser, now| store.find_transaction(begun.id, browser, now);
    assert_eq!(find(begun.browser_hash, subject.now()).await.unwrap(), Some(begun.clone()));
    assert_eq!(find([0; 32], subject.now()).await.unwrap(), None);
    assert_eq!(find(begun.browser_hash, begun.expires_at).await.unwrap(), None);
    assert!(!store.finish_transaction(begun.id, [0; 32], subject.now()).await.unwrap());
    assert!(!store.finish_transaction(begun.id, begun.browser_hash, begun.expires_at).await.unwrap());
    assert!(store.finish_transaction(begun.id, begun.browser_hash, subject.now()).await.unwrap());
    assert_eq!(find(begun.browser_hash, subject.now()).await.unwrap(), None);
}

/// A second word does not change the first; another person has a word of their own.
pub async fn it_is_decided_once(subject: Subject) {
    let store = subject.store();
    let begun = transaction(&subject);
    store.insert_transaction(begun.clone()).await.unwrap();
    let account = subject.account_id();
    let granted = Scope::of(["email", "openid"]);
    let verdict = |decision| Verdict { decision, account, granted: granted.clone() };
    let decide = |browser, decision, now| store.decide_transaction(begun.id, browser, verdict(decision), now);
    assert!(!decide([0; 32], Decision::Allowed, subject.now()).await.unwrap());
    assert!(!decide(begun.browser_hash, Decision::Allowed, begun.expires_at).await.unwrap());
    assert!(decide(begun.browser_hash, Decision::Denied, subject.now()).await.unwrap());
    assert!(!decide(begun.browser_hash, Decision::Allowed, subject.now()).await.unwrap());
    let found = store.find_transaction(begun.id, begun.browser_hash, subject.now()).await.unwrap().unwrap();
    assert_eq!((found.decision, found.decided_by), (Decision::Denied, Some(account)));
    assert_eq!(found.granted_scope, Some(granted));

    let another = subject.account_id();
    let verdict = Verdict { decision: Decision::Allowed, account: another, granted: Scope::of(["openid"]) };
    assert!(store.decide_transaction(begun.id, begun.browser_hash, verdict, subject.now()).await.unwrap());
    let found = store.find_transaction(begun.id, begun.browser_hash, subject.now()).await.unwrap().unwrap();
    assert_eq!((found.decision, found.decided_by), (Decision::Allowed, Some(another)));
    assert_eq!(found.granted_scope, Some(Scope::of(["openid"])));
}

/// One answer goes to the application, not two.
// req: st.cas
pub async fn of_64_that_finish_it_at_once_exactly_one_may_answer(subject: Subject) {
    for _ in 0..ROUNDS {
        let begun = transaction(&subject);
        subject.store().insert_transaction(begun.clone()).await.unwrap();
        let (id, browser, now) = (begun.id, begun.browser_hash, subject.now());
        let outcomes = subject.race(|store, _| async move { store.finish_transaction(id, browser, now).await.unwrap() }.boxed());
        assert_eq!(outcomes.await.iter().filter(|finished| **finished).count(), 1);
    }
}
