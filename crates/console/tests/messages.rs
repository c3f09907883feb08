//! The console's words: what its sources say is in the language files, and nothing else is.
#![expect(clippy::unwrap_used, reason = "tests; clippy sees only functions marked as such")]

use std::{collections::BTreeSet, fs, path::Path};

/// Messages that are named by a word of the wire or by a choice: by what they begin with.
const FAMILIES: [&str; 14] = [
    "admin-accounts-",
    "admin-authentication-",
    "admin-check-",
    "admin-done-",
    "admin-grant-",
    "admin-language-",
    "admin-method-",
    "admin-period-",
    "admin-purpose-",
    "admin-registered-by-",
    "admin-revoke-",
    "admin-role-",
    "admin-rule-",
    "admin-setup-",
];

fn sources(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => text.push_str(&sources(&path)),
            false => text.push_str(&fs::read_to_string(path).unwrap()),
        }
    }
    text
}

fn said(text: &str) -> BTreeSet<String> {
    let keys = text.split('"').filter(|part| part.starts_with("admin-") && !part.contains([' ', '{', '/', '.']));
    keys.filter(|key| !FAMILIES.iter().any(|family| family.trim_end_matches('-') == *key)).map(str::to_owned).collect()
}

#[test]
fn every_message_is_there_and_every_message_that_is_there_is_said() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = fs::read_to_string(root.join("../pages/languages/admin.en.ftl")).unwrap();
    let there: BTreeSet<String> = file
        .lines()
        .filter_map(|line| line.split_once(" ="))
        .map(|(key, _)| key.to_owned())
        .filter(|key| key.starts_with("admin-"))
        .collect();
    let text = sources(&root.join("src")) + &sources(&root.join("../pages/templates/admin"));
    let said = said(&text);
    assert!(said.len() > 250, "the sources are read");
    let missing: Vec<_> = said.difference(&there).collect();
    assert!(missing.is_empty(), "said, and in no language file: {missing:?}");
    let unsaid = there.difference(&said).filter(|key| !FAMILIES.iter().any(|family| key.starts_with(family)));
    assert_eq!(unsaid.collect::<Vec<_>>(), Vec::<&String>::new(), "in the language files, and never said");
}
