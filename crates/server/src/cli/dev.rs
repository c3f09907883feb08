//! `chabi dev`.

use std::{net::IpAddr, path::PathBuf};

use clap::{Args, Subcommand};

/// `chabi dev`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Dev {
    /// Something with a development server in place of running one.
    #[command(subcommand)]
    pub command: Option<DevCommand>,
    /// How to run it.
    #[command(flatten)]
    pub options: DevOptions,
}

/// How development mode runs.
#[derive(Clone, Debug, Args)]
pub struct DevOptions {
    /// The port on this machine.
    #[arg(long, default_value_t = 8000)]
    pub port: u16,
    /// The folder for the database and the secret; delete it to begin anew.
    #[arg(long, default_value = ".chabi-dev")]
    pub data: PathBuf,
    /// The address to listen at: one of this machine's own, no other.
    #[arg(long)]
    pub host: Option<IpAddr>,
    /// A database other than the SQLite file in the folder, such as `postgres://…`.
    #[arg(long)]
    pub database: Option<String>,
    /// The issuer, when it is not `http://localhost` and the port: a name that leads to this machine, or a proxy's in front.
    #[arg(long)]
    pub public_url: Option<String>,
    /// Speak TLS with this certificate (PEM, with those between it and its authority).
    #[arg(long, requires = "tls_key")]
    pub tls_certificate: Option<PathBuf>,
    /// Its private key (PEM).
    #[arg(long, requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,
    /// A private `host:port` that may be called, such as that of a test application's keys. May be given several times.
    #[arg(long = "allow-outgoing")]
    pub allowed_hosts: Vec<String>,
    /// A PEM file of an authority to trust in outgoing calls beside the system's. May be given several times.
    #[arg(long = "ca-certificate")]
    pub ca_certificates: Vec<PathBuf>,
    /// People, applications and APIs to make, or to bring up to date: a TOML file.
    #[arg(long)]
    pub seed: Option<PathBuf>,
    /// None of the fake providers on the sign-in page.
    #[arg(long)]
    pub no_providers: bool,
}

impl DevOptions {
    /// Everything as it is by default, in this folder and at this port.
    pub fn at(port: u16, data: PathBuf) -> Self {
        Self {
            port,
            data,
            host: None,
            database: None,
            public_url: None,
            tls_certificate: None,
            tls_key: None,
            allowed_hosts: Vec::new(),
            ca_certificates: Vec::new(),
            seed: None,
            no_providers: false,
        }
    }

    /// The issuer.
    pub fn public_url(&self) -> String {
        let scheme = if self.tls_certificate.is_some() { "https" } else { "http" };
        self.public_url.clone().unwrap_or_else(|| format!("{scheme}://localhost:{}", self.port))
    }
}

/// What to do with a development server.
#[derive(Debug, Subcommand)]
pub enum DevCommand {
    /// Runs the whole flow by script: sign-in, code, token, API, refresh, logout, and what must be refused.
    Check {
        /// Of a running server; without it, one is started for the check and stopped after it.
        #[arg(long)]
        url: Option<String>,
    },
    /// Signs a test person in at the running server, and prints their access token.
    Token {
        /// Whose: ada, bina.
        #[arg(long, default_value = "ada")]
        person: String,
        /// For what.
        #[arg(long, default_value = "openid notes:read")]
        scope: String,
        /// For which API; the demo API by default.
        #[arg(long, visible_alias = "aud")]
        resource: Option<String>,
        /// Of the running server; by default what the folder says.
        #[arg(long)]
        url: Option<String>,
        /// The folder of the running server.
        #[arg(long, default_value = ".chabi-dev")]
        data: PathBuf,
    },
}
