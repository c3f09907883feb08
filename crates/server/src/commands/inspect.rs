//! `chabi token inspect`: what stands in a token, whether we signed it, and whether and why it would be taken.

mod judged;

use std::{io::Read as _, process::ExitCode};

use anyhow::Result;
use chabi::{Env, UnverifiedToken, inspection};
use serde_json::{Map, Value, json};

use super::{opened, operation};
use crate::cli::{self, Inspect};

/// Prints header and payload; and, where an installation is named or a development server is here, what it says of the token.
///
/// # Errors
/// What is wrong with the installation. A token that is none is told, with exit code 1.
pub async fn run(asked: Inspect) -> Result<ExitCode> {
    let text = match asked.token.clone().filter(|token| token != "-") {
        Some(token) => token,
        None => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text)?;
            text
        }
    };
    let text = text.trim();
    let read = match inspection::read_unverified(text) {
        Ok(token) => Some(token),
        Err(_) if text.starts_with("chabi_") => None,
        Err(error) => {
            eprintln!("chabi: not a token that can be read: {error}; a JWT has three parts with dots between them");
            return Ok(ExitCode::FAILURE);
        }
    };
    let cli::Asked { installation, json } = asked.asked;
    let verdict = match opened::find_config(&installation)? {
        Some(config) => Some(judged::judge(&opened::open_config(&config).await?, text, read.as_ref()).await?),
        None => None,
    };
    let good = verdict.as_ref().is_none_or(|verdict| verdict.accepted);
    let told = json!({
        "header": read.as_ref().map(|token| &token.header),
        "payload": read.as_ref().map(|token| &token.claims),
        "verdict": verdict,
    });
    operation::told(Ok(told), json, |_| {
        let verdict = verdict.as_ref().map_or_else(not_checked, |verdict| verdict.lines());
        format!("{}\n{verdict}", read.as_ref().map_or_else(opaque, shown))
    })?;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn opaque() -> String {
    "an opaque token: what it stands for is known to its issuer alone\n".to_owned()
}

fn not_checked() -> String {
    "The signature was NOT checked: name the installation with --config or --data.\n".to_owned()
}

fn shown(token: &UnverifiedToken) -> String {
    let mut text = format!("header   {}\npayload  {}\n", pretty(&token.header), pretty(&token.claims));
    let now = Env::system().now().as_seconds();
    for (claim, word) in [("iat", "issued"), ("nbf", "good from"), ("exp", "expires")] {
        if let Some(at) = token.claims.get(claim).and_then(Value::as_i64) {
            text += &format!("{word:<9}{}\n", distance(at.saturating_sub(now)));
        }
    }
    text
}

/// What a stranger wrote must not move the cursor: JSON escapes the older control characters, and not those of C1.
fn pretty(members: &Map<String, Value>) -> String {
    let text = serde_json::to_string_pretty(members).unwrap_or_default();
    text.chars().fold(String::with_capacity(text.len()), |mut shown, letter| {
        match letter.is_control() && letter != '\n' {
            true => shown.extend(letter.escape_unicode()),
            false => shown.push(letter),
        }
        shown
    })
}

fn distance(seconds: i64) -> String {
    let (amount, unit) = match seconds.abs() {
        span if span < 120 => (span, "s"),
        span if span < 7_200 => (span / 60, "min"),
        span if span < 172_800 => (span / 3_600, "h"),
        span => (span / 86_400, "days"),
    };
    if seconds <= 0 { format!("{amount} {unit} ago") } else { format!("in {amount} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_stranger_wrote_cannot_move_the_cursor() {
        let members = serde_json::json!({ "name": "\u{1b}[2J\u{9b}2J" });
        let shown = pretty(members.as_object().unwrap());
        assert!(shown.contains("\\u001b") && shown.contains("\\u{9b}") && !shown.contains('\u{9b}'), "{shown}");
    }

    #[test]
    fn times_are_told_by_their_distance() {
        assert_eq!([-30, 0, 300, -7_300, 864_000].map(distance), ["30 s ago", "0 s ago", "in 5 min", "2 h ago", "in 10 days"]);
    }
}
