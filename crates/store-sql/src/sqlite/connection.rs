//! A connection, its settings, and one statement on it.

use std::{io::ErrorKind, path::Path, time::Duration};

use chabi_spec::Fault;
use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig, types::ValueRef};

use super::{Place, places};
use crate::{
    Written,
    value::{Row, Value},
};

/// How long a statement waits for another process, such as `chabi key rotate`, to end its transaction.
const PATIENCE: Duration = Duration::from_secs(5);
/// More than there are statements, so that each is parsed once a connection.
const CACHED_STATEMENTS: usize = 512;

/// Pages that a reader remembers, at the most, in kilobytes: with ten million people, the upper levels of the trees. A small database
/// takes no more than it has.
const READER_REMEMBERS: u32 = 32 * 1024;
/// Fewer: when a tree has grown, SQLite looks at each page that the writer remembers, at every commit (`pcache1TruncateUnsafe`).
const WRITER_REMEMBERS: u32 = 8 * 1024;

/// The one connection that writes.
pub(super) fn open_writer(place: &Place) -> Result<Connection, Fault> {
    let connection = match place {
        Place::Memory => Connection::open_in_memory().map_err(fault)?,
        Place::File(path) => {
            make_private_file(path)?;
            Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(fault)?
        }
    };
    prepare(&connection, WRITER_REMEMBERS)?;
    // A commit is durable when it answers: the log is synced at each. A checkpoint at 10,000 pages instead of 1,000 lets a page that is
    // updated in place again and again be copied back once.
    let journal: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).map_err(fault)?;
    if journal != "wal" && *place != Place::Memory {
        return Err(Fault::unavailable("opening the database file in a folder whose file system cannot share its log"));
    }
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 10000;").map_err(fault)?;
    Ok(connection)
}

/// A connection that only reads.
pub(super) fn open_reader(path: &Path) -> Result<Connection, Fault> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(fault)?;
    prepare(&connection, READER_REMEMBERS)?;
    connection.execute_batch("PRAGMA query_only = ON;").map_err(fault)?;
    Ok(connection)
}

fn prepare(connection: &Connection, remembers: u32) -> Result<(), Fault> {
    connection.busy_timeout(PATIENCE).map_err(fault)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    places::register(connection).map_err(fault)?;
    // The planner does not look at the values that are bound: otherwise it plans such a statement anew for each, and the one that
    // looks a person up cost a fifth of a whole refresh that way.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(fault)?;
    let settings = format!("PRAGMA cache_size = -{remembers}; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;");
    connection.execute_batch(&settings).map_err(fault)
}

/// The file holds hashes and sealed keys: it is its owner's alone, and SQLite gives the files beside it the same mode. One that is there is
/// not touched: to close it would give back the locks that other connections of this process hold on it, and another process that
/// ends would then take the log away from under them.
fn make_private_file(path: &Path) -> Result<(), Fault> {
    let mut options = std::fs::OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Fault::unavailable("making the database file").because(error)),
    }
}

/// Runs one statement to its end.
pub(super) fn run(connection: &Connection, sql: &str, parameters: &[Value]) -> rusqlite::Result<Written> {
    if let Some(placed) = places::placed(sql) {
        let done = run_as_it_is(connection, placed, parameters)?;
        if done.changed > 0 || !done.rows.is_empty() {
            return Ok(done);
        }
    }
    run_as_it_is(connection, sql, parameters)
}

fn run_as_it_is(connection: &Connection, sql: &str, parameters: &[Value]) -> rusqlite::Result<Written> {
    let mut statement = connection.prepare_cached(sql)?;
    for position in 1..=statement.parameter_count() {
        // SQLite numbers `$n` by first appearance: its name says which one is meant.
        let number = statement.parameter_name(position).and_then(|name| name.get(1..)?.parse::<usize>().ok());
        let value = number.and_then(|number| parameters.get(number.checked_sub(1)?));
        let value = value.ok_or_else(|| rusqlite::Error::InvalidParameterCount(position, parameters.len()))?;
        match value {
            Value::Int(value) => statement.raw_bind_parameter(position, value)?,
            Value::Bool(value) => statement.raw_bind_parameter(position, value)?,
            Value::Text(value) => statement.raw_bind_parameter(position, value)?,
            Value::Bytes(value) => statement.raw_bind_parameter(position, value)?,
        }
    }
    let width = statement.column_count();
    let writes = !statement.readonly();
    let mut found = Vec::new();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        let cells = (0..width).map(|column| row.get_ref(column).and_then(cell)).collect::<Result<_, _>>()?;
        found.push(Row::new(cells));
    }
    drop(rows);
    let changed = if writes { i64::try_from(connection.changes()).unwrap_or(i64::MAX) } else { 0 };
    Ok(Written { rows: found, changed })
}

fn cell(value: ValueRef<'_>) -> rusqlite::Result<Value> {
    Ok(match value {
        ValueRef::Null => Value::Int(None),
        ValueRef::Integer(number) => Value::Int(Some(number)),
        ValueRef::Text(text) => {
            Value::Text(Some(std::str::from_utf8(text).map_err(|error| rusqlite::Error::Utf8Error(0, error))?.to_owned()))
        }
        ValueRef::Blob(bytes) => Value::Bytes(Some(bytes.to_vec())),
        ValueRef::Real(_) => return Err(rusqlite::Error::InvalidQuery),
    })
}

/// What an error of SQLite means to the caller: trouble with the disk, the lock or memory may pass, anything else is a defect.
pub(super) fn fault(error: rusqlite::Error) -> Fault {
    let passes = matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::OutOfMemory
                | ErrorCode::ReadOnly
                | ErrorCode::FileLockingProtocolFailed
                | ErrorCode::OperationInterrupted
        )
    );
    let fault = if passes { Fault::unavailable("asking SQLite") } else { Fault::internal("asking SQLite") };
    fault.because(error)
}

#[cfg(test)]
mod tests {
    use chabi_token::Env;
    use rusqlite::StatementStatus;

    use super::*;
    use crate::{sqlite::migrate, verbs};

    /// Locks of this process on a file, as the system lists them.
    #[cfg(target_os = "linux")]
    fn locks_on(path: &Path) -> usize {
        let inode = std::os::unix::fs::MetadataExt::ino(&std::fs::metadata(path).unwrap());
        let locks = std::fs::read_to_string("/proc/locks").unwrap();
        locks.lines().filter(|line| line.contains(&format!(":{inode} "))).count()
    }

    // req: st.dur
    #[cfg(target_os = "linux")]
    #[test]
    fn a_writer_that_is_opened_again_leaves_the_locks_of_this_process_as_they_are() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("chabi.db");
        let place = Place::File(path.clone());
        let first = open_writer(&place).unwrap();
        first.execute_batch("CREATE TABLE t (n BIGINT)").unwrap();
        assert_eq!(locks_on(&path), 1, "who has the file open says so");
        let again = open_writer(&place).unwrap();
        again.execute_batch("INSERT INTO t VALUES (1)").unwrap();
        assert_eq!(locks_on(&path), 1);
        drop(first);
        assert_eq!(locks_on(&path), 1);
    }

    /// Planning one costs more than running it.
    #[test]
    fn no_statement_is_planned_again_when_other_values_are_bound() {
        let mut connection = open_writer(&Place::Memory).unwrap();
        migrate::run(&mut connection, &Env::system()).unwrap();
        for sql in verbs::statements() {
            for number in [7, 8, 9] {
                // what it finds, or that it finds no place for a row of sevens, is not what is asked here
                let _ = run(&connection, sql, &vec![Value::Int(Some(number)); 30]);
            }
            for sql in std::iter::once(sql).chain(places::placed(sql)) {
                assert_eq!(connection.prepare_cached(sql).unwrap().get_status(StatementStatus::RePrepare), 0, "{sql}");
            }
        }
    }
}
