//! `chabi init` and `chabi doctor`: from nothing to an installation that is in order.

use std::path::PathBuf;

use clap::Args;

use super::Installation;

/// `chabi init`.
#[derive(Debug, Args)]
pub struct Init {
    /// The issuer, and where people will reach it: `https://id.example.org`, no slash at the end. It never changes.
    pub public_url: String,
    /// The folder to write `chabi.toml` and `chabi.secret` into.
    #[arg(long, default_value = ".")]
    pub folder: PathBuf,
    /// `postgres://…` for many nodes; by default a SQLite file in the folder. A password in it is written into `chabi.toml` (0600).
    #[arg(long)]
    pub database: Option<String>,
    /// Address or network of the proxy in front, whose `X-Forwarded-For` is believed. May be given several times.
    #[arg(long = "proxy")]
    pub proxies: Vec<String>,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8000")]
    pub listen: std::net::SocketAddr,
    /// The name of the site, on pages and in mails.
    #[arg(long, default_value = "Chabi")]
    pub name: String,
}

/// `chabi doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Which installation.
    #[command(flatten)]
    pub installation: Installation,
    /// For programs: a JSON array of findings.
    #[arg(long)]
    pub json: bool,
}
