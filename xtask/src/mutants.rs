//! `cargo xtask mutants`: takes the guards away, one by one, and sees whether a test notices. Not part of CI: it takes its time.
//!
//! Works on a copy of the workspace in `target/mutants`, with a target folder of its own that stays for the next run. Nearly all are
//! built at once and chosen when a test runs ([`choices`]); the few others are built one by one. A guard that nobody misses is a survivor:
//! write the test that misses it, or take the guard away.

mod around;
mod bounds;
mod choices;
mod grants;
mod guards;
mod issuing;
mod proofs;
mod registered;
mod social;

use std::{
    collections::{BTreeMap, BTreeSet},
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
    let mut copy = Copy::make(root)?;
    let is_wanted = |mutant: &Mutant| wanted.is_empty() || wanted.iter().any(|part| mutant.name.contains(part.as_str()));
    let all: Vec<Mutant> = guards::all(&sources::all(root)?).into_iter().filter(is_wanted).collect();
    copy.write_choices(&all)?;
    let mut packages: Vec<&str> = all.iter().flat_map(|mutant| guards::judges(&mutant.path)).copied().collect();
    packages.sort_unstable();
    packages.dedup();
    for package in packages {
        println!("mutants: {package} as it is");
        ensure!(copy.passes(package, None)?, "the tests of {package} fail before anything is taken away");
    }
    let mut survivors = Vec::new();
    for (index, mutant) in all.iter().enumerate() {
        let begun = Instant::now();
        let word = match copy.fate(mutant, index)? {
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
    root: PathBuf,
    workspace: PathBuf,
    target: PathBuf,
    /// The mutants that are chosen by their number, without a build.
    chosen: BTreeSet<usize>,
}

/// They read our sources, and find every body several times in the copy.
const READERS: [&str; 1] = ["every_profile_fixes_type_issuer_audience_algorithms_and_claims"];

impl Copy {
    fn make(root: &Path) -> Result<Self> {
        let home = root.join("target/mutants");
        let (workspace, target) = (home.join("workspace"), home.join("target"));
        let copy = Self { root: root.to_owned(), workspace, target, chosen: BTreeSet::new() };
        fs::create_dir_all(&copy.workspace)?;
        for entry in fs::read_dir(root)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !["target", "tests"].contains(&name.as_str()) && (!name.starts_with('.') || name == ".cargo") {
                mirror(&entry.path(), &copy.workspace.join(name))?;
            }
        }
        // the one member of the workspace that stands among the other tests
        fs::create_dir_all(copy.workspace.join("tests"))?;
        mirror(&root.join("tests/pasted-api"), &copy.workspace.join("tests/pasted-api"))?;
        Ok(copy)
    }

    /// Into each file all of its mutants that can be chosen.
    fn write_choices(&mut self, all: &[Mutant]) -> Result<()> {
        let mut files: BTreeMap<&str, Vec<(usize, &Mutant)>> = BTreeMap::new();
        for (number, mutant) in all.iter().enumerate() {
            files.entry(mutant.path.as_str()).or_default().push((number, mutant));
        }
        for (path, mutants) in files {
            let (text, chosen) = choices::written(&read(&self.root.join(path))?, &mutants);
            fs::write(self.workspace.join(path), text)?;
            self.chosen.extend(chosen);
        }
        Ok(())
    }

    fn fate(&self, mutant: &Mutant, number: usize) -> Result<Fate> {
        if self.chosen.contains(&number) {
            return self.judged(mutant, Some(number));
        }
        let path = self.workspace.join(&mutant.path);
        let (original, in_use) = (read(&self.root.join(&mutant.path))?, read(&path)?);
        if original.matches(&mutant.with).count() != 1 {
            return Ok(Fate::NotFound);
        }
        fs::write(&path, original.replacen(&mutant.with, &mutant.without, 1))?;
        let fate = self.judged(mutant, None);
        fs::write(&path, in_use)?;
        fate
    }

    fn judged(&self, mutant: &Mutant, number: Option<usize>) -> Result<Fate> {
        for package in guards::judges(&mutant.path) {
            if number.is_none() && !self.cargo(package, &["--no-run"], None)? {
                return Ok(Fate::DoesNotCompile);
            }
            if !self.passes(package, number)? {
                return Ok(Fate::Killed);
            }
        }
        Ok(Fate::Survived)
    }

    fn passes(&self, package: &str, number: Option<usize>) -> Result<bool> {
        let skipped = READERS.iter().flat_map(|name| ["--skip", name]);
        self.cargo(package, &["--"].into_iter().chain(skipped).collect::<Vec<_>>(), number)
    }

    fn cargo(&self, package: &str, more: &[&str], number: Option<usize>) -> Result<bool> {
        let mut command: Command = process::cargo(&["test", "--quiet", "--locked", "--lib", "--tests", "--package", package]);
        command.args(more).current_dir(&self.workspace).env("CARGO_TARGET_DIR", &self.target);
        if let Some(number) = number {
            command.env(choices::VARIABLE, number.to_string());
        }
        // a snapshot that differs is a failed test, and leaves nothing behind
        command.env("INSTA_UPDATE", "no").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(command.status().context("starting cargo")?.success())
    }
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
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
