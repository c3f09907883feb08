//! What happened, counted, and what should not have.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

/// Shared by all callers.
#[derive(Debug, Default)]
pub struct Book(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    counts: BTreeMap<&'static str, usize>,
    lost: Vec<String>,
    doubled: Vec<String>,
    revived: Vec<String>,
    strange: Vec<String>,
}

impl Book {
    fn open(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap()
    }

    /// One more of these.
    pub fn note(&self, what: &'static str) {
        *self.open().counts.entry(what).or_default() += 1;
    }

    /// How many of these so far.
    pub fn count(&self, what: &str) -> usize {
        self.open().counts.get(what).copied().unwrap_or_default()
    }

    /// A token that was never revoked is refused.
    pub fn lost(&self, words: String) {
        self.open().lost.push(words);
    }

    /// A token has two successors.
    pub fn doubled(&self, words: String) {
        self.open().doubled.push(words);
    }

    /// Something ended works again.
    pub fn revived(&self, words: String) {
        self.open().revived.push(words);
    }

    /// An answer that no trouble excuses.
    pub fn strange(&self, words: String) {
        self.open().strange.push(words);
    }

    /// One line.
    pub fn report(&self) -> String {
        let book = self.open();
        let counts: Vec<String> = book.counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
        let [lost, doubled, revived, strange] = [&book.lost, &book.doubled, &book.revived, &book.strange].map(Vec::len);
        format!("{}; {lost} lost, {doubled} doubled, {revived} revived, {strange} strange answers", counts.join(", "))
    }

    /// Fails with the first of each kind, when there is any.
    pub fn check(&self) {
        let book = self.open();
        for (kind, entries) in [("lost", &book.lost), ("doubled", &book.doubled), ("revived", &book.revived), ("strange", &book.strange)] {
            assert!(entries.is_empty(), "{kind}: {:#?}", entries.iter().take(5).collect::<Vec<_>>());
        }
    }
}
