//! `cargo xtask mutants`: takes the guards away, one by one, and sees whether a test notices. Not part of CI: it takes its time.
//!
//! Works on a copy of the workspace in `target/mutants`, with a target folder of its own that stays for the next run. A guard that
//! nobody misses is a survivor: write the test that misses it, or take the guard away.

mod around;
mod grants;
mod guards;
mod proofs;
mod registered;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, ensure};

use crate::{process, sources};

/// A guard, and the text without it.
pub struct Mutant {
    /// `file: what is taken away`.
    pub name: String,
    /// Relative to the workspace.
    pub path: String,
    /// Occurs exactly once in the file.
    pub with: String,
    /// What stands in its place.
    pub without: String,
}

enum Fate {
    Killed,
    Survived,
    DoesNotCompile,
    NotFound,
}

/// Runs all mutants, or those whose name holds one of `wanted`. `true` when every one was noticed.
///
/// # Errors
/// The copy cannot be made, or its tests fail before anything is taken away.
pub fn run(root: &Path, wanted: &[String]) -> Result<bool> {
    let copy = Copy::make(root)?;
    let is_wanted = |mutant: &Mutant| wanted.is_empty() || wanted.iter().any(|part| mutant.name.contains(part.as_str()));
    let all: Vec<Mutant> = guards::all(&sources::all(root)?).into_iter().filter(is_wanted).collect();
    let mut packages: Vec<&str> = all.iter().flat_map(|mutant| guards::judges(&mutant.path)).copied().collect();
    packages.sort_unstable();
    packages.dedup();
    for package in packages {
        println!("mutants: {package} as it is");
        ensure!(copy.passes(package)?, "the tests of {package} fail before anything is taken away");
    }
    let mut survivors = Vec::new();
    for (index, mutant) in all.iter().enumerate() {
        let begun = Instant::now();
        let word = match copy.fate(mutant)? {
            Fate::Killed => "killed",
            Fate::Survived => "SURVIVED",
            Fate::DoesNotCompile => "DOES NOT COMPILE",
            Fate::NotFound => "NOT FOUND",
        };
        println!("mutants: {}/{} {word:<8} {} ({} s)", index + 1, all.len(), mutant.name, begun.elapsed().as_secs());
        if word != "killed" {
            survivors.push(format!("{word}: {}", mutant.name));
        }
    }
    println!("\nmutants: {} in all, {} killed", all.len(), all.len().saturating_sub(survivors.len()));
    survivors.iter().for_each(|survivor| println!("{survivor}"));
    Ok(survivors.is_empty() && !all.is_empty())
}

/// The workspace once more, to be spoiled.
struct Copy {
    workspace: PathBuf,
    target: PathBuf,
}

impl Copy {
    fn make(root: &Path) -> Result<Self> {
        let home = root.join("target/mutants");
        let copy = Self { workspace: home.join("workspace"), target: home.join("target") };
        fs::create_dir_all(&copy.workspace)?;
        for entry in fs::read_dir(root)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !["target", "tests"].contains(&name.as_str()) && (!name.starts_with('.') || name == ".cargo") {
                mirror(&entry.path(), &copy.workspace.join(name))?;
            }
        }
        Ok(copy)
    }

    fn fate(&self, mutant: &Mutant) -> Result<Fate> {
        let path = self.workspace.join(&mutant.path);
        let original = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        if original.matches(&mutant.with).count() != 1 {
            return Ok(Fate::NotFound);
        }
        fs::write(&path, original.replacen(&mutant.with, &mutant.without, 1))?;
        let fate = self.judged(mutant);
        fs::write(&path, original)?;
        fate
    }

    fn judged(&self, mutant: &Mutant) -> Result<Fate> {
        for package in guards::judges(&mutant.path) {
            if !self.cargo(package, &["--no-run"])? {
                return Ok(Fate::DoesNotCompile);
            }
            if !self.passes(package)? {
                return Ok(Fate::Killed);
            }
        }
        Ok(Fate::Survived)
    }

    fn passes(&self, package: &str) -> Result<bool> {
        self.cargo(package, &[])
    }

    fn cargo(&self, package: &str, more: &[&str]) -> Result<bool> {
        let mut command: Command = process::cargo(&["test", "--quiet", "--locked", "--lib", "--tests", "--package", package]);
        command.args(more).current_dir(&self.workspace).env("CARGO_TARGET_DIR", &self.target);
        // a snapshot that differs is a failed test, and leaves nothing behind
        command.env("INSTA_UPDATE", "no").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(command.status().context("starting cargo")?.success())
    }
}

/// Makes `to` like `from`. What is equal already is left as it is, so that nothing is built again.
fn mirror(from: &Path, to: &Path) -> Result<()> {
    if !from.is_dir() {
        let new = fs::read(from).with_context(|| format!("reading {}", from.display()))?;
        if fs::read(to).ok().as_ref() != Some(&new) {
            fs::write(to, new).with_context(|| format!("writing {}", to.display()))?;
        }
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(to)? {
        let old = entry?.path();
        if !from.join(old.file_name().unwrap_or_default()).exists() {
            if old.is_dir() { fs::remove_dir_all(&old)? } else { fs::remove_file(&old)? }
        }
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        mirror(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}
