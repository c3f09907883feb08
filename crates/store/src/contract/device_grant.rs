//! Devices that wait for a person to type their code (RFC 8628).

use chabi_spec::Scope;
use chabi_token::Seconds;
use futures_util::FutureExt;

use super::{ROUNDS, Subject};
use crate::{
    Store,
    authorization_code::Redemption,
    device_grant::{Approval, DeviceDecision, DeviceGrant, DeviceGrantId, DeviceGrantsOf, Poll},
    token_family::FamilyId,
};

/// What is forgiven of a hurry, and what a hurry costs.
const TOLERANCE: Seconds = Seconds(1);
const MORE: Seconds = Seconds(5);

/// A device that waits for ten minutes.
fn grant(subject: &Subject) -> DeviceGrant {
    let letters: [u8; 8] = subject.env.random();
    DeviceGrant {
        id: DeviceGrantId(subject.env.new_id()),
        secret_hash: subject.env.random(),
        user_code: letters.iter().map(|letter| format!("{letter:02x}")).collect(),
        client_id: "tv".into(),
        scope: Scope::of(["openid", "notes:read"]),
        resource: vec!["https://notes.example".into()],
        details: None,
        expires_at: subject.later(600),
        wait: Seconds(5),
        decision: DeviceDecision::Pending,
    }
}

pub(super) fn approval(subject: &Subject) -> Approval {
    Approval { account: subject.account_id(), session: subject.session_id(), auth_time: subject.now(), amr: vec!["pwd".into()] }
}

pub(super) async fn put(subject: &Subject) -> DeviceGrant {
    let grant = grant(subject);
    assert!(subject.store().insert_device_grant(grant.clone()).await.unwrap());
    grant
}

pub(super) async fn allow(store: &Store, grant: &DeviceGrant, approval: &Approval, subject: &Subject) -> bool {
    let decision = DeviceDecision::Allowed(approval.clone());
    store.decide_device_grant(grant.id, decision, grant.scope.clone(), subject.now()).await.unwrap()
}

/// Every field as it was; the code finds it while it waits.
pub async fn a_device_reads_back_and_is_found_by_its_code_while_it_waits(subject: Subject) {
    let store = subject.store();
    let grant = put(&subject).await;
    assert_eq!(store.find_device_grant(grant.id).await.unwrap(), Some(grant.clone()));
    assert_eq!(store.find_waiting_device(&grant.user_code, subject.now()).await.unwrap(), Some(grant.clone()));
    assert_eq!(store.find_waiting_device(&grant.user_code, grant.expires_at).await.unwrap(), None);
    assert_eq!(store.find_waiting_device("nothing", subject.now()).await.unwrap(), None);
    let twin = DeviceGrant { user_code: grant.user_code.clone(), ..super::device_grant::grant(&subject) };
    assert!(!store.insert_device_grant(twin.clone()).await.unwrap());
    assert_eq!(store.find_device_grant(twin.id).await.unwrap(), None);
}

/// What was allowed takes the place of what was asked for, and the second word changes nothing.
// req: dv.ok
pub async fn a_device_is_decided_once_and_in_time(subject: Subject) {
    let store = subject.store();
    let (allowed, denied, late) = (put(&subject).await, put(&subject).await, put(&subject).await);
    let approval = approval(&subject);
    let yes = DeviceDecision::Allowed(approval.clone());
    assert!(store.decide_device_grant(allowed.id, yes.clone(), Scope::of(["openid"]), subject.now()).await.unwrap());
    assert!(store.decide_device_grant(denied.id, DeviceDecision::Denied, Scope::default(), subject.now()).await.unwrap());
    for (id, now) in [(allowed.id, subject.now()), (denied.id, subject.now()), (late.id, late.expires_at)] {
        assert!(!store.decide_device_grant(id, yes.clone(), Scope::of(["admin"]), now).await.unwrap());
    }
    let found = store.find_device_grant(allowed.id).await.unwrap().unwrap();
    assert_eq!((found.scope, found.decision), (Scope::of(["openid"]), DeviceDecision::Allowed(approval.clone())));
    assert_eq!(store.find_waiting_device(&allowed.user_code, subject.now()).await.unwrap(), None);
    let poll = |id| store.poll_device_grant(id, TOLERANCE, MORE, subject.now());
    assert_eq!(poll(allowed.id).await.unwrap(), Poll::Allowed(approval, Scope::of(["openid"])));
    assert_eq!(poll(denied.id).await.unwrap(), Poll::Denied);
    assert_eq!(poll(late.id).await.unwrap(), Poll::Pending { hurried: false });
    assert_eq!(poll(DeviceGrantId(subject.env.new_id())).await.unwrap(), Poll::Unknown);
}

/// The first request is never too soon; each that is makes the wait longer, this time and from then on.
// req: dv.code
pub async fn who_asks_too_soon_waits_five_seconds_more_each_time(subject: Subject) {
    let store = subject.store();
    let grant = put(&subject).await;
    let mut expected = Vec::new();
    // at these seconds: in time or not, and the wait afterwards
    for (second, hurried, wait) in [(0, false, 5), (2, true, 10), (8, true, 15), (24, false, 15), (38, false, 15), (50, true, 20)] {
        let found = store.poll_device_grant(grant.id, TOLERANCE, MORE, subject.later(second)).await.unwrap();
        let row = store.find_device_grant(grant.id).await.unwrap().unwrap();
        expected.push((second, found == Poll::Pending { hurried }, row.wait == Seconds(wait)));
    }
    assert!(expected.iter().all(|(_, hurried, wait)| *hurried && *wait), "{expected:?}");
}

/// Two nodes count together: of many at one moment one is in time.
// req: dv.code
pub async fn of_64_that_ask_at_once_one_is_in_time(subject: Subject) {
    for _ in 0..ROUNDS {
        let grant = put(&subject).await;
        let now = subject.now();
        let found =
            subject.race(|store, _| async move { store.poll_device_grant(grant.id, TOLERANCE, MORE, now).await.unwrap() }.boxed()).await;
        assert_eq!(found.iter().filter(|poll| **poll == Poll::Pending { hurried: false }).count(), 1);
        let wait = subject.store().find_device_grant(grant.id).await.unwrap().unwrap().wait;
        assert_eq!(wait, Seconds(5 + 63 * 5));
    }
}

/// Nothing is given that was not allowed, or after the end; the second is told the family of the first.
// req: dv.code
pub async fn only_an_allowed_device_is_redeemed_once_and_in_time(subject: Subject) {
    let store = subject.store();
    let (pending, denied, late, allowed) = (put(&subject).await, put(&subject).await, put(&subject).await, put(&subject).await);
    assert!(store.decide_device_grant(denied.id, DeviceDecision::Denied, Scope::default(), subject.now()).await.unwrap());
    for grant in [&late, &allowed] {
        assert!(allow(store, grant, &approval(&subject), &subject).await);
    }
    let redeem = |id, family, now| store.redeem_device_grant(id, family, subject.env.new_id(), now);
    let (first, second) = (FamilyId(subject.env.new_id()), FamilyId(subject.env.new_id()));
    for (id, now) in [(pending.id, subject.now()), (denied.id, subject.now()), (late.id, late.expires_at)] {
        assert_eq!(redeem(id, first, now).await.unwrap(), Redemption::Unknown);
    }
    assert_eq!(redeem(allowed.id, first, subject.now()).await.unwrap(), Redemption::Fresh);
    assert_eq!(redeem(allowed.id, second, subject.now()).await.unwrap(), Redemption::Replayed { family: first });
    assert_eq!(redeem(allowed.id, second, allowed.expires_at + Seconds(1)).await.unwrap(), Redemption::Replayed { family: first });
}

/// One winner, and every loser is told the winner's family.
// req: dv.code
pub async fn of_64_that_redeem_a_device_at_once_exactly_one_is_fresh(subject: Subject) {
    for _ in 0..ROUNDS {
        let grant = put(&subject).await;
        assert!(allow(subject.store(), &grant, &approval(&subject), &subject).await);
        let now = subject.now();
        let outcomes = subject.race(|store, _| {
            let (family, attempt) = (FamilyId(subject.env.new_id()), subject.env.new_id());
            async move { (family, store.redeem_device_grant(grant.id, family, attempt, now).await.unwrap()) }.boxed()
        });
        let outcomes = outcomes.await;
        let fresh: Vec<FamilyId> = outcomes.iter().filter(|(_, is)| *is == Redemption::Fresh).map(|(family, _)| *family).collect();
        let [winner] = fresh.as_slice() else { panic!("{} callers redeemed one device code", fresh.len()) };
        let told = outcomes.iter().filter(|(_, is)| *is == Redemption::Replayed { family: *winner }).count();
        assert_eq!(told, outcomes.len() - 1);
    }
}

/// Of many persons who decide at once, one is heard.
// req: dv.ok
pub async fn of_64_that_decide_at_once_exactly_one_is_heard(subject: Subject) {
    for _ in 0..ROUNDS {
        let grant = put(&subject).await;
        let now = subject.now();
        let outcomes = subject.race(|store, _| {
            let (decision, scope) = (DeviceDecision::Allowed(approval(&subject)), grant.scope.clone());
            async move { store.decide_device_grant(grant.id, decision, scope, now).await.unwrap() }.boxed()
        });
        assert_eq!(outcomes.await.iter().filter(|heard| **heard).count(), 1);
    }
}

/// What was allowed and not fetched dies with its session, save what outlives it; and with everything else of its account. What was
/// redeemed stays, for its replays.
// req: rt.offline
pub async fn devices_that_were_allowed_die_with_their_session_or_account(subject: Subject) {
    let store = subject.store();
    let approval = approval(&subject);
    let lasting = DeviceGrant { scope: Scope::of(["offline_access", "openid"]), ..grant(&subject) };
    assert!(store.insert_device_grant(lasting.clone()).await.unwrap());
    let (unspent, spent, pending) = (put(&subject).await, put(&subject).await, put(&subject).await);
    for grant in [&lasting, &unspent, &spent] {
        assert!(allow(store, grant, &approval, &subject).await);
    }
    let family = FamilyId(subject.env.new_id());
    let redemption = store.redeem_device_grant(spent.id, family, subject.env.new_id(), subject.now()).await.unwrap();
    assert_eq!(redemption, Redemption::Fresh);
    assert_eq!(store.delete_device_grants(DeviceGrantsOf::Session(approval.session)).await.unwrap(), 1);
    assert_eq!(store.find_device_grant(unspent.id).await.unwrap(), None);
    assert!(store.find_device_grant(lasting.id).await.unwrap().is_some());
    assert_eq!(store.delete_device_grants(DeviceGrantsOf::Account(approval.account)).await.unwrap(), 1);
    assert_eq!(store.find_device_grant(lasting.id).await.unwrap(), None);
    for kept in [spent.id, pending.id] {
        assert!(store.find_device_grant(kept).await.unwrap().is_some());
    }
}
