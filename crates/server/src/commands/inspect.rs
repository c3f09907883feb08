//! `chabi token inspect`: what stands in a token, whether we signed it, and whether and why it would be taken.

use std::{io::Read as _, process::ExitCode};

use anyhow::Result;
use chabi::{Chabi, Env, Standing, UnverifiedToken, inspection};
use serde_json::{Map, Value};

use super::opened;
use crate::cli::Inspect;

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
    let read = inspection::read_unverified(text);
    match &read {
        Ok(token) => print(token),
        Err(_) if text.starts_with("chabi_") => println!("an opaque token: what it stands for is known to its issuer alone"),
        Err(error) => {
            println!("not a token that can be read: {error}; a JWT has three parts with dots between them");
            return Ok(ExitCode::FAILURE);
        }
    }
    match opened::find(&asked.installation, asked.data.as_deref()).await? {
        Some(chabi) => judged(&chabi, text, read.ok().as_ref()).await,
        None => {
            println!("\nThe signature was NOT checked: name the installation with --config or --data.");
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn print(token: &UnverifiedToken) {
    println!("header   {}\npayload  {}", pretty(&token.header), pretty(&token.claims));
    let now = Env::system().now().as_seconds();
    for (claim, word) in [("iat", "issued"), ("nbf", "good from"), ("exp", "expires")] {
        if let Some(at) = token.claims.get(claim).and_then(Value::as_i64) {
            println!("{word:<9}{}", distance(at.saturating_sub(now)));
        }
    }
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
    if seconds < 0 { format!("{amount} {unit} ago") } else { format!("in {amount} {unit}") }
}

async fn judged(chabi: &Chabi, text: &str, read: Option<&UnverifiedToken>) -> Result<ExitCode> {
    chabi.until_ready().await?;
    let claim = |name: &str| read.and_then(|token| token.claims.get(name)).map(ToString::to_string).unwrap_or_default();
    if read.is_some() {
        match chabi.check_signature(text) {
            Ok(()) => println!("\nsignature  good: by a key that {} publishes", chabi.issuer()),
            Err(words) => println!("\nsignature  NOT good: {words}"),
        }
    }
    match chabi.standing(text).await? {
        Standing::Good => {
            println!("accepted   yes, now, by APIs of its audience {}", claim("aud"));
            return Ok(ExitCode::SUCCESS);
        }
        Standing::TakenBack => println!("accepted   no: it was taken back, or its application is disabled"),
        Standing::NotGood(reason) => println!("accepted   no, as an access token: {reason}{}", hint(read)),
    }
    Ok(ExitCode::FAILURE)
}

/// The mistake that is made most: an ID token is for the application, and tells an API nothing.
fn hint(read: Option<&UnverifiedToken>) -> &'static str {
    let has = |name: &str| read.is_some_and(|token| token.claims.contains_key(name));
    match () {
        () if has("nonce") || has("at_hash") => " (it looks like an ID token, which is for the application and for no API)",
        () if has("events") => " (it looks like a logout token)",
        () => "",
    }
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
        assert_eq!([-30, 300, -7_300, 864_000].map(distance), ["30 s ago", "in 5 min", "2 h ago", "in 10 days"]);
    }
}
