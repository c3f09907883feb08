//! The command line.

mod admin;
mod application;
mod installing;
mod operation;

use std::{net::IpAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};

pub use admin::Admin;
pub use application::{AddApplication, Application, InitialToken};
pub use installing::{Doctor, Init};
pub use operation::{Input, Noun, Run};

/// Chabi: the login and token server that an app team runs itself.
#[derive(Debug, Parser)]
#[command(name = "chabi", version, about, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What there is to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Development mode: server, demo app and API, fake Google, Facebook, Apple, GitHub and Microsoft, on loopback, nothing to configure.
    Dev(Dev),
    /// Serves in production.
    Serve(Installation),
    /// Writes a configuration for production, and the installation's secret.
    Init(Init),
    /// Looks at an installation from all sides, and says how to mend what is not in order: exit code 0 or 1.
    Doctor(Doctor),
    /// Signing keys.
    #[command(subcommand)]
    Key(Key),
    /// Applications: OAuth clients.
    #[command(subcommand, visible_alias = "client")]
    Application(Application),
    /// APIs that tokens are for.
    #[command(subcommand)]
    Api(Api),
    /// People's accounts.
    #[command(subcommand, visible_alias = "user")]
    Account(Account),
    /// Sites: further issuers of this installation.
    Site(Noun),
    /// Social applications: our id and secret at the providers that people sign in with.
    Provider(Noun),
    /// Browser sessions.
    Session(Noun),
    /// The audit log.
    Audit(Noun),
    /// Any operation of the console and the API, by its name.
    Run(Run),
    /// Who runs the installation: the way in for the first owner, and roles.
    #[command(subcommand)]
    Admin(Admin),
    /// The configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Tokens.
    #[command(subcommand)]
    Token(Token),
    /// Takes back what was issued, at once; an audit event tells of it.
    Revoke(Revoke),
    /// Why a request was refused, by its id; what an error code means; without either, the latest refusals.
    Why(Why),
    /// Writes a script by which a shell completes this command line: `source <(chabi completion bash)`.
    Completion {
        /// For which shell.
        shell: clap_complete::Shell,
    },
    /// Asks a running server whether it is ready: exit code 0 or 1.
    Healthcheck {
        /// Which installation: the server is asked where its configuration lets it listen.
        #[command(flatten)]
        installation: Installation,
        /// Where it listens, in place of what the configuration says.
        #[arg(long)]
        url: Option<String>,
    },
}

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

/// Which installation.
#[derive(Clone, Debug, Args)]
pub struct Installation {
    /// The configuration file; without it, the environment alone (CHABI_PUBLIC_URL and so on).
    #[arg(long, env = "CHABI_CONFIG")]
    pub config: Option<PathBuf>,
}

/// `chabi key`.
#[derive(Debug, Subcommand)]
pub enum Key {
    /// Makes new signing keys; a running server uses them after everybody had time to fetch them.
    Rotate(Installation),
    /// For an emergency: new keys sign at once, the older ones are withdrawn, and every token that they signed is refused.
    ReplaceCompromised(Installation),
    /// The published keys.
    List(Installation),
}

/// `chabi api`.
#[derive(Debug, Subcommand)]
pub enum Api {
    /// Registers one, or changes it. Words for its scopes, who may ask for it, claims and demands stay unless an option says otherwise.
    Add(Box<AddApi>),
    /// All of them.
    List(Installation),
    /// Shows one: its settings by the names of a seed.
    Show {
        /// Which installation.
        #[command(flatten)]
        installation: Installation,
        /// Its audience.
        audience: String,
    },
    /// Changes settings of one; the others stay.
    Update {
        /// Which installation.
        #[command(flatten)]
        installation: Installation,
        /// Its audience.
        audience: String,
        /// Which settings.
        #[command(flatten)]
        changes: Changes,
    },
}

/// Settings to change, by the names that `show` has.
#[derive(Clone, Debug, Args)]
pub struct Changes {
    /// Such as `profile=oidc` or `redirect_uris=["https://a.example/cb"]`: TOML, or else text. May be given several times.
    #[arg(long, value_name = "NAME=VALUE", required_unless_present = "unset")]
    pub set: Vec<String>,
    /// As if it had never been chosen. May be given several times.
    #[arg(long, value_name = "NAME")]
    pub unset: Vec<String>,
}

/// `chabi api add`.
#[derive(Debug, Args)]
pub struct AddApi {
    /// Which installation.
    #[command(flatten)]
    pub installation: Installation,
    /// `aud` of its tokens: an absolute URI.
    pub audience: String,
    /// Shown on the consent page.
    #[arg(long, default_value = "")]
    pub name: String,
    /// The scopes that it knows, separated by spaces.
    #[arg(long, default_value = "")]
    pub scope: String,
    /// How long its tokens live, in seconds.
    #[arg(long, default_value_t = 300)]
    pub lifetime: i64,
    /// `typ` is `JWT`, for frameworks that refuse `at+jwt`.
    #[arg(long, conflicts_with = "opaque")]
    pub plain_jwt: bool,
    /// Its tokens are no JWTs: it asks the introspection endpoint what they stand for.
    #[arg(long)]
    pub opaque: bool,
    /// ES256, RS256, PS256 or EdDSA.
    #[arg(long, default_value = "ES256")]
    pub alg: String,
    /// Its tokens are only for sign-ins of this `acr`.
    #[arg(long)]
    pub required_acr: Option<String>,
    /// Its tokens are only for sign-ins no longer ago than this, in seconds.
    #[arg(long)]
    pub max_auth_age: Option<i64>,
    /// A claim that its tokens have besides, as NAME=VALUE; the value is JSON, or else text. May be given several times.
    #[arg(long = "claim", value_parser = claim)]
    pub claims: Vec<(String, serde_json::Value)>,
}

/// `NAME=VALUE`.
fn claim(text: &str) -> Result<(String, serde_json::Value), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    Ok((name.to_owned(), value))
}

/// `chabi account`.
#[derive(Debug, Subcommand)]
pub enum Account {
    /// Makes one; the address counts as proven. The password is read from standard input.
    Add {
        /// Which installation.
        #[command(flatten)]
        installation: Installation,
        /// The e-mail address.
        email: String,
        /// The name.
        #[arg(long, default_value = "")]
        name: String,
    },
    /// Shuts one: its sessions and everything it granted end at once.
    Disable {
        /// Which installation.
        #[command(flatten)]
        installation: Installation,
        /// The e-mail address.
        email: String,
    },
    /// Opens a shut one.
    Enable {
        /// Which installation.
        #[command(flatten)]
        installation: Installation,
        /// The e-mail address.
        email: String,
    },
}

/// `chabi why`.
#[derive(Debug, Args)]
pub struct Why {
    /// Which installation.
    #[command(flatten)]
    pub installation: Installation,
    /// A request's id, as error pages, logs and the header `x-request-id` have it; or an error code, such as `invalid_grant`.
    pub what: Option<String>,
    /// Of this application alone: its client id.
    #[arg(long, visible_alias = "client")]
    pub application: Option<String>,
    /// The folder of a development server.
    #[arg(long)]
    pub data: Option<PathBuf>,
}

/// `chabi revoke`.
#[derive(Debug, Args)]
pub struct Revoke {
    /// Which installation.
    #[command(flatten)]
    pub installation: Installation,
    /// What.
    #[command(flatten)]
    pub named: Named,
}

/// What to revoke: one of these.
#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Named {
    /// Everything that an account granted, and its sessions: its e-mail address.
    #[arg(long)]
    pub account: Option<String>,
    /// Everything that an application was granted or got for itself: its client id. It may ask anew.
    #[arg(long, visible_alias = "client")]
    pub application: Option<String>,
    /// A browser session, and what was granted in it: its id.
    #[arg(long)]
    pub session: Option<String>,
    /// One grant, its refresh token and every access token: its id, which is the first part of their `jti`.
    #[arg(long, visible_alias = "grant")]
    pub family: Option<String>,
    /// One access token: its `jti`, or `-` to read the token from standard input.
    #[arg(long)]
    pub token: Option<String>,
}

/// `chabi config`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Reads the configuration and says what is wrong with it; nothing is started.
    Check(Installation),
}

/// `chabi token`.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Shows what stands in a token, whether we signed it, and whether and why it would be taken.
    Inspect(Inspect),
}

/// `chabi token inspect`.
#[derive(Debug, Args)]
pub struct Inspect {
    /// Which installation; without one, and without a development server in this folder, nothing is checked.
    #[command(flatten)]
    pub installation: Installation,
    /// The folder of a development server.
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// The token; when it is `-` or not given, it is read from standard input, which others on this machine cannot see.
    pub token: Option<String>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn dev_runs_by_itself_and_has_commands() {
        assert!(matches!(
            Cli::try_parse_from(["chabi", "dev", "--port", "8001"]).unwrap().command,
            Command::Dev(Dev { command: None, .. })
        ));
        let check = Cli::try_parse_from(["chabi", "dev", "check", "--url", "http://localhost:8000"]).unwrap();
        assert!(matches!(check.command, Command::Dev(Dev { command: Some(DevCommand::Check { .. }), .. })));
    }
}
