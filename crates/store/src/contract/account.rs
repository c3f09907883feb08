//! People and their addresses.

use futures_util::FutureExt;

use chabi_spec::Scope;
use chabi_token::Timestamp;

use super::Subject;
use crate::{
    account::{Account, AccountEmail, AccountId, Insertion, PersonInSession, Realm, main_address},
    browser_session::BrowserSession,
    people::Person,
    token_family::{FamilyId, RefreshTokenFamily},
};

pub(super) fn account(subject: &Subject, name: &str) -> Account {
    let id = subject.account_id();
    Account {
        id,
        subject: id.to_string(),
        realm: Realm::SHARED,
        name: name.into(),
        locale: "bn".into(),
        created_at: subject.now(),
        updated_at: Timestamp::default(),
        disabled_at: None,
        profile: None,
    }
}

fn email(account: AccountId, canonical: &str) -> AccountEmail {
    AccountEmail { canonical: canonical.into(), address: canonical.to_uppercase(), account, verified_at: None }
}

/// What is found by row and by address is what was written.
pub async fn an_account_reads_back_as_it_was_written(subject: Subject) {
    let store = subject.store();
    let ada = account(&subject, "Ada — আদা");
    assert_eq!(store.find_account(ada.id).await.unwrap(), None);
    store.insert_account(ada.clone()).await.unwrap();
    assert_eq!(store.insert_email(email(ada.id, "ada@example.com")).await.unwrap(), Insertion::Done);
    assert_eq!(store.find_account(ada.id).await.unwrap(), Some(ada.clone()));
    assert_eq!(store.find_account_by_subject(&ada.subject).await.unwrap(), Some(ada.clone()));
    assert_eq!(store.find_account_by_subject("nobody").await.unwrap(), None);
    assert_eq!(store.hold_account(ada.id).await.unwrap(), Some(ada.clone()));
    assert_eq!(store.hold_account(subject.account_id()).await.unwrap(), None);
    assert_eq!(
        store.find_account_by_email(&Realm::SHARED, "ada@example.com").await.unwrap(),
        Some((ada.clone(), email(ada.id, "ada@example.com")))
    );
    assert_eq!(store.find_account_by_email(&Realm::SHARED, "ADA@example.com").await.unwrap(), None);
    assert_eq!(store.count_accounts().await.unwrap(), 1);
    store.update_profile(ada.id, "Countess", "en", subject.later(5)).await.unwrap();
    let changed = Account { name: "Countess".into(), locale: "en".into(), updated_at: subject.later(5), ..ada.clone() };
    assert_eq!(store.find_account(ada.id).await.unwrap(), Some(changed));
    assert!(store.insert_account(ada).await.is_err(), "a row cannot be there twice");
}

/// One look gives what two would.
pub async fn a_person_is_found_with_all_their_addresses(subject: Subject) {
    let store = subject.store();
    let ada = account(&subject, "Ada");
    assert_eq!(store.find_person(ada.id).await.unwrap(), None);
    store.insert_account(ada.clone()).await.unwrap();
    assert_eq!(store.find_person(ada.id).await.unwrap(), Some((ada.clone(), vec![])));
    for canonical in ["z@example.com", "a@example.com"] {
        assert_eq!(store.insert_email(email(ada.id, canonical)).await.unwrap(), Insertion::Done);
    }
    let emails = store.list_emails(ada.id).await.unwrap();
    assert_eq!(emails.len(), 2);
    assert_eq!(store.find_person(ada.id).await.unwrap(), Some((ada, emails)));
}

/// A session, and its person, whose addresses are not in the order of their letters.
pub(super) async fn of_session_with_two_addresses(subject: &Subject, session: &BrowserSession) {
    let store = subject.store();
    store.insert_account(Account { id: session.account, ..account(subject, "Ada") }).await.unwrap();
    store.insert_session(session.clone()).await.unwrap();
    for canonical in ["z@example.com", "a@example.com"] {
        assert_eq!(store.insert_email(email(session.account, canonical)).await.unwrap(), Insertion::Done);
    }
}

/// One look gives what three would.
pub async fn a_person_is_found_with_whether_their_session_goes_on(subject: Subject) {
    let store = subject.store();
    let session = super::browser_session::session(&subject);
    let ada = Account { id: session.account, ..account(&subject, "Ada") };
    let found = async |moment| store.find_person_in_session(ada.id, session.id, moment).await.unwrap();
    assert_eq!(found(subject.now()).await, None, "there is no such person");
    store.insert_account(ada.clone()).await.unwrap();
    assert_eq!(found(subject.now()).await, Some((ada.clone(), vec![], None)), "there is no such session");
    store.insert_session(session.clone()).await.unwrap();
    for canonical in ["z@example.com", "a@example.com"] {
        assert_eq!(store.insert_email(email(ada.id, canonical)).await.unwrap(), Insertion::Done);
    }
    let (person, emails) = store.find_person(ada.id).await.unwrap().unwrap();
    assert_eq!(found(subject.now()).await, Some((person.clone(), emails.clone(), Some(session.seen_at))));
    assert_eq!(found(session.expires_at).await, Some((person, emails, None)), "it has ended");
}

/// What a look at something granted tells of a person: of their addresses the one that counts.
pub(super) fn with_main_address((account, emails): Person) -> Person {
    let main = main_address(&emails).cloned().into_iter().collect();
    (account, main)
}

/// The same of one in a session.
pub(super) fn of_grant((account, emails, seen_at): PersonInSession) -> PersonInSession {
    let (account, main) = with_main_address((account, emails));
    (account, main, seen_at)
}

/// One look gives what two would; what outlives its session does not ask for it.
pub async fn a_family_is_found_with_its_person_and_whether_their_session_goes_on(subject: Subject) {
    let store = subject.store();
    let session = super::browser_session::session(&subject);
    let bound = RefreshTokenFamily { account: session.account, session: session.id, ..super::token_family::of_status(&subject, None) };
    let offline = RefreshTokenFamily { id: FamilyId(subject.env.new_id()), offline: true, ..bound.clone() };
    let person = async |family: &RefreshTokenFamily, moment| {
        let (found, person) = store.find_family_with_person(family.id, moment).await.unwrap().unwrap();
        assert_eq!(found, *family);
        person
    };
    assert_eq!(store.find_family_with_person(bound.id, subject.now()).await.unwrap(), None);
    for family in [&bound, &offline] {
        store.insert_family(family.clone()).await.unwrap();
        assert_eq!(person(family, subject.now()).await, None, "their account is gone, or elsewhere");
    }
    super::account::of_session_with_two_addresses(&subject, &session).await;
    for moment in [subject.now(), session.expires_at] {
        let alone = store.find_person_in_session(session.account, session.id, moment).await.unwrap().map(of_grant);
        assert_eq!(person(&bound, moment).await, alone);
        assert_eq!(person(&offline, moment).await, alone.map(|(account, emails, _)| (account, emails, None)));
    }
}

/// Of several addresses the oldest proven one counts, else the oldest; the same one for whoever looks, whatever was done to the others.
pub async fn what_was_granted_is_found_with_the_address_that_counts(subject: Subject) {
    let store = subject.store();
    let session = super::browser_session::session(&subject);
    let family = RefreshTokenFamily { account: session.account, ..super::token_family::of_status(&subject, None) };
    store.insert_family(family.clone()).await.unwrap();
    of_session_with_two_addresses(&subject, &session).await;
    let (first, second) = ("z@example.com", "a@example.com");
    let counts = async |expected: &[&str]| {
        let all = store.find_person(session.account).await.unwrap().unwrap();
        let told = with_main_address(all).1;
        assert_eq!(told.iter().map(|email| email.canonical.as_str()).collect::<Vec<_>>(), expected);
        let (_, of_refresh) = store.find_family_with_person(family.id, subject.now()).await.unwrap().unwrap();
        assert_eq!(of_refresh.unwrap().1, told);
        let (_, _, of_token) = store.find_family_of_token(family.id, "jti").await.unwrap().unwrap();
        assert_eq!(of_token.unwrap().1, told);
    };
    counts(&[first]).await;
    assert!(store.verify_email(session.account, second, subject.now()).await.unwrap());
    counts(&[second]).await;
    assert!(store.verify_email(session.account, first, subject.later(10)).await.unwrap());
    counts(&[first]).await;
    assert!(store.delete_email(session.account, first, subject.now()).await.unwrap());
    counts(&[second]).await;
    assert_eq!(store.insert_email(email(session.account, first)).await.unwrap(), Insertion::Done);
    assert!(store.verify_email(session.account, first, subject.now()).await.unwrap());
    counts(&[second]).await;
    for gone in [first, second] {
        assert!(store.delete_email(session.account, gone, subject.now()).await.unwrap());
    }
    counts(&[]).await;
    assert_eq!(store.insert_email(email(session.account, "n@example.com")).await.unwrap(), Insertion::Done);
    counts(&["n@example.com"]).await;
}

/// Only an ID token tells an address, and nothing else that a refresh gives does: where there will be none, nobody reads it.
pub async fn a_refresh_finds_an_address_for_an_id_token_alone(subject: Subject) {
    let store = subject.store();
    let session = super::browser_session::session(&subject);
    of_session_with_two_addresses(&subject, &session).await;
    for (words, expected) in [(&["notes:read"][..], 0), (&["notes:read", "openid"], 1)] {
        let id = FamilyId(subject.env.new_id());
        let family = super::token_family::of_status(&subject, None);
        let family = RefreshTokenFamily { id, account: session.account, scope: Scope::of(words.iter().copied()), ..family };
        store.insert_family(family.clone()).await.unwrap();
        let (_, person) = store.find_family_with_person(id, subject.now()).await.unwrap().unwrap();
        assert_eq!(person.unwrap().1.len(), expected);
        let (_, _, person) = store.find_family_of_token(id, "jti").await.unwrap().unwrap();
        assert_eq!(person.unwrap().1.len(), 1, "introspection says who it is");
    }
}

/// Whatever applications are told of a person: the name, claims, addresses. Never backwards.
pub async fn what_changes_of_a_person_moves_when_they_were_updated(subject: Subject) {
    let store = subject.store();
    let ada = account(&subject, "Ada");
    store.insert_account(ada.clone()).await.unwrap();
    let updated_at = async || store.find_account(ada.id).await.unwrap().unwrap().updated_at;
    assert_eq!(updated_at().await, Timestamp::default());
    store.update_profile(ada.id, "Countess", "en", subject.later(10)).await.unwrap();
    assert_eq!(updated_at().await, subject.later(10));
    store.update_claims(ada.id, Some(Box::default()), subject.later(20)).await.unwrap();
    assert_eq!(updated_at().await, subject.later(20));
    assert_eq!(store.insert_email(email(ada.id, "a@example.com")).await.unwrap(), Insertion::Done);
    store.touch_account(ada.id, subject.later(30)).await.unwrap();
    assert_eq!(updated_at().await, subject.later(30));
    assert!(store.verify_email(ada.id, "a@example.com", subject.later(40)).await.unwrap());
    assert_eq!(updated_at().await, subject.later(40));
    assert!(!store.delete_email(ada.id, "b@example.com", subject.later(50)).await.unwrap());
    assert_eq!(updated_at().await, subject.later(40), "nothing was removed");
    assert!(store.delete_email(ada.id, "a@example.com", subject.later(50)).await.unwrap());
    assert_eq!(updated_at().await, subject.later(50));
    store.touch_account(ada.id, subject.later(1)).await.unwrap();
    store.update_profile(ada.id, "Ada", "en", subject.later(1)).await.unwrap();
    store.update_claims(ada.id, None, subject.later(1)).await.unwrap();
    assert_eq!(updated_at().await, subject.later(50), "another node's clock is behind");
    assert_eq!(store.find_person(ada.id).await.unwrap().unwrap().0.updated_at, subject.later(50));
}

/// The second owner is told, and nothing changes.
pub async fn an_address_belongs_to_one_account_at_the_most(subject: Subject) {
    let store = subject.store();
    let (ada, bob) = (account(&subject, "Ada"), account(&subject, "Bob"));
    store.insert_account(ada.clone()).await.unwrap();
    store.insert_account(bob.clone()).await.unwrap();
    assert_eq!(store.insert_email(email(ada.id, "a@example.com")).await.unwrap(), Insertion::Done);
    assert_eq!(store.insert_email(email(bob.id, "a@example.com")).await.unwrap(), Insertion::Taken);
    assert_eq!(store.find_account_by_email(&Realm::SHARED, "a@example.com").await.unwrap().unwrap().0, ada);
    assert_eq!(store.list_emails(bob.id).await.unwrap(), []);
}

/// In the order in which they were added.
pub async fn addresses_are_listed_the_oldest_first(subject: Subject) {
    let store = subject.store();
    let id = subject.account_id();
    for canonical in ["z@example.com", "a@example.com", "m@example.com"] {
        assert_eq!(store.insert_email(email(id, canonical)).await.unwrap(), Insertion::Done);
    }
    let listed: Vec<String> = store.list_emails(id).await.unwrap().into_iter().map(|email| email.canonical).collect();
    assert_eq!(listed, ["z@example.com", "a@example.com", "m@example.com"]);
}

/// The moment of the first proof stays.
pub async fn only_its_own_account_can_prove_or_remove_an_address(subject: Subject) {
    let store = subject.store();
    let (mine, other) = (subject.account_id(), subject.account_id());
    assert_eq!(store.insert_email(email(mine, "a@example.com")).await.unwrap(), Insertion::Done);
    assert!(!store.verify_email(other, "a@example.com", subject.now()).await.unwrap());
    assert!(!store.delete_email(other, "a@example.com", subject.now()).await.unwrap());
    assert!(store.verify_email(mine, "a@example.com", subject.now()).await.unwrap());
    assert!(store.verify_email(mine, "a@example.com", subject.later(60)).await.unwrap());
    assert_eq!(store.list_emails(mine).await.unwrap().first().unwrap().verified_at, Some(subject.now()));
    assert!(store.delete_email(mine, "a@example.com", subject.now()).await.unwrap());
    assert!(!store.delete_email(mine, "a@example.com", subject.now()).await.unwrap());
}

/// And a row that is not there is told apart.
pub async fn an_account_can_be_shut_and_opened(subject: Subject) {
    let store = subject.store();
    let ada = account(&subject, "Ada");
    store.insert_account(ada.clone()).await.unwrap();
    assert!(store.set_account_disabled(ada.id, Some(subject.now())).await.unwrap());
    assert_eq!(store.find_account(ada.id).await.unwrap().unwrap().disabled_at, Some(subject.now()));
    assert!(store.set_account_disabled(ada.id, None).await.unwrap());
    assert_eq!(store.find_account(ada.id).await.unwrap(), Some(ada));
    assert!(!store.set_account_disabled(subject.account_id(), None).await.unwrap());
}

/// The unique key decides, whatever the moment.
pub async fn of_64_accounts_that_want_an_address_exactly_one_gets_it(subject: Subject) {
    let ids: Vec<AccountId> = (0..super::CALLERS).map(|_| subject.account_id()).collect();
    let outcomes = subject.race(|store, number| {
        let email = email(*ids.get(number).unwrap(), "a@example.com");
        async move { store.insert_email(email).await.unwrap() }.boxed()
    });
    assert_eq!(outcomes.await.iter().filter(|outcome| **outcome == Insertion::Done).count(), 1);
}
