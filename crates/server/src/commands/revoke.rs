//! `chabi revoke`: the operator takes back what was issued.

use std::{io::Read as _, process::ExitCode};

use anyhow::{Context as _, Result, bail};
use chabi::operations::revoke::{Revoke, revoke};

use super::opened;
use crate::cli;

/// Says what was taken back, and when it is known where.
///
/// # Errors
/// What is wrong with the installation or with what was named.
pub async fn run(arguments: cli::Revoke) -> Result<ExitCode> {
    let what = what(&arguments)?;
    let (chabi, ..) = opened::open(&arguments.installation).await?;
    let rows = revoke(&chabi, what).await?;
    if rows == 0 {
        println!("nothing to revoke: it is not there, or was revoked before");
        return Ok(ExitCode::FAILURE);
    }
    println!("revoked: {rows}");
    println!("Refused now by introspection, userinfo and refresh. APIs whose layer follows the change stream refuse within a second;");
    println!("those that fetch the status list, after its `ttl` of 10 seconds; those that look at neither, when the token expires.");
    Ok(ExitCode::SUCCESS)
}

fn what(arguments: &cli::Revoke) -> Result<Revoke> {
    let cli::Named { account, application, session, family, token } = arguments.named.clone();
    Ok(match (account, application, session, family, token) {
        (Some(email), ..) => Revoke::Account(email),
        (_, Some(client_id), ..) => Revoke::Application(client_id),
        (_, _, Some(id), ..) => Revoke::Session(id),
        (_, _, _, Some(id), _) => Revoke::Family(id),
        // a token on the command line could be read by others on this machine
        (.., Some(text)) if text == "-" => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("reading the token from standard input")?;
            Revoke::Token(text)
        }
        (.., Some(jti)) => Revoke::Token(jti),
        _ => bail!("name what to revoke: --account, --application, --session, --family or --token"),
    })
}
