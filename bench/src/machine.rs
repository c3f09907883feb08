//! The machine, in two lines.

use std::fs;

use anyhow::{Context as _, Result};

/// CPU, cores, kernel; and the disk's file system.
#[must_use]
pub fn description() -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find(|line| line.starts_with("model name")).and_then(|line| line.split_once(": "));
    let model = model.map_or("unknown CPU", |(_, model)| model);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let cores = cpus.lines().filter(|line| line.starts_with("processor")).count();
    format!("{model}, {cores} cores, Linux {}\ndatabases on {}; load average {}", kernel.trim(), disk(), load_average())
}

/// Of the last minute, five and fifteen: a busy machine measures its neighbours.
#[must_use]
pub fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// Memory that it has.
///
/// # Errors
/// It does not say.
pub fn memory_megabytes() -> Result<u32> {
    let text = fs::read_to_string("/proc/meminfo").context("reading /proc/meminfo")?;
    let kilobytes = text.lines().find_map(|line| line.strip_prefix("MemTotal:")).and_then(|rest| rest.split_whitespace().next());
    let kilobytes: u32 = kilobytes.context("MemTotal")?.parse()?;
    Ok(kilobytes / 1024)
}

/// The file system that holds the folder for temporary files.
fn disk() -> String {
    let folder = std::env::temp_dir();
    let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
    let holding = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ');
        let (device, place, kind) = (fields.next()?, fields.next()?, fields.next()?);
        folder.starts_with(place).then_some((place.len(), device, kind))
    });
    holding.max_by_key(|(depth, ..)| *depth).map_or_else(|| "an unknown disk".to_owned(), |(_, device, kind)| format!("{kind} ({device})"))
}
