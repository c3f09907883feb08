//! The two doors to writes.

use chabi_spec::{ErrorCode, Failure, Fault, FaultKind, Refusal};
use futures_util::FutureExt;

use super::{CALLERS, Subject};
use crate::account::{Account, AccountEmail, Insertion};

fn refusal() -> Failure {
    Refusal::new(ErrorCode::InvalidGrant, "test", "a test says no", "RFC 6749 §5.2").into()
}

/// What was written before a refusal stays, what was written before a fault goes.
pub async fn a_refusal_commits_and_a_fault_rolls_back(subject: Subject) {
    let store = subject.store();
    let refused = store.transaction("refuse", |verbs| {
        async move {
            verbs.settle_fact("refused", "yes").await?;
            Err::<(), _>(refusal())
        }
        .boxed()
    });
    assert!(matches!(refused.await, Err(Failure::Refusal(_))));
    assert_eq!(store.find_fact("refused").await.unwrap().as_deref(), Some("yes"));
    let failed = store.transaction("fail", |verbs| {
        async move {
            verbs.settle_fact("failed", "yes").await?;
            Err::<(), _>(Fault::internal("failing on purpose").into())
        }
        .boxed()
    });
    assert!(matches!(failed.await, Err(Failure::Fault(fault)) if fault.doing == "failing on purpose"));
    assert_eq!(store.find_fact("failed").await.unwrap(), None);
}

/// Until it commits.
pub async fn a_transaction_sees_its_own_writes_and_nobody_else_does(subject: Subject) {
    let store = subject.store();
    let counted = store.transaction("count", |verbs| {
        async move {
            let before = verbs.find_version("v").await?;
            verbs.bump_version("v").await?;
            verbs.bump_version("v").await?;
            Ok((before, verbs.find_version("v").await?))
        }
        .boxed()
    });
    assert_eq!(counted.await.unwrap(), (0, 2));
    assert_eq!(store.find_version("v").await.unwrap(), 2);
}

/// A closure that hides the fault of a statement gets a fault all the same.
pub async fn a_transaction_that_goes_on_after_a_failed_statement_does_not_commit(subject: Subject) {
    let store = subject.store();
    let id = subject.account_id();
    let now = subject.now();
    let ended = store.transaction("hide", move |verbs| {
        async move {
            verbs.settle_fact("hidden", "yes").await?;
            let account = Account {
                id,
                subject: id.to_string(),
                realm: crate::account::Realm::SHARED,
                name: String::new(),
                locale: String::new(),
                created_at: now,
                updated_at: chabi_token::Timestamp::default(),
                disabled_at: None,
                profile: None,
            };
            verbs.insert_account(account.clone()).await?;
            assert!(verbs.insert_account(account).await.is_err(), "the same row twice");
            Ok(())
        }
        .boxed()
    });
    assert!(matches!(ended.await, Err(Failure::Fault(fault)) if fault.kind == FaultKind::Internal));
    assert_eq!(store.find_fact("hidden").await.unwrap(), None);
    assert_eq!(store.find_account(id).await.unwrap(), None);
}

/// Statements that fail, transactions that fail, and those that do not, all at once.
pub async fn one_that_fails_harms_no_other(subject: Subject) {
    let twice = subject.account_id();
    let account = move |id: crate::account::AccountId| Account {
        id,
        subject: id.to_string(),
        realm: crate::account::Realm::SHARED,
        name: String::new(),
        locale: String::new(),
        created_at: chabi_token::Timestamp(0),
        updated_at: chabi_token::Timestamp::default(),
        disabled_at: None,
        profile: None,
    };
    subject.store().insert_account(account(twice)).await.unwrap();
    let ids: Vec<_> = (0..CALLERS).map(|_| subject.account_id()).collect();
    let outcomes = subject.race(|store, number| {
        let id = *ids.get(number).unwrap();
        async move {
            match number % 4 {
                0 => store.insert_account(account(id)).await.is_ok(),
                1 => store.insert_account(account(twice)).await.is_err(),
                2 => {
                    let failed = store.transaction("fail", move |verbs| {
                        async move {
                            verbs.insert_account(account(id)).await?;
                            Err::<(), _>(Fault::internal("failing on purpose").into())
                        }
                        .boxed()
                    });
                    failed.await.is_err()
                }
                _ => {
                    let done = store.transaction("do", move |verbs| async move { Ok(verbs.insert_account(account(id)).await?) }.boxed());
                    done.await.is_ok()
                }
            }
        }
        .boxed()
    });
    assert!(outcomes.await.into_iter().all(|as_expected| as_expected));
    for (number, id) in ids.iter().enumerate() {
        let is_there = subject.store().find_account(*id).await.unwrap().is_some();
        assert_eq!(is_there, matches!(number % 4, 0 | 3), "{number}");
    }
}

/// Each adds an account with its address and counts: all of it is there, or nothing of it.
pub async fn transactions_at_once_lose_nothing(subject: Subject) {
    let now = subject.now();
    let ids: Vec<_> = (0..CALLERS).map(|_| subject.account_id()).collect();
    let outcomes = subject.race(|store, number| {
        let id = *ids.get(number).unwrap();
        // Two callers an address: one of each pair is refused, after it has added its account.
        let canonical = format!("{}@example.com", number / 2);
        async move {
            let ended = store.transaction("sign_up", move |verbs| {
                let email = AccountEmail { canonical: canonical.clone(), address: canonical.clone(), account: id, verified_at: None };
                async move {
                    let account = Account {
                        id,
                        subject: id.to_string(),
                        realm: crate::account::Realm::SHARED,
                        name: String::new(),
                        locale: String::new(),
                        created_at: now,
                        updated_at: chabi_token::Timestamp::default(),
                        disabled_at: None,
                        profile: None,
                    };
                    verbs.insert_account(account).await?;
                    verbs.bump_version("accounts").await?;
                    match verbs.insert_email(email).await? {
                        Insertion::Done => Ok(()),
                        Insertion::Taken => Err(Fault::internal("rolling back").into()),
                    }
                }
                .boxed()
            });
            ended.await.is_ok()
        }
        .boxed()
    });
    let done = outcomes.await.into_iter().filter(|done| *done).count();
    assert_eq!(done, CALLERS / 2);
    assert_eq!(subject.store().count_accounts().await.unwrap(), 32);
    assert_eq!(subject.store().find_version("accounts").await.unwrap(), 32);
}

/// The clock's offset is small on one machine.
pub async fn the_engine_is_ready_and_says_its_version(subject: Subject) {
    let engine = subject.store().engine();
    engine.ready().await.unwrap();
    let version = engine.version().await.unwrap();
    assert!(version.starts_with("SQLite 3.") || version.starts_with("PostgreSQL 1"), "{version}");
    engine.clock_offset().await.unwrap();
}
