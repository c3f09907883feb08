//! The outbox of logout tokens.

use chabi_token::Seconds;
use futures_util::FutureExt;

use super::{CALLERS, ROUNDS, Subject};
use crate::{
    account::AccountId,
    browser_session::SessionId,
    logout_delivery::{DeliverySettled, EndedSessions, LogoutDelivery, LogoutDeliveryId, MostClaimed},
};

const LEASE: Seconds = Seconds(60);

fn most(in_all: i64) -> MostClaimed {
    MostClaimed { in_all, of_one_application: 2 }
}

fn all(in_all: i64) -> MostClaimed {
    MostClaimed { in_all, of_one_application: 1_000 }
}

fn asleep(subject: &Subject, account: AccountId, session: SessionId, client_id: &str) -> LogoutDelivery {
    LogoutDelivery {
        id: LogoutDeliveryId(subject.env.new_id()),
        session,
        account,
        client_id: client_id.into(),
        subject: "ada".into(),
        sid: session.to_string(),
        site: "main".into(),
        ended_at: None,
        attempts: 0,
        next_at: None,
        expires_at: subject.later(3_600),
    }
}

/// Asleep until its session ends, then due at once.
pub async fn a_delivery_sleeps_until_its_session_ends(subject: Subject) {
    let (store, account, session) = (subject.store(), subject.account_id(), subject.session_id());
    let delivery = asleep(&subject, account, session, "app");
    store.note_logout_delivery(delivery.clone()).await.unwrap();
    let longer = LogoutDelivery { id: LogoutDeliveryId(subject.env.new_id()), expires_at: subject.later(7_200), ..delivery.clone() };
    store.note_logout_delivery(longer.clone()).await.unwrap();
    let expected = LogoutDelivery { expires_at: longer.expires_at, ..delivery.clone() };
    assert_eq!(store.list_logout_deliveries(session).await.unwrap(), [expected], "one row for one application in one session");
    assert!(!store.has_due_logout_deliveries(subject.later(9_999)).await.unwrap());
    assert_eq!(store.claim_logout_deliveries(subject.later(9_999), LEASE, most(10)).await.unwrap(), []);

    let (now, until) = (subject.now(), subject.later(86_400));
    assert_eq!(store.wake_logout_deliveries(EndedSessions::One(session), now, until).await.unwrap(), 1);
    assert_eq!(store.wake_logout_deliveries(EndedSessions::One(session), subject.later(5), until).await.unwrap(), 0, "it is awake");
    assert!(store.has_due_logout_deliveries(now).await.unwrap());
    let due = LogoutDelivery { ended_at: Some(now), next_at: Some(now + LEASE), attempts: 1, expires_at: until, ..delivery };
    assert_eq!(store.claim_logout_deliveries(now, LEASE, most(10)).await.unwrap(), [due]);
}

/// A lease is one caller's; when it is over, the row is due again, and the late caller is told.
pub async fn a_claimed_delivery_is_due_again_after_its_lease(subject: Subject) {
    let (store, account, session) = (subject.store(), subject.account_id(), subject.session_id());
    store.note_logout_delivery(asleep(&subject, account, session, "app")).await.unwrap();
    store.wake_logout_deliveries(EndedSessions::One(session), subject.now(), subject.later(86_400)).await.unwrap();
    let first = store.claim_logout_deliveries(subject.now(), LEASE, most(10)).await.unwrap().remove(0);
    assert_eq!(store.claim_logout_deliveries(subject.later(59), LEASE, most(10)).await.unwrap(), []);
    let second = store.claim_logout_deliveries(subject.later(60), LEASE, most(10)).await.unwrap().remove(0);
    assert_eq!((second.id, second.attempts), (first.id, 2));
    let done = DeliverySettled::Done { kept_until: subject.later(600) };
    assert!(!store.settle_logout_delivery(first.id, first.next_at.unwrap(), done).await.unwrap(), "its lease is over");
    let again = DeliverySettled::Again { at: subject.later(200) };
    assert!(store.settle_logout_delivery(second.id, second.next_at.unwrap(), again).await.unwrap());
    assert!(!store.has_due_logout_deliveries(subject.later(199)).await.unwrap());
    let third = store.claim_logout_deliveries(subject.later(200), LEASE, most(10)).await.unwrap().remove(0);
    assert!(store.settle_logout_delivery(third.id, third.next_at.unwrap(), done).await.unwrap());
    assert!(!store.has_due_logout_deliveries(subject.later(99_999)).await.unwrap());
    let kept = store.list_logout_deliveries(session).await.unwrap().remove(0);
    assert_eq!((kept.attempts, kept.next_at, kept.expires_at), (3, None, subject.later(600)));
    // swept a day later, with everything that is kept for latecomers
    assert_eq!(store.delete_expired(subject.later(600) + Seconds::days(1), 10).await.unwrap(), 1);
}

/// All of an account but the session in which the person is; other people's sleep on.
pub async fn deliveries_wake_with_the_sessions_of_an_account(subject: Subject) {
    let (store, ada, here, there) = (subject.store(), subject.account_id(), subject.session_id(), subject.session_id());
    let somebody_elses = subject.session_id();
    for (account, session) in [(ada, here), (ada, there), (subject.account_id(), somebody_elses)] {
        store.note_logout_delivery(asleep(&subject, account, session, "app")).await.unwrap();
    }
    let wake = |of| store.wake_logout_deliveries(of, subject.now(), subject.later(60));
    assert_eq!(wake(EndedSessions::OfAccount(ada, Some(here))).await.unwrap(), 1);
    let due = store.claim_logout_deliveries(subject.now(), LEASE, most(10)).await.unwrap();
    assert_eq!(due.iter().map(|delivery| delivery.session).collect::<Vec<_>>(), [there]);
    assert_eq!(wake(EndedSessions::OfAccount(ada, None)).await.unwrap(), 1);
    assert_eq!(store.list_logout_deliveries(somebody_elses).await.unwrap().remove(0).ended_at, None);
}

/// The application keeps the `sid` that it was told.
pub async fn deliveries_follow_the_session_that_takes_the_place_of_theirs(subject: Subject) {
    let (store, account, old, new) = (subject.store(), subject.account_id(), subject.session_id(), subject.session_id());
    store.note_logout_delivery(asleep(&subject, account, old, "app")).await.unwrap();
    assert_eq!(store.hand_over_logout_deliveries(old, new).await.unwrap(), 1);
    assert_eq!(store.wake_logout_deliveries(EndedSessions::One(old), subject.now(), subject.later(60)).await.unwrap(), 0);
    assert_eq!(store.wake_logout_deliveries(EndedSessions::One(new), subject.now(), subject.later(60)).await.unwrap(), 1);
    let told = store.list_logout_deliveries(new).await.unwrap().remove(0);
    assert_eq!(told.sid, old.to_string());
}

/// One that hangs holds up nobody else: so many of it are under way, or soon tried again, and no more.
// req: lo.bc
pub async fn of_one_application_only_so_many_are_claimed(subject: Subject) {
    let (store, account, session) = (subject.store(), subject.account_id(), subject.session_id());
    for number in 0..5 {
        let of_hanging = LogoutDelivery { sid: number.to_string(), ..asleep(&subject, account, session, "hangs") };
        store.note_logout_delivery(of_hanging).await.unwrap();
    }
    let ends = |client: &str, now| (client.to_owned(), now);
    store.wake_logout_deliveries(EndedSessions::One(session), subject.now(), subject.later(86_400)).await.unwrap();
    let first = store.claim_logout_deliveries(subject.now(), LEASE, most(10)).await.unwrap();
    assert_eq!(first.iter().map(|delivery| ends(&delivery.client_id, delivery.attempts)).collect::<Vec<_>>(), vec![ends("hangs", 1); 2]);
    // somebody else's session ends a little later
    let other = subject.session_id();
    store.note_logout_delivery(asleep(&subject, account, other, "well")).await.unwrap();
    store.wake_logout_deliveries(EndedSessions::One(other), subject.later(1), subject.later(86_400)).await.unwrap();
    let second = store.claim_logout_deliveries(subject.later(1), LEASE, most(10)).await.unwrap();
    assert_eq!(second.iter().map(|delivery| delivery.client_id.as_str()).collect::<Vec<_>>(), ["well"]);
    // one comes to an end, and another takes its place; what is soon tried again keeps its own
    let [told, failed] = first.as_slice() else { panic!("two of it were claimed") };
    let done = DeliverySettled::Done { kept_until: subject.later(600) };
    assert!(store.settle_logout_delivery(told.id, told.next_at.unwrap(), done).await.unwrap());
    let again = DeliverySettled::Again { at: subject.later(10) };
    assert!(store.settle_logout_delivery(failed.id, failed.next_at.unwrap(), again).await.unwrap());
    assert_eq!(store.claim_logout_deliveries(subject.later(2), LEASE, most(10)).await.unwrap().len(), 1);
    assert_eq!(store.claim_logout_deliveries(subject.later(2), LEASE, most(10)).await.unwrap(), []);
}

/// Two nodes never deliver the same at the same moment.
pub async fn of_64_that_claim_at_once_exactly_one_gets_each(subject: Subject) {
    for _ in 0..ROUNDS {
        let (store, account, session) = (subject.store(), subject.account_id(), subject.session_id());
        for client_id in ["a", "b", "c"] {
            store.note_logout_delivery(asleep(&subject, account, session, client_id)).await.unwrap();
        }
        let now = subject.now();
        store.wake_logout_deliveries(EndedSessions::One(session), now, subject.later(86_400)).await.unwrap();
        let claims =
            subject.race(|store, _| async move { store.claim_logout_deliveries(now, LEASE, all(2)).await.unwrap_or_default() }.boxed());
        let claims = claims.await;
        assert_eq!(claims.len(), CALLERS);
        let mut got: Vec<LogoutDelivery> = claims.into_iter().flatten().collect();
        got.extend(store.claim_logout_deliveries(now, LEASE, all(9)).await.unwrap());
        let mut clients: Vec<String> = got.into_iter().map(|delivery| delivery.client_id).collect();
        clients.sort();
        assert_eq!(clients, ["a", "b", "c"]);
    }
}
