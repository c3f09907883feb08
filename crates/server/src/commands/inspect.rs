//! `chabi token inspect`: what stands in a JWT.

use std::io::Read as _;

use anyhow::{Context as _, Result, ensure};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// Prints header and payload. Nothing is checked: a stranger can write any token.
///
/// # Errors
/// It is not a JWT.
pub fn run(token: Option<String>) -> Result<()> {
    let text = match token {
        Some(token) => token,
        None => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text)?;
            text
        }
    };
    let parts: Vec<&str> = text.trim().split('.').collect();
    let [header, payload, _signature] = parts.as_slice() else {
        ensure!(!text.trim().starts_with("chabi_"), "this is an opaque token: what it stands for is known to the server alone");
        anyhow::bail!("not a JWT: it has three parts with dots between them");
    };
    println!("{}\n{}", decoded(header).context("the header")?, decoded(payload).context("the payload")?);
    eprintln!("The signature was NOT checked.");
    Ok(())
}

fn decoded(part: &str) -> Result<String> {
    let bytes = URL_SAFE_NO_PAD.decode(part).context("not base64url")?;
    let value: serde_json::Value = serde_json::from_slice(&bytes).context("not JSON")?;
    Ok(harmless(&serde_json::to_string_pretty(&value)?))
}

/// A stranger's token must not move the cursor of whoever reads it, nor turn round what stands beside it: JSON escapes the older control
/// characters by itself, and may hold those of ISO 6429 (C1) and the marks of writing direction as they are.
fn harmless(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for c in json.chars() {
        let hidden =
            matches!(c, '\u{7f}'..='\u{9f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
        match hidden {
            true => shown.push_str(&format!("\\u{:04x}", u32::from(c))),
            false => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    // req: lg.inj
    #[test]
    fn what_a_terminal_would_obey_is_shown_escaped_and_means_the_same() {
        let odd = serde_json::json!({ "name": "a\u{9b}31mb\u{1b}[0m\u{202e}c\u{7f}", "city": "ঢাকা" });
        let shown = decoded(&URL_SAFE_NO_PAD.encode(odd.to_string())).unwrap();
        assert!(shown.contains("a\\u009b31mb\\u001b[0m\\u202ec\\u007f") && shown.contains("ঢাকা"), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), odd);
    }
}
