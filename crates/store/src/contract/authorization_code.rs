//! Authorization codes: made once, spent once.

use chabi_spec::Scope;
use chabi_token::Seconds;
use futures_util::FutureExt;

use super::{ROUNDS, Subject};
use crate::{
    authorization_code::{AuthorizationCode, CodeId, Redemption},
    token_family::FamilyId,
};

/// A code that is good for a minute.
pub(super) fn code(subject: &Subject) -> AuthorizationCode {
    AuthorizationCode {
        id: CodeId(subject.env.new_id()),
        secret_hash: subject.env.random(),
        client_id: "app".into(),
        redirect_uri: "https://app.example/cb".into(),
        redirect_uri_was_sent: true,
        code_challenge: Some("challenge".into()),
        scope: Scope::of(["openid"]),
        resource: vec!["https://notes.example".into()],
        nonce: Some("n-0S6_WzA2Mj".into()),
        account: subject.account_id(),
        session: subject.session_id(),
        auth_time: subject.now(),
        amr: vec!["pwd".into()],
        expires_at: subject.later(60),
        details: None,
    }
}

/// Every field as it was, with and without what is optional.
pub async fn a_code_reads_back_spent_or_not(subject: Subject) {
    let store = subject.store();
    let full = code(&subject);
    let bare = AuthorizationCode {
        code_challenge: None,
        nonce: None,
        resource: vec![],
        redirect_uri_was_sent: false,
        scope: Scope::default(),
        ..code(&subject)
    };
    for code in [full, bare] {
        store.insert_authorization_code(code.clone()).await.unwrap();
        assert_eq!(store.find_authorization_code(code.id, subject.now()).await.unwrap(), Some((code.clone(), None)));
        let family = FamilyId(subject.env.new_id());
        let redemption = store.redeem_authorization_code(code.id, family, subject.env.new_id(), subject.now()).await.unwrap();
        assert_eq!(redemption, Redemption::Fresh);
        assert_eq!(store.find_authorization_code(code.id, subject.now()).await.unwrap(), Some((code, None)));
    }
}

/// One look gives what two would.
pub async fn a_code_is_found_with_its_person_and_whether_their_session_goes_on(subject: Subject) {
    let store = subject.store();
    let session = super::browser_session::session(&subject);
    let code = AuthorizationCode { account: session.account, session: session.id, ..code(&subject) };
    store.insert_authorization_code(code.clone()).await.unwrap();
    let person = async |moment| store.find_authorization_code(code.id, moment).await.unwrap().unwrap().1;
    assert_eq!(person(subject.now()).await, None, "their account is gone, or elsewhere");
    super::account::of_session_with_two_addresses(&subject, &session).await;
    for moment in [subject.now(), session.expires_at] {
        let alone = store.find_person_in_session(session.account, session.id, moment).await.unwrap();
        assert_eq!(person(moment).await, alone.map(super::account::of_grant));
    }
}

/// So that what the first redemption gave can be revoked.
// req: cd.replay
pub async fn a_second_redemption_is_told_the_family_of_the_first(subject: Subject) {
    let store = subject.store();
    let code = code(&subject);
    store.insert_authorization_code(code.clone()).await.unwrap();
    let (first, second) = (FamilyId(subject.env.new_id()), FamilyId(subject.env.new_id()));
    let redeem = |family| store.redeem_authorization_code(code.id, family, subject.env.new_id(), subject.now());
    assert_eq!(redeem(first).await.unwrap(), Redemption::Fresh);
    assert_eq!(redeem(second).await.unwrap(), Redemption::Replayed { family: first });
    assert_eq!(redeem(second).await.unwrap(), Redemption::Replayed { family: first });
}

/// The end is looked at in the statement; a code is over at the moment of its end.
// req: cd.ttl
pub async fn an_expired_code_is_unknown_and_a_spent_one_stays_replayed(subject: Subject) {
    let store = subject.store();
    let (late, spent) = (code(&subject), code(&subject));
    let family = FamilyId(subject.env.new_id());
    for code in [&late, &spent] {
        store.insert_authorization_code(code.clone()).await.unwrap();
    }
    let redeem = |id, now| store.redeem_authorization_code(id, family, subject.env.new_id(), now);
    assert_eq!(redeem(late.id, late.expires_at).await.unwrap(), Redemption::Unknown);
    assert_eq!(redeem(spent.id, spent.expires_at - Seconds(1)).await.unwrap(), Redemption::Fresh);
    assert_eq!(redeem(spent.id, spent.expires_at + Seconds(1)).await.unwrap(), Redemption::Replayed { family });
    assert_eq!(redeem(CodeId(subject.env.new_id()), subject.now()).await.unwrap(), Redemption::Unknown);
}

/// Those that were spent stay, for their replays.
pub async fn unspent_codes_die_with_their_session(subject: Subject) {
    let store = subject.store();
    let unspent = code(&subject);
    let spent = AuthorizationCode { session: unspent.session, ..code(&subject) };
    let other = code(&subject);
    for code in [&unspent, &spent, &other] {
        store.insert_authorization_code(code.clone()).await.unwrap();
    }
    let family = FamilyId(subject.env.new_id());
    let redemption = store.redeem_authorization_code(spent.id, family, subject.env.new_id(), subject.now()).await.unwrap();
    assert_eq!(redemption, Redemption::Fresh);
    assert_eq!(store.delete_codes_of_session(unspent.session).await.unwrap(), 1);
    assert_eq!(store.find_authorization_code(unspent.id, subject.now()).await.unwrap(), None);
    assert!(store.find_authorization_code(spent.id, subject.now()).await.unwrap().is_some());
    assert!(store.find_authorization_code(other.id, subject.now()).await.unwrap().is_some());
}

/// One winner, and every loser is told the winner's family.
// req: cd.once
// req: st.cas
pub async fn of_64_redemptions_at_once_exactly_one_is_fresh(subject: Subject) {
    for _ in 0..ROUNDS {
        let code = code(&subject);
        subject.store().insert_authorization_code(code.clone()).await.unwrap();
        let now = subject.now();
        let outcomes = subject.race(|store, _| {
            let (family, attempt) = (FamilyId(subject.env.new_id()), subject.env.new_id());
            async move { (family, store.redeem_authorization_code(code.id, family, attempt, now).await.unwrap()) }.boxed()
        });
        let outcomes = outcomes.await;
        let fresh: Vec<FamilyId> = outcomes.iter().filter(|(_, is)| *is == Redemption::Fresh).map(|(family, _)| *family).collect();
        let [winner] = fresh.as_slice() else { panic!("{} callers redeemed one code", fresh.len()) };
        let told = outcomes.iter().filter(|(_, is)| *is == Redemption::Replayed { family: *winner }).count();
        assert_eq!(told, outcomes.len() - 1);
    }
}
