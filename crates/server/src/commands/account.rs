//! `chabi account add`: what reads a password.

use std::{
    io::{IsTerminal as _, Read as _},
    process::ExitCode,
};

use anyhow::{Context as _, Result};
use chabi::admin::{
    Actor,
    operation::accounts::{CreateAccount, CreateAccountInput, NewAccount},
};

use super::{opened, operation};
use crate::cli::{Account, AddAccount};

/// Adds an account, or runs an operation on one.
///
/// # Errors
/// What is wrong with the installation, the address or the password.
pub async fn run(account: Account) -> Result<ExitCode> {
    match account {
        Account::Add(new) => add(new).await,
        Account::Operation(verbs) => operation::of_noun(verbs.0).await,
    }
}

async fn add(new: AddAccount) -> Result<ExitCode> {
    let AddAccount { asked, email, name, locale, site } = new;
    let password = Some(password()?);
    let chabi = opened::open(&asked.installation).await?;
    let input = CreateAccountInput { body: NewAccount { email, name, locale, password, site, address_verified: true } };
    let made = chabi.admin().run::<CreateAccount>(&Actor::operator(), input).await;
    operation::told(made, asked.json, |account| format!("made; its subject is {}\n", account.subject))
}

/// From standard input, and never from the command line, which others can see.
fn password() -> Result<String> {
    if std::io::stdin().is_terminal() {
        eprintln!("Password (it is shown; end with Enter and Ctrl-D):");
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).context("reading the password from standard input")?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
