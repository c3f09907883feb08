//! `chabi account`.

use std::io::{IsTerminal as _, Read as _};

use anyhow::{Context as _, Result};
use chabi::operations::accounts::{self, NewPerson};

use super::opened;
use crate::cli::Account;

/// Adds, shuts or opens accounts.
///
/// # Errors
/// What is wrong with the installation, the address or the password.
pub async fn run(account: Account) -> Result<()> {
    match account {
        Account::Add { installation, email, name } => {
            let password = password()?;
            let (chabi, ..) = opened::open(&installation).await?;
            let made = accounts::add(chabi.resource_owner(), NewPerson { email, name, locale: String::new(), password }).await?;
            println!("made; its subject is {}", made.subject);
        }
        Account::Disable { installation, email } => {
            let (chabi, ..) = opened::open(&installation).await?;
            accounts::disable(chabi.resource_owner(), &email).await?;
            println!("shut: sessions and grants have ended");
        }
        Account::Enable { installation, email } => {
            let (chabi, ..) = opened::open(&installation).await?;
            accounts::enable(chabi.resource_owner(), &email).await?;
            println!("open again");
        }
    }
    Ok(())
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
