//! Proofs of e-mail addresses.

use futures_util::FutureExt;

use super::{ROUNDS, Subject};
use crate::email_verification::{CODE_TRIES, EmailVerification, Verification, VerificationId};

fn mail(subject: &Subject) -> EmailVerification {
    EmailVerification {
        id: VerificationId(subject.env.new_id()),
        secret_hash: subject.env.random(),
        code_hash: subject.env.random(),
        browser_hash: subject.env.random(),
        account: subject.account_id(),
        canonical: "ada@example.com".into(),
        failures: 0,
        expires_at: subject.later(600),
    }
}

fn proven(mail: &EmailVerification) -> Verification {
    Verification::Proven { account: mail.account, canonical: mail.canonical.clone() }
}

/// Of the same account and address; others stay.
pub async fn a_newer_mail_makes_the_older_one_void(subject: Subject) {
    let store = subject.store();
    let older = mail(&subject);
    let newer = EmailVerification { account: older.account, browser_hash: older.browser_hash, ..mail(&subject) };
    let elsewhere = EmailVerification { canonical: "b@example.com".into(), account: older.account, ..mail(&subject) };
    for mail in [&older, &elsewhere, &newer] {
        store.insert_email_verification(mail.clone()).await.unwrap();
    }
    let now = subject.now();
    assert_eq!(store.find_email_verification(older.browser_hash, now).await.unwrap(), Some(newer.clone()));
    assert_eq!(store.find_email_verification(elsewhere.browser_hash, now).await.unwrap(), Some(elsewhere));
    assert_eq!(store.peek_email_link(older.id, older.secret_hash, now).await.unwrap(), None);
    assert_eq!(store.redeem_email_link(older.id, older.secret_hash, now).await.unwrap(), Verification::Unknown);
    assert_eq!(store.redeem_email_code(older.id, older.browser_hash, older.code_hash, now).await.unwrap(), Verification::Unknown);
    assert_eq!(store.redeem_email_link(newer.id, newer.secret_hash, now).await.unwrap(), proven(&newer));
}

/// A scanner that follows the link spends nothing.
pub async fn a_link_is_looked_at_often_and_spent_once(subject: Subject) {
    let store = subject.store();
    let mail = mail(&subject);
    store.insert_email_verification(mail.clone()).await.unwrap();
    for _ in 0..3 {
        assert_eq!(store.peek_email_link(mail.id, mail.secret_hash, subject.now()).await.unwrap(), Some(mail.clone()));
    }
    assert_eq!(store.peek_email_link(mail.id, mail.secret_hash, mail.expires_at).await.unwrap(), None);
    assert_eq!(store.redeem_email_link(mail.id, [0; 32], subject.now()).await.unwrap(), Verification::Unknown);
    assert_eq!(store.redeem_email_link(mail.id, mail.secret_hash, mail.expires_at).await.unwrap(), Verification::Unknown);
    assert_eq!(store.redeem_email_link(mail.id, mail.secret_hash, subject.now()).await.unwrap(), proven(&mail));
    assert_eq!(store.redeem_email_link(mail.id, mail.secret_hash, subject.now()).await.unwrap(), Verification::Unknown);
    assert_eq!(store.peek_email_link(mail.id, mail.secret_hash, subject.now()).await.unwrap(), None);
    assert_eq!(store.find_email_verification(mail.browser_hash, subject.now()).await.unwrap(), None);
}

/// In its own browser alone; after the last try the right code is too late, and the link still works.
pub async fn wrong_codes_use_the_tries_up(subject: Subject) {
    let store = subject.store();
    let (mail, lucky) = (mail(&subject), mail(&subject));
    for mail in [&mail, &lucky] {
        store.insert_email_verification(mail.clone()).await.unwrap();
    }
    let answer = |mail: &EmailVerification, browser, code| store.redeem_email_code(mail.id, browser, code, subject.now());
    assert_eq!(answer(&mail, [0; 32], mail.code_hash).await.unwrap(), Verification::Unknown);
    for tries_left in (0..CODE_TRIES).rev() {
        assert_eq!(answer(&mail, mail.browser_hash, [0; 32]).await.unwrap(), Verification::Wrong { tries_left });
    }
    assert_eq!(answer(&mail, mail.browser_hash, mail.code_hash).await.unwrap(), Verification::Unknown);
    assert_eq!(store.redeem_email_link(mail.id, mail.secret_hash, subject.now()).await.unwrap(), proven(&mail));
    assert_eq!(answer(&lucky, lucky.browser_hash, [0; 32]).await.unwrap(), Verification::Wrong { tries_left: CODE_TRIES - 1 });
    assert_eq!(answer(&lucky, lucky.browser_hash, lucky.code_hash).await.unwrap(), proven(&lucky));
    assert_eq!(answer(&lucky, lucky.browser_hash, lucky.code_hash).await.unwrap(), Verification::Unknown);
}

/// Sixty-four guesses at the same moment are not sixty-four guesses.
// req: st.cas
pub async fn wrong_codes_at_once_cost_a_try_each(subject: Subject) {
    let mail = mail(&subject);
    subject.store().insert_email_verification(mail.clone()).await.unwrap();
    let (id, browser, now) = (mail.id, mail.browser_hash, subject.now());
    let outcomes = subject.race(|store, _| async move { store.redeem_email_code(id, browser, [0; 32], now).await.unwrap() }.boxed());
    let mut left: Vec<i64> = Vec::new();
    for outcome in outcomes.await {
        match outcome {
            Verification::Wrong { tries_left } => left.push(tries_left),
            Verification::Unknown => {}
            Verification::Proven { .. } => panic!("a wrong code proved an address"),
        }
    }
    left.sort_unstable();
    assert_eq!(left, (0..CODE_TRIES).collect::<Vec<i64>>());
}

/// The button pressed twice proves once.
// req: st.cas
pub async fn of_64_that_follow_a_link_at_once_exactly_one_wins(subject: Subject) {
    for _ in 0..ROUNDS {
        let mail = mail(&subject);
        subject.store().insert_email_verification(mail.clone()).await.unwrap();
        let (id, secret, now) = (mail.id, mail.secret_hash, subject.now());
        let outcomes = subject.race(|store, _| async move { store.redeem_email_link(id, secret, now).await.unwrap() }.boxed());
        assert_eq!(outcomes.await.iter().filter(|outcome| **outcome == proven(&mail)).count(), 1);
    }
}
