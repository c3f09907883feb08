//! The issuers of one installation.

use futures_util::FutureExt;

use super::{CALLERS, Subject};
use crate::{
    account::{Account, AccountEmail, Insertion, Realm},
    provider_link::ProviderLink,
    site::{Site, SiteAccounts, SiteSettings, Theme},
};

fn site(subject: &Subject, id: &str) -> Site {
    Site {
        id: id.into(),
        issuer: format!("https://{id}.example"),
        name: format!("Site {id}"),
        theme: Theme { accent_light: "#114488".into(), ..Theme::default() },
        languages: vec!["bn".into(), "en".into()],
        accounts: SiteAccounts::Separate,
        settings: SiteSettings { sign_up_open: Some(false), ..SiteSettings::default() },
        created_at: subject.now(),
        disabled_at: None,
    }
}

/// Listed by id; what may change is changed, and the rest stays.
pub async fn a_site_reads_back_changes_and_goes(subject: Subject) {
    let store = subject.store();
    let (b, c) = (site(&subject, "b"), Site { theme: Theme::default(), settings: SiteSettings::default(), ..site(&subject, "c") });
    for site in [&c, &b] {
        assert_eq!(store.insert_site(site.clone()).await.unwrap(), Insertion::Done);
    }
    assert_eq!(store.list_sites().await.unwrap(), [b.clone(), c.clone()]);
    assert_eq!(store.find_site("d").await.unwrap(), None);
    let changed = Site { name: "Another".into(), languages: vec![], disabled_at: Some(subject.now()), ..b.clone() };
    let with_more = Site { issuer: "https://elsewhere.example".into(), accounts: SiteAccounts::Shared, ..changed.clone() };
    assert!(store.update_site(with_more).await.unwrap());
    assert_eq!(store.find_site("b").await.unwrap(), Some(changed));
    assert!(!store.update_site(site(&subject, "d")).await.unwrap());
    assert!(store.delete_site("b", subject.now()).await.unwrap());
    assert!(!store.delete_site("b", subject.now()).await.unwrap());
}

/// What belonged to a site that is gone would be the next one's of its id: so there is none.
pub async fn no_site_gets_the_id_of_one_that_was_removed(subject: Subject) {
    let store = subject.store();
    assert!(!store.is_site_removed("b").await.unwrap());
    assert_eq!(store.insert_site(site(&subject, "b")).await.unwrap(), Insertion::Done);
    assert!(store.delete_site("b", subject.now()).await.unwrap());
    assert!(!store.delete_site("c", subject.now()).await.unwrap());
    assert!(store.is_site_removed("b").await.unwrap() && !store.is_site_removed("c").await.unwrap());
    let again = Site { issuer: "https://elsewhere.example".into(), ..site(&subject, "b") };
    assert_eq!(store.insert_site(again).await.unwrap(), Insertion::Taken);
    assert_eq!(store.list_sites().await.unwrap(), []);
    assert_eq!(store.insert_site(site(&subject, "c")).await.unwrap(), Insertion::Done);
}

/// Requests are told apart by their host, and tokens by their issuer.
pub async fn no_two_sites_have_one_id_issuer_or_host(subject: Subject) {
    let store = subject.store();
    assert_eq!(store.insert_site(site(&subject, "b")).await.unwrap(), Insertion::Done);
    let twins = [
        Site { issuer: "https://c.example".into(), ..site(&subject, "b") },
        Site { id: "c".into(), ..site(&subject, "b") },
        Site { id: "c".into(), issuer: "http://B.example/below".into(), ..site(&subject, "b") },
    ];
    for twin in twins {
        assert_eq!(store.insert_site(twin).await.unwrap(), Insertion::Taken);
    }
    assert_eq!(store.list_sites().await.unwrap(), [site(&subject, "b")]);
}

/// The unique keys decide, whatever the moment.
pub async fn of_64_sites_that_want_a_host_exactly_one_gets_it(subject: Subject) {
    let outcomes = subject.race(|store, number| {
        let site = Site { id: format!("site-{number}"), ..site(&subject, "b") };
        async move { store.insert_site(site).await.unwrap() }.boxed()
    });
    assert_eq!(outcomes.await.iter().filter(|outcome| **outcome == Insertion::Done).count(), 1, "of {CALLERS}");
}

fn account(subject: &Subject, realm: Realm) -> Account {
    let id = subject.account_id();
    Account {
        id,
        subject: id.to_string(),
        realm,
        name: "Ada".into(),
        locale: String::new(),
        created_at: subject.now(),
        updated_at: chabi_token::Timestamp::default(),
        disabled_at: None,
        profile: None,
    }
}

/// One address is one person in each realm, and whatever is done there is done to that person alone.
pub async fn an_address_is_another_person_in_another_realm(subject: Subject) {
    let store = subject.store();
    let realms = [Realm::SHARED, Realm::of_site("b"), Realm::of_site("c")];
    let email = |of: &Account| AccountEmail {
        canonical: "a@example.com".into(),
        address: "A@example.com".into(),
        account: of.id,
        verified_at: None,
    };
    let mut people = Vec::new();
    for realm in &realms {
        let one = account(&subject, realm.clone());
        assert_eq!(store.find_account_by_email(realm, "a@example.com").await.unwrap(), None);
        store.insert_account(one.clone()).await.unwrap();
        assert_eq!(store.insert_email(email(&one)).await.unwrap(), Insertion::Done);
        let twin = account(&subject, realm.clone());
        store.insert_account(twin.clone()).await.unwrap();
        assert_eq!(store.insert_email(email(&twin)).await.unwrap(), Insertion::Taken);
        people.push(one);
    }
    for (realm, one) in realms.iter().zip(&people) {
        assert_eq!(store.find_account(one.id).await.unwrap().as_ref(), Some(one));
        assert_eq!(store.find_account_by_email(realm, "a@example.com").await.unwrap(), Some((one.clone(), email(one))));
        assert_eq!(store.list_emails(one.id).await.unwrap(), [email(one)]);
        assert_eq!(store.find_person(one.id).await.unwrap(), Some((one.clone(), vec![email(one)])));
    }
    let [_, of_b, of_c] = people.as_slice() else { panic!("three") };
    assert!(store.verify_email(of_b.id, "a@example.com", subject.now()).await.unwrap());
    assert_eq!(store.list_emails(of_c.id).await.unwrap(), [email(of_c)]);
    assert!(store.delete_email(of_b.id, "a@example.com", subject.now()).await.unwrap());
    assert_eq!(store.list_emails(of_b.id).await.unwrap(), []);
    assert_eq!(store.list_emails(of_c.id).await.unwrap(), [email(of_c)]);
    assert_eq!(store.find_account_by_email(&Realm::SHARED, "b a@example.com").await.unwrap(), None, "no name reaches into another realm");
}

/// The same for who comes by a provider.
pub async fn a_providers_person_is_another_one_in_another_realm(subject: Subject) {
    let store = subject.store();
    let realms = [Realm::SHARED, Realm::of_site("b")];
    for realm in &realms {
        let account = account(&subject, realm.clone());
        store.insert_account(account.clone()).await.unwrap();
        let link = ProviderLink {
            provider: "google".into(),
            issuer: "https://accounts.google.com".into(),
            subject: "1234".into(),
            account: account.id,
            email: "a@example.com".into(),
            created_at: subject.now(),
            used_at: subject.now(),
        };
        assert_eq!(store.find_provider_link(realm, &link.provider, &link.issuer, &link.subject).await.unwrap(), None);
        assert_eq!(store.insert_provider_link(link.clone()).await.unwrap(), Insertion::Done);
        assert_eq!(store.insert_provider_link(link.clone()).await.unwrap(), Insertion::Taken);
        let used = ProviderLink { email: "new@example.com".into(), used_at: subject.later(9), ..link };
        store.touch_provider_link(used.clone()).await.unwrap();
        assert_eq!(store.list_provider_links(account.id).await.unwrap(), std::slice::from_ref(&used));
        let found = store.find_provider_link(realm, &used.provider, &used.issuer, &used.subject).await.unwrap();
        assert_eq!(found, Some(used));
    }
}
