//! Facts of the installation.

use std::collections::BTreeSet;

use futures_util::FutureExt;

use super::Subject;

/// Everybody is told the same value.
pub async fn the_first_writer_of_a_fact_wins(subject: Subject) {
    assert_eq!(subject.store().find_fact("check_value").await.unwrap(), None);
    let told = subject.race(|store, number| async move { store.settle_fact("check_value", &number.to_string()).await.unwrap() }.boxed());
    let told: BTreeSet<String> = told.await.into_iter().collect();
    assert_eq!(told.len(), 1);
    assert_eq!(subject.store().find_fact("check_value").await.unwrap(), told.into_iter().next());
}

/// No bump is lost, and no two get the same number.
pub async fn versions_count_every_bump(subject: Subject) {
    assert_eq!(subject.store().find_version("signing_keys").await.unwrap(), 0);
    let numbers = subject.race(|store, _| async move { store.bump_version("signing_keys").await.unwrap() }.boxed());
    let numbers: BTreeSet<i64> = numbers.await.into_iter().collect();
    assert_eq!(numbers, (1..=64).collect());
    assert_eq!(subject.store().find_version("signing_keys").await.unwrap(), 64);
    assert_eq!(subject.store().find_version("other").await.unwrap(), 0);
}
