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
    Ok(serde_json::to_string_pretty(&value)?)
}
