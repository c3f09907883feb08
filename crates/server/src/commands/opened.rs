//! An installation as commands other than `serve` need it: its configuration, secret and store, beside a server that may be running.

use std::path::PathBuf;

use anyhow::{Result, anyhow};
use chabi::{Builder, Chabi, Env, MasterSecret, provider::Provider, smtp::SmtpMailer};

use crate::{cli::Installation, config::Config, secret_file::read_or_make};

/// Reads the configuration from file and environment.
///
/// # Errors
/// What is wrong with it.
pub fn config(installation: &Installation) -> Result<Config> {
    Config::load(installation.config.as_deref(), std::env::vars())
}

/// The secret of the configuration.
///
/// # Errors
/// The file is missing and may not be made, or is not good.
pub fn secret(config: &Config, env: &Env) -> Result<MasterSecret> {
    // every node of a PostgreSQL database needs the same file, so that none makes its own
    read_or_make(&secret_path(config)?, config.sqlite_file()?.is_some(), env)
}

/// Where that secret is, or will be.
///
/// # Errors
/// The database is neither of ours.
pub fn secret_path(config: &Config) -> Result<PathBuf> {
    Ok(match (&config.secret_file, config.sqlite_file()?) {
        (Some(path), _) => path.clone(),
        (None, Some(database)) => database.with_extension("secret"),
        (None, None) => PathBuf::from("chabi.secret"),
    })
}

/// The database as the store opens it.
///
/// # Errors
/// It is neither of ours.
pub fn database_url(config: &Config) -> Result<String> {
    Ok(match config.sqlite_file()? {
        Some(path) => format!("sqlite:{}", path.display()),
        None => config.database_url.clone(),
    })
}

/// A builder with everything that the configuration says.
///
/// # Errors
/// What is wrong with it.
pub fn builder(config: &Config, env: &Env) -> Result<Builder> {
    let mut builder = Chabi::builder(&config.public_url)
        .store_url(database_url(config)?)
        .master_secret(secret(config, env)?)
        .site_name(&config.site.name)
        .sign_up_open(config.sign_up.open)
        .require_pushed_authorization_requests(config.authorization.require_pushed_requests)
        .require_dpop_nonces(config.authorization.require_dpop_nonces)
        .most_grants(config.authorization.most_grants)
        .registration(config.registration.settings(&config.client_id_documents)?)
        .env(env.clone());
    if let Some(url) = &config.smtp_url {
        let mailer = SmtpMailer::new(url, &config.mail_from()).map_err(|error| anyhow!("smtp_url: {error}"))?;
        builder = builder.mailer(std::sync::Arc::new(mailer));
    }
    let builder = config.sites.iter().fold(builder, |builder, (id, site)| builder.site(site.site(id)));
    let providers: Vec<Provider> = config.providers.iter().map(|(id, section)| section.provider(id)).collect::<Result<_>>()?;
    config.outgoing.apply(providers.into_iter().fold(builder, Builder::provider))
}

/// The installation, opened.
///
/// # Errors
/// What is wrong with the configuration, the secret or the store.
pub async fn open(installation: &Installation) -> Result<(Chabi, MasterSecret, Env)> {
    let env = Env::system();
    let config = config(installation)?;
    let chabi = builder(&config, &env)?.build().await?;
    Ok((chabi, secret(&config, &env)?, env))
}
