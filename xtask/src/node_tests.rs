//! The tests in `tests/js`: a real browser, clients that we did not write, crashes. Against the real binary, on SQLite and PostgreSQL.

use std::{path::Path, process::Command};

use anyhow::{Result, ensure};

use crate::{equipment, postgres::Postgres, process, summary::Sum};

/// Runs these files (all when there are none), with these variables set, and adds up.
///
/// # Errors
/// The binary cannot be built, or PostgreSQL cannot be started.
pub fn run(root: &Path, files: &[&str], variables: &[(&str, &str)], sum: &mut Sum) -> Result<()> {
    let built = process::succeeds(&mut process::cargo(&[
        "build",
        "--workspace",
        "--bins",
        "--example",
        "gallery",
        "--profile",
        "ci",
        "--locked",
        "--quiet",
    ]))?;
    ensure!(built, "the binaries cannot be built");
    let programs = process::target(root).join("ci");
    let postgres = Postgres::start(&programs)?;
    let before = sum.failed;
    let mut node = Command::new(equipment::node(root));
    node.args(["--test", "--test-reporter=tap", "--test-concurrency=1"])
        .args(files)
        .current_dir(root.join("tests/js"))
        .env("CHABI_BIN", programs.join("chabi"))
        .env("CHABI_PYTHON", equipment::python(root).join("bin/python"))
        .env("CHABI_TEST_POSTGRES", &postgres.url)
        .envs(variables.iter().copied());
    let succeeded = process::succeeds_watched(&mut node, |line| sum.add_node_line(line))?;
    if !succeeded && sum.failed == before {
        sum.failed += 1;
    }
    Ok(())
}

/// Installs what is missing, runs these files alone, and closes with the sum; `true` when all passed.
///
/// # Errors
/// As [`run`], or something is missing and cannot be installed.
pub fn alone(root: &Path, files: &[&str], variables: &[(&str, &str)]) -> Result<bool> {
    equipment::install(root)?;
    let mut sum = Sum::default();
    run(root, files, variables, &mut sum)?;
    println!("{} passed, {} failed", sum.passed, sum.failed);
    Ok(sum.failed == 0 && sum.passed > 0)
}
