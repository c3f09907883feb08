//! `chabi why`: why a request was refused, by its id; what an error code means; the latest refusals.

mod codes;
mod mend;
mod story;

use std::process::ExitCode;

use anyhow::Result;
use chabi::{Chabi, KeptRefusal};
use serde_json::{Value, json};

use super::{opened, operation};
use crate::cli;

/// As many as fit a screen.
const LATEST: i64 = 20;

/// Explains; exit code 1 when there is nothing to explain.
///
/// # Errors
/// What is wrong with the installation.
pub async fn run(asked: cli::Why) -> Result<ExitCode> {
    let (installation, json) = (&asked.asked.installation, asked.asked.json);
    match asked.what {
        Some(what) if codes::is_like_a_code(&what) => codes::explain(&what, json),
        Some(id) => one(&opened::open(installation).await?, &id, json).await,
        None => latest(&opened::open(installation).await?, asked.application.as_deref(), json).await,
    }
}

async fn one(chabi: &Chabi, id: &str, as_json: bool) -> Result<ExitCode> {
    match chabi.store().find_refusal(id).await? {
        Some(refusal) => operation::told(Ok(in_json(&refusal)), as_json, |_| story::tell(&refusal)),
        None => {
            eprintln!(
                "chabi: no refused request has the id `{id}`. Refusals are written within a second and kept for a week, the newest few thousand, \
                 and in a flood only some of each kind; the log has them all. `chabi why` lists the latest."
            );
            Ok(ExitCode::FAILURE)
        }
    }
}

async fn latest(chabi: &Chabi, application: Option<&str>, as_json: bool) -> Result<ExitCode> {
    let refusals = chabi.store().list_refusals(application, LATEST).await?;
    let code = operation::told(Ok(refusals.iter().map(in_json).collect::<Vec<_>>()), as_json, |_| match refusals.is_empty() {
        true => "nothing was refused within a week\n".to_owned(),
        false => {
            let lines: String = refusals.iter().map(|refusal| story::line(refusal) + "\n").collect();
            format!("{lines}\n`chabi why ID` tells more of one.\n")
        }
    })?;
    Ok(if refusals.is_empty() { ExitCode::FAILURE } else { code })
}

fn in_json(refusal: &KeptRefusal) -> Value {
    json!({
        "request_id": refusal.request_id,
        "at": refusal.at.as_seconds(),
        "client_id": refusal.client_id,
        "story": refusal.story,
        "mend": story::mend(refusal),
    })
}
