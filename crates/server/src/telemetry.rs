//! The log: to standard error, so that standard output is for people.

use std::sync::OnceLock;

use anyhow::{Context as _, Result, anyhow};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::{
    config::LogFormat,
    log_writer::{LogEnd, LogWriter},
};

/// Where lines of JSON go that need nobody's help to be written: one for each request.
static JSON_LINES: OnceLock<LogWriter> = OnceLock::new();

/// The log, when its lines are JSON.
pub fn json_lines() -> Option<LogWriter> {
    JSON_LINES.get().cloned()
}

/// Sets up the log for the whole process, once. Its last lines are written when what it returns is dropped.
///
/// # Errors
/// The level cannot be read.
pub fn begin(format: LogFormat, level: &str) -> Result<LogEnd> {
    let filter: EnvFilter = level.parse().map_err(|error| anyhow!("log.level: {error}"))?;
    let registry = tracing_subscriber::registry().with(filter);
    let (writer, end) = LogWriter::begin(std::io::stderr()).context("the log cannot begin")?;
    if format == LogFormat::Json {
        // set once, as the log itself is
        let _ = JSON_LINES.set(writer.clone());
    }
    let writer = move || writer.clone();
    match format {
        LogFormat::Json => registry.with(fmt::layer().json().flatten_event(true).with_writer(writer)).try_init(),
        LogFormat::Text => registry.with(fmt::layer().compact().with_ansi(false).with_writer(writer)).try_init(),
    }
    .map_err(|error| anyhow!("the log cannot begin: {error}"))?;
    Ok(end)
}
