//! `chabi why`: why a request was refused, by its id; what an error code means; the latest refusals.

mod codes;
mod mend;
mod story;

use std::{path::Path, process::ExitCode};

use anyhow::{Context as _, Result};
use chabi::{Chabi, Env};

use super::opened;
use crate::{cli, development::Ticket, secret_file::read_or_make};

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
    let here = Path::new(".chabi-dev");
    let configured = asked.installation.config.is_some() || std::env::var_os("CHABI_PUBLIC_URL").is_some();
    match &asked.data {
        Some(folder) => development(folder).await,
        None if !configured && here.join("chabi.db").exists() => development(here).await,
        None => Ok(opened::open(&asked.installation).await?.0),
    }
}

/// A development server of this folder, opened beside it.
///
/// # Errors
/// What is wrong with the folder.
pub(super) async fn development(folder: &Path) -> Result<Chabi> {
    let env = Env::system();
    let secret = read_or_make(&folder.join("secret"), false, &env)?;
    let url = Ticket::read(folder).filter(|url| !url.is_empty()).unwrap_or_else(|| "http://localhost:8000".to_owned());
    let database = format!("sqlite:{}", folder.join("chabi.db").display());
    let builder = Chabi::builder(url).store_url(database).master_secret(secret).development(true).env(env);
    builder.build().await.with_context(|| format!("opening {}", folder.display()))
}
