//! `chabi account`.

use clap::{Args, Subcommand};

use super::{Asked, Verbs, nouns::Accounts};

/// `chabi account`.
#[derive(Debug, Subcommand)]
pub enum Account {
    /// Makes one; the address counts as proven. The password is read from standard input.
    #[command(after_help = "Example:\n  chabi account add ada@example.org --name Ada < password")]
    Add(AddAccount),
    /// What the console and the API do with them too.
    #[command(flatten)]
    Operation(Verbs<Accounts>),
}

/// `chabi account add`.
#[derive(Debug, Args)]
pub struct AddAccount {
    /// Which installation.
    #[command(flatten)]
    pub asked: Asked,
    /// The e-mail address.
    pub email: String,
    /// The name.
    #[arg(long, default_value = "")]
    pub name: String,
    /// Their language (BCP 47), such as `bn`.
    #[arg(long, default_value = "")]
    pub locale: String,
    /// The site that knows them; the main one by default.
    #[arg(long)]
    pub site: Option<String>,
}
