//! Lays the lines that the console gives for an API where `main.rs` pastes them: those of the file that `CHABI_PASTED` names, or else the
//! console's own text, whose places are no less Rust than what stands in them later.

use std::{env, error::Error, fs, path::PathBuf};

const TEXT: &str = "../../crates/console/src/snippets/axum.txt";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=CHABI_PASTED");
    let from = env::var("CHABI_PASTED").unwrap_or_else(|_| TEXT.to_owned());
    println!("cargo::rerun-if-changed={from}");
    fs::copy(from, PathBuf::from(env::var("OUT_DIR")?).join("pasted.rs"))?;
    Ok(())
}
