//! `chabi serve`: production.

use std::convert::identity;

use anyhow::Result;
use axum::Router;
use chabi::Env;

use super::opened;
use crate::{
    cli::Configuration,
    http::{connections::Connections, open_files, tls::Tls},
    running::{self, Door, Running, Told},
    telemetry,
};

/// Serves until SIGTERM or SIGINT. Listens first; keys are made or read while connections wait.
///
/// # Errors
/// Before it serves: what is wrong with the configuration, the secret, the store or the address.
pub async fn run(configuration: &Configuration) -> Result<()> {
    let config = opened::serving(configuration)?;
    let _log = telemetry::begin(config.log.format, &config.log.level)?;
    open_files::allow(config.connections.most);
    let connections = Connections::new(config.connections.bounds(), config.trusted_proxies()?);
    let listeners = running::bind(&config.listen, "stop what uses it, or choose another with `listen` in the configuration").await?;
    let tls = config.tls.as_ref().map(|section| Tls::begin(section.files(), config.host())).transpose()?;
    let env = Env::system();
    let chabi = opened::builder(&config, &env)?.build().await?;
    let database = chabi.store().engine().version().await?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), issuer = chabi.issuer(), database, listen = ?config.listen, tls = tls.is_some(), "serving");
    if config.smtp_url.is_none() {
        tracing::warn!("no smtp_url: mails (proof of an e-mail address, notices) cannot be sent");
    }
    let told = Told::listen()?;
    Running::begin(Door { listeners, connections, tls }, &chabi, Router::new(), identity).until_told_to_stop(told).await;
    Ok(())
}
