//! The command line.

mod account;
mod admin;
mod api;
mod application;
mod dev;
mod installing;
mod noun;
mod nouns;
mod operation;
#[cfg(test)]
mod reference;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use account::{Account, AddAccount};
pub use admin::Admin;
pub use api::{AddApi, Api, Changes};
pub use application::{AddApplication, Application, InitialToken};
pub use dev::{Dev, DevCommand, DevOptions};
pub use installing::{Doctor, Init};
pub use noun::{Typed, Verbs};
pub use operation::{Input, Run};

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
    Serve(Configuration),
    /// Writes a configuration for production, and the installation's secret.
    Init(Init),
    /// Looks at an installation from all sides, and says how to mend what is not in order: exit code 0 or 1.
    Doctor(Doctor),
    /// Signing keys.
    #[command(subcommand)]
    Key(Verbs<nouns::Keys>),
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
    #[command(subcommand)]
    Site(Verbs<nouns::Sites>),
    /// Social applications: our id and secret at the providers that people sign in with.
    #[command(subcommand)]
    Provider(Verbs<nouns::Providers>),
    /// Browser sessions.
    #[command(subcommand)]
    Session(Verbs<nouns::Sessions>),
    /// The audit log.
    #[command(subcommand)]
    Audit(Verbs<nouns::Audit>),
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
        configuration: Configuration,
        /// Where it listens, in place of what the configuration says.
        #[arg(long)]
        url: Option<String>,
    },
}

/// The configuration of a server.
#[derive(Clone, Debug, Default, Args)]
pub struct Configuration {
    /// The configuration file; without it, the environment alone (CHABI_PUBLIC_URL and so on).
    #[arg(long, env = "CHABI_CONFIG", hide_env_values = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Which installation: of a configuration, or of development mode. Without either, and with nothing in the environment, the one of
/// development mode in `.chabi-dev`.
#[derive(Clone, Debug, Default, Args)]
pub struct Installation {
    /// Its configuration.
    #[command(flatten)]
    pub configuration: Configuration,
    /// The folder of a development server, in place of a configuration; `.chabi-dev` is found by itself.
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
}

/// Which installation, and for whom the answer is.
#[derive(Clone, Debug, Args)]
pub struct Asked {
    /// Which installation.
    #[command(flatten)]
    pub installation: Installation,
    /// For programs: the output as JSON.
    #[arg(long)]
    pub json: bool,
}

/// `chabi why`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  chabi why\n  chabi why VTR87Ej--5j-m8RB\n  chabi why --application notes-app\n  chabi why invalid_grant"
)]
pub struct Why {
    /// Which installation.
    #[command(flatten)]
    pub asked: Asked,
    /// A request's id, as error pages, logs and the header `x-request-id` have it; or an error code, such as `invalid_grant`.
    pub what: Option<String>,
    /// Of this application alone: its client id.
    #[arg(long, visible_alias = "client")]
    pub application: Option<String>,
}

/// `chabi revoke`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  chabi revoke --account ada@example.org\n  chabi revoke --token - < token")]
pub struct Revoke {
    /// Which installation.
    #[command(flatten)]
    pub asked: Asked,
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
    #[command(after_help = "Example:\n  chabi config check --config /etc/chabi/chabi.toml")]
    Check(Asked),
}

/// `chabi token`.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Shows what stands in a token, whether we signed it, and whether and why it would be taken.
    Inspect(Inspect),
}

/// `chabi token inspect`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  chabi token inspect < token\n  chabi token inspect --json < token")]
pub struct Inspect {
    /// Which installation; without one, and without a development server in this folder, nothing is checked.
    #[command(flatten)]
    pub asked: Asked,
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
