//! `cargo xtask ledger`: the long form of the ledger in `crates/server/tests/nodes`. Thousands of callers for minutes, while servers
//! and PostgreSQL are killed; the report stands on the terminal as it comes.

use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::{equipment, process};

/// What the arguments say.
#[derive(Debug, PartialEq, Eq)]
struct Size {
    minutes: u64,
    callers: u64,
    /// The part of the tests' names that chooses the engines.
    engine: &'static str,
    /// Repeats the actions of an earlier run.
    seed: Option<u64>,
}

/// Runs it; `true` when nothing was lost, doubled or revived.
///
/// # Errors
/// An argument that is none, or something is missing and cannot be installed.
pub fn run(root: &Path, arguments: &[String]) -> Result<bool> {
    let size = read(arguments)?;
    equipment::install(root)?;
    let filter = format!("ledger::on_{}", size.engine);
    let test = ["test", "--package", "chabi-server", "--profile", "ci", "--locked", "--test", "nodes", "--"];
    let mut command = process::cargo(&test);
    command.args([filter.as_str(), "--nocapture", "--test-threads=1"]);
    command.env("CHABI_LEDGER_SECONDS", (size.minutes * 60).to_string()).env("CHABI_LEDGER_CALLERS", size.callers.to_string());
    if let Some(seed) = size.seed {
        command.env("CHABI_LEDGER_SEED", seed.to_string());
    }
    process::succeeds(&mut command)
}

fn read(arguments: &[String]) -> Result<Size> {
    let mut size = Size { minutes: 5, callers: 3_000, engine: "", seed: None };
    let mut words = arguments.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let value = words.next().with_context(|| format!("`{word}` wants a value"))?;
        let number = || value.parse::<u64>().with_context(|| format!("{word} wants a number, not `{value}`"));
        match (word, value) {
            ("--minutes", _) => size.minutes = number()?,
            ("--callers", _) => size.callers = number()?,
            ("--seed", _) => size.seed = Some(number()?),
            ("--engine", "sqlite") => size.engine = "sqlite",
            ("--engine", "postgres") => size.engine = "two_nodes_and_postgresql",
            _ => bail!("cargo xtask ledger [--minutes N] [--callers N] [--engine sqlite|postgres] [--seed N]"),
        }
    }
    Ok(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn arguments_are_read_in_any_order_and_nothing_is_guessed() {
        let read_all = read(&words("--engine sqlite --callers 10 --minutes 1 --seed 7")).ok();
        assert_eq!(read_all, Some(Size { minutes: 1, callers: 10, engine: "sqlite", seed: Some(7) }));
        for wrong in ["--engine mysql", "--callers", "--callers many", "5"] {
            assert!(read(&words(wrong)).is_err(), "{wrong}");
        }
    }
}
