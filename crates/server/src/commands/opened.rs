//! An installation as commands other than `serve` need it: its configuration, secret and store, beside a server that may be running.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use chabi::{Builder, Chabi, Env, MasterSecret, provider::Provider, smtp::SmtpMailer};

use crate::{cli::Installation, config::Config, development::Ticket, secret_file::read_or_make};

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

/// The development server of the folder that was named, or else the installation.
///
/// # Errors
/// What is wrong with either.
pub async fn open_named(installation: &Installation, data: Option<&Path>) -> Result<Chabi> {
    match data {
        Some(folder) => development(folder).await,
        None => Ok(open(installation).await?.0),
    }
}

/// What was named, by option or by environment; without either, the development server of this folder; `None` when there is none.
///
/// # Errors
/// What is wrong with it.
pub async fn find(installation: &Installation, data: Option<&Path>) -> Result<Option<Chabi>> {
    let here = Path::new(".chabi-dev");
    let named = data.is_some() || installation.config.is_some() || std::env::var_os("CHABI_PUBLIC_URL").is_some();
    match named {
        true => open_named(installation, data).await.map(Some),
        false if here.join("chabi.db").exists() => development(here).await.map(Some),
        false => Ok(None),
    }
}

/// A development server of this folder, opened beside it.
async fn development(folder: &Path) -> Result<Chabi> {
    let env = Env::system();
    let secret = read_or_make(&folder.join("secret"), false, &env)?;
    let url = Ticket::read(folder).filter(|url| !url.is_empty()).unwrap_or_else(|| "http://localhost:8000".to_owned());
    let database = format!("sqlite:{}", folder.join("chabi.db").display());
    let builder = Chabi::builder(url).store_url(database).master_secret(secret).development(true).env(env);
    builder.build().await.with_context(|| format!("opening {}", folder.display()))
}
