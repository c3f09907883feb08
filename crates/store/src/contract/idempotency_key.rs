//! Requests that may be sent again.

use super::Subject;
use crate::idempotency_key::{Claim, IdempotentRequest};

/// Claimed once, answered again as the first time; another request under the same key is told apart; over, it is claimed anew.
pub async fn a_key_is_claimed_once_and_answered_again(subject: Subject) {
    let store = subject.store();
    let (now, end) = (subject.now(), subject.later(60));
    let request = IdempotentRequest { key_hash: [1; 32], request_hash: [2; 32] };
    assert_eq!(store.claim_idempotency_key(request, now, end).await.unwrap(), Claim::Claimed);
    assert_eq!(store.claim_idempotency_key(request, now, end).await.unwrap(), Claim::Running);
    let other = IdempotentRequest { request_hash: [3; 32], ..request };
    assert_eq!(store.claim_idempotency_key(other, now, end).await.unwrap(), Claim::OfAnotherRequest);
    store.release_idempotency_key(request.key_hash).await.unwrap();
    assert_eq!(store.claim_idempotency_key(request, now, end).await.unwrap(), Claim::Claimed);
    store.answer_idempotency_key(request.key_hash, vec![9], subject.later(120)).await.unwrap();
    store.release_idempotency_key(request.key_hash).await.unwrap();
    assert_eq!(store.claim_idempotency_key(request, now, end).await.unwrap(), Claim::Answered(vec![9]));
    assert_eq!(store.claim_idempotency_key(other, subject.later(121), subject.later(200)).await.unwrap(), Claim::Claimed);
    assert_eq!(store.delete_expired(subject.later(201), 10).await.unwrap(), 1);
}

/// Of many that send it at once, one is to answer.
pub async fn of_64_that_claim_it_at_once_exactly_one_answers(subject: Subject) {
    let (now, end) = (subject.now(), subject.later(60));
    let request = IdempotentRequest { key_hash: [1; 32], request_hash: [2; 32] };
    let outcomes =
        subject.race(move |store, _| Box::pin(async move { store.claim_idempotency_key(request, now, end).await.unwrap() })).await;
    assert_eq!(outcomes.iter().filter(|claim| **claim == Claim::Claimed).count(), 1);
    assert!(outcomes.iter().all(|claim| matches!(claim, Claim::Claimed | Claim::Running)));
}
