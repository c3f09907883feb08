//! `chabi healthcheck`: for containers without a shell.

use std::{process::ExitCode, time::Duration};

const PATIENCE: Duration = Duration::from_secs(5);

/// Asks `/readyz`.
pub async fn run(url: &str) -> ExitCode {
    match ask(url).await {
        Ok(status) if status.is_success() => ExitCode::SUCCESS,
        Ok(status) => {
            println!("not ready: {status}");
            ExitCode::FAILURE
        }
        Err(error) => {
            println!("not ready: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn ask(url: &str) -> reqwest::Result<reqwest::StatusCode> {
    let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
    Ok(http.get(format!("{}/readyz", url.trim_end_matches('/'))).send().await?.status())
}
