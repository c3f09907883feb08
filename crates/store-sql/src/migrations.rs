//! The schema, numbered, forward only: a migration expands first, and a later one contracts, so that the version before keeps running
//! while the new one rolls out.

use chabi_spec::Fault;

/// One step of the schema. The list is in order, and what was released is never changed.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Its number, one more than the one before.
    pub version: i64,
    /// Its statements, with `BLOB` for bytes; a line that begins with `--postgresql ` is for that engine alone.
    pub sql: &'static str,
    /// The oldest schema whose programs work on this one too: they may be started while, or after, this one rolls out. A contracting
    /// migration raises it.
    pub works_from: i64,
}

/// Every migration that this binary knows.
pub const ALL: &[Migration] = &[
    Migration { version: 1, sql: include_str!("../migrations/0001_first.sql"), works_from: 1 },
    Migration { version: 2, sql: include_str!("../migrations/0002_password_resets.sql"), works_from: 1 },
    Migration { version: 3, sql: include_str!("../migrations/0003_revocations.sql"), works_from: 2 },
    Migration { version: 4, sql: include_str!("../migrations/0004_settings.sql"), works_from: 3 },
    Migration { version: 5, sql: include_str!("../migrations/0005_pushed_requests.sql"), works_from: 3 },
    Migration { version: 6, sql: include_str!("../migrations/0006_registrations.sql"), works_from: 3 },
    Migration { version: 7, sql: include_str!("../migrations/0007_replays.sql"), works_from: 3 },
    Migration { version: 8, sql: include_str!("../migrations/0008_device_grants.sql"), works_from: 3 },
    Migration { version: 9, sql: include_str!("../migrations/0009_logout_deliveries.sql"), works_from: 3 },
    Migration { version: 10, sql: include_str!("../migrations/0010_refusals.sql"), works_from: 3 },
    Migration { version: 11, sql: include_str!("../migrations/0011_sites.sql"), works_from: 3 },
    Migration { version: 12, sql: include_str!("../migrations/0012_social_applications.sql"), works_from: 3 },
    Migration { version: 13, sql: include_str!("../migrations/0013_admin.sql"), works_from: 3 },
    Migration { version: 14, sql: include_str!("../migrations/0014_sites_apart.sql"), works_from: 3 },
    Migration { version: 15, sql: include_str!("../migrations/0015_secret_expiry.sql"), works_from: 3 },
    Migration { version: 16, sql: include_str!("../migrations/0016_live_families.sql"), works_from: 3 },
    Migration { version: 17, sql: include_str!("../migrations/0017_addresses_of_a_person.sql"), works_from: 3 },
    Migration { version: 18, sql: include_str!("../migrations/0018_room_for_rotations.sql"), works_from: 3 },
];

/// Where the numbers of what was applied are kept.
pub(crate) const CREATE_LIST: &str =
    "CREATE TABLE IF NOT EXISTS schema_migrations (version BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL)";
/// The newest that was applied, or 0.
pub(crate) const NEWEST_APPLIED: &str = "SELECT COALESCE(MAX(version), 0) FROM schema_migrations";
/// Notes one as applied.
pub(crate) const NOTE_APPLIED: &str = "INSERT INTO schema_migrations (version, applied_at) VALUES ($1, $2)";

/// Notes which programs work on the schema as it is now.
pub(crate) const NOTE_WORKS_FROM: &str = "INSERT INTO facts (name, value) VALUES ('schema_works_from', $1)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value";
/// What was noted.
pub(crate) const WORKS_FROM: &str = "SELECT value FROM facts WHERE name = 'schema_works_from'";

/// The newest migration of `known`, or 0.
#[must_use]
pub fn newest(known: &[Migration]) -> i64 {
    known.last().map_or(0, |migration| migration.version)
}

/// What is left to apply to a database whose newest migration is `newest_applied`.
pub fn pending(newest_applied: i64, known: &'static [Migration]) -> impl Iterator<Item = &'static Migration> {
    known.iter().filter(move |migration| migration.version > newest_applied)
}

/// May this program work on a schema that a newer one has made? Yes when that one said so: `works_from` is what it noted.
///
/// # Errors
/// An internal fault when it must not write to it.
pub fn check_newer(newest_applied: i64, works_from: Option<&str>, newest_known: i64) -> Result<(), Fault> {
    match works_from.and_then(|text| text.parse::<i64>().ok()) {
        Some(works_from) if works_from <= newest_known => Ok(()),
        _ => {
            let words = format!("its schema is version {newest_applied}, this program knows {newest_known}: use a newer program");
            Err(Fault::internal("opening a database that a newer version has changed").because(words))
        }
    }
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
        assert_eq!(pending(0, ALL).count(), ALL.len());
        for said in [None, Some("4"), Some("soon")] {
            assert!(check_newer(5, said, 3).is_err(), "{said:?}");
        }
    }

    #[test]
    fn a_program_may_be_started_again_while_the_next_version_rolls_out() {
        assert!(check_newer(4, Some("3"), 3).is_ok());
        assert!(check_newer(5, Some("2"), 3).is_ok());
    }

    #[test]
    fn a_migration_works_from_itself_at_the_latest() {
        assert!(ALL.iter().all(|migration| migration.works_from <= migration.version));
    }
}
