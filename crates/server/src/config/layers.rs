//! File below, environment above; each key is looked up in the list of all keys.

use anyhow::{Context as _, Result, anyhow, bail};
use toml::{Table, Value};

use super::keys::{self, Key, Kind};

const PREFIX: &str = "CHABI_";

/// One table of the file and the environment, without `…_file` keys: their secrets have been read.
pub fn merge(text: &str, environment: impl IntoIterator<Item = (String, String)>) -> Result<Table> {
    let written: Table =
        text.parse().map_err(|error: toml::de::Error| anyhow!("the configuration file is not TOML: {}", position(text, &error)))?;
    let mut merged = Table::new();
    take_table(&written, &mut Vec::new(), &mut merged)?;
    for (name, value) in environment {
        if let Some(key) = key_of_variable(&name)? {
            let value = if key.by_file { Value::String(read_secret(&value)?) } else { value_of(&key, &value, &name)? };
            put(&mut merged, &key.path, value)?;
        }
    }
    Ok(merged)
}

/// Where it is wrong, and not the line itself: it may hold a secret.
fn position(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    format!("{} (line {})", error.message(), before.lines().count().max(1))
}

fn take_table(table: &Table, path: &mut Vec<String>, merged: &mut Table) -> Result<()> {
    for (name, value) in table {
        path.push(name.clone());
        match (value, keys::find(path)) {
            (_, Some(key)) if key.by_file => {
                let file = value.as_str().with_context(|| format!("{} must be the path of a file", path.join(".")))?;
                put(merged, &key.path, Value::String(read_secret(file)?))?;
            }
            (_, Some(key)) => put(merged, &key.path, value.clone())?,
            (Value::Table(inner), None) => take_table(inner, path, merged)?,
            (_, None) => bail!("{}", unknown(&path.join("."))),
        }
        path.pop();
    }
    Ok(())
}

fn unknown(path: &str) -> String {
    match keys::nearest(path) {
        Some(nearest) => format!("there is no key `{path}`; did you mean `{nearest}`?"),
        None => format!("there is no key `{path}`"),
    }
}

/// The key of `CHABI_SITE__NAME`. A variable that has sections or looks like a key must be one; others are not ours: orchestrators set
/// variables such as `CHABI_PORT` for a service of this name.
fn key_of_variable(name: &str) -> Result<Option<Key>> {
    let Some(rest) = name.strip_prefix(PREFIX) else { return Ok(None) };
    let path: Vec<String> = rest.split("__").map(str::to_lowercase).collect();
    if let Some(key) = keys::find(&path) {
        return Ok(Some(key));
    }
    match keys::nearest(&path.join(".")) {
        Some(nearest) => bail!("there is no variable `{name}`; did you mean `{PREFIX}{}`?", nearest.to_uppercase().replace('.', "__")),
        None if path.len() > 1 => bail!("there is no variable `{name}`"),
        None => Ok(None),
    }
}

fn value_of(key: &Key, text: &str, name: &str) -> Result<Value> {
    Ok(match key.kind {
        Kind::Text | Kind::Secret => Value::String(text.to_owned()),
        Kind::Bool => Value::Boolean(text.parse().map_err(|_| anyhow!("{name} must be `true` or `false`"))?),
        Kind::Number => Value::Integer(text.parse().map_err(|_| anyhow!("{name} must be a whole number"))?),
        Kind::Table => bail!("{name}: a whole section stands in the file"),
        Kind::List => Value::Array(
            text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(|item| Value::String(item.to_owned())).collect(),
        ),
    })
}

fn read_secret(path: &str) -> Result<String> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading the secret in {path}"))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn put(table: &mut Table, path: &[String], value: Value) -> Result<()> {
    let Some((last, sections)) = path.split_last() else { return Ok(()) };
    let mut inner = table;
    for section in sections {
        let entry = inner.entry(section.clone()).or_insert_with(|| Value::Table(Table::new()));
        inner = entry.as_table_mut().with_context(|| format!("`{section}` must be a section"))?;
    }
    inner.insert(last.clone(), value);
    Ok(())
}
