//! Taking back what was issued, and the log of it.

use chabi_token::{StatusIndex, Timestamp};

use super::Subject;
use crate::{
    browser_session::BrowserSession,
    revocation::{DeniedToken, Revocation, RevokedStatus},
};

fn single<'a>(jti: &'a str, status: i64, subject: &Subject) -> Revocation<'a> {
    Revocation::Token { jti, status: Some(StatusIndex(status)), expires_at: subject.later(300) }
}

const BEGINNING: RevokedStatus = RevokedStatus { revoked_at: Timestamp(0), status: StatusIndex(-1) };

/// Denying twice is no fault; afterwards its row goes.
pub async fn a_denied_token_stays_denied_until_it_has_expired(subject: Subject) {
    let store = subject.store();
    assert!(!store.is_access_token_denied("jti").await.unwrap());
    assert_eq!(store.revoke(single("jti", 1, &subject), "", subject.now()).await.unwrap(), 1);
    assert_eq!(store.revoke(single("jti", 1, &subject), "", subject.now()).await.unwrap(), 0);
    assert!(store.is_access_token_denied("jti").await.unwrap());
    assert!(!store.is_access_token_denied("JTI").await.unwrap());
    assert_eq!(store.delete_expired(subject.later(299), 10).await.unwrap(), 0);
    assert_eq!(store.delete_expired(subject.later(300), 10).await.unwrap(), 1);
    assert!(!store.is_access_token_denied("jti").await.unwrap());
}

/// One look gives what two would.
pub async fn a_family_is_found_with_its_person_and_whether_a_token_of_it_was_denied(subject: Subject) {
    let store = subject.store();
    let family = super::token_family::of_status(&subject, Some(StatusIndex(1)));
    assert_eq!(store.find_family_of_token(family.id, "jti").await.unwrap(), None);
    store.insert_family(family.clone()).await.unwrap();
    assert_eq!(store.find_family_of_token(family.id, "jti").await.unwrap(), Some((family.clone(), false, None)));
    assert_eq!(store.revoke(single("jti", 1, &subject), "", subject.now()).await.unwrap(), 1);
    assert_eq!(store.find_family_of_token(family.id, "jti").await.unwrap(), Some((family.clone(), true, None)));
    assert_eq!(store.find_family_of_token(family.id, "other").await.unwrap(), Some((family.clone(), false, None)));
    let session = super::browser_session::session(&subject);
    super::account::of_session_with_two_addresses(&subject, &BrowserSession { account: family.account, ..session }).await;
    let person = store.find_person(family.account).await.unwrap();
    assert!(person.as_ref().is_some_and(|(_, emails)| emails.len() == 2));
    let person = person.map(super::account::with_main_address);
    assert_eq!(store.find_family_of_token(family.id, "jti").await.unwrap(), Some((family, true, person)));
}

/// Families and epochs in one log; a family without a place is not in it.
pub async fn the_log_tells_what_was_revoked_in_the_order_of_time(subject: Subject) {
    let store = subject.store();
    let mut families = Vec::new();
    for status in [Some(30), None, Some(10), Some(20)] {
        let family = super::token_family::of_status(&subject, status.map(StatusIndex));
        store.insert_family(family.clone()).await.unwrap();
        families.push(family.id);
    }
    store.settle_client_epoch("machine", StatusIndex(40), subject.now()).await.unwrap();
    assert_eq!(store.list_revoked_statuses(BEGINNING, 100).await.unwrap(), []);
    for (seconds, family) in (1..).zip(families) {
        store.revoke(Revocation::Family(family), "logout", subject.later(seconds)).await.unwrap();
    }
    store.revoke(Revocation::Application("machine"), "removed", subject.later(2)).await.unwrap();
    let expected = [(1, 30), (2, 40), (3, 10), (4, 20)];
    let expected = expected.map(|(seconds, status)| RevokedStatus { revoked_at: subject.later(seconds), status: StatusIndex(status) });
    assert_eq!(store.list_revoked_statuses(BEGINNING, 100).await.unwrap(), expected);
    let [_, second, rest @ ..] = expected;
    assert_eq!(store.list_revoked_statuses(second, 100).await.unwrap(), rest);
}

/// Also where a thousand were revoked at the same moment.
pub async fn the_log_is_read_in_pages(subject: Subject) {
    let store = subject.store();
    for status in 0..7 {
        store.insert_family(super::token_family::of_status(&subject, Some(StatusIndex(status)))).await.unwrap();
    }
    store.revoke(Revocation::Application("app"), "removed", subject.now()).await.unwrap();
    let (mut after, mut read) = (BEGINNING, Vec::new());
    loop {
        let page = store.list_revoked_statuses(after, 3).await.unwrap();
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 3);
        after = *last;
        read.extend(page.into_iter().map(|entry| entry.status.0));
    }
    assert_eq!(read, [0, 1, 2, 3, 4, 5, 6]);
}

/// The whole record, from the moment asked for.
pub async fn denied_tokens_are_listed_while_they_live(subject: Subject) {
    let store = subject.store();
    for (seconds, jti) in [(0, "a"), (5, "b"), (5, "c")] {
        store.revoke(single(jti, 9, &subject), "", subject.later(seconds)).await.unwrap();
    }
    let denied = |seconds, jti: &str| DeniedToken {
        denied_at: subject.later(seconds),
        jti: jti.into(),
        status: Some(StatusIndex(9)),
        expires_at: subject.later(300),
    };
    let all = store.list_denied_tokens(Timestamp(0), subject.now()).await.unwrap();
    assert_eq!(all, [denied(0, "a"), denied(5, "b"), denied(5, "c")]);
    assert_eq!(store.list_denied_tokens(subject.later(5), subject.now()).await.unwrap().len(), 2);
    assert_eq!(store.list_denied_tokens(Timestamp(0), subject.later(300)).await.unwrap(), []);
}
