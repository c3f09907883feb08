//! Families of tokens, and the rotation of their refresh token.

use chabi_spec::Scope;
use chabi_token::{Seconds, StatusIndex, Timestamp};
use futures_util::FutureExt;

use super::{ROUNDS, Subject, account::account};
use crate::{
    Store,
    account::{Account, Realm},
    browser_session::SessionId,
    revocation::Revocation,
    token_family::{FamilyFilter, FamilyId, RefreshState, RefreshTokenFamily, Rotation, RotationOutcome},
};

const GRACE: Seconds = Seconds(30);

/// A family of a day, with a refresh token that idles for an hour.
fn family(subject: &Subject) -> RefreshTokenFamily {
    RefreshTokenFamily {
        id: FamilyId(subject.env.new_id()),
        client_id: "app".into(),
        account: subject.account_id(),
        session: subject.session_id(),
        offline: false,
        scope: Scope::of(["notes:read", "openid"]),
        resource: vec!["https://notes.example".into()],
        auth_time: subject.now(),
        amr: vec!["pwd".into()],
        created_at: subject.now(),
        expires_at: subject.later(86_400),
        revoked_at: None,
        revoked_because: String::new(),
        status: Some(StatusIndex(7)),
        refresh: Some(RefreshState {
            generation: 0,
            hash_current: subject.env.random(),
            hash_previous: [0; 32],
            salt: subject.env.random(),
            rotated_at: subject.now(),
            idle_expires_at: subject.later(3_600),
            key_version: 1,
            request_hash: [0; 32],
        }),
        details: None,
    }
}

/// The same, at another place among the status lists.
pub(super) fn of_status(subject: &Subject, status: Option<StatusIndex>) -> RefreshTokenFamily {
    RefreshTokenFamily { status, ..family(subject) }
}

fn state(family: &RefreshTokenFamily) -> &RefreshState {
    family.refresh.as_ref().unwrap()
}

/// Presents the family's current token, as it was when this record was read.
fn refresh(subject: &Subject, family: &RefreshTokenFamily, now: Timestamp) -> Rotation {
    Rotation {
        family: family.id,
        client_id: family.client_id.clone(),
        generation: state(family).generation,
        presented_hash: state(family).hash_current,
        next_hash: subject.env.random(),
        salt: subject.env.random(),
        key_version: 2,
        request_hash: [5; 32],
        grace: GRACE,
        idle_lifetime: Seconds(3_600),
        now,
    }
}

async fn inserted(subject: &Subject) -> RefreshTokenFamily {
    let family = family(subject);
    subject.store().insert_family(family.clone()).await.unwrap();
    family
}

/// Rotates once and gives the family as it is then.
async fn rotated(subject: &Subject, family: &RefreshTokenFamily, now: Timestamp) -> RefreshTokenFamily {
    match subject.store().rotate_refresh_token(refresh(subject, family, now)).await.unwrap() {
        RotationOutcome::Rotated => found(subject.store(), family.id).await,
        other => panic!("not rotated: {other:?}"),
    }
}

async fn found(store: &Store, id: FamilyId) -> RefreshTokenFamily {
    store.find_family(id).await.unwrap().unwrap()
}

/// With and without a refresh token; without one, nothing can be refreshed.
pub async fn a_family_reads_back(subject: Subject) {
    let store = subject.store();
    let full = inserted(&subject).await;
    assert_eq!(found(store, full.id).await, full);
    let id = FamilyId(subject.env.new_id());
    let bare = RefreshTokenFamily { id, status: None, refresh: None, offline: true, scope: Scope::default(), ..full.clone() };
    store.insert_family(bare.clone()).await.unwrap();
    assert_eq!(found(store, id).await, bare);
    let rotation = Rotation { family: id, ..refresh(&subject, &full, subject.now()) };
    assert_eq!(store.rotate_refresh_token(rotation).await.unwrap(), RotationOutcome::Unknown);
}

/// What a version before 0003 wrote gets its place once.
pub async fn a_family_without_a_place_among_the_status_lists_is_given_one(subject: Subject) {
    let store = subject.store();
    let family = RefreshTokenFamily { status: None, ..family(&subject) };
    store.insert_family(family.clone()).await.unwrap();
    assert_eq!(store.settle_family_status(family.id, StatusIndex(5)).await.unwrap(), Some(StatusIndex(5)));
    assert_eq!(store.settle_family_status(family.id, StatusIndex(6)).await.unwrap(), Some(StatusIndex(5)));
    assert_eq!(found(store, family.id).await.status, Some(StatusIndex(5)));
    assert_eq!(store.settle_family_status(FamilyId(subject.env.new_id()), StatusIndex(8)).await.unwrap(), None);
}

/// Everything of the state moves on; nothing else of the family does.
// req: rt.rot
pub async fn the_current_token_rotates(subject: Subject) {
    let first = inserted(&subject).await;
    let now = subject.later(100);
    let asked = refresh(&subject, &first, now);
    let outcome = subject.store().rotate_refresh_token(asked.clone()).await.unwrap();
    let state = RefreshState {
        generation: 1,
        hash_current: asked.next_hash,
        hash_previous: asked.presented_hash,
        salt: asked.salt,
        rotated_at: now,
        idle_expires_at: now + Seconds(3_600),
        key_version: 2,
        request_hash: [5; 32],
    };
    let expected = RefreshTokenFamily { refresh: Some(state), ..first };
    assert_eq!(outcome, RotationOutcome::Rotated);
    assert_eq!(found(subject.store(), expected.id).await, expected);
    let second = rotated(&subject, &expected, subject.later(200)).await;
    assert_eq!(second.refresh.unwrap().generation, 2);
}

/// The row's salt is the winner's, so that the same successor can be derived again; also at the last moment, and often.
// req: rt.grace
pub async fn a_retry_within_the_grace_gets_the_same_successor(subject: Subject) {
    let first = inserted(&subject).await;
    let second = rotated(&subject, &first, subject.now()).await;
    for after in [0, 1, 30] {
        let retry = refresh(&subject, &first, subject.later(after));
        let outcome = subject.store().rotate_refresh_token(retry).await.unwrap();
        assert_eq!(outcome, RotationOutcome::Repeated(second.clone()));
    }
    assert_eq!(found(subject.store(), first.id).await, second);
}

/// Another scope, another authentication: not the same request.
// req: rt.grace
pub async fn another_request_within_the_grace_is_refused_and_revokes_nothing(subject: Subject) {
    let first = inserted(&subject).await;
    let second = rotated(&subject, &first, subject.now()).await;
    let other = Rotation { request_hash: [6; 32], ..refresh(&subject, &first, subject.later(1)) };
    assert_eq!(subject.store().rotate_refresh_token(other).await.unwrap(), RotationOutcome::Differs);
    assert_eq!(found(subject.store(), first.id).await, second);
}

/// Revoked by the verb itself, once; the living token dies with it.
// req: rt.reuse
pub async fn a_token_used_after_the_grace_revokes_its_family(subject: Subject) {
    let store = subject.store();
    let first = inserted(&subject).await;
    let second = rotated(&subject, &first, subject.now()).await;
    let now = subject.now() + GRACE + Seconds(1);
    let outcome = store.rotate_refresh_token(refresh(&subject, &first, now)).await.unwrap();
    let dead = RefreshTokenFamily { revoked_at: Some(now), revoked_because: "refresh_reuse".into(), ..second.clone() };
    assert_eq!(outcome, RotationOutcome::Reused(dead.clone()));
    for token in [&first, &second] {
        let outcome = store.rotate_refresh_token(refresh(&subject, token, now)).await.unwrap();
        assert_eq!(outcome, RotationOutcome::Revoked);
    }
    assert_eq!(found(store, first.id).await, dead);
}

/// Two generations back within the grace, a generation that is not there yet, the right generation with another secret.
// req: rt.reuse
pub async fn an_older_or_forged_token_revokes_its_family(subject: Subject) {
    let store = subject.store();
    for (generation, is_first) in [(0, true), (1, false), (2, false), (3, false)] {
        let first = inserted(&subject).await;
        let second = rotated(&subject, &first, subject.now()).await;
        let third = rotated(&subject, &second, subject.now()).await;
        let presented_hash = if is_first { state(&first).hash_current } else { [9; 32] };
        let forged = Rotation { generation, presented_hash, ..refresh(&subject, &third, subject.now()) };
        let outcome = store.rotate_refresh_token(forged).await.unwrap();
        assert!(matches!(outcome, RotationOutcome::Reused(_)), "{generation}: {outcome:?}");
        assert_eq!(found(store, first.id).await.revoked_at, Some(subject.now()));
    }
}

/// Neither rotate it nor revoke it.
// req: rt.bind
pub async fn another_application_cannot_touch_it(subject: Subject) {
    let store = subject.store();
    let first = inserted(&subject).await;
    for presented_hash in [state(&first).hash_current, [9; 32]] {
        let foreign = Rotation { client_id: "other".into(), presented_hash, ..refresh(&subject, &first, subject.now()) };
        assert_eq!(store.rotate_refresh_token(foreign).await.unwrap(), RotationOutcome::Unknown);
    }
    assert_eq!(found(store, first.id).await, first);
    let nowhere = Rotation { family: FamilyId(subject.env.new_id()), ..refresh(&subject, &first, subject.now()) };
    assert_eq!(store.rotate_refresh_token(nowhere).await.unwrap(), RotationOutcome::Unknown);
}

/// The idle end slides, the absolute one never; over is over at the moment of the end, and changes nothing.
// req: rt.exp
pub async fn both_ends_are_kept(subject: Subject) {
    let store = subject.store();
    let first = inserted(&subject).await;
    let late = refresh(&subject, &first, subject.later(3_600));
    assert_eq!(store.rotate_refresh_token(late).await.unwrap(), RotationOutcome::Expired);
    assert_eq!(found(store, first.id).await, first);
    let mut current = first;
    for seconds in (3_599..86_400).step_by(3_599) {
        current = rotated(&subject, &current, subject.later(seconds)).await;
    }
    let end = refresh(&subject, &current, subject.later(86_400));
    assert_eq!(store.rotate_refresh_token(end).await.unwrap(), RotationOutcome::Expired);
    assert_eq!(found(store, current.id).await, current);
}

/// A session's families save offline ones, an account's, an application's; and what is dead stays dead for its first reason.
// req: rt.cascade
// req: rt.offline
pub async fn revoking_reaches_what_it_should(subject: Subject) {
    let store = subject.store();
    let now = subject.now();
    let plain = inserted(&subject).await;
    let like = |client_id: &str, offline| RefreshTokenFamily {
        id: FamilyId(subject.env.new_id()),
        client_id: client_id.into(),
        offline,
        ..plain.clone()
    };
    let (mut offline, mut other) = (like("app", true), like("other", true));
    (offline.created_at, other.created_at) = (subject.later(1), subject.later(2));
    let stranger = inserted(&subject).await;
    for family in [&offline, &other] {
        store.insert_family(family.clone()).await.unwrap();
    }
    let newest_first = [other.clone(), offline.clone(), plain.clone()];
    assert_eq!(store.list_families(plain.account, now).await.unwrap(), newest_first);
    assert_eq!(store.list_families(plain.account, plain.expires_at).await.unwrap(), []);
    assert_eq!(store.revoke(Revocation::Session(plain.session), "logout", now).await.unwrap(), 1);
    assert_eq!(store.revoke(Revocation::Family(plain.id), "later", now).await.unwrap(), 0);
    assert_eq!(found(store, plain.id).await.revoked_because, "logout");
    assert_eq!(store.revoke(Revocation::AccountAt(plain.account, "app"), "consent", now).await.unwrap(), 1);
    assert_eq!(found(store, other.id).await.revoked_at, None);
    assert_eq!(store.list_families(plain.account, now).await.unwrap(), [other.clone()]);
    assert_eq!(store.revoke(Revocation::Account(plain.account), "password", now).await.unwrap(), 1);
    assert_eq!(found(store, other.id).await.revoked_because, "password");
    assert_eq!(found(store, stranger.id).await.revoked_at, None);
    assert_eq!(store.revoke(Revocation::Application("app"), "removed", now).await.unwrap(), 1);
    assert_eq!(found(store, stranger.id).await.revoked_because, "removed");
    let rotation = refresh(&subject, &stranger, now);
    assert_eq!(store.rotate_refresh_token(rotation).await.unwrap(), RotationOutcome::Revoked);
}

/// Each grant of a person to an application is a row: without an end to them, who signs in often fills the table.
// req: rt.cap
pub async fn what_is_beyond_the_newest_grants_at_an_application_is_taken_back(subject: Subject) {
    let store = subject.store();
    let oldest = inserted(&subject).await;
    let mut rows = vec![oldest.clone()];
    for second in 1..=4 {
        let refresh = oldest.refresh.clone().map(|state| RefreshState { rotated_at: subject.later(second), ..state });
        let family =
            RefreshTokenFamily { id: FamilyId(subject.env.new_id()), created_at: subject.later(second), refresh, ..oldest.clone() };
        store.insert_family(family.clone()).await.unwrap();
        rows.push(family);
    }
    let elsewhere = RefreshTokenFamily { id: FamilyId(subject.env.new_id()), client_id: "other".into(), ..oldest.clone() };
    store.insert_family(elsewhere.clone()).await.unwrap();
    // the oldest is in use: it was rotated last of all
    let now = subject.later(60);
    assert_eq!(store.rotate_refresh_token(refresh(&subject, &oldest, now)).await.unwrap(), RotationOutcome::Rotated);
    let beyond = |keep| Revocation::BeyondAt(oldest.account, "app", keep);
    assert_eq!(store.revoke(beyond(5), "too_many", now).await.unwrap(), 0);
    assert_eq!(store.revoke(beyond(2), "too_many", now).await.unwrap(), 3);
    let mut left: Vec<_> = store.list_families(oldest.account, now).await.unwrap().into_iter().map(|family| family.id).collect();
    let mut expected = vec![oldest.id, rows.last().unwrap().id, elsewhere.id];
    left.sort_unstable();
    expected.sort_unstable();
    assert_eq!(left, expected);
    assert_eq!(found(store, rows.get(1).unwrap().id).await.revoked_because, "too_many");
}

/// What a session granted follows the session that takes its place, and dies with that one.
pub async fn families_follow_the_session_that_takes_the_place_of_theirs(subject: Subject) {
    let store = subject.store();
    let now = subject.now();
    let (moved, stranger) = (inserted(&subject).await, inserted(&subject).await);
    let next = SessionId(subject.env.new_id());
    assert_eq!(store.hand_over_families(moved.session, next).await.unwrap(), 1);
    assert_eq!(store.revoke(Revocation::Session(moved.session), "logout", now).await.unwrap(), 0);
    assert_eq!(store.revoke(Revocation::Session(next), "logout", now).await.unwrap(), 1);
    assert_eq!(found(store, moved.id).await.revoked_because, "logout");
    assert_eq!(found(store, stranger.id).await.revoked_at, None);
}

/// Of the callers that present one token at once, one rotates, and all others are told the state that it left.
///
/// # Panics
/// When more than one rotated, or when somebody was told anything else: what the mutation test waits for.
pub async fn race_for_one_rotation(subject: &Subject) {
    let first = inserted(subject).await;
    let now = subject.now();
    let outcomes = subject.race(|store, _| {
        let asked = refresh(subject, &first, now);
        async move { store.rotate_refresh_token(asked).await.unwrap() }.boxed()
    });
    let outcomes = outcomes.await;
    let after = found(subject.store(), first.id).await;
    assert_eq!(state(&after).generation, 1, "one token was rotated more than once");
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == RotationOutcome::Rotated).count(), 1);
    let told = outcomes.iter().filter(|outcome| **outcome == RotationOutcome::Repeated(after.clone())).count();
    assert_eq!(told, outcomes.len() - 1);
}

/// Many times, each on a family of its own.
// req: rt.race
// req: st.cas
pub async fn of_64_refreshes_at_once_one_rotates_and_all_get_the_same_successor(subject: Subject) {
    for _ in 0..ROUNDS {
        race_for_one_rotation(&subject).await;
    }
}

/// The audit log gets one entry, not sixty-four.
// req: rt.reuse
pub async fn of_64_reuses_at_once_one_revokes(subject: Subject) {
    for _ in 0..ROUNDS {
        let first = inserted(&subject).await;
        rotated(&subject, &first, subject.now()).await;
        let now = subject.later(31);
        let outcomes = subject.race(|store, _| {
            let asked = refresh(&subject, &first, now);
            async move { store.rotate_refresh_token(asked).await.unwrap() }.boxed()
        });
        let outcomes = outcomes.await;
        assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, RotationOutcome::Reused(_))).count(), 1);
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == RotationOutcome::Revoked).count(), outcomes.len() - 1);
    }
}

/// The newest first and a page at a time; of a person, of an application, of a realm, and those whose refresh token came again.
pub async fn everybodys_families_are_listed(subject: Subject) {
    let store = subject.store();
    let realm = Realm::of_site("families");
    let ada = Account { realm: realm.clone(), ..account(&subject, "Ada") };
    store.insert_account(ada.clone()).await.unwrap();
    let id = |seconds| FamilyId(chabi_token::Id::new(subject.later(seconds), [7; 8]));
    let plain = RefreshTokenFamily { id: id(1), account: ada.id, client_id: "families".into(), ..family(&subject) };
    let reused = RefreshTokenFamily {
        id: id(2),
        client_id: "others".into(),
        revoked_at: Some(subject.now()),
        revoked_because: "refresh_reuse".into(),
        ..plain.clone()
    };
    for family in [&plain, &reused] {
        store.insert_family(family.clone()).await.unwrap();
    }
    let all = FamilyFilter {
        account: None,
        client_id: None,
        realm: Some(realm),
        only_reused: false,
        before: FamilyId(chabi_token::Id::from_bytes([0xff; 16])),
        limit: 10,
    };
    let listed = async |filter: &FamilyFilter| {
        let rows = store.list_everybodys_families(filter.clone()).await.unwrap();
        rows.into_iter().map(|row| (row.family, row.subject)).collect::<Vec<_>>()
    };
    let rows = [(reused.clone(), ada.subject.clone()), (plain.clone(), ada.subject.clone())];
    assert_eq!(listed(&all).await, rows);
    assert_eq!(listed(&FamilyFilter { limit: 1, ..all.clone() }).await, rows[..1]);
    assert_eq!(listed(&FamilyFilter { before: reused.id, ..all.clone() }).await, rows[1..]);
    assert_eq!(listed(&FamilyFilter { only_reused: true, ..all.clone() }).await, rows[..1]);
    let of_application = FamilyFilter { client_id: Some("families".into()), ..all.clone() };
    assert_eq!(listed(&of_application).await, rows[1..]);
    assert_eq!(listed(&FamilyFilter { account: Some(ada.id), ..of_application }).await, rows[1..]);
    assert_eq!(listed(&FamilyFilter { account: Some(ada.id), realm: None, ..all }).await, rows);
}
