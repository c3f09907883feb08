//! Accounts as they are seen by who runs the installation.

use chabi_token::{Id, Timestamp};

use super::Subject;
use crate::{
    account::{Account, AccountEmail, AccountId, Insertion, Realm},
    audit::AuditEvent,
    people::{Counted, PeopleFilter},
};

async fn person(subject: &Subject, seconds: i64, address: &str, realm: Realm) -> Account {
    let at = subject.later(seconds);
    let id = AccountId(Id::new(at, subject.env.random()));
    let account = Account {
        id,
        subject: format!("{seconds} {address}"),
        realm,
        name: String::new(),
        locale: String::new(),
        created_at: at,
        updated_at: Timestamp::default(),
        disabled_at: None,
        profile: None,
    };
    let email = AccountEmail { canonical: address.into(), address: address.into(), account: id, verified_at: None };
    subject.store().insert_account(account.clone()).await.unwrap();
    assert_eq!(subject.store().insert_email(email).await.unwrap(), Insertion::Done);
    account
}

const LAST: AccountId = AccountId(Id::from_bytes([0xff; 16]));
const FIRST: (&str, AccountId) = ("", AccountId(Id::from_bytes([0; 16])));

/// The newest first, in pages, of a realm or of all, shut or not.
pub async fn people_are_listed_in_pages(subject: Subject) {
    let store = subject.store();
    let ada = person(&subject, 1, "ada@example.org", Realm::SHARED).await;
    let bob = person(&subject, 2, "bob@example.org", Realm::SHARED).await;
    let shop = person(&subject, 3, "ada@example.org", Realm::of_site("shop")).await;
    let second = AccountEmail { canonical: "z@example.org".into(), address: "z@example.org".into(), account: ada.id, verified_at: None };
    assert_eq!(store.insert_email(second).await.unwrap(), Insertion::Done);
    assert!(store.set_account_disabled(bob.id, Some(subject.now())).await.unwrap());
    let list = async |realm: Option<Realm>, only_disabled, before, limit| -> Vec<(AccountId, usize)> {
        let people = store.list_people(PeopleFilter { realm, only_disabled, before, limit }).await.unwrap();
        people.into_iter().map(|(account, emails)| (account.id, emails.len())).collect()
    };
    assert_eq!(list(None, false, LAST, 10).await, [(shop.id, 1), (bob.id, 1), (ada.id, 2)]);
    assert_eq!(list(None, false, LAST, 1).await, [(shop.id, 1)]);
    assert_eq!(list(None, false, shop.id, 1).await, [(bob.id, 1)]);
    assert_eq!(list(Some(Realm::SHARED), false, LAST, 10).await, [(bob.id, 1), (ada.id, 2)]);
    assert_eq!(list(None, true, LAST, 10).await, [(bob.id, 1)]);
    assert!(list(Some(Realm::of_site("shop")), true, LAST, 10).await.is_empty());
}

/// By what an address begins with, in the order of the letters, whatever the database's language.
pub async fn people_are_found_by_the_beginning_of_an_address(subject: Subject) {
    let store = subject.store();
    person(&subject, 1, "ada.lovelace@example.org", Realm::SHARED).await;
    person(&subject, 2, "ada@example.org", Realm::SHARED).await;
    person(&subject, 3, "adb@example.org", Realm::SHARED).await;
    person(&subject, 4, "ada@example.org", Realm::of_site("shop")).await;
    assert_eq!(store.index_addresses(3).await.unwrap(), 3);
    assert_eq!(store.index_addresses(3).await.unwrap(), 1);
    assert_eq!(store.index_addresses(3).await.unwrap(), 0);
    let found = async |realm: Option<&Realm>, beginning: &str, after: (&str, AccountId), limit| -> Vec<String> {
        let found = store.search_people(realm, beginning, after, limit).await.unwrap();
        found.into_iter().map(|(account, email)| format!("{}/{}", account.realm.as_str(), email.canonical)).collect()
    };
    assert_eq!(found(Some(&Realm::SHARED), "ada", FIRST, 10).await, ["/ada.lovelace@example.org", "/ada@example.org"]);
    assert_eq!(found(Some(&Realm::SHARED), "ada", FIRST, 1).await, ["/ada.lovelace@example.org"]);
    assert_eq!(found(Some(&Realm::SHARED), "ada", ("ada.lovelace@example.org", LAST), 10).await, ["/ada@example.org"]);
    assert_eq!(found(Some(&Realm::of_site("shop")), "ada@", FIRST, 10).await, ["shop/ada@example.org"]);
    assert_eq!(found(None, "ada@", FIRST, 10).await.len(), 2);
    assert!(found(None, "shop", FIRST, 10).await.is_empty());
}

/// With all that is about it, and nothing else.
pub async fn an_account_goes_with_all_that_is_about_it(subject: Subject) {
    let store = subject.store();
    let (ada, bob) =
        (person(&subject, 1, "ada@example.org", Realm::SHARED).await, person(&subject, 2, "bob@example.org", Realm::SHARED).await);
    assert!(store.delete_account(ada.id).await.unwrap());
    assert!(!store.delete_account(ada.id).await.unwrap());
    assert!(store.find_account(ada.id).await.unwrap().is_none());
    assert!(store.list_emails(ada.id).await.unwrap().is_empty());
    assert_eq!(store.find_person(bob.id).await.unwrap().unwrap().1.len(), 1);
}

/// By kind, in spans of time; how many people; what was said of them.
pub async fn events_and_people_are_counted(subject: Subject) {
    let store = subject.store();
    let (ada, bob) = (subject.account_id(), subject.account_id());
    let hour = 3_600_000_000;
    for (seconds, account, kind, detail) in [
        (0, ada, "login.succeeded", "pwd"),
        (1, ada, "login.succeeded", "pwd"),
        (7_200, bob, "login.succeeded", "fed google"),
        (7_200, bob, "login.failed", "wrong password"),
    ] {
        let at = subject.later(seconds);
        let event = AuditEvent {
            id: Id::new(at, subject.env.random()),
            at,
            kind: kind.into(),
            actor: None,
            account: Some(account),
            client_id: None,
            address: None,
            detail: detail.into(),
        };
        store.insert_audit_event(event).await.unwrap();
    }
    let since = subject.later(-1);
    let spans = store.count_events("login.succeeded", since, hour).await.unwrap();
    assert_eq!(spans.iter().map(|(_, count)| count).sum::<i64>(), 3);
    assert_eq!(spans.first().unwrap().0, subject.now().0 / hour);
    assert_eq!(store.count_active_people(since).await.unwrap(), 2);
    assert_eq!(store.count_active_people(subject.later(100)).await.unwrap(), 1);
    let counted = |what: &str, count| Counted { what: what.into(), count };
    let details = store.count_details("login.succeeded", since, 5).await.unwrap();
    assert_eq!(details, [counted("pwd", 2), counted("fed google", 1)]);
    assert!(store.count_grants(since, 5).await.unwrap().is_empty());
}
