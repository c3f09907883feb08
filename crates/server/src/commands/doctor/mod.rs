//! `chabi doctor`: an installation looked at from all sides. Nothing is changed, save by what `serve` does at its start.
//!
//! 1. `files`: the configuration, the secret, proxies;
//! 2. `database`: schema, secret, clock, keys;
//! 3. `places`: which sites there are, and which providers are offered on each; whether a provider's secret ends;
//! 4. `network`: of each site the name, TLS, the server behind its URL and the callbacks; mail.

mod database;
mod files;
mod network;
mod places;

use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;

use super::operation;
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
    /// Of which site; absent: of the main one, or of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
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
        Self { looked_at, site: None, verdict: Verdict::Fine, found: found.into(), mend: String::new() }
    }

    pub(super) fn warning(looked_at: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { looked_at, site: None, verdict: Verdict::Warning, found: found.into(), mend: mend.into() }
    }

    pub(super) fn trouble(looked_at: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { looked_at, site: None, verdict: Verdict::Trouble, found: found.into(), mend: mend.into() }
    }
}

/// Looks, prints, and fails when something does not work.
///
/// # Errors
/// The findings cannot be written.
pub async fn run(asked: &Doctor) -> Result<ExitCode> {
    let (mut findings, config) = files::look(&asked.asked.installation);
    if let Some(config) = &config {
        let (found, chabi) = database::look(config).await;
        findings.extend(found);
        let places = places::of(config, chabi.as_ref()).await;
        findings.extend(places.findings);
        for place in &places.sites {
            let found = network::look(config, place).await;
            findings.extend(found.into_iter().map(|finding| Finding { site: place.shown(), ..finding }));
        }
        findings.extend(network::mail(config).await);
    }
    operation::told(Ok(&findings), asked.asked.json, |findings| findings.iter().map(line).collect())?;
    let troubled = findings.iter().any(|finding| finding.verdict == Verdict::Trouble);
    Ok(if troubled { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// For people. What answers at a public URL may be anybody's: it must not move the cursor.
fn line(finding: &Finding) -> String {
    let mark = match finding.verdict {
        Verdict::Fine => "ok     ",
        Verdict::Warning => "warning",
        Verdict::Trouble => "TROUBLE",
    };
    let site = finding.site.as_ref().map(|site| format!("{site}: ")).unwrap_or_default();
    let mend = if finding.mend.is_empty() { String::new() } else { format!("{:24}{}\n", "", finding.mend) };
    let found: String = finding.found.chars().map(|letter| if letter.is_control() && letter != '\n' { ' ' } else { letter }).collect();
    format!("{mark}  {:<13}  {site}{found}\n{mend}", finding.looked_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_answers_at_a_public_url_cannot_move_the_cursor() {
        let shown = line(&Finding::fine("public URL", "another issuer answers there: \u{1b}[2J\u{9b}2J\r"));
        assert!(shown.contains("answers there:") && !shown.chars().any(|letter| letter.is_control() && letter != '\n'), "{shown:?}");
    }
}
