//! Budgets of files and crates, names that say nothing, and the count of exceptions. Functions are clippy's.

use std::{collections::BTreeMap, path::Path};

use anyhow::Result;

use crate::sources::{self, Source};

const LARGEST_FILE: usize = 400;
const LARGEST_CRATE: usize = 5_000;
/// Crates with another bound, each for a reason that an ADR gives (0010, 0012, 0014, 0015, 0018).
const EXCEPTIONS: [(&str, usize); 7] = [
    ("admin", 9_000),
    ("authorization-server", 9_000),
    ("console", 5_300),
    ("resource-owner", 8_000),
    ("server", 7_700),
    // a noun more is three files more: records, statements, contract
    ("store", 7_000),
    ("store-sql", 7_000),
];
const EMPTY_NAMES: [&str; 11] = ["util", "utils", "helper", "helpers", "common", "misc", "core", "shared", "stuff", "base", "more"];

/// One complaint for each breach; prints how many exceptions there are.
pub fn check(root: &Path) -> Result<Vec<String>> {
    let files = sources::all(root)?;
    let mut complaints = Vec::new();
    let mut crates: BTreeMap<String, usize> = BTreeMap::new();
    let mut exceptions = 0;
    for file in &files {
        *crates.entry(file.package().to_owned()).or_default() += file.size();
        complaints.extend(check_file(file));
        exceptions += count_exceptions(file, &mut complaints);
    }
    for (name, size) in &crates {
        let bound = EXCEPTIONS.iter().find(|(crate_name, _)| name.ends_with(crate_name)).map_or(LARGEST_CRATE, |(_, bound)| *bound);
        if *size > bound {
            complaints.push(format!("{name} has {size} lines; a crate has {bound} at the most"));
        }
    }
    println!("sizes: {} files, {exceptions} exceptions with a reason", files.len());
    Ok(complaints)
}

fn check_file(file: &Source) -> Vec<String> {
    let mut complaints = Vec::new();
    if file.size() > LARGEST_FILE {
        complaints.push(format!("{} has {} lines without its tests; a file has {LARGEST_FILE} at the most", file.path, file.size()));
    }
    for part in file.path.split('/').skip(1) {
        let name = part.strip_suffix(".rs").unwrap_or(part);
        if says_nothing(name) {
            complaints.push(format!("{}: the name `{name}` says nothing", file.path));
        }
    }
    complaints
}

fn says_nothing(name: &str) -> bool {
    let numbered = name.trim_end_matches(|c: char| c.is_ascii_digit());
    // a section of a standard is no part: `rfc6749/section_4_1_3.rs`
    let part = numbered != name
        && !name.starts_with("section_")
        && (numbered.ends_with("part") || numbered.ends_with("part_") || numbered.ends_with('_'));
    EMPTY_NAMES.contains(&name) || part
}

/// `#[expect]` outside tests, each of which must give its reason; `#[allow]` is clippy's to refuse.
fn count_exceptions(file: &Source, complaints: &mut Vec<String>) -> usize {
    let mut count = 0;
    for (index, (line, test)) in file.lines.iter().enumerate() {
        let attribute = line.trim_start();
        if *test || !(attribute.starts_with("#[expect(") || attribute.starts_with("#![expect(")) {
            continue;
        }
        count += 1;
        let whole: Vec<&str> = file.lines.iter().skip(index).take(6).map(|(line, _)| line.as_str()).collect();
        let whole = whole.join(" ");
        let end = whole.find(")]").unwrap_or(whole.len());
        if !whole.get(..end).unwrap_or_default().contains("reason") {
            complaints.push(format!("{}:{}: an exception without a reason", file.path, index + 1));
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, lines: usize) -> Source {
        Source::parse(path.into(), &"x\n".repeat(lines))
    }

    #[test]
    fn a_file_of_401_lines_is_refused_and_one_of_400_is_not() {
        assert_eq!(check_file(&source("crates/x/src/y.rs", 401)).len(), 1);
        assert!(check_file(&source("crates/x/src/y.rs", 400)).is_empty());
    }

    #[test]
    fn names_that_say_nothing_are_refused() {
        for name in ["utils", "helpers", "common", "misc", "core", "login_part2", "part_3", "pages_2"] {
            assert!(says_nothing(name), "{name}");
        }
        for name in ["rfc6749", "sha256", "section_4_1_3x", "oauth2", "token"] {
            assert!(!says_nothing(name), "{name}");
        }
    }

    #[test]
    fn an_exception_gives_its_reason() {
        let mut complaints = Vec::new();
        let text = "#[expect(clippy::x, reason = \"because\")]\n#[expect(clippy::y)]\n";
        assert_eq!(count_exceptions(&Source::parse("a/src/b.rs".into(), text), &mut complaints), 2);
        assert_eq!(complaints, ["a/src/b.rs:2: an exception without a reason"]);
    }
}
