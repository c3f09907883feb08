//! The output of an operation for eyes: a table of a list, lines of anything else.

use std::{fmt::Write as _, time::Duration};

use serde_json::{Map, Value};

/// Wider cells are cut: `--json` has all of them.
const WIDEST: usize = 60;

/// As it is printed; ends with a line feed, unless there is nothing to show.
pub(super) fn text(output: &Value, wanted: &[&str]) -> String {
    match output {
        Value::Null => "done\n".to_owned(),
        Value::Array(items) => table(items, wanted),
        Value::Object(members) => match (members.get("items").and_then(Value::as_array), members.get("next_cursor")) {
            (Some(items), next) => {
                let more = next.and_then(Value::as_str).map(|cursor| format!("\nmore: cursor={cursor}\n")).unwrap_or_default();
                table(items, wanted) + &more
            }
            (None, _) => lines(members),
        },
        other => format!("{}\n", cell(other)),
    }
}

fn lines(members: &Map<String, Value>) -> String {
    let width = members.keys().map(String::len).max().unwrap_or_default();
    members.iter().filter(|(_, value)| !is_empty(value)).fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "{name:<width$}  {}", named(name, value));
        text
    })
}

/// The columns that are wanted, or all, in which something stands.
fn table(items: &[Value], wanted: &[&str]) -> String {
    let all = items.iter().filter_map(Value::as_object).flat_map(Map::keys).map(String::as_str);
    let plain = |name: &str| items.iter().all(|item| item.get(name).is_none_or(|value| !value.is_object()));
    let mut columns: Vec<&str> = Vec::new();
    for name in wanted.iter().copied().chain(all.filter(|_| wanted.is_empty())) {
        if !columns.contains(&name) && plain(name) && items.iter().any(|item| !is_empty(&item[name])) {
            columns.push(name);
        }
    }
    let rows = items.iter().map(|item| columns.iter().map(|name| cut(&named(name, &item[*name]))).collect::<Vec<_>>());
    let all: Vec<Vec<String>> = std::iter::once(columns.iter().map(|name| (*name).to_owned()).collect()).chain(rows).collect();
    if items.is_empty() {
        return "none\n".to_owned();
    }
    let widths: Vec<usize> =
        (0..columns.len()).map(|at| all.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0)).collect();
    all.iter().fold(String::new(), |mut text, row| {
        let padded: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        let _ = writeln!(text, "{}", padded.join("  ").trim_end());
        text
    })
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// Moments are seconds since 1970 there, and a date for eyes.
fn named(name: &str, value: &Value) -> String {
    let is_moment = name == "at" || name.ends_with("_at") || name.ends_with("_from") || name == "auth_time";
    match value.as_u64().filter(|_| is_moment) {
        Some(seconds) => httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_secs(seconds)),
        None => cell(value),
    }
}

/// Without control characters: what is shown may have been written by strangers.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            items.iter().map(cell).collect::<Vec<_>>().join(" ")
        }
        // addresses of people, with when each was proven
        Value::Array(items) if items.iter().all(|item| item["address"].is_string()) => {
            items.iter().map(|item| cell(&item["address"])).collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    };
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(WIDEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_is_a_table_without_columns_that_say_nothing() {
        let page = json!({ "items": [{ "id": "a", "name": "Ada", "empty": "" }, { "id": "bb", "name": "Bina" }], "next_cursor": "x" });
        assert_eq!(text(&page, &[]), "id  name\na   Ada\nbb  Bina\n\nmore: cursor=x\n");
        assert_eq!(text(&json!([]), &[]), "none\n");
        assert_eq!(text(&page, &["name", "empty"]), "name\nAda\nBina\n\nmore: cursor=x\n");
    }

    #[test]
    fn anything_else_is_lines_and_what_strangers_wrote_cannot_move_the_cursor() {
        assert_eq!(text(&json!({ "id": "a", "uris": ["x", "y"], "none": null }), &[]), "id    a\nuris  x y\n");
        assert_eq!(text(&json!({ "name": "\u{1b}[2Jboo\u{9b}" }), &[]), "name   [2Jboo \n");
        assert_eq!(text(&json!({ "created_at": 0, "count": 0 }), &[]), "count       0\ncreated_at  Thu, 01 Jan 1970 00:00:00 GMT\n");
        assert_eq!(text(&Value::Null, &[]), "done\n");
    }
}
