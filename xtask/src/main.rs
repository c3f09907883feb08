//! The project's chores: `cargo xtask test`, `cargo xtask check` and their parts.
#![expect(clippy::print_stdout, reason = "a command-line tool talks on standard output")]

mod bench;
mod cargo_deny;
mod check;
mod equipment;
mod fuzz;
mod layers;
mod ledger;
mod mutants;
mod node_specs;
mod node_tests;
mod postgres;
mod process;
mod rolling;
mod sizes;
mod sources;
mod specs;
mod summary;
#[cfg(test)]
mod supply_chain_tests;
mod tests_of_all_kinds;

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, Result, bail};

const USAGE: &str = "\
cargo xtask test          installs what the tests need, checks, runs all tests, closes with `N passed, N failed`
cargo xtask check         fmt, clippy, deny, layers, sizes, specs, docs
cargo xtask check-layers  the arrows between the crates
cargo xtask check-sizes   files, crates, exceptions, names
cargo xtask check-specs   docs/specs.md against the comments in the code
cargo xtask specs         writes docs/specs.md anew
cargo xtask mutants       takes the guards away one by one and sees a test fail; `mutants TEXT…`: those whose name holds one
cargo xtask fuzz          a fuzzer with coverage on our parsers; `fuzz [TARGET] [--seconds N]`
cargo xtask crash         kills the server 50 times in a stream of refreshes, and fails its disk
cargo xtask ledger        many callers for minutes while servers and PostgreSQL are killed; `ledger [--minutes N] [--callers N] [--engine sqlite|postgres] [--seed N]`
cargo xtask rolling REV   that revision's server beside ours on one database, over our migrations
cargo xtask interop       clients and verifiers that we did not write
cargo xtask bench         ours against the ceilings of its parts; `bench [--rounds N] [--seconds S] [--profile P] [--peers] [--smoke] [SCENARIO…]`
cargo xtask bench grow    the same as the data grows; `bench lists`: the administrators' lists with many accounts; `bench counts`: instructions of the hottest steps
cargo xtask install       installs what the tests need, nothing more";

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// `false`: something failed, and has said so.
fn run() -> Result<bool> {
    let root = root()?;
    std::env::set_current_dir(&root).with_context(|| format!("entering {}", root.display()))?;
    match std::env::args().nth(1).as_deref() {
        Some("test") => tests_of_all_kinds::run(&root),
        Some("check") => check::run(&root),
        Some("check-layers") => report("layers", &layers::check()?),
        Some("check-sizes") => report("sizes", &sizes::check(&root)?),
        Some("check-specs") => report("specs", &specs::check(&root)?),
        Some("specs") => specs::write(&root).map(|()| true),
        Some("mutants") => mutants::run(&root, &std::env::args().skip(2).collect::<Vec<_>>()),
        Some("fuzz") => fuzz::run(&root, &std::env::args().skip(2).collect::<Vec<_>>()),
        Some("crash") => node_tests::alone(&root, &["crash.test.mjs"], &[("CHABI_CRASH_ROUNDS", "50")]),
        Some("ledger") => ledger::run(&root, &std::env::args().skip(2).collect::<Vec<_>>()),
        Some("rolling") => rolling::run(&root, &std::env::args().skip(2).collect::<Vec<_>>()),
        Some("interop") => node_tests::alone(&root, &["openid-client.test.mjs", "fakes.test.mjs"], &[]),
        Some("bench") => bench::run(&root, &std::env::args().skip(2).collect::<Vec<_>>()),
        Some("install") => equipment::install(&root).map(|()| true),
        Some(other) => bail!("there is no task `{other}`\n{USAGE}"),
        None => {
            println!("{USAGE}");
            Ok(true)
        }
    }
}

/// Prints the complaints of one check; `true` when there are none.
fn report(check: &str, complaints: &[String]) -> Result<bool> {
    for complaint in complaints {
        println!("{check}: {complaint}");
    }
    if complaints.is_empty() {
        println!("{check}: in order");
    }
    Ok(complaints.is_empty())
}

fn root() -> Result<PathBuf> {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    Ok(own.parent().context("xtask lies in the workspace")?.to_path_buf())
}
