//! Where the lines of the log wait for standard error: no request waits for whoever reads it.
//!
//! A thread takes what has gathered every [`PAUSE`], or when there is much of it, and writes it in one piece. At most [`MOST_WAITING`] bytes
//! wait; lines beyond that are dropped, counted, and the count is a line of its own. At the end all that waits is written.

use std::{
    io::{self, Write},
    mem,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::Duration,
};

/// How long a line waits for others at the most.
const PAUSE: Duration = Duration::from_millis(50);
/// So many bytes are written at once, whatever the time.
const ENOUGH: usize = 64 * 1024;
/// More bytes do not wait: whoever reads the log has stopped.
const MOST_WAITING: usize = 4 * 1024 * 1024;
/// At the end, a reader that has stopped is waited for so long.
const LONGEST_END: Duration = Duration::from_secs(2);

/// Takes lines. Cheap to clone.
#[derive(Clone)]
pub struct LogWriter(Arc<Shared>);

/// Writes what waits, and ends the thread, when it is dropped.
#[must_use]
pub struct LogEnd {
    shared: Arc<Shared>,
    ended: Receiver<()>,
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    dropped: u64,
    ending: bool,
}

impl LogWriter {
    /// Begins the thread that writes to `out`.
    ///
    /// # Errors
    /// There is no thread to be had.
    pub fn begin(out: impl Write + Send + 'static) -> io::Result<(Self, LogEnd)> {
        let shared = Arc::new(Shared::default());
        let (ending, ended) = channel();
        let of_thread = Arc::clone(&shared);
        thread::Builder::new().name("log".to_owned()).spawn(move || write_all(&of_thread, out, ending))?;
        Ok((Self(Arc::clone(&shared)), LogEnd { shared, ended }))
    }
}

impl Write for LogWriter {
    /// One line a call, as `tracing` writes them.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.bytes.len() + line.len() > MOST_WAITING {
            waiting.dropped += 1;
            return Ok(line.len());
        }
        let before = waiting.bytes.len();
        waiting.bytes.extend_from_slice(line);
        let wakes = before == 0 || (before < ENOUGH && waiting.bytes.len() >= ENOUGH);
        drop(waiting);
        if wakes {
            self.0.changed.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for LogEnd {
    fn drop(&mut self) {
        self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner).ending = true;
        self.shared.changed.notify_one();
        // the thread gives its sender up when all is written
        let _ = self.ended.recv_timeout(LONGEST_END);
    }
}

fn write_all(shared: &Shared, mut out: impl Write, _ending: Sender<()>) {
    let mut taken = Waiting::default();
    while !taken.ending {
        taken.bytes.clear();
        take(shared, &mut taken);
        if taken.dropped > 0 {
            let line = format!("{{\"level\":\"WARN\",\"message\":\"lines of the log were dropped\",\"dropped\":{}}}\n", taken.dropped);
            taken.bytes.extend_from_slice(line.as_bytes());
        }
        // where the log itself cannot be written there is nobody to tell
        let _ = out.write_all(&taken.bytes).and_then(|()| out.flush());
    }
}

/// Waits for lines, a little for more of them, and takes all.
fn take(shared: &Shared, taken: &mut Waiting) {
    let waiting = shared.waiting.lock().unwrap_or_else(PoisonError::into_inner);
    let first = shared.changed.wait_while(waiting, |waiting| waiting.bytes.is_empty() && !waiting.ending);
    let waiting = first.unwrap_or_else(PoisonError::into_inner);
    let more = shared.changed.wait_timeout_while(waiting, PAUSE, |waiting| waiting.bytes.len() < ENOUGH && !waiting.ending);
    let (mut waiting, _) = more.unwrap_or_else(PoisonError::into_inner);
    mem::swap(&mut waiting.bytes, &mut taken.bytes);
    taken.dropped = mem::take(&mut waiting.dropped);
    taken.ending = waiting.ending;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keeps what is written; the first write waits until the test lets it go on.
    struct SlowReader {
        goes_on: Option<Receiver<()>>,
        read: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for SlowReader {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if let Some(goes_on) = self.goes_on.take() {
                let _ = goes_on.recv();
            }
            self.read.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn all_that_waits_is_written_at_the_end() {
        let read = Arc::default();
        let (mut writer, end) = LogWriter::begin(SlowReader { goes_on: None, read: Arc::clone(&read) }).unwrap();
        for line in 0..1_000 {
            writeln!(writer, "{line}").unwrap();
        }
        drop(end);
        assert!(String::from_utf8(read.lock().unwrap().clone()).unwrap().ends_with("998\n999\n"));
    }

    // req: dos.limits
    #[test]
    fn a_reader_that_has_stopped_holds_nobody_up_and_what_was_dropped_is_counted() {
        let (go_on, goes_on) = channel();
        let read = Arc::default();
        let (mut writer, end) = LogWriter::begin(SlowReader { goes_on: Some(goes_on), read: Arc::clone(&read) }).unwrap();
        let line = [b'x'; 1_024];
        for _ in 0..3 * MOST_WAITING / line.len() {
            writer.write_all(&line).unwrap();
        }
        go_on.send(()).unwrap();
        drop(end);
        let read = read.lock().unwrap();
        assert!(read.len() <= 2 * MOST_WAITING + 1_024, "{} bytes", read.len());
        assert!(String::from_utf8_lossy(&read).contains("lines of the log were dropped"));
    }
}
