//! `chabi admin`.

use chabi::admin::Role;
use clap::Subcommand;

use super::{Asked, Verbs, nouns::Admins};

/// Who runs the installation.
#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Prints the link by which the first owner gets in: the same until somebody has used it. Show it to nobody else.
    #[command(after_help = "Example:\n  chabi admin setup-link --config chabi.toml")]
    SetupLink {
        /// Which installation.
        #[command(flatten)]
        asked: Asked,
    },
    /// Gives a role.
    #[command(after_help = "Example:\n  chabi admin grant ada@example.org support --site shop")]
    Grant {
        /// Which installation.
        #[command(flatten)]
        asked: Asked,
        /// An e-mail address of an account, `account:<sub>` or `application:<client_id>`.
        holder: String,
        /// `owner`, `administrator`, `support` or `auditor`.
        #[arg(value_parser = role)]
        role: Role,
        /// At this site alone; at all without it.
        #[arg(long)]
        site: Option<String>,
    },
    /// Takes a role back; never the last owner's.
    #[command(after_help = "Example:\n  chabi admin remove ada@example.org support --site shop")]
    Remove {
        /// Which installation.
        #[command(flatten)]
        asked: Asked,
        /// An e-mail address, or `account:<sub>` or `application:<client_id>` as `list` shows it.
        holder: String,
        /// `owner`, `administrator`, `support` or `auditor`.
        #[arg(value_parser = role)]
        role: Role,
        /// The one at this site; the one at all without it.
        #[arg(long)]
        site: Option<String>,
    },
    /// What the console and the API do too.
    #[command(flatten)]
    Operation(Verbs<Admins>),
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| "`owner`, `administrator`, `support` or `auditor`".to_owned())
}
