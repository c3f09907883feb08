//! `cargo xtask bench counts`: instructions of the hottest steps, beside those in `bench/counts.json`. `--write` keeps the new ones.

use std::{path::Path, process::Command};

use anyhow::{Result, bail, ensure};

use super::programs;
use crate::{equipment, process};

/// `false`: it did not run to its end, and has said why.
pub fn run(root: &Path, arguments: &[String]) -> Result<bool> {
    ensure!(equipment::on_path("valgrind"), "instruction counts need valgrind: apt-get install valgrind");
    if let Some(other) = arguments.iter().find(|argument| *argument != "--write") {
        bail!("bench counts knows `--write`, not `{other}`");
    }
    // not as it is shipped: a change shows in either, and this one is built in half the time
    let built = programs::build(root, "release", &["chabi-bench"])?;
    let mut command = Command::new(built.join("chabi-bench"));
    command.arg("counts").arg("--kept").arg(root.join("bench/counts.json")).args(["--built", &format!("release, {}", compiler())]);
    process::succeeds(command.args(arguments))
}

/// Such as `rustc 1.95.0`: another compiler, other counts.
fn compiler() -> String {
    let said = Command::new("rustc").arg("--version").output();
    let said = said.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    said.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}
