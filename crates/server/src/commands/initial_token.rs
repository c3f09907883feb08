//! `chabi application initial-token add`: what prints a token alone.

use std::process::ExitCode;

use anyhow::Result;
use chabi::{
    Seconds,
    admin::{
        Actor,
        operation::initial_access_tokens::{CreateInitialAccessToken, CreateInitialAccessTokenInput, NewInitialAccessToken},
    },
};

use super::{opened, operation};
use crate::cli::InitialToken;

/// Makes one, or runs an operation on one.
///
/// # Errors
/// What is wrong with the installation.
pub async fn run(command: InitialToken) -> Result<ExitCode> {
    match command {
        InitialToken::Add { asked, label, site, uses, days } => {
            let chabi = opened::open(&asked.installation).await?;
            let body = NewInitialAccessToken { label, uses, lifetime: Seconds::days(days).0, site };
            let made = chabi.admin().run::<CreateInitialAccessToken>(&Actor::operator(), CreateInitialAccessTokenInput { body }).await;
            operation::told(made, asked.json, |made| {
                eprintln!(
                    "Token {} registers {uses} application(s) within {days} day(s). It is shown this once; only its hash is kept.",
                    made.token.id
                );
                format!("{}\n", made.text)
            })
        }
        InitialToken::Operation(verbs) => operation::of_noun(verbs.0).await,
    }
}
