//! `chabi why`: why a request was refused, by its id; what an error code means; the latest refusals.

mod codes;
mod mend;
mod story;

use std::process::ExitCode;

use anyhow::Result;
use chabi::Chabi;

use super::opened;
use crate::cli;

/// As many as fit a screen.
const LATEST: i64 = 20;

/// Explains; exit code 1 when there is nothing to explain.
///
/// # Errors
/// What is wrong with the installation.
pub async fn run(asked: cli::Why) -> Result<ExitCode> {
    match asked.what.clone() {
        Some(what) if codes::is_like_a_code(&what) => Ok(codes::explain(&what)),
        Some(id) => one(&open(&asked).await?, &id).await,
        None => latest(&open(&asked).await?, asked.application.as_deref()).await,
    }
}

async fn one(chabi: &Chabi, id: &str) -> Result<ExitCode> {
    match chabi.store().find_refusal(id).await? {
        Some(refusal) => {
            print!("{}", story::tell(&refusal));
            Ok(ExitCode::SUCCESS)
        }
        None => {
            println!(
                "no refused request has the id `{id}`. Refusals are written within a second and kept for a week, the newest few thousand, \
                 and in a flood only some of each kind; the log has them all. `chabi why` lists the latest."
            );
            Ok(ExitCode::FAILURE)
        }
    }
}

async fn latest(chabi: &Chabi, application: Option<&str>) -> Result<ExitCode> {
    let refusals = chabi.store().list_refusals(application, LATEST).await?;
    if refusals.is_empty() {
        println!("nothing was refused within a week");
        return Ok(ExitCode::FAILURE);
    }
    for refusal in refusals {
        println!("{}", story::line(&refusal));
    }
    println!("\n`chabi why ID` tells more of one.");
    Ok(ExitCode::SUCCESS)
}

/// The installation of the configuration; without one, the development server's of this folder.
async fn open(asked: &cli::Why) -> Result<Chabi> {
    match opened::find(&asked.installation, asked.data.as_deref()).await? {
        Some(chabi) => Ok(chabi),
        // tells that nothing is configured, and how to
        None => Ok(opened::open(&asked.installation).await?.0),
    }
}
