//! The catalogue: what is known of each provider, as data.
//!
//! `catalogue/*.toml` beside the sources holds the entries; facts of vendors age, and are mended there. [`provider()`] makes a
//! [`Provider`](crate::Provider) of an entry and an operator's settings.

mod build;
mod entry;
mod fill;
mod near;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use serde::Deserialize;

pub use build::provider;
pub use entry::{Entry, EntryProtocol, Mark, Place, PlaceKind};
pub use near::nearest;

/// The files of the catalogue, in the order in which [`all`] gives their entries.
pub(crate) const FILES: [&str; 4] = [
    include_str!("../catalogue/careful.toml"),
    include_str!("../catalogue/any.toml"),
    include_str!("../catalogue/openid.toml"),
    include_str!("../catalogue/oauth2.toml"),
];

#[derive(Deserialize)]
pub(crate) struct File {
    pub(crate) entry: Vec<Entry>,
}

/// A file that cannot be read has no entries: a test reads each, so that none is shipped.
static ENTRIES: LazyLock<Vec<Entry>> =
    LazyLock::new(|| FILES.iter().filter_map(|text| toml::from_str::<File>(text).ok()).flat_map(|file| file.entry).collect());

/// All entries: those most used first, then by protocol and id.
#[must_use]
pub fn all() -> &'static [Entry] {
    &ENTRIES
}

/// The entry of this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Entry> {
    all().iter().find(|entry| entry.id == id)
}
