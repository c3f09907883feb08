//! Facts of the installation: which secret it was sealed with, whether development mode made it, and version numbers that tell a
//! running server that something changed.

use crate::Answer;

/// The version of what an operator decides: applications, APIs, sites. Whoever changes one bumps it in the same transaction.
pub const CONFIGURATION: &str = "configuration";

/// Verbs on the installation's facts.
pub trait InstallationVerbs {
    /// Remembers `value` under `name` unless there is one, and answers with what is there: the first writer wins.
    fn settle_fact(&self, name: &str, value: &str) -> Answer<'_, String>;
    /// What is there.
    fn find_fact(&self, name: &str) -> Answer<'_, Option<String>>;
    /// The version of a thing that servers keep in memory, such as `signing_keys`; 0 at first.
    fn find_version(&self, name: &str) -> Answer<'_, i64>;
    /// All of them.
    fn list_versions(&self) -> Answer<'_, Vec<(String, i64)>>;
    /// Adds one to it, so that every server reads the thing again within a second.
    fn bump_version(&self, name: &str) -> Answer<'_, i64>;
}
