//! The OpenAPI 3.1 document, made from the table of operations and the schemas of their inputs and outputs.

use serde_json::{Map, Value, json};
use utoipa::PartialSchema as _;

use super::{PATH, READ, WRITE, input};
use crate::{
    Problem,
    operation::{Entry, Method, Schemas},
};

/// The document, for an issuer.
#[must_use]
pub fn document(table: &[Entry], issuer: &str) -> Value {
    let mut schemas: Schemas = Vec::new();
    let mut paths: Map<String, Value> = Map::new();
    for entry in table {
        let operation = operation(entry, &mut schemas);
        let path = paths.entry(format!("{PATH}{}", entry.path)).or_insert_with(|| json!({}));
        if let Some(methods) = path.as_object_mut() {
            methods.insert(entry.method.as_str().to_lowercase(), operation);
        }
    }
    let mut components: Map<String, Value> = Map::new();
    for (name, schema) in schemas {
        components.insert(name, serde_json::to_value(schema).unwrap_or_default());
    }
    components.insert("Problem".to_owned(), problem());
    components.insert("ProblemDetails".to_owned(), problem_details());
    let flows = json!({ READ: "See everything that the role allows.", WRITE: "Change everything that the role allows." });
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Chabi administration",
            "version": "1",
            "description": "Runs an installation of Chabi. Ask for an access token with this API's URL as `resource` and the scope \
                `admin:read` or `admin:write`; the roles of its person or application decide the rest. A name that has a slash stands in \
                a path as `~` and its base64url. What a GET answers may be sent back by PUT with a member changed: members that are only \
                shown are to be as they are or absent, and members that nobody knows are refused.",
        },
        "servers": [{ "url": issuer }],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "oauth": {
                    "type": "oauth2",
                    "flows": {
                        "authorizationCode": {
                            "authorizationUrl": format!("{issuer}/oauth2/authorize"),
                            "tokenUrl": format!("{issuer}/oauth2/token"),
                            "scopes": flows,
                        },
                        "clientCredentials": { "tokenUrl": format!("{issuer}/oauth2/token"), "scopes": flows },
                    },
                },
            },
        },
    })
}

fn operation(entry: &Entry, schemas: &mut Schemas) -> Value {
    let noun = entry.name.split('.').next().unwrap_or(entry.name);
    let scope = if entry.method == Method::Get { READ } else { WRITE };
    let mut told = json!({
        "operationId": entry.name,
        "summary": entry.about,
        "description": format!("Needs the permission `{}`.", entry.permission.as_str()),
        "tags": [noun],
        "security": [{ "oauth": [scope] }],
        "parameters": parameters(entry, schemas),
        "responses": responses(entry, schemas),
    });
    if let Some(body) = property(entry, "body", schemas) {
        let content = json!({ "required": true, "content": { "application/json": { "schema": body } } });
        if let Some(members) = told.as_object_mut() {
            members.insert("requestBody".to_owned(), content);
        }
    }
    told
}

/// The schema of the input, as JSON; what it refers to goes into the components.
fn input_schema(entry: &Entry, schemas: &mut Schemas) -> Value {
    serde_json::to_value((entry.input)(schemas)).unwrap_or_default()
}

fn property(entry: &Entry, name: &str, schemas: &mut Schemas) -> Option<Value> {
    input_schema(entry, schemas).get("properties")?.get(name).cloned()
}

fn parameters(entry: &Entry, schemas: &mut Schemas) -> Vec<Value> {
    let schema = input_schema(entry, schemas);
    let required = |name: &str| schema.get("required").and_then(Value::as_array).is_some_and(|names| names.iter().any(|one| one == name));
    let in_path: Vec<&str> = entry.path_names().collect();
    let mut parameters: Vec<Value> = input::properties(entry)
        .into_iter()
        .filter(|(name, _)| name != "body")
        .map(|(name, _)| {
            let is_in_path = in_path.contains(&name.as_str());
            let mut schema = schema.pointer(&format!("/properties/{name}")).cloned().unwrap_or_default();
            let about = schema.as_object_mut().and_then(|members| members.remove("description")).unwrap_or_default();
            json!({
                "name": name,
                "in": if is_in_path { "path" } else { "query" },
                "required": is_in_path || required(&name),
                "description": about,
                "schema": without_null(schema, is_in_path),
            })
        })
        .collect();
    if entry.method == Method::Post {
        let about = "Sent again with the same key, the request is answered as the first time; for a day.";
        parameters.push(header("Idempotency-Key", about, super::idempotency::PATTERN));
    }
    if matches!(entry.method, Method::Put | Method::Delete) && !in_path.is_empty() {
        // what is sent in a header is visible
        let pattern = "^\"[!#-~]{1,100}\"$";
        parameters.push(header("If-Match", "The `ETag` of what was read: changed since, it is not changed again.", pattern));
    }
    parameters
}

fn header(name: &str, about: &str, pattern: &str) -> Value {
    json!({ "name": name, "in": "header", "required": false, "description": about, "schema": { "type": "string", "pattern": pattern } })
}

/// A parameter that is not sent is absent, and never null; one of a path is never empty.
fn without_null(mut schema: Value, in_path: bool) -> Value {
    if let Some(kinds) = schema.get("type").and_then(Value::as_array) {
        let kinds: Vec<Value> = kinds.iter().filter(|kind| **kind != "null").cloned().collect();
        if let (Some(kind), Some(members)) = (kinds.first().cloned(), schema.as_object_mut()) {
            members.insert("type".to_owned(), kind);
        }
    }
    if let Some(one) = schema.get("oneOf").and_then(Value::as_array) {
        let rest: Vec<Value> = one.iter().filter(|one| one.get("type").is_none_or(|kind| kind != "null")).cloned().collect();
        if let [only] = rest.as_slice() {
            schema = only.clone();
        }
    }
    if let (true, Some(members)) = (in_path, schema.as_object_mut()) {
        members.insert("minLength".to_owned(), json!(1));
    }
    schema
}

fn responses(entry: &Entry, schemas: &mut Schemas) -> Value {
    let problem = |words: &str| json!({ "description": words, "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/ProblemDetails" } } } });
    let output = serde_json::to_value((entry.output)(schemas)).unwrap_or_default();
    let mut responses = Map::new();
    let done = match entry.status {
        204 => json!({ "description": "Done." }),
        _ => json!({ "description": "Done.", "content": { "application/json": { "schema": output } } }),
    };
    responses.insert(entry.status.to_string(), done);
    let mut add = |status: &str, words: &str| responses.insert(status.to_owned(), problem(words));
    add("400", "A header is malformed.");
    add("401", "There is no token, or it is not good here.");
    add("403", "The scope or the role does not allow it.");
    add("404", "It is not there, or not for this role.");
    add("422", "The input breaks a rule: `problems` names each.");
    add("503", "Not now: try again.");
    if entry.method != Method::Get {
        add("409", "It contradicts what is there.");
        add("413", "The body is too large.");
        add("415", "The body is not JSON.");
    } else if entry.name.ends_with("preview_tokens") {
        add("409", "The account is blocked.");
    }
    if matches!(entry.method, Method::Put | Method::Delete) {
        add("412", "It was changed since it was read.");
    }
    Value::Object(responses)
}

fn problem_details() -> Value {
    json!({
        "type": "object",
        "description": "What went wrong, and how to mend it (RFC 9457).",
        "required": ["type", "title", "status", "detail", "mend"],
        "properties": {
            "type": { "type": "string", "description": "Which kind of problem: `urn:chabi:problem:…`." },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
            "mend": { "type": "string", "description": "What to do." },
            "problems": { "type": "array", "items": { "$ref": "#/components/schemas/Problem" } },
        },
    })
}

/// As it is answered: beside the name of the field, where in the body that is.
fn problem() -> Value {
    let mut schema = serde_json::to_value(Problem::schema()).unwrap_or_default();
    let about = "Where in the body that is, as a JSON pointer in a fragment (RFC 6901 §6); absent where it is not in the body.";
    if let Some(members) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        members.insert("pointer".to_owned(), json!({ "type": "string", "description": about }));
    }
    schema
}
