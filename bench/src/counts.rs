//! Instruction counts of the hottest steps, by callgrind: they are the same on a busy machine, so a regression of some per cent is seen.
//!
//! Each operation runs `FEW` times and `MANY` times under valgrind; the difference is the operation's own, and start-up falls out.
//! valgrind shows programs a processor with AES-NI and AVX2, and without AVX-512 and SHA instructions: the counts are of the code that
//! runs there, not of the fastest that this machine has.

mod operation;

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use operation::Operation;

const FEW: u32 = 50;
const MANY: u32 = 250;
/// More than this is marked.
const MARKED_PERCENT: f64 = 5.0;

/// What to compare with.
#[derive(Debug, Args)]
pub struct Options {
    /// The counts that were kept, `bench/counts.json`.
    #[arg(long)]
    pub kept: PathBuf,
    /// Keeps the new ones in their place.
    #[arg(long)]
    pub write: bool,
    /// The profile and the compiler that this program was built with, for the file.
    #[arg(long, default_value = "")]
    pub built: String,
}

/// One operation, so many times: what runs under valgrind.
#[derive(Debug, Args)]
pub struct Repeat {
    /// Its name.
    pub name: String,
    /// How often.
    pub times: u32,
}

/// Runs one operation.
///
/// # Errors
/// There is none of this name, or it fails.
pub async fn repeat(asked: &Repeat) -> Result<()> {
    let operation = Operation::ALL.into_iter().find(|operation| operation.name() == asked.name);
    operation.with_context(|| format!("there is no operation `{}`", asked.name))?.repeat(asked.times, MANY).await
}

/// Counts all operations, prints them beside those that were kept, and keeps them if asked to.
///
/// # Errors
/// valgrind is missing or does not run; the file cannot be read or written.
pub fn run(options: &Options) -> Result<()> {
    let valgrind = valgrind()?;
    let kept = fs::read_to_string(&options.kept).unwrap_or_default();
    println!("{valgrind}; {}; differs from {}", options.built, options.kept.display());
    let mut lines = Vec::new();
    for operation in Operation::ALL {
        let name = operation.name();
        let count = (collected(name, MANY)? - collected(name, FEW)?) / f64::from(MANY - FEW);
        println!("{name:<24} {count:>10.0} instructions  {}", change(count, kept_count(&kept, name)));
        lines.push(format!("    \"{name}\": {count:.0}"));
    }
    if options.write || kept.is_empty() {
        let text = format!(
            "{{\n  \"built\": \"{}\",\n  \"valgrind\": \"{valgrind}\",\n  \"instructions\": {{\n{}\n  }}\n}}\n",
            options.built,
            lines.join(",\n")
        );
        fs::write(&options.kept, text)?;
        println!("kept in {}", options.kept.display());
    }
    Ok(())
}

fn valgrind() -> Result<String> {
    let said = Command::new("valgrind").arg("--version").output();
    let said = said.context("instruction counts need valgrind: apt-get install valgrind")?;
    Ok(String::from_utf8_lossy(&said.stdout).trim().to_owned())
}

/// Instructions of a whole process that does the operation so many times.
fn collected(name: &str, times: u32) -> Result<f64> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(std::env::current_exe()?);
    command.args(["repeat", name, &times.to_string()]);
    let output = command.output().context("starting valgrind")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{name} under valgrind: {said}{}", String::from_utf8_lossy(&output.stdout));
    let line =
        said.lines().find_map(|line| line.split_once("Collected : ")).with_context(|| format!("valgrind counted nothing: {said}"))?;
    Ok(line.1.trim().parse()?)
}

/// The number beside this name in the file that we write.
fn kept_count(kept: &str, name: &str) -> Option<f64> {
    let (_, rest) = kept.split_once(&format!("\"{name}\":"))?;
    rest.split([',', '\n', '}']).next()?.trim().parse().ok()
}

fn change(now: f64, before: Option<f64>) -> String {
    let Some(before) = before else { return "new".to_owned() };
    let percent = (now - before) * 100.0 / before;
    let mark = if percent.abs() > MARKED_PERCENT { "  <-- look" } else { "" };
    format!("{percent:+.1} %{mark}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_more_than_five_per_cent_is_marked() {
        let kept = "{\n  \"instructions\": {\n    \"a\": 100,\n    \"b\": 200\n  }\n}";
        assert_eq!((kept_count(kept, "a"), kept_count(kept, "b"), kept_count(kept, "c")), (Some(100.0), Some(200.0), None));
        assert_eq!(change(105.0, Some(100.0)), "+5.0 %");
        assert!(change(94.0, Some(100.0)).contains("look"));
        assert_eq!(change(1.0, None), "new");
    }

    #[tokio::test]
    async fn every_operation_runs() {
        for operation in Operation::ALL {
            operation.repeat(2, 3).await.unwrap();
        }
    }
}
