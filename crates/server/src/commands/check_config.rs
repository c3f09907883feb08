//! `chabi config check`.

use anyhow::Result;
use chabi::Env;

use super::opened;
use crate::cli::Installation;

/// Says whether the configuration is good. Opens no database and no port, and makes no file.
///
/// # Errors
/// What is wrong with it.
pub fn run(installation: &Installation) -> Result<()> {
    let config = opened::config(installation)?;
    config.sqlite_file()?;
    if config.secret_file.as_ref().is_some_and(|path| path.exists()) {
        opened::secret(&config, &Env::system())?;
    }
    if let Some(words) = config.tls.as_ref().map(|tls| tls.files().check(config.host())).transpose()?.flatten() {
        eprintln!("warning: {words}");
    }
    println!("in order: issuer {}, {} provider(s)", config.public_url, config.providers.len());
    Ok(())
}
