//! `chabi init` and `chabi doctor`: from nothing to an installation that is in order.

use std::path::PathBuf;

use clap::Args;

use super::Asked;

/// `chabi init`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  chabi init https://id.example.org --folder /etc/chabi --proxy 10.0.0.5\n  chabi init http://localhost:9893"
)]
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
    /// Where to listen; by default at the port of an issuer of this machine, and else at 127.0.0.1:8000, where a proxy must lead.
    #[arg(long)]
    pub listen: Option<std::net::SocketAddr>,
    /// The name of the site, on pages and in mails.
    #[arg(long, default_value = "Chabi")]
    pub name: String,
}

/// `chabi doctor`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  chabi doctor --config chabi.toml\n  chabi doctor --data .chabi-dev --json")]
pub struct Doctor {
    /// Which installation.
    #[command(flatten)]
    pub asked: Asked,
}
