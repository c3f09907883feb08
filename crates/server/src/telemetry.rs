//! The log: to standard error, so that standard output is for people.

use anyhow::{Result, anyhow};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::config::LogFormat;

/// Sets up the log for the whole process, once.
///
/// # Errors
/// The level cannot be read.
pub fn begin(format: LogFormat, level: &str) -> Result<()> {
    let filter: EnvFilter = level.parse().map_err(|error| anyhow!("log.level: {error}"))?;
    let registry = tracing_subscriber::registry().with(filter);
    match format {
        LogFormat::Json => registry.with(fmt::layer().json().flatten_event(true).with_writer(std::io::stderr)).try_init(),
        LogFormat::Text => registry.with(fmt::layer().compact().with_ansi(false).with_writer(std::io::stderr)).try_init(),
    }
    .map_err(|error| anyhow!("the log cannot begin: {error}"))
}
