//! `cargo xtask rolling <revision>`: that revision's server beside ours on one PostgreSQL, over our migrations, under traffic. Builds the
//! revision in a worktree of its own; minutes the first time, and not part of CI, where our own version stands in for the one before.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

use crate::{equipment, process};

/// Builds, then runs the test; `true` when nobody lost a token.
///
/// # Errors
/// No such revision, it cannot be built, or something is missing and cannot be installed.
pub fn run(root: &Path, arguments: &[String]) -> Result<bool> {
    let [revision] = arguments else { anyhow::bail!("cargo xtask rolling <git revision of the version before>") };
    equipment::install(root)?;
    let before = build(root, revision)?;
    println!("rolling: from {} to what stands here", before.display());
    let test = ["test", "--package", "chabi-server", "--profile", "ci", "--locked", "--test", "nodes", "--", "rolling::", "--nocapture"];
    process::succeeds(process::cargo(&test).env("CHABI_BEFORE", before))
}

/// The server of that revision.
fn build(root: &Path, revision: &str) -> Result<PathBuf> {
    let place = root.join("target/rolling");
    let sources = place.join("before");
    if !sources.is_dir() {
        let mut git = Command::new("git");
        git.args(["worktree", "add", "--force", "--detach"]).arg(&sources).arg(revision).current_dir(root);
        ensure!(process::succeeds(&mut git)?, "git has no worktree of `{revision}`");
    }
    let mut git = Command::new("git");
    git.args(["checkout", "--quiet", "--force", "--detach", revision]).current_dir(&sources);
    ensure!(process::succeeds(&mut git)?, "git cannot check out `{revision}`");
    let target = place.join("target");
    let mut cargo = process::cargo(&["build", "--package", "chabi-server", "--bin", "chabi", "--profile", "ci", "--locked"]);
    ensure!(process::succeeds(cargo.current_dir(&sources).env("CARGO_TARGET_DIR", &target))?, "`{revision}` cannot be built");
    // ours may not overwrite it, should anybody build here too
    let program = place.join("chabi-before");
    std::fs::copy(target.join("ci/chabi"), &program).with_context(|| format!("keeping {}", program.display()))?;
    Ok(program)
}
