//! An installation as commands other than `serve` need it: its configuration, secret and store, beside a server that may be running.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, ensure};
use chabi::{Builder, Chabi, Env, MasterSecret, provider::Provider, smtp::SmtpMailer};

use crate::{
    cli::{Configuration, Installation},
    config::Config,
    development::Ticket,
    secret_file::read_or_make,
};

/// The configuration of an installation; of development mode, what its folder says.
///
/// # Errors
/// What is wrong with it; nothing was named, and nothing is here.
pub fn config(installation: &Installation) -> Result<Config> {
    let found = match find_config(installation)? {
        Some(config) => return Ok(config),
        None => Config::load(None, std::env::vars()),
    };
    found.context(match Path::new(HERE).exists() {
        true => format!("no installation is named: add `--config {HERE}`"),
        false => "no installation is named: `--config FILE` names a configuration (`chabi init` writes one), and `--data FOLDER` the folder of a \
                  `chabi dev`"
            .to_owned(),
    })
}

/// The same of what was named, by option or by environment; without either, of the development server in this folder; `None` when there is
/// none.
///
/// # Errors
/// What is wrong with it.
pub fn find_config(installation: &Installation) -> Result<Option<Config>> {
    if let Some(folder) = &installation.data {
        return development(folder).map(Some);
    }
    let file = installation.configuration.config.as_deref();
    if file.is_some() || std::env::var_os("CHABI_PUBLIC_URL").is_some() {
        return serving(&installation.configuration).map(Some);
    }
    let folder = Path::new(".chabi-dev");
    if !folder.join(DATABASE).exists() {
        return Ok(None);
    }
    ensure!(
        !Path::new(HERE).exists(),
        "{HERE} and a development server's folder are both here: add `--config {HERE}` or `--data .chabi-dev`"
    );
    let config = development(folder)?;
    eprintln!("chabi: no installation is named; this is the development server's in .chabi-dev ({})", config.public_url);
    Ok(Some(config))
}

/// Reads the configuration of a server from file and environment.
///
/// # Errors
/// What is wrong with it.
pub fn serving(configuration: &Configuration) -> Result<Config> {
    Config::load(configuration.config.as_deref(), std::env::vars())
}

/// What `chabi init` writes.
const HERE: &str = "chabi.toml";
const DATABASE: &str = "chabi.db";

/// A development server of this folder, whether it runs or not.
fn development(folder: &Path) -> Result<Config> {
    let (database, shown) = (folder.join(DATABASE), folder.display());
    let url = Ticket::read(folder).filter(|url| !url.is_empty());
    ensure!(
        database.exists() || url.is_none(),
        "the development server of {shown} has another database (`chabi dev --database …`): name it with a configuration, or use the console"
    );
    ensure!(
        database.exists(),
        "{shown} is not the folder of a development server: `chabi dev --data {shown}` makes it one, and `chabi dev` says at its start \
         which folder it has"
    );
    Config::of_development(&url.unwrap_or_else(|| "http://localhost:8000".to_owned()), &database, &folder.join("secret"))
}

/// The secret of the configuration.
///
/// # Errors
/// The file is missing and may not be made, or is not good.
pub fn secret(config: &Config, env: &Env) -> Result<MasterSecret> {
    // every node of a PostgreSQL database needs the same file, so that none makes its own; and a database that is there was made with one
    let is_new = |database: PathBuf| std::fs::metadata(database).map_or(true, |found| found.len() == 0);
    read_or_make(&secret_path(config)?, config.sqlite_file()?.is_some_and(is_new), env)
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
        .development(config.development)
        .env(env.clone());
    if let Some(url) = &config.smtp_url {
        let mailer = SmtpMailer::new(url, &config.mail_from()).map_err(|error| anyhow!("smtp_url: {error}"))?;
        builder = builder.mailer(std::sync::Arc::new(mailer));
    }
    let builder = config.sites.iter().fold(builder, |builder, (id, site)| builder.site(site.site(id)));
    let providers: Vec<Provider> = config.providers.iter().map(|(id, section)| section.provider(id)).collect::<Result<_>>()?;
    config.outgoing.apply(providers.into_iter().fold(builder, Builder::provider))
}

/// The installation, opened beside a server that may be running.
///
/// # Errors
/// What is wrong with the configuration, the secret or the store.
pub async fn open(installation: &Installation) -> Result<Chabi> {
    open_config(&config(installation)?).await
}

/// The same, with its signing keys: for what verifies a token, since an installation begins to load them when it is opened.
///
/// # Errors
/// What is wrong with it; the store cannot be asked.
pub async fn open_ready(installation: &Installation) -> Result<Chabi> {
    let chabi = open(installation).await?;
    chabi.until_ready().await?;
    Ok(chabi)
}

/// The same of a configuration that was read.
///
/// # Errors
/// As [`open`].
pub async fn open_config(config: &Config) -> Result<Chabi> {
    let built = builder(config, &Env::system())?.build().await;
    built.map_err(|error| {
        let error = anyhow::Error::from(error);
        let is_locked = format!("{error:#}").contains("is locked");
        let mend = if is_locked { " (another process writes to it: try again when it has ended, a backup for instance)" } else { "" };
        error.context(match config.sqlite_file() {
            Ok(Some(file)) => format!("opening {}{mend}", file.display()),
            _ => format!("opening the database{mend}"),
        })
    })
}
