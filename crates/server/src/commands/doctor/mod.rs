//! `chabi doctor`: an installation looked at from all sides. Nothing is changed, save by what `serve` does at its start.
//!
//! 1. `files`: the configuration, the secret, proxies;
//! 2. `database`: schema, secret, clock, keys;
//! 3. `network`: the name, TLS, the server behind the public URL, callbacks, mail.

mod database;
mod files;
mod network;

use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;

use crate::cli::Doctor;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    /// In order.
    Fine,
    /// It runs, and could run better.
    Warning,
    /// It does not work.
    Trouble,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    /// Such as `database`.
    pub looked_at: &'static str,
    /// How it is.
    pub verdict: Verdict,
    /// In words.
    pub found: String,
    /// What helps; empty when nothing has to be done.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mend: String,
}

impl Finding {
    pub(super) fn fine(looked_at: &'static str, found: impl Into<String>) -> Self {
        Self { looked_at, verdict: Verdict::Fine, found: found.into(), mend: String::new() }
    }

    pub(super) fn warning(looked_at: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { looked_at, verdict: Verdict::Warning, found: found.into(), mend: mend.into() }
    }

    pub(super) fn trouble(looked_at: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { looked_at, verdict: Verdict::Trouble, found: found.into(), mend: mend.into() }
    }
}

/// Looks, prints, and fails when something does not work.
///
/// # Errors
/// The findings cannot be written.
pub async fn run(asked: &Doctor) -> Result<ExitCode> {
    let (mut findings, config) = files::look(&asked.installation);
    if let Some(config) = &config {
        findings.extend(database::look(config).await);
        findings.extend(network::look(config).await);
    }
    if asked.json {
        println!("{}", serde_json::to_string_pretty(&findings)?);
    } else {
        findings.iter().for_each(print);
    }
    let troubled = findings.iter().any(|finding| finding.verdict == Verdict::Trouble);
    Ok(if troubled { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn print(finding: &Finding) {
    let mark = match finding.verdict {
        Verdict::Fine => "ok     ",
        Verdict::Warning => "warning",
        Verdict::Trouble => "TROUBLE",
    };
    println!("{mark}  {:<13}  {}", finding.looked_at, finding.found);
    if !finding.mend.is_empty() {
        println!("{:24}{}", "", finding.mend);
    }
}
