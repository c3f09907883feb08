//! docs/specs.md: which section of which standard stands in which file, and which tests prove it. Written from the comments in the
//! code (`RFC 7636 §4.6: …` at an enforcement point; the same, or `req: key`, above a test), and checked against them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

use anyhow::{Context, Result};

use crate::{
    node_specs,
    sources::{self, Source},
};

const FILE: &str = "docs/specs.md";
/// How a standard is named in a comment.
const STANDARDS: [&str; 7] = ["RFC ", "OpenID Connect ", "OAuth 2.1 ", "OIDC ", "Token Status List ", "NIST ", "ASVS "];

/// What the comments say.
#[derive(Default)]
struct Specs {
    /// Section → files that enforce it.
    enforced: BTreeMap<Section, BTreeSet<String>>,
    /// Section → tests that name it.
    proven: BTreeMap<Section, BTreeSet<String>>,
    /// Requirement → tests that carry it.
    requirements: BTreeMap<String, BTreeSet<String>>,
}

/// A standard and a section, in an order that a reader expects: §9 before §10.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Section {
    standard: String,
    numbers: Vec<u32>,
    text: String,
}

impl Section {
    fn new(standard: &str, text: &str) -> Self {
        let numbers = text.split('.').map_while(|part| part.parse().ok()).collect();
        Self { standard: standard.to_owned(), numbers, text: text.to_owned() }
    }
}

/// A complaint when the page is not what the code says.
pub fn check(root: &Path) -> Result<Vec<String>> {
    let specs = everything(root)?;
    let page = fs::read_to_string(root.join(FILE)).unwrap_or_default();
    let without_test = specs.enforced.keys().filter(|section| !specs.proven.contains_key(*section)).count();
    println!(
        "specs: {} sections enforced, {without_test} of them named by no test; {} requirements carried by tests",
        specs.enforced.len(),
        specs.requirements.len()
    );
    if page == render(&specs) { Ok(Vec::new()) } else { Ok(vec![format!("{FILE} is not what the code says: run `cargo xtask specs`")]) }
}

/// Writes the page.
pub fn write(root: &Path) -> Result<()> {
    let specs = everything(root)?;
    fs::create_dir_all(root.join("docs"))?;
    fs::write(root.join(FILE), render(&specs)).with_context(|| format!("writing {FILE}"))?;
    println!("specs: {FILE} written");
    Ok(())
}

fn everything(root: &Path) -> Result<Specs> {
    let mut specs = collect(&sources::all(root)?);
    for (key, test) in node_specs::requirements(root)? {
        specs.requirements.entry(key).or_default().insert(test);
    }
    Ok(specs)
}

fn collect(files: &[Source]) -> Specs {
    let mut specs = Specs::default();
    for file in files.iter().filter(|file| !file.path.starts_with("xtask/")) {
        let mut pending = Comments::default();
        let mut modules = Vec::new();
        for (line, test) in &file.lines {
            read_line(line, *test, file, &mut pending, &mut modules, &mut specs);
        }
    }
    specs
}

/// The comments above a test, until its `fn`.
#[derive(Default)]
struct Comments {
    sections: Vec<Section>,
    requirements: Vec<String>,
    is_test: bool,
}

fn read_line(line: &str, test: bool, file: &Source, pending: &mut Comments, modules: &mut Vec<(usize, String)>, specs: &mut Specs) {
    let indentation = line.len() - line.trim_start().len();
    let text = line.trim();
    if let Some(comment) = text.strip_prefix("//") {
        let comment = comment.trim_start_matches(['/', '!']).trim_start();
        let sections = sections_at_start(comment);
        if !test {
            for section in &sections {
                specs.enforced.entry(section.clone()).or_default().insert(file.path.clone());
            }
        }
        pending.sections.extend(sections);
        if let Some(keys) = comment.strip_prefix("req:") {
            pending.requirements.extend(keys.split([',', ' ']).filter(|key| !key.is_empty()).map(str::to_owned));
        }
        return;
    }
    if !test || text.is_empty() {
        *pending = Comments::default();
        return;
    }
    if text == "}" {
        modules.retain(|(depth, _)| *depth < indentation);
    } else if let Some(name) = name_after(text, "mod ").filter(|_| text.ends_with('{')) {
        modules.push((indentation, name));
    } else if text.contains("test]") || text.contains("test(") && text.starts_with("#[") {
        pending.is_test = true;
    } else if let Some(name) = name_after(text, "fn ") {
        record_test(&name, file, std::mem::take(pending), modules, specs);
    } else if !text.starts_with("#[") {
        *pending = Comments::default();
    }
}

fn record_test(name: &str, file: &Source, comments: Comments, modules: &[(usize, String)], specs: &mut Specs) {
    if !comments.is_test {
        return;
    }
    let path: Vec<&str> = modules.iter().map(|(_, name)| name.as_str()).filter(|name| *name != "tests").chain([name]).collect();
    let test = format!("{} `{}`", file.path, path.join("::"));
    let by_module = section_of_modules(&file.path, modules);
    for section in comments.sections.into_iter().chain(by_module) {
        specs.proven.entry(section).or_default().insert(test.clone());
    }
    for key in comments.requirements {
        specs.requirements.entry(key).or_default().insert(test.clone());
    }
}

/// `…/rfc6749/section_4_1_3.rs`, or modules of these names.
fn section_of_modules(path: &str, modules: &[(usize, String)]) -> Option<Section> {
    let parts: Vec<&str> = path.split(['/', '.']).chain(modules.iter().map(|(_, name)| name.as_str())).collect();
    let standard = parts.iter().find_map(|part| part.strip_prefix("rfc").filter(|number| number.parse::<u32>().is_ok()))?;
    let section = parts.iter().find_map(|part| part.strip_prefix("section_"))?;
    Some(Section::new(&format!("RFC {standard}"), &section.replace('_', ".")))
}

fn name_after(text: &str, keyword: &str) -> Option<String> {
    let (before, after) = text.split_once(keyword)?;
    let leads = before.is_empty() || before.trim_end().split(' ').all(|word| ["pub", "async", "pub(crate)", "pub(super)"].contains(&word));
    let name: String = after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (leads && !name.is_empty()).then_some(name)
}

/// The sections that a comment opens with: `RFC 6749 §4.1.3 and §5.2: …`, `RFC 7636 §4.6, RFC 9700 §2.1.1: …`.
fn sections_at_start(comment: &str) -> Vec<Section> {
    let comment = comment.strip_prefix("Source: ").or_else(|| comment.strip_prefix("Sources: ")).unwrap_or(comment);
    if !STANDARDS.iter().any(|standard| comment.starts_with(standard)) {
        return Vec::new();
    }
    let head = comment.split([':', ';']).next().unwrap_or_default();
    let mut sections = Vec::new();
    let mut standard = String::new();
    let mut pieces = head.split('§');
    standard_at_end(pieces.next().unwrap_or_default(), &mut standard);
    for piece in pieces {
        let number: String = piece.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '.').collect();
        let number = number.trim_end_matches('.');
        if !number.is_empty() && !standard.is_empty() {
            sections.push(Section::new(&standard, number));
        }
        standard_at_end(piece, &mut standard);
    }
    sections
}

/// Sets `standard` to the last one named in the piece, if there is one.
fn standard_at_end(piece: &str, standard: &mut String) {
    let start = STANDARDS.iter().filter_map(|name| piece.rfind(name)).max();
    if let Some(named) = start.and_then(|start| piece.get(start..)) {
        *standard = named.trim_end_matches([' ', ',']).to_owned();
    }
}

fn render(specs: &Specs) -> String {
    let mut page = String::from(
        "# Standards: section, file, test\n\nWritten by `cargo xtask specs` from the comments in the code; `cargo xtask check-specs` keeps it true.\n\n\
         ## Where each section is enforced\n\n| section | enforced in | named by tests in |\n|---|---|---|\n",
    );
    for (section, files) in &specs.enforced {
        let tests = specs.proven.get(section).map_or_else(|| "–".to_owned(), places);
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let _ = writeln!(page, "| {} §{} | {} | {tests} |", section.standard, section.text, files.join("<br>"));
    }
    page.push_str("\n## Which tests carry a requirement\n\n| requirement | tests |\n|---|---|\n");
    for (key, tests) in &specs.requirements {
        let tests: Vec<&str> = tests.iter().map(String::as_str).collect();
        let _ = writeln!(page, "| `{key}` | {} |", tests.join("<br>"));
    }
    page
}

/// The files of these tests, each with how many of them it holds.
fn places(tests: &BTreeSet<String>) -> String {
    let mut files: BTreeMap<&str, usize> = BTreeMap::new();
    for test in tests {
        *files.entry(test.split(' ').next().unwrap_or_default()).or_default() += 1;
    }
    let places: Vec<String> = files.iter().map(|(file, count)| format!("{file} ({count})")).collect();
    places.join("<br>")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(comment: &str) -> Vec<String> {
        sections_at_start(comment).into_iter().map(|section| format!("{} §{}", section.standard, section.text)).collect()
    }

    #[test]
    fn the_sections_that_a_comment_opens_with_are_read() {
        assert_eq!(names("RFC 7636 §4.6: the verifier must match"), ["RFC 7636 §4.6"]);
        assert_eq!(names("RFC 6749 §4.1.3 and §5.2, RFC 9700 §2.1.1: x §9"), ["RFC 6749 §4.1.3", "RFC 6749 §5.2", "RFC 9700 §2.1.1"]);
        assert_eq!(names("OpenID Connect Core §3.1.2.6: x"), ["OpenID Connect Core §3.1.2.6"]);
        assert!(names("see RFC 7636 §4.6").is_empty());
    }

    #[test]
    fn a_rule_and_its_test_are_found() {
        let text = "// RFC 7636 §4.6: rule\nfn check() {}\n#[cfg(test)]\nmod tests {\n    // RFC 7636 §4.6: test\n    // req: pk.s256, tk.code\n    #[test]\n    fn it_holds() {}\n}\n";
        let specs = collect(&[Source::parse("crates/x/src/pkce.rs".into(), text)]);
        let page = render(&specs);
        assert!(page.contains("| RFC 7636 §4.6 | crates/x/src/pkce.rs | crates/x/src/pkce.rs (1) |"), "{page}");
        assert!(page.contains("| `pk.s256` | crates/x/src/pkce.rs `it_holds` |"), "{page}");
    }

    #[test]
    fn a_folder_named_by_rfc_and_section_counts() {
        let text = "#[tokio::test]\nasync fn it_is_refused() {\n}\n";
        let specs = collect(&[Source::parse("crates/x/tests/rfc6749/section_4_1_3.rs".into(), text)]);
        assert_eq!(specs.proven.keys().map(|section| section.text.clone()).collect::<Vec<_>>(), ["4.1.3"]);
    }
}
