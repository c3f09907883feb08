//! What people allowed.

use chabi_spec::Scope;

use super::Subject;
use crate::consent::Consent;

/// One for each set of audiences; taking back takes all of an application's.
pub async fn a_consent_is_remembered_replaced_and_taken_back(subject: Subject) {
    let store = subject.store();
    let given = Consent {
        account: subject.account_id(),
        client_id: "app".into(),
        resource: "https://notes.example".into(),
        scope: Scope::of(["openid"]),
        given_at: subject.now(),
        declined: Scope::default(),
        claims: vec![],
    };
    let elsewhere = Consent { resource: String::new(), ..given.clone() };
    let to_another = Consent { client_id: "other".into(), ..given.clone() };
    for consent in [&given, &elsewhere, &to_another] {
        store.put_consent(consent.clone()).await.unwrap();
    }
    let wider = Consent {
        scope: Scope::of(["email", "openid"]),
        given_at: subject.later(1),
        declined: Scope::of(["phone"]),
        claims: vec!["birthdate".into(), "zoneinfo".into()],
        ..given.clone()
    };
    store.put_consent(wider.clone()).await.unwrap();
    let all = [elsewhere.clone(), wider.clone(), to_another.clone()];
    assert_eq!(store.list_consents(given.account).await.unwrap(), all);
    assert_eq!(store.list_consents(subject.account_id()).await.unwrap(), []);
    assert_eq!(store.find_consent(given.account, "app", "https://notes.example").await.unwrap(), Some(wider));
    assert_eq!(store.find_consent(given.account, "app", "").await.unwrap(), Some(elsewhere));
    assert_eq!(store.find_consent(subject.account_id(), "app", "").await.unwrap(), None);
    assert_eq!(store.delete_consents(given.account, "app").await.unwrap(), 2);
    assert_eq!(store.find_consent(given.account, "app", "").await.unwrap(), None);
    assert_eq!(store.find_consent(given.account, "other", "https://notes.example").await.unwrap(), Some(to_another));
    let somebody_elses = Consent { account: subject.account_id(), ..given.clone() };
    store.put_consent(given.clone()).await.unwrap();
    store.put_consent(somebody_elses.clone()).await.unwrap();
    assert_eq!(store.delete_consents_of_account(given.account).await.unwrap(), 2, "to every application");
    assert_eq!(store.find_consent(given.account, "other", "https://notes.example").await.unwrap(), None);
    assert_eq!(store.find_consent(somebody_elses.account, "app", "https://notes.example").await.unwrap(), Some(somebody_elses));
}
