//! `cargo deny`: bans, licences and sources always; advisories where their database can be reached, and a loud line where not.

use anyhow::{Result, ensure};

use crate::{equipment, process};

const VERSION: &str = "0.20.2";

/// `true` when nothing is denied.
pub fn check() -> Result<bool> {
    install()?;
    let mut in_order =
        process::succeeds(&mut process::cargo(&["deny", "--workspace", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"]))?;
    if advisories_can_be_had() {
        in_order &= process::succeeds(&mut process::cargo(&["deny", "--workspace", "check", "--hide-inclusion-graph", "advisories"]))?;
    } else {
        println!("deny: !!! ADVISORIES NOT CHECKED: the advisory database cannot be reached from here !!!");
    }
    Ok(in_order)
}

fn install() -> Result<()> {
    if equipment::on_path("cargo-deny") {
        return Ok(());
    }
    let installed = process::succeeds(&mut process::cargo(&["install", "--locked", "--quiet", "cargo-deny", "--version", VERSION]))?;
    ensure!(installed, "the checks need cargo-deny; install by hand: cargo install --locked cargo-deny --version {VERSION}");
    Ok(())
}

fn advisories_can_be_had() -> bool {
    process::succeeds_quietly("timeout", &["60", "cargo", "deny", "fetch", "db"])
}
