//! `chabi admin`.

use std::path::PathBuf;

use chabi::admin::Role;
use clap::Subcommand;

use super::Installation;

/// Who runs the installation.
#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Prints the link by which the first owner gets in: the same until somebody has used it. Show it to nobody else.
    SetupLink {
        /// Which installation.
        #[command(flatten)]
        installation: Installation,
        /// The folder of a development server, in place of a configuration.
        #[arg(long)]
        data: Option<PathBuf>,
    },
    /// Gives a role.
    Grant {
        /// Which installation.
        #[command(flatten)]
        installation: Installation,
        /// The folder of a development server, in place of a configuration.
        #[arg(long)]
        data: Option<PathBuf>,
        /// An e-mail address of an account, `account:<sub>` or `application:<client_id>`.
        holder: String,
        /// `owner`, `administrator`, `support` or `auditor`.
        #[arg(value_parser = role)]
        role: Role,
        /// At this site alone; at all without it.
        #[arg(long)]
        site: Option<String>,
    },
    /// Who has which role.
    List {
        /// Which installation.
        #[command(flatten)]
        installation: Installation,
        /// The folder of a development server, in place of a configuration.
        #[arg(long)]
        data: Option<PathBuf>,
    },
    /// Takes a role back; never the last owner's.
    Remove {
        /// Which installation.
        #[command(flatten)]
        installation: Installation,
        /// The folder of a development server, in place of a configuration.
        #[arg(long)]
        data: Option<PathBuf>,
        /// An e-mail address, or `account:<sub>` or `application:<client_id>` as `list` shows it.
        holder: String,
        /// `owner`, `administrator`, `support` or `auditor`.
        #[arg(value_parser = role)]
        role: Role,
        /// The one at this site; the one at all without it.
        #[arg(long)]
        site: Option<String>,
    },
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| "`owner`, `administrator`, `support` or `auditor`".to_owned())
}
