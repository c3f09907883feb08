//! What an input may hold: the members of its schema, and no others. A flattened type cannot refuse a member by itself (`serde`).

use serde_json::{Map, Value};
use utoipa::openapi::{Object, RefOr, Schema, schema::AdditionalProperties};

use super::Schemas;
use crate::Problem;

/// The members that no schema of this input knows, each by its name. What is in the body is named as from there.
pub(super) fn unknown(input: &Value, schema: &RefOr<Schema>, schemas: &Schemas) -> Vec<Problem> {
    let mut problems = Vec::new();
    Walk { known: Known { schemas }, problems: &mut problems }.look(input, schema, "");
    problems
}

/// The texts with a zero character, each by the name of its member: one of our databases takes none, and nobody types it.
pub(super) fn with_zero(input: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    look_for_zero(input, "", &mut problems);
    problems
}

fn look_for_zero(value: &Value, path: &str, problems: &mut Vec<Problem>) {
    const WORDS: &str = "a zero character stands in no text";
    match value {
        Value::String(text) if text.contains('\0') => problems.push(Problem { field: path.to_owned(), words: WORDS.to_owned() }),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(number, item)| look_for_zero(item, &below(path, &number.to_string()), problems));
        }
        Value::Object(members) => {
            for (name, value) in members {
                let here = if path.is_empty() && name == "body" { String::new() } else { below(path, name) };
                match name.contains('\0') {
                    true => problems.push(Problem { field: path.to_owned(), words: WORDS.to_owned() }),
                    false => look_for_zero(value, &here, problems),
                }
            }
        }
        _ => {}
    }
}

/// Takes out of the body what the answer shows and nobody writes, such as when something was made: so what was read can be sent back with
/// one member changed. What was taken out is returned.
pub(super) fn take_what_is_only_shown(
    input: &mut Value,
    taken: (&RefOr<Schema>, &Schemas),
    shown: (&RefOr<Schema>, &Schemas),
) -> Map<String, Value> {
    let written = Known { schemas: taken.1 };
    let body = || written.of(taken.0)?.into_iter().find_map(|(name, schema)| (name == "body").then_some(schema));
    let known = (body().and_then(|body| written.of(body)), Known { schemas: shown.1 }.of(shown.0));
    let ((Some(of_body), Some(of_answer)), Some(members)) = (known, input.get_mut("body").and_then(Value::as_object_mut)) else {
        return Map::new();
    };
    let is_in = |known: &[(&str, _)], name: &String| known.iter().any(|(known, _)| *known == name);
    let (kept, out) = std::mem::take(members).into_iter().partition(|(name, _)| is_in(&of_body, name) || !is_in(&of_answer, name));
    *members = kept;
    out
}

/// Those that are not as they are shown: nobody changes them, and a caller who tried is told.
pub(super) fn changed(only_shown: &Map<String, Value>, now: &Value) -> Vec<Problem> {
    let differs = |(name, value): &(&String, &Value)| now.get(name.as_str()).is_some_and(|now| now != *value);
    let words = "it cannot be changed: send it as it is, or leave it out";
    only_shown.iter().filter(differs).map(|(name, _)| Problem { field: name.clone(), words: words.to_owned() }).collect()
}

struct Walk<'a> {
    known: Known<'a>,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Walk<'a> {
    fn look(&mut self, value: &Value, schema: &'a RefOr<Schema>, path: &str) {
        match value {
            Value::Object(members) => self.look_at_members(members, schema, path),
            Value::Array(items) => {
                let Some(Schema::Array(array)) = self.known.found(schema) else { return };
                let utoipa::openapi::schema::ArrayItems::RefOrSchema(of_items) = &array.items else { return };
                for (number, item) in items.iter().enumerate() {
                    self.look(item, of_items, &below(path, &number.to_string()));
                }
            }
            _ => {}
        }
    }

    fn look_at_members(&mut self, members: &Map<String, Value>, schema: &'a RefOr<Schema>, path: &str) {
        let Some(known) = self.known.of(schema) else { return };
        for (name, value) in members {
            // the body is what the caller sees of it all
            let here = if path.is_empty() && name == "body" { String::new() } else { below(path, name) };
            match known.iter().find(|(known, _)| *known == name) {
                Some((_, schema)) => self.look(value, schema, &here),
                None => self.problems.push(Problem { field: here, words: "there is no such member: leave it out".to_owned() }),
            }
        }
    }
}

/// What the schemas that are referred to are.
#[derive(Clone, Copy)]
struct Known<'a> {
    schemas: &'a Schemas,
}

impl<'a> Known<'a> {
    /// The members of a schema; `None`: any may be there, or it is not told which.
    fn of(self, schema: &'a RefOr<Schema>) -> Option<Vec<(&'a str, &'a RefOr<Schema>)>> {
        match self.found(schema)? {
            Schema::Object(object) if !is_closed(object) && (object.properties.is_empty() || object.additional_properties.is_some()) => {
                None
            }
            Schema::Object(object) => Some(object.properties.iter().map(|(name, schema)| (name.as_str(), schema)).collect()),
            Schema::AllOf(all) => {
                let parts: Option<Vec<_>> = all.items.iter().map(|part| self.of(part)).collect();
                Some(parts?.concat())
            }
            // something that may be absent
            Schema::OneOf(one) => match one.items.iter().filter(|item| !is_null(item)).collect::<Vec<_>>().as_slice() {
                [only] => self.of(only),
                _ => None,
            },
            _ => None,
        }
    }

    fn found(self, schema: &'a RefOr<Schema>) -> Option<&'a Schema> {
        match schema {
            RefOr::T(schema) => Some(schema),
            RefOr::Ref(reference) => {
                let name = reference.ref_location.rsplit('/').next()?;
                let (_, found) = self.schemas.iter().find(|(known, _)| known == name)?;
                self.found(found)
            }
        }
    }
}

/// `additionalProperties: false`.
fn is_closed(object: &Object) -> bool {
    matches!(object.additional_properties.as_deref(), Some(AdditionalProperties::FreeForm(false)))
}

fn is_null(schema: &RefOr<Schema>) -> bool {
    use utoipa::openapi::schema::{SchemaType, Type};
    matches!(schema, RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::Type(Type::Null))
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
