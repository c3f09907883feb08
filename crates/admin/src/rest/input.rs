//! The input of an operation, from the path, the query and the body: each name from one of them alone.

use chabi_token::base64url;
use http::{header, request::Parts};
use serde_json::{Map, Value};
use utoipa::openapi::{
    RefOr, Schema,
    schema::{SchemaType, Type},
};

use super::answer::Problem;
use crate::{OperationError, operation::Entry};

/// As the operation reads it.
pub(super) fn read(entry: &Entry, parts: &Parts, body: &[u8]) -> Result<Value, Problem> {
    let mut input = Map::new();
    from_path(entry, parts, &mut input)?;
    from_query(entry, parts, &mut input)?;
    if has_body(entry) {
        input.insert("body".to_owned(), from_body(parts, body)?);
    } else if !body.is_empty() && serde_json::from_slice::<Value>(body).ok() != Some(Value::Object(Map::new())) {
        return Err(invalid("", "this operation takes no body"));
    }
    Ok(Value::Object(input))
}

/// Whether the operation reads one.
pub(super) fn has_body(entry: &Entry) -> bool {
    properties(entry).iter().any(|(name, _)| name == "body")
}

fn invalid(field: &str, words: &str) -> Problem {
    Problem::of(&OperationError::invalid(field, words))
}

/// What is before a name that has characters which a path cannot have: `~` and base64url.
pub(super) const ENCODED: char = '~';

fn from_path(entry: &Entry, parts: &Parts, input: &mut Map<String, Value>) -> Result<(), Problem> {
    let path = parts.uri.path();
    let below = path.find(super::PATH).and_then(|at| path.get(at.saturating_add(super::PATH.len())..)).unwrap_or(path);
    for (pattern, given) in entry.path.split('/').zip(below.split('/')) {
        let Some(name) = pattern.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else { continue };
        // a plus is a plus in a path
        let given = given.replace('+', "%2B");
        let decoded =
            form_urlencoded::parse(format!("v={given}").as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default();
        let value = match decoded.strip_prefix(ENCODED) {
            None => decoded,
            Some(encoded) => {
                let bytes = base64url::decode(encoded).ok();
                let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
                text.ok_or_else(|| invalid(name, "after `~` stands the name in base64url"))?
            }
        };
        input.insert(name.to_owned(), Value::String(value));
    }
    Ok(())
}

fn from_query(entry: &Entry, parts: &Parts, input: &mut Map<String, Value>) -> Result<(), Problem> {
    let in_path: Vec<&str> = entry.path_names().collect();
    let known = properties(entry);
    for (name, value) in form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
        let kind = known.iter().find(|(known, _)| *known == name && name != "body" && !in_path.contains(&name.as_ref()));
        let Some((_, is_number)) = kind else { return Err(invalid(&name, "there is no such parameter")) };
        let value = match is_number {
            true => value.parse::<i64>().map(Value::from).map_err(|_| invalid(&name, "a whole number"))?,
            false => Value::String(value.into_owned()),
        };
        if input.insert(name.clone().into_owned(), value).is_some() {
            return Err(invalid(&name, "it is given twice"));
        }
    }
    Ok(())
}

fn from_body(parts: &Parts, body: &[u8]) -> Result<Value, Problem> {
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(Problem::unsupported_media_type());
    }
    serde_json::from_slice(body).map_err(|error| invalid("", &format!("the body is not JSON: {error}")))
}

/// The names of an input, and whether each is a whole number.
pub(super) fn properties(entry: &Entry) -> Vec<(String, bool)> {
    match (entry.input)(&mut Vec::new()) {
        RefOr::T(Schema::Object(object)) => {
            object.properties.iter().map(|(name, schema)| (name.clone(), is_whole_number(schema))).collect()
        }
        _ => Vec::new(),
    }
}

fn is_whole_number(schema: &RefOr<Schema>) -> bool {
    let RefOr::T(Schema::Object(object)) = schema else { return false };
    match &object.schema_type {
        SchemaType::Type(kind) => *kind == Type::Integer,
        SchemaType::Array(kinds) => kinds.contains(&Type::Integer),
        SchemaType::AnyValue => false,
    }
}
