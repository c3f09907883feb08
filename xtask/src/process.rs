//! Runs other programs, with their output on the terminal as it comes.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result};

/// Says what is run, runs it, and answers whether it succeeded.
pub fn succeeds(command: &mut Command) -> Result<bool> {
    announce(command);
    let status = command.status().with_context(|| format!("starting {}", command.get_program().display()))?;
    Ok(status.success())
}

/// Like [`succeeds`], and hands every line of standard output to `seen` after it was printed.
pub fn succeeds_watched(command: &mut Command, mut seen: impl FnMut(&str)) -> Result<bool> {
    announce(command);
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| format!("starting {}", command.get_program().display()))?;
    let output = child.stdout.take().context("standard output was piped")?;
    for line in BufReader::new(output).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        seen(&line);
    }
    Ok(child.wait()?.success())
}

/// Runs it in silence; `true` when it exists and succeeds.
pub fn succeeds_quietly(program: &str, arguments: &[&str]) -> bool {
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Where cargo puts things.
pub fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

/// `cargo` with these arguments: the very cargo that runs us.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    command
}

fn announce(command: &Command) {
    let arguments: Vec<_> = command.get_args().map(|argument| argument.to_string_lossy()).collect();
    println!("\n$ {} {}", command.get_program().to_string_lossy(), arguments.join(" "));
}
