//! The OpenAPI document is a promise: what changes in it is seen here first.

use std::collections::BTreeSet;

use chabi_admin::{operation, rest::openapi};
use serde_json::Value;

fn document() -> Value {
    openapi::document(&operation::table(), "https://id.example")
}

#[test]
fn the_document_is_as_it_was_promised() {
    insta::assert_json_snapshot!(document());
}

#[test]
fn every_reference_leads_somewhere_and_every_operation_has_a_name_of_its_own() {
    let document = document();
    let mut references = BTreeSet::new();
    collect(&document, &mut references);
    for reference in references {
        let pointer = reference.trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    let names: Vec<&str> = operation::table().iter().map(|entry| entry.name).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
}

fn collect(value: &Value, references: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            references.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| collect(member, references));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}

#[test]
fn what_reads_is_get_and_what_writes_is_not() {
    for entry in operation::table() {
        let reads = entry.permission.is_reading();
        let changes_nothing = ["applications.check_redirect_uri", "audit.verify"].contains(&entry.name);
        assert_eq!(entry.method == operation::Method::Get, reads && !changes_nothing, "{entry:?}");
    }
}

#[test]
fn every_name_in_a_path_is_a_member_of_the_input() {
    let document = document();
    for entry in operation::table() {
        let told = &document["paths"][format!("/api/v1{}", entry.path)][entry.method.as_str().to_lowercase()];
        let in_path: Vec<&str> = told["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        let mut expected: Vec<&str> = entry.path_names().collect();
        let mut found = in_path.clone();
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected, "{entry:?}");
    }
}
