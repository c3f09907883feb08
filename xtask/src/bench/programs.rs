//! The programs of a bench: built, and put on cores.

use std::{
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use anyhow::{Result, ensure};

use crate::{equipment, process};

/// Builds these packages, and answers where their programs are.
pub fn build(root: &Path, profile: &str, packages: &[&str]) -> Result<PathBuf> {
    let mut arguments = vec!["build", "--locked", "--bins", "--profile", profile];
    for package in packages {
        arguments.extend(["--package", package]);
    }
    ensure!(process::succeeds(&mut process::cargo(&arguments))?, "the programs cannot be built");
    Ok(process::target(root).join(profile))
}

/// The load's program on one core, and the core that is left to the server; anywhere when there is one core, or no taskset.
pub fn pinned(program: &Path) -> (Command, Option<&'static str>) {
    if thread::available_parallelism().map_or(1, usize::from) < 2 || !equipment::on_path("taskset") {
        return (Command::new(program), None);
    }
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", "1"]).arg(program);
    (command, Some("0"))
}
