//! Paths of the provider that a test gives an answer, and the calls that came.

use std::{collections::HashMap, sync::Arc};

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde_json::Value;

use crate::fixture::{Answer, Fixture, Inner};

/// A call that came.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: String,
    pub path: String,
    pub query: HashMap<String, String>,
    pub headers: HeaderMap,
    pub body: String,
}

impl Call {
    pub fn form(&self) -> HashMap<String, String> {
        form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

pub async fn record(State(inner): State<Arc<Inner>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let (path, body) = (uri.path().to_owned(), String::from_utf8(body.to_vec()).unwrap());
    let answer = {
        let mut script = inner.script.lock().unwrap();
        let answer = script.answers.get(&path).cloned();
        script.calls.push(Call { method: method.to_string(), path, query, headers, body });
        answer
    };
    match answer {
        Some(answer) => answer.respond().await,
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

impl Fixture {
    /// What this path answers from now on.
    pub fn answer(&self, path: &str, body: Value) {
        self.answer_with(path, Answer::Json(200, body));
    }

    pub fn answer_with(&self, path: &str, answer: Answer) {
        self.script(|script| drop(script.answers.insert(path.to_owned(), answer)));
    }

    /// The last call of this path.
    pub fn call(&self, path: &str) -> Call {
        let script = self.inner.script.lock().unwrap();
        script.calls.iter().rev().find(|call| call.path == path).cloned().unwrap_or_else(|| panic!("nobody called {path}"))
    }

    pub fn was_called(&self, path: &str) -> bool {
        self.inner.script.lock().unwrap().calls.iter().any(|call| call.path == path)
    }

    /// A token with the usual claims, changed by these; `"<absent>"` takes one away.
    pub fn token_with(&self, changes: Value) -> String {
        self.inner.script.lock().unwrap().token_with(changes)
    }
}
