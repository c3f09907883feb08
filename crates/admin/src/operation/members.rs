//! What an input may hold: the members of its schema, and no others. A flattened type cannot refuse a member by itself (`serde`).

use serde_json::{Map, Value};
use utoipa::openapi::{RefOr, Schema};

use super::Schemas;
use crate::Problem;

/// The members that no schema of this input knows, each by its name. What is in the body is named as from there.
pub(super) fn unknown(input: &Value, schema: &RefOr<Schema>, schemas: &Schemas) -> Vec<Problem> {
    let mut problems = Vec::new();
    Walk { schemas, problems: &mut problems }.look(input, schema, "");
    problems
}

struct Walk<'a> {
    schemas: &'a Schemas,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Walk<'a> {
    fn look(&mut self, value: &Value, schema: &'a RefOr<Schema>, path: &str) {
        match value {
            Value::Object(members) => self.look_at_members(members, schema, path),
            Value::Array(items) => {
                let Some(Schema::Array(array)) = self.found(schema) else { return };
                let utoipa::openapi::schema::ArrayItems::RefOrSchema(of_items) = &array.items else { return };
                for (number, item) in items.iter().enumerate() {
                    self.look(item, of_items, &below(path, &number.to_string()));
                }
            }
            _ => {}
        }
    }

    fn look_at_members(&mut self, members: &Map<String, Value>, schema: &'a RefOr<Schema>, path: &str) {
        let Some(known) = self.known(schema) else { return };
        for (name, value) in members {
            // the body is what the caller sees of it all
            let here = if path.is_empty() && name == "body" { String::new() } else { below(path, name) };
            match known.iter().find(|(known, _)| *known == name) {
                Some((_, schema)) => self.look(value, schema, &here),
                None => self.problems.push(Problem { field: here, words: "there is no such member: leave it out".to_owned() }),
            }
        }
    }

    /// The members of a schema; `None`: any may be there, or it is not told which.
    fn known(&self, schema: &'a RefOr<Schema>) -> Option<Vec<(&'a str, &'a RefOr<Schema>)>> {
        match self.found(schema)? {
            Schema::Object(object) if object.properties.is_empty() || object.additional_properties.is_some() => None,
            Schema::Object(object) => Some(object.properties.iter().map(|(name, schema)| (name.as_str(), schema)).collect()),
            Schema::AllOf(all) => {
                let parts: Option<Vec<_>> = all.items.iter().map(|part| self.known(part)).collect();
                Some(parts?.concat())
            }
            // something that may be absent
            Schema::OneOf(one) => match one.items.iter().filter(|item| !is_null(item)).collect::<Vec<_>>().as_slice() {
                [only] => self.known(only),
                _ => None,
            },
            _ => None,
        }
    }

    fn found(&self, schema: &'a RefOr<Schema>) -> Option<&'a Schema> {
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

fn is_null(schema: &RefOr<Schema>) -> bool {
    use utoipa::openapi::schema::{SchemaType, Type};
    matches!(schema, RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::Type(Type::Null))
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
