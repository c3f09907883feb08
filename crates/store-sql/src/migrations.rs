//! The schema, numbered, forward only: a migration expands first, and a later one contracts, so that the version before keeps running
//! while the new one rolls out.

use chabi_spec::Fault;

/// One step of the schema. The list is in order, and what was released is never changed.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Its number, one more than the one before.
    pub version: i64,
    /// Its statements, with `BLOB` for bytes.
    pub sql: &'static str,
}

/// Every migration that this binary knows.
pub const ALL: &[Migration] = &[
    Migration { version: 1, sql: include_str!("../migrations/0001_first.sql") },
    Migration { version: 2, sql: include_str!("../migrations/0002_password_resets.sql") },
    Migration { version: 3, sql: include_str!("../migrations/0003_revocations.sql") },
];

/// Where the numbers of what was applied are kept.
pub(crate) const CREATE_LIST: &str =
    "CREATE TABLE IF NOT EXISTS schema_migrations (version BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL)";
/// The newest that was applied, or 0.
pub(crate) const NEWEST_APPLIED: &str = "SELECT COALESCE(MAX(version), 0) FROM schema_migrations";
/// Notes one as applied.
pub(crate) const NOTE_APPLIED: &str = "INSERT INTO schema_migrations (version, applied_at) VALUES ($1, $2)";

/// What is left to apply to a database whose newest migration is `newest_applied`.
///
/// # Errors
/// An internal fault when the database is newer than this binary: an older binary must not write to it.
pub fn pending(newest_applied: i64, known: &'static [Migration]) -> Result<impl Iterator<Item = &'static Migration>, Fault> {
    let newest_known = known.last().map_or(0, |migration| migration.version);
    if newest_applied > newest_known {
        let words = format!("its schema is version {newest_applied}, this program knows {newest_known}: use a newer program");
        return Err(Fault::internal("opening a database that a newer version has changed").because(words));
    }
    Ok(known.iter().filter(move |migration| migration.version > newest_applied))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_grow_by_one_from_one() {
        let numbers: Vec<i64> = ALL.iter().map(|migration| migration.version).collect();
        assert_eq!(numbers, (1..).take(ALL.len()).collect::<Vec<i64>>());
    }

    // req: st.mig
    #[test]
    fn a_database_newer_than_the_program_is_refused() {
        assert!(pending(0, ALL).is_ok_and(|left| left.count() == ALL.len()));
        assert!(pending(1_000_000, ALL).is_err());
    }
}
