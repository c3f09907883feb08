//! `chabi revoke`: the operator takes back what was issued.

use std::{io::Read as _, process::ExitCode};

use anyhow::{Context as _, Result, bail};
use chabi::admin::{
    Actor,
    operation::revoke::{Revocation, Revoke, RevokeInput, RevokeKind, Revoked},
};

use super::{opened, operation};
use crate::cli;

/// Says what was taken back, and when it is known where.
///
/// # Errors
/// What is wrong with the installation or with what was named.
pub async fn run(arguments: cli::Revoke) -> Result<ExitCode> {
    let (kind, id) = what(&arguments)?;
    let cli::Asked { installation, json } = arguments.asked;
    let chabi = opened::open_ready(&installation).await?;
    let revoked = chabi.admin().run::<Revoke>(&Actor::operator(), RevokeInput { body: Revocation { kind, id } }).await;
    let nothing = matches!(revoked, Ok(Revoked { ended: 0 }));
    let code = operation::told(revoked, json, |revoked| match revoked.ended {
        0 => "nothing to revoke: it is not there, or was revoked before\n".to_owned(),
        ended => format!(
            "revoked: {ended}\n\
             Refused now by introspection, userinfo and refresh. APIs whose layer follows the change stream refuse within a second;\n\
             those that fetch the status list, after its `ttl` of 10 seconds; those that look at neither, when the token expires.\n"
        ),
    })?;
    Ok(if nothing { ExitCode::FAILURE } else { code })
}

fn what(arguments: &cli::Revoke) -> Result<(RevokeKind, String)> {
    let cli::Named { account, application, session, family, token } = arguments.named.clone();
    Ok(match (account, application, session, family, token) {
        (Some(email), ..) => (RevokeKind::Account, email),
        (_, Some(client_id), ..) => (RevokeKind::Application, client_id),
        (_, _, Some(id), ..) => (RevokeKind::Session, id),
        (_, _, _, Some(id), _) => (RevokeKind::Grant, id),
        // a token on the command line could be read by others on this machine
        (.., Some(text)) if text == "-" => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("reading the token from standard input")?;
            (RevokeKind::Token, text.trim().to_owned())
        }
        (.., Some(jti)) => (RevokeKind::Token, jti),
        _ => bail!("name what to revoke: --account, --application, --session, --family or --token"),
    })
}
