//! `chabi run`, and the nouns whose commands are operations of the console and the API.

use std::path::PathBuf;

use clap::Args;

use super::Installation;

/// `chabi run`.
#[derive(Debug, Args)]
pub struct Run {
    /// Its name, such as `accounts.list`; without one, all operations are listed.
    pub name: Option<String>,
    /// What goes into it.
    #[command(flatten)]
    pub input: Input,
}

/// `chabi site`, `chabi provider` and so on: the operations of one noun.
#[derive(Debug, Args)]
pub struct Noun {
    /// What to do, such as `list`; without it, all that can be done is listed.
    pub verb: Option<String>,
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
    /// The folder of a development server, in place of a configuration.
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// First what stands in braces in its path, then NAME=VALUE: the value is JSON, or else text. Secrets belong into `--body`.
    pub arguments: Vec<String>,
    /// A file of JSON with the whole body; `-`: standard input.
    #[arg(long)]
    pub body: Option<PathBuf>,
    /// Only as it was read with this tag: a change by somebody else meanwhile is not written over.
    #[arg(long)]
    pub if_match: Option<String>,
    /// For programs: the output as JSON.
    #[arg(long)]
    pub json: bool,
    /// Shows what goes into it and comes out, as JSON Schema, and does nothing.
    #[arg(long)]
    pub schema: bool,
}
