//! `chabi application initial-token`.

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use chabi::{
    Seconds,
    operations::initial_access_tokens::{self as tokens, NewToken},
};

use super::opened;
use crate::cli::InitialToken;

/// Makes, lists or takes back.
///
/// # Errors
/// What is wrong with the installation.
pub async fn run(command: InitialToken) -> Result<ExitCode> {
    match command {
        InitialToken::Add { installation, label, site, uses, days } => {
            let (chabi, _, env) = opened::open(&installation).await?;
            let new = NewToken { site: &site, label: &label, uses, lifetime: Seconds::days(days) };
            let (token, text) = tokens::add(chabi.store(), new, &env).await?;
            println!("{}", text.expose());
            eprintln!(
                "Token {} registers {uses} application(s) within {days} day(s). It is shown this once; only its hash is kept.",
                token.id.0
            );
            Ok(ExitCode::SUCCESS)
        }
        InitialToken::List(installation) => {
            let (chabi, _, env) = opened::open(&installation).await?;
            for token in tokens::list(chabi.store(), &env).await? {
                println!("{}  {}  {} left", token.id.0, token.label, token.uses_left);
            }
            Ok(ExitCode::SUCCESS)
        }
        InitialToken::Revoke { installation, id } => {
            let (chabi, ..) = opened::open(&installation).await?;
            let row = id.parse().map_err(|_| anyhow!("`{id}` is no id of a token: `list` shows them"))?;
            if tokens::remove(chabi.store(), row).await? {
                println!("taken back");
                return Ok(ExitCode::SUCCESS);
            }
            println!("there is no token `{id}`");
            Ok(ExitCode::FAILURE)
        }
    }
}
