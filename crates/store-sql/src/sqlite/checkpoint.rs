//! The log's way back into the database, beside the writer: where each page is changed by another caller, copying ten thousand of them and
//! their sync take a tenth of a second, and no commit should wait for that.
//!
//! A log begins anew once all of it is copied and nothing was written meanwhile. So a thread of its own copies what is there; when little
//! has come in the meantime, the writer copies that itself, between two commits.

use std::{
    ffi::c_int,
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread::JoinHandle,
    time::Duration,
};

use chabi_spec::Fault;
use rusqlite::{Connection, MAIN_DB, hooks::Wal, wal::CheckpointMode};

use super::connection;

/// After a copy that failed: what was wrong with the disk is wrong for a moment.
const PAUSE: Duration = Duration::from_secs(1);

/// How long the log may be, in pages.
#[derive(Clone, Copy, Debug)]
struct Sizes {
    /// From here it is copied. A page that is changed again and again is copied once.
    due: c_int,
    /// So much is left to the writer.
    little: c_int,
    /// From here the writer copies all of it itself: on a disk that is too slow for both, the log does not grow for ever.
    most: c_int,
}

const SIZES: Sizes = Sizes { due: 10_000, little: 1_000, most: 40_000 };

/// Who copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Nobodys,
    Threads,
    Writers,
}

/// What the writing connection tells after each commit.
#[derive(Clone, Debug)]
pub(super) struct Log {
    sizes: Sizes,
    turn: Arc<Mutex<Turn>>,
    ask: SyncSender<()>,
}

/// Starts the thread for this file. It ends when the last [`Log`] is gone, those of watched connections too.
///
/// # Errors
/// An unavailable fault when the file cannot be opened or the thread not started.
pub(super) fn start(path: &Path) -> Result<(Log, JoinHandle<()>), Fault> {
    start_with(path, SIZES)
}

fn start_with(path: &Path, sizes: Sizes) -> Result<(Log, JoinHandle<()>), Fault> {
    let connection = connection::open_copier(path)?;
    let (ask, asked) = sync_channel(1);
    let log = Log { sizes, turn: Arc::new(Mutex::new(Turn::Nobodys)), ask };
    let turn = Arc::clone(&log.turn);
    let thread = std::thread::Builder::new().name("chabi-sqlite-log".into()).spawn(move || serve(&asked, &connection, sizes, &turn));
    Ok((log, thread.map_err(|error| Fault::unavailable("starting the thread that copies the log").because(error))?))
}

impl Log {
    /// Copies the log of what this connection writes from now on.
    ///
    /// # Errors
    /// SQLite's.
    pub(super) fn watch(&self, connection: &mut Connection) -> rusqlite::Result<()> {
        let log = self.clone();
        connection.wal_hook(Some(move |wal: &mut Wal, pages| {
            // The commit is durable: whatever comes of this, it is no error of the commit's.
            if log.is_the_writers(pages)
                && let Err(error) = wal.checkpoint()
            {
                tracing::debug!(%error, "the log is copied later");
            }
            Ok(())
        }))
    }

    /// After a commit that left so many pages in the log. Asks the thread where it is due, and says whether the writer is to copy.
    fn is_the_writers(&self, pages: c_int) -> bool {
        let mut turn = lock(&self.turn);
        match *turn {
            Turn::Threads => false,
            Turn::Writers => {
                *turn = Turn::Nobodys;
                true
            }
            Turn::Nobodys if pages >= self.sizes.most => true,
            Turn::Nobodys => {
                if pages >= self.sizes.due && self.ask.try_send(()).is_ok() {
                    *turn = Turn::Threads;
                }
                false
            }
        }
    }
}

fn lock(turn: &Mutex<Turn>) -> MutexGuard<'_, Turn> {
    turn.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(asked: &Receiver<()>, connection: &Connection, sizes: Sizes, turn: &Mutex<Turn>) {
    while asked.recv().is_ok() {
        let next = match connection.wal_checkpoint_v2(Some(MAIN_DB), CheckpointMode::PASSIVE) {
            // what a reader still needs stays, and is more than little
            Ok((pages, copied)) if pages.saturating_sub(copied) <= sizes.little => Turn::Writers,
            Ok(_) => Turn::Nobodys,
            Err(error) => {
                tracing::warn!(%error, counter.store_checkpoints_failed = 1, "the log could not be copied into the database; it stays and is copied later");
                if asked.recv_timeout(PAUSE) == Err(RecvTimeoutError::Disconnected) {
                    return;
                }
                Turn::Nobodys
            }
        };
        *lock(turn) = next;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::sqlite::Place;

    const SMALL: Sizes = Sizes { due: 50, little: 20, most: 100_000 };

    struct Watched {
        directory: tempfile::TempDir,
        writer: Connection,
        log: Log,
        thread: JoinHandle<()>,
    }

    fn writer(path: &Path) -> Connection {
        let writer = connection::open_writer(&Place::File(path.to_owned())).unwrap();
        writer.execute_batch("CREATE TABLE t (n INTEGER PRIMARY KEY, bytes BLOB)").unwrap();
        writer
    }

    fn write(writer: &Connection, rows: std::ops::Range<i64>) {
        for n in rows {
            writer.execute("INSERT INTO t VALUES (?1, randomblob(4000))", [n]).unwrap();
        }
    }

    fn watched(sizes: Sizes) -> Watched {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("chabi.db");
        let mut writer = writer(&path);
        let (log, thread) = start_with(&path, sizes).unwrap();
        log.watch(&mut writer).unwrap();
        Watched { directory, writer, log, thread }
    }

    impl Watched {
        /// Writes rows of a page each, until so many are there.
        fn write_to(&self, end: i64) {
            write(&self.writer, self.count()..end);
        }

        fn count(&self) -> i64 {
            self.writer.query_row("SELECT COUNT(*) FROM t", [], |row| row.get(0)).unwrap()
        }

        /// Pages in the log, and how many of them are copied.
        fn log(&self) -> (c_int, c_int) {
            let other = connection::open_copier(&self.directory.path().join("chabi.db")).unwrap();
            other.wal_checkpoint_v2(Some(MAIN_DB), CheckpointMode::PASSIVE).unwrap()
        }

        fn log_size(&self) -> u64 {
            std::fs::metadata(self.directory.path().join("chabi.db-wal")).unwrap().len()
        }
    }

    #[test]
    fn the_thread_copies_what_is_there_and_leaves_the_rest_to_the_writer() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("chabi.db");
        let writer = writer(&path);
        write(&writer, 0..200);
        let size = || std::fs::metadata(&path).unwrap().len();
        assert!(size() < 800_000, "it is in the log");
        let (ask, asked) = sync_channel(1);
        ask.send(()).unwrap();
        drop(ask);
        let turn = Mutex::new(Turn::Threads);
        serve(&asked, &connection::open_copier(&path).unwrap(), SMALL, &turn);
        assert!(size() > 800_000, "it is in the database");
        assert_eq!(*lock(&turn), Turn::Writers);
    }

    /// The file does not shrink: it is as long as the log ever was.
    #[test]
    fn a_log_that_is_due_is_copied_and_begins_anew_while_writing_goes_on() {
        let watched = watched(SMALL);
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut rows = 0;
        while rows < 1_000 || watched.log_size() > u64::try_from(rows).unwrap() * 2_000 {
            assert!(Instant::now() < deadline, "after {rows} rows the log has {} bytes", watched.log_size());
            rows += 500;
            watched.write_to(rows);
        }
        assert_eq!(watched.count(), rows);
    }

    #[test]
    fn the_thread_is_asked_once_and_the_writer_copies_what_is_little_or_too_much() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("chabi.db");
        drop(writer(&path));
        let (ask, asked) = sync_channel(1);
        let log = Log { sizes: Sizes { most: 200, ..SMALL }, turn: Arc::new(Mutex::new(Turn::Nobodys)), ask };
        assert!(!log.is_the_writers(49) && asked.try_recv().is_err(), "not due");
        assert!(!log.is_the_writers(50) && asked.try_recv().is_ok(), "due");
        assert!(!log.is_the_writers(500) && asked.try_recv().is_err(), "the thread is at it");
        *lock(&log.turn) = Turn::Writers;
        assert!(log.is_the_writers(60) && !log.is_the_writers(10), "once");
        // the thread was done, and too much had come meanwhile
        assert!(log.is_the_writers(200) && asked.try_recv().is_err());
    }

    #[test]
    fn what_a_reader_needs_stays_in_the_log_until_it_is_done() {
        let watched = watched(SMALL);
        watched.write_to(100);
        let reader = Connection::open(watched.directory.path().join("chabi.db")).unwrap();
        let before = reader.unchecked_transaction().unwrap();
        let count = || reader.query_row("SELECT COUNT(*) FROM t", [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(count(), 100);
        watched.write_to(400);
        assert_eq!(count(), 100, "a reader sees what it saw");
        assert!(watched.log().0 > 300, "{:?}", watched.log());
        before.finish().unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        let mut end = 401;
        while watched.log().0 > 300 {
            assert!(Instant::now() < deadline, "the log never began anew: {:?}", watched.log());
            watched.write_to(end);
            end += 1;
        }
        assert_eq!(count(), end - 1);
    }

    #[test]
    fn the_thread_ends_with_the_last_connection_and_nothing_is_left_in_the_log() {
        let Watched { directory, writer, log, thread } = watched(SMALL);
        write(&writer, 0..200);
        drop((writer, log));
        thread.join().unwrap();
        assert!(!directory.path().join("chabi.db-wal").exists());
    }
}
