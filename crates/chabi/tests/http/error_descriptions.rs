//! RFC 6749 §5.2 and §4.1.2.1: the characters that an `error_description` may have, held against every hint that is written anywhere.

use std::{fs, path::Path};

/// The hints of refusals are constants in these crates: none of them may have a quotation mark, a backslash or a letter beyond ASCII.
const CRATES: [&str; 4] = ["spec", "authorization-server", "registration", "outgoing"];

// req: tk.err
#[test]
fn every_hint_is_written_in_the_characters_that_a_description_may_have() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut hints = Vec::new();
    for name in CRATES {
        collect(&crates.join(name).join("src"), &mut hints);
    }
    assert!(hints.len() > 150, "{}: the hints were not found", hints.len());
    for known in ["the code is unknown, expired or spent", "claims is not such a JSON object", "redirect_uri is missing"] {
        assert!(hints.iter().any(|hint| hint == known), "{known}");
    }
    for hint in hints {
        assert!(hint.bytes().all(|byte| matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e)), "{hint}");
    }
}

fn collect(folder: &Path, hints: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, hints);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            if code.contains("Refusal") {
                hints.extend(sentences(code));
            }
        }
    }
}

/// Texts in quotation marks that are sentences: with a space, and neither a clause of a standard, nor made at run time, nor a header.
fn sentences(code: &str) -> Vec<String> {
    let lines = code.lines().map(str::trim_start).filter(|line| !line.starts_with("//"));
    let code: String = lines.collect::<Vec<_>>().join("\n").replace("b'\"'", "").replace("'\"'", "");
    let texts = code.split('"').skip(1).step_by(2).map(str::to_owned);
    let is_sentence = |text: &String| {
        let begins_with_a_word = text.starts_with(|first: char| first.is_alphanumeric());
        begins_with_a_word && text.contains(' ') && !text.contains(['{', '\n', '§']) && !text.starts_with("Basic realm")
    };
    texts.filter(is_sentence).collect()
}
