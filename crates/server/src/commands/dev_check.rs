//! `chabi dev check`: the whole flow by script.

use std::{
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use anyhow::{Context as _, Result};
use chabi::Env;

use crate::{
    cli::DevOptions,
    development::{Development, Ticket},
    journey::{Visitor, steps::Journey},
};

/// Checks the server at `url`, or the one that runs in this folder, or one of its own that it stops afterwards.
///
/// # Errors
/// No server could be had. A step that fails is no error of ours: it is told, and the exit code is 1.
pub async fn run(url: Option<String>) -> Result<ExitCode> {
    let begun = Instant::now();
    let url = match url {
        Some(url) => Some(url),
        None => running_here().await,
    };
    let succeeded = match url {
        Some(url) => check(&url).await?,
        None => {
            let folder = Folder::make()?;
            let options = DevOptions::at(free_port()?, folder.0.clone());
            let development = Development::begin(&options).await?;
            development.until_ready().await?;
            let succeeded = check(&development.public_url).await;
            development.stop().await;
            succeeded?
        }
    };
    println!("{} in {:.1} s", if succeeded { "all in order" } else { "FAILED" }, begun.elapsed().as_secs_f64());
    Ok(if succeeded { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn check(url: &str) -> Result<bool> {
    let mut journey = Journey::new(url, Env::system())?;
    match journey.run(|step, milliseconds| println!("ok {step} ({milliseconds} ms)")).await {
        Ok(()) => Ok(true),
        Err(error) => {
            println!("FAILED {error:#}");
            Ok(false)
        }
    }
}

async fn running_here() -> Option<String> {
    let url = Ticket::read(Path::new(".chabi-dev"))?;
    let answer = Visitor::new(&url).ok()?.get("/readyz").await.ok()?;
    answer.status.is_success().then_some(url)
}

fn free_port() -> Result<u16> {
    let probe = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("looking for a free port")?;
    Ok(probe.local_addr()?.port())
}

/// A folder that goes away.
struct Folder(PathBuf);

impl Folder {
    fn make() -> Result<Self> {
        let name = format!("chabi-dev-check-{}-{}", std::process::id(), Env::system().new_id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).with_context(|| format!("making {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
