//! CPU that processes have used, as Linux counts it.

use std::{fs, time::Duration};

use anyhow::{Context as _, Result};

/// `/proc` counts in hundredths of a second on every Linux that we know.
const TICK: Duration = Duration::from_millis(10);

/// CPU of a server, and of the database beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cpu {
    /// The server's own process.
    pub server: Duration,
    /// The database's processes; zero when it is in the server's.
    pub database: Duration,
}

impl Cpu {
    /// What was used since `before`.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self { server: self.server.saturating_sub(before.server), database: self.database.saturating_sub(before.database) }
    }
}

/// Of one process, with all its threads.
///
/// # Errors
/// It is gone.
pub fn of_process(pid: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).with_context(|| format!("process {pid} is gone"))?;
    Ok(TICK * ticks(&stat, 0).context("utime and stime")?)
}

/// Of a process, of its living children, and of those that it has waited for.
///
/// # Errors
/// It is gone.
pub fn of_family(pid: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).with_context(|| format!("process {pid} is gone"))?;
    let mut sum = ticks(&stat, 0).context("utime and stime")? + ticks(&stat, 2).context("cutime and cstime")?;
    for entry in fs::read_dir("/proc")?.flatten() {
        // a process that ends while we look is counted by its parent
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        if fields(&stat).nth(1).and_then(|parent| parent.parse().ok()) == Some(pid) {
            sum += ticks(&stat, 0).unwrap_or(0);
        }
    }
    Ok(TICK * sum)
}

/// Of the thread that asks, exact to the nanosecond.
///
/// # Errors
/// The kernel does not count it.
pub fn of_this_thread() -> Result<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").context("this kernel has no schedstat")?;
    let nanoseconds = text.split(' ').next().and_then(|number| number.parse().ok()).context("schedstat")?;
    Ok(Duration::from_nanos(nanoseconds))
}

/// Memory in use (resident), in kilobytes.
///
/// # Errors
/// The process is gone.
pub fn resident_kilobytes(pid: u32) -> Result<u32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).with_context(|| format!("process {pid} is gone"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
    line.split_whitespace().next().and_then(|number| number.parse().ok()).context("kilobytes of VmRSS")
}

/// Microseconds for each of so many.
#[must_use]
pub fn micros_each(used: Duration, count: u32) -> f64 {
    used.as_secs_f64() * 1e6 / f64::from(count.max(1))
}

/// What follows the name, which may hold spaces: state, parent, …
fn fields(stat: &str) -> std::str::SplitWhitespace<'_> {
    stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace()
}

/// The sum of utime and stime (`from` 0) or cutime and cstime (2).
fn ticks(stat: &str, from: usize) -> Option<u32> {
    let mut both = fields(stat).skip(11 + from).map_while(|number| number.parse::<u32>().ok());
    Some(both.next()? + both.next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_spaces_and_brackets_does_not_shift_the_fields() {
        let stat = "7 (a b) c) S 3 7 7 0 -1 0 0 0 0 0 100 20 5 4 20 0 1 0";
        assert_eq!((ticks(stat, 0), ticks(stat, 2)), (Some(120), Some(9)));
        assert_eq!(fields(stat).nth(1), Some("3"));
    }

    #[test]
    fn work_of_this_thread_is_counted() {
        let before = of_this_thread().unwrap();
        let mut sum = 0_u64;
        while of_this_thread().unwrap() < before + Duration::from_millis(1) {
            sum = std::hint::black_box(sum + 1);
        }
        assert!(sum > 0 && of_process(std::process::id()).is_ok() && resident_kilobytes(std::process::id()).unwrap() > 0);
    }
}
