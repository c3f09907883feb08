//! Tokens as people read them: header and claims.

use chabi_pages::admin::{Block, Section, Words};
use chabi_token::base64url;
use serde_json::Value;

/// What a token endpoint answered, with its tokens decoded.
pub(crate) fn shown(section: Section, answer: &Value) -> Section {
    let mut section = section;
    let mut rest = answer.clone();
    for (name, label) in [("access_token", "admin-token-access"), ("id_token", "admin-token-id")] {
        if let Some(token) = answer.get(name).and_then(Value::as_str) {
            section = decoded(section, Words::said(label), token);
        }
        if let Some(members) = rest.as_object_mut() {
            members.remove(name);
            // it is good for longer than this page is looked at
            members.entry("refresh_token").and_modify(|token| *token = Value::String("…".to_owned()));
        }
    }
    if let Some(members) = rest.as_object_mut().filter(|_| answer.get("refresh_token").is_none()) {
        members.remove("refresh_token");
    }
    section.with(Block::Lines(Words::said("admin-token-answer"), pretty(&rest)))
}

fn decoded(section: Section, label: Words, token: &str) -> Section {
    let parts: Vec<Value> = token.split('.').take(2).filter_map(part).collect();
    match parts.as_slice() {
        [header, claims] => section.with(Block::Lines(label, format!("{}\n.\n{}", pretty(header), pretty(claims)))),
        // opaque: its text is all there is, and not shown
        _ => section.with(Block::Lines(label, "…".to_owned())),
    }
}

fn part(text: &str) -> Option<Value> {
    serde_json::from_slice(&base64url::decode(text).ok()?).ok()
}

/// JSON, indented.
pub(crate) fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// Base64 with padding, of HTTP Basic.
pub(crate) fn base64(bytes: &[u8]) -> String {
    let mut text = base64url::encode(bytes).replace('-', "+").replace('_', "/");
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}
