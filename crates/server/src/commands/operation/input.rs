//! The input of an operation from arguments: what stands in its path, its body, and what is asked by the query.

use std::{fmt::Write as _, io::Read as _, path::Path};

use anyhow::{Context as _, Result, bail, ensure};
use chabi::admin::operation::Entry;
use serde_json::{Map, Value};

use crate::{cli::Input, config::nearest_of};

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
        let (path, value) = pair.split_once('=').with_context(|| format!("{pair}: write NAME=VALUE"))?;
        ensure!(!is_secret(path), "{path}: others on this machine can read a command line; write it into a file and give `--body`");
        schema.check_known(path, body.is_some(), entry.name)?;
        let within = if body.is_some() { "body" } else { "" };
        let value = schema.value(within, path, value);
        put(body.as_mut().unwrap_or(&mut members), path, value);
    }
    if let Some(body) = body {
        members.insert("body".to_owned(), Value::Object(body));
    }
    Ok(Value::Object(members))
}

/// `settings.name` is the name within the settings.
fn put(members: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => drop(members.insert(path.to_owned(), value)),
        Some((first, rest)) => {
            let within = members.entry(first).or_insert_with(|| Value::Object(Map::new()));
            if !within.is_object() {
                *within = Value::Object(Map::new());
            }
            if let Some(within) = within.as_object_mut() {
                put(within, rest, value);
            }
        }
    }
}

/// Puts what was named over what is there; within objects too.
pub(super) fn merge(there: &mut Map<String, Value>, named: Value) {
    let Value::Object(named) = named else { return };
    for (name, value) in named {
        match (there.get_mut(&name), value) {
            (Some(Value::Object(within)), value @ Value::Object(_)) => merge(within, value),
            (_, value) => drop(there.insert(name, value)),
        }
    }
}

/// Of what an operation showed, what another one takes as its body.
pub(super) fn what_can_be_changed(entry: &Entry, shown: Value) -> Map<String, Value> {
    let Ok(schema) = Schema::of(entry) else { return Map::new() };
    let known: Vec<String> = schema.property(&schema.input, "body").map(|body| schema.properties(body)).unwrap_or_default();
    let Value::Object(mut shown) = shown else { return Map::new() };
    // when it was shut is told, and whether it is is written
    if !shown.contains_key("disabled") {
        let is_shut = shown.get("disabled_at").is_some_and(|at| !at.is_null());
        shown.insert("disabled".to_owned(), Value::Bool(is_shut));
    }
    shown.into_iter().filter(|(name, _)| known.contains(name)).collect()
}

/// The names that an operation takes beside the parts of its path, a line each with what it is; empty when there are none.
#[must_use]
pub fn names_of(entry: &Entry) -> String {
    let Ok(schema) = Schema::of(entry) else { return String::new() };
    let of = schema.property(&schema.input, "body").unwrap_or(&schema.input);
    let parts: Vec<&str> = entry.path_names().collect();
    let names: Vec<String> = schema.properties(of).into_iter().filter(|name| !parts.contains(&name.as_str())).collect();
    let width = names.iter().map(String::len).max().unwrap_or_default();
    let lines = names.iter().fold(String::new(), |mut text, name| {
        let needed = if schema.is_needed(of, name) { " Needed." } else { "" };
        let _ = writeln!(text, "  {name:<width$}  {}{needed}", schema.about(of, name));
        text
    });
    if names.is_empty() { lines } else { format!("Names:\n{lines}\n") }
}

fn is_secret(name: &str) -> bool {
    let name = name.rsplit('.').next().unwrap_or(name);
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

    /// Names that are ignored when they are read would be slips of the pen that nobody hears of.
    fn check_known(&self, path: &str, has_body: bool, operation: &str) -> Result<()> {
        let of = if has_body { self.property(&self.input, "body") } else { Some(&self.input) };
        let known = of.map(|of| self.properties(of)).unwrap_or_default();
        let name = path.split('.').next().unwrap_or(path);
        if known.iter().any(|one| one == name) {
            return Ok(());
        }
        match nearest_of(name, known.into_iter()) {
            Some(nearest) => bail!("`{operation}` takes no `{name}`; did you mean `{nearest}`?"),
            None => bail!("`{operation}` takes no `{name}`: `--help` says what it takes, `--schema` in full"),
        }
    }

    /// The names of all properties, in the order of letters.
    fn properties(&self, of: &Value) -> Vec<String> {
        let schema = self.resolved(of);
        let own = schema.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::keys).cloned();
        let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
        let mut names: Vec<String> = own.chain(parts.flat_map(|part| self.properties(part))).collect();
        names.sort();
        names
    }

    fn is_needed(&self, of: &Value, name: &str) -> bool {
        let schema = self.resolved(of);
        let own = schema.get("required").and_then(Value::as_array).is_some_and(|all| all.iter().any(|one| one == name));
        own || schema.get("allOf").and_then(Value::as_array).is_some_and(|parts| parts.iter().any(|part| self.is_needed(part, name)))
    }

    /// What a property is, in words.
    fn about(&self, of: &Value, name: &str) -> String {
        let Some(property) = self.property(of, name) else { return String::new() };
        let alternatives = property.get("oneOf").and_then(Value::as_array).into_iter().flatten();
        let said = std::iter::once(property).chain(alternatives).chain(std::iter::once(self.resolved(property)));
        let mut words = said.filter_map(|schema| schema.get("description").and_then(Value::as_str));
        words.next().unwrap_or_default().replace('\n', " ")
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
    fn value(&self, within: &str, path: &str, text: &str) -> Value {
        let of = match within {
            "" => Some(&self.input),
            part => self.property(&self.input, part),
        };
        let wanted = path.split('.').try_fold(of, |of, name| of.map(|of| self.property(of, name)));
        let wanted = wanted.flatten().map(|schema| self.resolved(schema));
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
        let installation = crate::cli::Installation::default();
        Input { installation, arguments, body, if_match: None, json: false, schema: false }
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
            let said = read(&entry("social_applications.create"), &asked(&[&format!("{name}=x")], None)).unwrap_err();
            assert!(format!("{said:#}").contains("--body"), "{name}");
        }
    }

    #[test]
    fn a_name_reaches_within_and_a_slip_of_the_pen_is_told() {
        let site = ["shop", "settings.sign_up_open=false", "settings.session_idle=60", "name=7"];
        let read = read(&entry("sites.update"), &asked(&site, None)).unwrap();
        assert_eq!(read["body"], serde_json::json!({ "settings": { "sign_up_open": false, "session_idle": 60 }, "name": "7" }));
        let said = super::read(&entry("sites.update"), &asked(&["shop", "nmae=Shop"], None)).unwrap_err().to_string();
        assert!(said.contains("did you mean `name`"), "{said}");
        let mut there =
            serde_json::json!({ "name": "Shop", "settings": { "sign_up_open": true, "logo": "x" } }).as_object().unwrap().clone();
        merge(&mut there, read["body"].clone());
        assert_eq!(there["settings"], serde_json::json!({ "sign_up_open": false, "session_idle": 60, "logo": "x" }));
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
