//! `chabi config check`.

use std::process::ExitCode;

use anyhow::Result;
use chabi::Env;
use serde_json::json;

use super::{opened, operation};
use crate::cli::Asked;

/// Says whether the configuration is good. Opens no database and no port, and makes no file.
///
/// # Errors
/// What is wrong with it.
pub fn run(asked: &Asked) -> Result<ExitCode> {
    let config = opened::config(&asked.installation)?;
    config.sqlite_file()?;
    if config.secret_file.as_ref().is_some_and(|path| path.exists()) {
        opened::secret(&config, &Env::system())?;
    }
    if let Some(words) = config.tls.as_ref().map(|tls| tls.files().check(config.host())).transpose()?.flatten() {
        eprintln!("warning: {words}");
    }
    let said = json!({ "issuer": config.public_url, "providers": config.providers.keys().collect::<Vec<_>>() });
    let words = format!("in order: issuer {}, {} provider(s)\n", config.public_url, config.providers.len());
    operation::told(Ok(said), asked.json, |_| words)
}
