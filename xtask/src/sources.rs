//! Our own Rust files, each line of them marked as test or not.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// One file.
pub struct Source {
    /// Relative to the workspace, with `/`.
    pub path: String,
    /// Its lines in order, and whether each belongs to a test.
    pub lines: Vec<(String, bool)>,
}

impl Source {
    /// `crates/token`, `xtask`, `examples/spa`.
    pub fn package(&self) -> &str {
        let end = self.path.find("/src/").or_else(|| self.path.find("/tests/")).unwrap_or(self.path.len());
        self.path.get(..end).unwrap_or_default()
    }

    /// How many lines are not tests.
    pub fn size(&self) -> usize {
        self.lines.iter().filter(|(_, test)| !test).count()
    }

    /// Marks the lines of a text that stands at `path`.
    pub fn parse(path: String, text: &str) -> Self {
        let all_tests = path.contains("/tests/") || path.ends_with("/tests.rs") || path.ends_with("_tests.rs");
        let mut lines: Vec<(String, bool)> = text.lines().map(|line| (line.to_owned(), all_tests)).collect();
        let mut until: Option<String> = None;
        for index in 0..lines.len() {
            let begins = until.is_none() && begins_test_module(&lines, index);
            let Some((line, test)) = lines.get_mut(index) else { continue };
            if begins {
                let indentation: String = line.chars().take_while(|c| *c == ' ').collect();
                until = Some(format!("{indentation}}}"));
            }
            *test |= until.is_some();
            if until.as_deref() == Some(line.as_str()) {
                until = None;
            }
        }
        Self { path, lines }
    }
}

/// `#[cfg(test)]`, and below it `mod something {`.
fn begins_test_module(lines: &[(String, bool)], index: usize) -> bool {
    let text = |at: usize| lines.get(at).map_or("", |(line, _)| line.trim());
    if text(index) != "#[cfg(test)]" {
        return false;
    }
    let below = (index + 1..index + 4).map(text).find(|line| !line.starts_with("#["));
    below.is_some_and(|line| line.contains("mod ") && line.ends_with('{'))
}

/// Every Rust file of ours, by path.
pub fn all(root: &Path) -> Result<Vec<Source>> {
    let mut paths = Vec::new();
    for folder in ["crates", "examples", "xtask", "bench", "fuzz"] {
        collect(&root.join(folder), &mut paths)?;
    }
    paths.sort();
    paths.iter().map(|path| read(root, path)).collect()
}

fn read(root: &Path, path: &Path) -> Result<Source> {
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let relative = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
    Ok(Source::parse(relative, &text))
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && name != "node_modules" {
            collect(&path, paths)?;
        } else if name.ends_with(".rs") {
            paths.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_module_is_not_counted_and_what_follows_it_is() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {\n    }\n}\nfn c() {}\n";
        let source = Source::parse("crates/x/src/y.rs".into(), text);
        assert_eq!(source.size(), 2);
        assert_eq!(source.package(), "crates/x");
    }

    #[test]
    fn files_of_tests_are_not_counted() {
        assert_eq!(Source::parse("crates/x/tests/y.rs".into(), "a\nb\n").size(), 0);
    }
}
