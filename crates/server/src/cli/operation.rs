//! `chabi run`, and what goes into an operation.

use std::path::PathBuf;

use clap::Args;

use super::Installation;

/// `chabi run`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  chabi run\n  chabi run accounts.list limit=5 --json")]
pub struct Run {
    /// Its name, such as `accounts.list`; without one, all operations are listed.
    pub name: Option<String>,
    /// What goes into it.
    #[command(flatten)]
    pub input: Input,
}

/// The input of an operation, and how its output is shown.
#[derive(Clone, Debug, Args)]
pub struct Input {
    /// Which installation.
    #[command(flatten)]
    pub installation: Installation,
    /// The value is JSON, or else text; `settings.name=value` reaches within. Secrets belong into `--body`.
    #[arg(value_name = "NAME=VALUE")]
    pub arguments: Vec<String>,
    /// A file of JSON with the whole body; `-`: standard input.
    #[arg(long, value_name = "FILE")]
    pub body: Option<PathBuf>,
    /// Only as it was read with this tag: a change by somebody else meanwhile is not written over.
    #[arg(long, value_name = "TAG")]
    pub if_match: Option<String>,
    /// For programs: the output as JSON.
    #[arg(long)]
    pub json: bool,
    /// Shows what goes into it and comes out, as JSON Schema, and does nothing.
    #[arg(long)]
    pub schema: bool,
}
