//! People signed in, in one browser.

use chabi_token::Seconds;

use super::{Subject, account::account, token_family::of_status};
use crate::{
    account::{Account, Realm},
    browser_session::{BrowserSession, SessionFilter, SessionId},
    token_family::RefreshTokenFamily,
};

/// A session of an hour.
pub(super) fn session(subject: &Subject) -> BrowserSession {
    BrowserSession {
        id: SessionId(subject.env.new_id()),
        secret_hash: subject.env.random(),
        account: subject.account_id(),
        auth_time: subject.now(),
        amr: vec!["fed".into(), "pwd".into()],
        provider: "google".into(),
        upstream_subject: "subject".into(),
        upstream_sid: "sid".into(),
        user_agent: "Chromium on Debian".into(),
        created_at: subject.now(),
        seen_at: subject.now(),
        expires_at: subject.later(3_600),
    }
}

/// By being ended, or by its absolute end.
pub async fn a_session_is_found_until_it_ends(subject: Subject) {
    let store = subject.store();
    let mine = session(&subject);
    store.insert_session(mine.clone()).await.unwrap();
    assert_eq!(store.find_session(mine.id, subject.now()).await.unwrap(), Some(mine.clone()));
    assert_eq!(store.find_session(mine.id, mine.expires_at).await.unwrap(), None);
    assert!(store.end_session(mine.id).await.unwrap());
    assert!(!store.end_session(mine.id).await.unwrap());
    assert_eq!(store.find_session(mine.id, subject.now()).await.unwrap(), None);
}

/// A session in use costs one write a minute.
pub async fn its_last_use_is_kept_to_the_minute(subject: Subject) {
    let store = subject.store();
    let mine = session(&subject);
    store.insert_session(mine.clone()).await.unwrap();
    let minute = mine.seen_at + Seconds::minutes(1);
    for (used, kept) in [(subject.later(59), mine.seen_at), (minute, minute), (subject.later(90), minute)] {
        store.touch_session(mine.id, used).await.unwrap();
        assert_eq!(store.find_session(mine.id, subject.now()).await.unwrap().unwrap().seen_at, kept);
    }
}

/// The newest is listed first; another account's stay.
pub async fn all_sessions_of_an_account_but_one_can_be_ended(subject: Subject) {
    let store = subject.store();
    let first = session(&subject);
    let id = |seconds| SessionId(chabi_token::Id::new(subject.later(seconds), [1; 8]));
    let second = BrowserSession { id: id(1), account: first.account, ..session(&subject) };
    let third = BrowserSession { id: id(2), account: first.account, ..session(&subject) };
    let other = session(&subject);
    for session in [&first, &second, &third, &other] {
        store.insert_session(session.clone()).await.unwrap();
    }
    let listed = store.list_sessions(first.account, subject.now()).await.unwrap();
    assert_eq!(listed, [third, second.clone(), first.clone()]);
    assert_eq!(store.end_sessions_of_account(first.account, Some(second.id)).await.unwrap(), 2);
    assert_eq!(store.list_sessions(first.account, subject.now()).await.unwrap(), [second]);
    assert_eq!(store.end_sessions_of_account(first.account, None).await.unwrap(), 1);
    assert_eq!(store.list_sessions(other.account, subject.now()).await.unwrap(), [other]);
}

/// By `sub`, by `sid`, or by both; what came from elsewhere, from another provider, or is over, is not found.
pub async fn sessions_are_found_by_what_opened_them_at_a_provider(subject: Subject) {
    let store = subject.store();
    let made = |who: &str, sid: &str| BrowserSession { upstream_subject: who.into(), upstream_sid: sid.into(), ..session(&subject) };
    let rows = [made("ada", "1"), made("ada", "2"), made("bob", "2"), made("", ""), made("cleo", "")];
    for session in &rows {
        store.insert_session(session.clone()).await.unwrap();
    }
    let elsewhere = BrowserSession { provider: "github".into(), ..made("ada", "1") };
    store.insert_session(elsewhere).await.unwrap();
    let [ada_1, ada_2, bob, _, cleo] = rows;
    for (who, sid, expected) in [
        (Some("ada"), None, vec![ada_1.id, ada_2.id]),
        (None, Some("2"), vec![ada_2.id, bob.id]),
        (Some("bob"), Some("2"), vec![bob.id]),
        (Some("cleo"), Some("2"), vec![]),
        (Some("cleo"), None, vec![cleo.id]),
        (Some(""), None, vec![]),
        (None, Some(""), vec![]),
        (None, None, vec![]),
    ] {
        let found = store.list_sessions_of_upstream("google", who, sid, subject.now()).await.unwrap();
        let mut found: Vec<SessionId> = found.into_iter().map(|session| session.id).collect();
        let mut expected = expected;
        found.sort_by_key(ToString::to_string);
        expected.sort_by_key(ToString::to_string);
        assert_eq!(found, expected, "{who:?} {sid:?}");
        assert_eq!(store.list_sessions_of_upstream("google", who, sid, ada_1.expires_at).await.unwrap(), []);
    }
}

/// The newest first and a page at a time; of a person, of an application that was granted something in them, of a realm.
pub async fn everybodys_sessions_are_listed(subject: Subject) {
    let store = subject.store();
    let person = |realm: &Realm| Account { realm: realm.clone(), ..account(&subject, "Ada") };
    let elsewhere = Realm::of_site("sessions");
    let (ada, bob) = (person(&elsewhere), person(&elsewhere));
    for somebody in [&ada, &bob, &person(&Realm::SHARED)] {
        store.insert_account(somebody.clone()).await.unwrap();
    }
    let at = |seconds| SessionId(chabi_token::Id::new(subject.later(seconds), [7; 8]));
    let of = |account: &Account, seconds| BrowserSession { id: at(seconds), account: account.id, ..session(&subject) };
    let (first, second, third) = (of(&ada, 1), of(&bob, 2), of(&ada, 3));
    let over = BrowserSession { expires_at: subject.now(), ..of(&ada, 4) };
    for session in [&first, &second, &third, &over] {
        store.insert_session(session.clone()).await.unwrap();
    }
    let family = RefreshTokenFamily { session: first.id, account: ada.id, client_id: "listed".into(), ..of_status(&subject, None) };
    store.insert_family(family).await.unwrap();
    let all = SessionFilter {
        account: None,
        client_id: None,
        realm: Some(elsewhere),
        before: SessionId(chabi_token::Id::from_bytes([0xff; 16])),
        now: subject.now(),
        limit: 10,
    };
    let listed = async |filter: &SessionFilter| {
        let rows = store.list_everybodys_sessions(filter.clone()).await.unwrap();
        rows.into_iter().map(|row| (row.session.id, row.subject)).collect::<Vec<_>>()
    };
    let rows = [(third.id, ada.subject.clone()), (second.id, bob.subject.clone()), (first.id, ada.subject.clone())];
    assert_eq!(listed(&all).await, rows);
    assert_eq!(listed(&SessionFilter { limit: 1, before: third.id, ..all.clone() }).await, rows[1..2]);
    assert_eq!(listed(&SessionFilter { account: Some(bob.id), ..all.clone() }).await, rows[1..2]);
    let of_application = SessionFilter { client_id: Some("listed".into()), ..all.clone() };
    assert_eq!(listed(&of_application).await, rows[2..]);
    assert_eq!(listed(&SessionFilter { account: Some(ada.id), ..of_application.clone() }).await, rows[2..]);
    assert_eq!(listed(&SessionFilter { account: Some(bob.id), ..of_application }).await, []);
    let everywhere = listed(&SessionFilter { realm: None, limit: 1_000, ..all }).await;
    assert!(rows.iter().all(|row| everywhere.contains(row)));
}
