//! The input of an operation from arguments: what stands in its path, its body, and what is asked by the query.

use std::{io::Read as _, path::Path};

use anyhow::{Context as _, Result, ensure};
use chabi::admin::operation::Entry;
use serde_json::{Map, Value};

use crate::cli::Input;

/// Parts of the path by their order, then names with values.
pub(super) fn read(entry: &Entry, asked: &Input) -> Result<Value> {
    let schema = Schema::of(entry)?;
    let mut members = Map::new();
    let mut arguments = asked.arguments.iter();
    for name in entry.path_names() {
        let words =
            || format!("`{}` needs {}", entry.name, entry.path_names().map(|name| format!("<{name}>")).collect::<Vec<_>>().join(" "));
        let value = arguments.next().with_context(words)?;
        members.insert(name.to_owned(), Value::String(value.clone()));
    }
    let mut body = match &asked.body {
        Some(path) => Some(serde_json::from_str::<Map<String, Value>>(&text(path)?).context("--body: a JSON object is wanted")?),
        None => schema.has_body().then(Map::new),
    };
    for pair in arguments {
        let (name, value) = pair.split_once('=').with_context(|| format!("{pair}: write NAME=VALUE"))?;
        ensure!(!is_secret(name), "{name}: others on this machine can read a command line; write it into a file and give `--body`");
        match &mut body {
            Some(body) => body.insert(name.to_owned(), schema.value("body", name, value)),
            None => members.insert(name.to_owned(), schema.value("", name, value)),
        };
    }
    if let Some(body) = body {
        members.insert("body".to_owned(), Value::Object(body));
    }
    Ok(Value::Object(members))
}

fn is_secret(name: &str) -> bool {
    ["secret", "password", "private_key"].iter().any(|word| name == *word || name.ends_with(&format!("_{word}")))
}

fn text(path: &Path) -> Result<String> {
    let mut text = String::new();
    match path == Path::new("-") {
        true => std::io::stdin().read_to_string(&mut text).map(drop).context("reading standard input")?,
        false => text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?,
    }
    Ok(text)
}

/// What an input may hold, to read text as what it is meant to be.
struct Schema {
    input: Value,
    named: Map<String, Value>,
}

impl Schema {
    fn of(entry: &Entry) -> Result<Self> {
        let mut named = Vec::new();
        let input = serde_json::to_value((entry.input)(&mut named))?;
        let named = named.into_iter().map(|(name, schema)| Ok((name, serde_json::to_value(schema)?))).collect::<Result<_>>()?;
        Ok(Self { input, named })
    }

    fn has_body(&self) -> bool {
        self.property(&self.input, "body").is_some()
    }

    fn property<'a>(&'a self, of: &'a Value, name: &str) -> Option<&'a Value> {
        let schema = self.resolved(of);
        let own = schema.get("properties").and_then(|properties| properties.get(name));
        own.or_else(|| schema.get("allOf")?.as_array()?.iter().find_map(|part| self.property(part, name)))
    }

    /// What a reference names, and the one real kind among those that may also be null.
    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|text| text.rsplit('/').next()) {
            return self.named.get(name).map_or(schema, |named| self.resolved(named));
        }
        let alternatives = schema.get("oneOf").and_then(Value::as_array);
        let real = alternatives.and_then(|all| all.iter().find(|one| one.get("type").and_then(Value::as_str) != Some("null")));
        real.map_or(schema, |one| self.resolved(one))
    }

    /// Text stays text where text is wanted; elsewhere it is JSON, if it is that.
    fn value(&self, within: &str, name: &str, text: &str) -> Value {
        let of = match within {
            "" => Some(&self.input),
            part => self.property(&self.input, part),
        };
        let wanted = of.and_then(|of| self.property(of, name)).map(|schema| self.resolved(schema));
        let is = |kind: &str| {
            wanted
                .and_then(|schema| schema.get("type"))
                .is_some_and(|given| given == kind || given.as_array().is_some_and(|all| all.iter().any(|one| one == kind)))
        };
        let read = serde_json::from_str(text).ok();
        match read {
            Some(read) if !is("string") => read,
            None if is("array") => Value::Array(text.split(',').map(|item| Value::String(item.trim().to_owned())).collect()),
            _ => Value::String(text.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use chabi::admin::operation;

    use super::*;

    fn asked(arguments: &[&str], body: Option<PathBuf>) -> Input {
        let arguments = arguments.iter().map(|text| (*text).to_owned()).collect();
        let installation = crate::cli::Installation { config: None };
        Input { installation, data: None, arguments, body, if_match: None, json: false, schema: false }
    }

    fn entry(name: &str) -> Entry {
        operation::table().into_iter().find(|entry| entry.name == name).unwrap()
    }

    #[test]
    fn parts_of_the_path_come_first_and_the_rest_by_name() {
        let read = read(&entry("applications.list"), &asked(&["limit=7"], None)).unwrap();
        assert_eq!(read, serde_json::json!({ "limit": 7 }));
        let said = format!("{:#}", super::read(&entry("applications.get"), &asked(&[], None)).unwrap_err());
        assert!(said.contains("<client_id>"), "{said}");
    }

    #[test]
    fn a_secret_is_not_taken_from_the_command_line() {
        for name in ["client_secret", "password", "private_key", "secret"] {
            let said = read(&entry("applications.list"), &asked(&[&format!("{name}=x")], None)).unwrap_err();
            assert!(format!("{said:#}").contains("--body"), "{name}");
        }
    }

    #[test]
    fn every_operation_has_an_input_that_can_be_read() {
        for entry in operation::table() {
            let parts: Vec<&str> = entry.path_names().collect();
            let read = read(&entry, &asked(&parts, None)).unwrap();
            assert!(parts.iter().all(|part| read[part] == **part), "{}", entry.name);
        }
    }
}
