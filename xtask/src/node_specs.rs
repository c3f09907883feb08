//! The requirements that Node tests carry: `// req: key` above `test('…'`.

use std::{fs, path::Path};

use anyhow::{Context, Result};

/// Requirement and test, of every file in `tests/js`.
pub fn requirements(root: &Path) -> Result<Vec<(String, String)>> {
    let folder = root.join("tests/js");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".test.mjs") {
            let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
            found.extend(of_text(&text).into_iter().map(|(key, test)| (key, format!("tests/js/{name} `{test}`"))));
        }
    }
    Ok(found)
}

fn of_text(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut pending: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(keys) = line.strip_prefix("// req:") {
            pending.extend(keys.split([',', ' ']).filter(|key| !key.is_empty()).map(str::to_owned));
        } else if let Some(rest) = line.strip_prefix("test(") {
            let quote = rest.chars().next().unwrap_or('\'');
            let test = rest.split(quote).nth(1).unwrap_or_default();
            found.extend(pending.drain(..).map(|key| (key, test.to_owned())));
        } else if !line.starts_with("//") {
            pending.clear();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_requirements_above_a_test_are_its_own() {
        let text = "// req: rt.race\n// req: rt.grace\ntest(`${callers} refreshes`, async () => {\n});\ntest('another', () => {});\n";
        let expected = [("rt.race", "${callers} refreshes"), ("rt.grace", "${callers} refreshes")];
        assert_eq!(of_text(text), expected.map(|(key, test)| (key.to_owned(), test.to_owned())));
    }
}
