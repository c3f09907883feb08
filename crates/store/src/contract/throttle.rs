//! Counters of attempts.

use chabi_token::Seconds;
use futures_util::FutureExt;

use super::Subject;
use crate::throttle::Attempt;

/// The window begins with its first attempt, and a new one begins after its end.
pub async fn attempts_beyond_the_limit_are_blocked_until_the_window_ends(subject: Subject) {
    let store = subject.store();
    let until = subject.later(60);
    let count = |now| store.count_attempt("ada", 2, Seconds(60), now);
    assert_eq!(count(subject.now()).await.unwrap(), Attempt::Allowed);
    assert_eq!(count(subject.later(30)).await.unwrap(), Attempt::Allowed);
    assert_eq!(count(subject.later(59)).await.unwrap(), Attempt::Blocked { until });
    assert_eq!(store.count_attempt("bob", 2, Seconds(60), subject.now()).await.unwrap(), Attempt::Allowed);
    assert_eq!(count(until).await.unwrap(), Attempt::Allowed);
    assert_eq!(count(subject.later(61)).await.unwrap(), Attempt::Allowed);
    assert_eq!(count(subject.later(62)).await.unwrap(), Attempt::Blocked { until: subject.later(120) });
    store.clear_attempts("ada").await.unwrap();
    assert_eq!(count(subject.later(63)).await.unwrap(), Attempt::Allowed);
}

/// No attempt slips through beside another.
// req: st.cas
pub async fn attempts_at_once_cost_one_each(subject: Subject) {
    let now = subject.now();
    let outcomes = subject.race(|store, _| async move { store.count_attempt("ada", 10, Seconds(60), now).await.unwrap() }.boxed());
    assert_eq!(outcomes.await.iter().filter(|outcome| **outcome == Attempt::Allowed).count(), 10);
}
