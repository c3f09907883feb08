//! A fuzzer on one of our parsers, or on each in turn: `cargo xtask fuzz [TARGET] [--seconds N]`.
//!
//! libFuzzer wants to see which branches were taken. The flags that ask the compiler for it work on the stable toolchain; they go into a
//! target directory of their own, so that nothing else is built anew.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::process;

const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
                        -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Cdebug-assertions \
                        -Ccodegen-units=1 --cfg fuzzing";

/// `false`: a target crashed, and the input that did it is named.
pub fn run(root: &Path, words: &[String]) -> Result<bool> {
    let mut words = words.iter();
    let (mut only, mut seconds) = (None, 30_u32);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seconds" => seconds = words.next().context("--seconds takes a number")?.parse().context("--seconds takes a number")?,
            name if !name.starts_with('-') => only = Some(name.to_owned()),
            other => bail!("fuzz takes [TARGET] [--seconds N], not {other}"),
        }
    }
    let host = host()?;
    let build = root.join("target").join("fuzz");
    let made = process::cargo(&["build", "--release", "--package", "chabi-fuzz", "--features", "libfuzzer", "--bin", "fuzz"])
        // with a target named, the flags are not for build scripts, which have no fuzzer to be linked with
        .args(["--target", &host])
        .env("RUSTFLAGS", COVERAGE)
        .env("CARGO_TARGET_DIR", &build)
        .status()
        .context("building the fuzzer")?;
    anyhow::ensure!(made.success(), "the fuzzer could not be built");
    let corpus = build.join("corpus");
    let written = process::cargo(&["run", "--package", "chabi-fuzz", "--bin", "seeds", "--"]).arg(&corpus).status()?;
    anyhow::ensure!(written.success(), "the seeds could not be written");
    let targets = targets(&corpus, only.as_deref())?;
    let mut sound = true;
    for target in targets {
        println!("fuzz: {target} for {seconds} s");
        let ended = std::process::Command::new(build.join(&host).join("release").join("fuzz"))
            .arg(corpus.join(&target))
            .arg(format!("-max_total_time={seconds}"))
            .args(["-max_len=16384", "-timeout=5", "-rss_limit_mb=1024", "-print_final_stats=1"])
            .arg(format!("-artifact_prefix={}/{}-", build.display(), target))
            .env("CHABI_FUZZ_TARGET", &target)
            .status()
            .with_context(|| format!("running {target}"))?;
        sound &= ended.success();
    }
    Ok(sound)
}

/// The triple of this machine.
fn host() -> Result<String> {
    let said = std::process::Command::new("rustc").arg("-vV").output().context("rustc -vV")?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let host = said.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc -vV names no host")?;
    Ok(host.to_owned())
}

/// The names of the folders of seeds: of all, or of the one that was asked for.
fn targets(corpus: &Path, only: Option<&str>) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(corpus)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    match only {
        None => Ok(names),
        Some(only) if names.iter().any(|name| name == only) => Ok(vec![only.to_owned()]),
        Some(only) => bail!("there is no target `{only}`; there are: {}", names.join(", ")),
    }
}
