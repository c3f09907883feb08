//! The demo app, a single-page app at `/demo`, and the API that it calls, `/demo/api/notes`.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Extension, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use chabi_spec::Scope;
use chabi_token::Env;
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    fixtures::{DEMO_CLIENT_ID, DEMO_SCOPES, NOTES_READ, NOTES_WRITE},
    moment, respond,
};

/// Who calls the demo API. Whoever mounts [`api`] puts it into the request's extensions after the token was verified; without it the
/// handlers answer 500 and nothing is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// `sub` of the access token.
    pub subject: String,
    /// What the token may do.
    pub scope: Scope,
}

/// The page and its files, with full paths.
pub(crate) fn app(public_url: &str) -> Router {
    let settings = Arc::new(json!({ "issuer": public_url, "client_id": DEMO_CLIENT_ID, "scope": DEMO_SCOPES }));
    let page = async |State(settings): State<Arc<serde_json::Value>>| respond::app("demo.html", &*settings);
    Router::new()
        .route("/demo", get(page))
        .route("/demo/", get(page))
        .route("/demo/callback", get(page))
        .route("/demo/demo.js", get(async || respond::file("text/javascript; charset=utf-8", include_str!("../static/demo.js"))))
        .route("/demo/demo.css", get(async || respond::file("text/css; charset=utf-8", include_str!("../static/demo.css"))))
        .with_state(settings)
}

/// At most so many people; whoever wrote longest ago makes room.
const MOST_PEOPLE: usize = 1_000;
/// At most so many notes a person; the oldest makes room.
const MOST_NOTES: usize = 100;
/// In characters.
const LONGEST_NOTE: usize = 500;

#[derive(Clone)]
struct Notes {
    env: Env,
    by_subject: Arc<Mutex<HashMap<String, Vec<Note>>>>,
}

#[derive(Clone, Serialize)]
struct Note {
    #[serde(skip)]
    order: i64,
    at: String,
    text: String,
}

#[derive(Deserialize)]
struct NewNote {
    text: String,
}

/// The API, with its full path: GET `/demo/api/notes` wants the scope `notes:read`, POST (`{"text": "…"}`) wants `notes:write`.
///
/// It must stand behind a layer that verifies the access token for the audience `{public}/demo/api` and inserts the [`Caller`].
pub fn api(env: &Env) -> Router<()> {
    let notes = Notes { env: env.clone(), by_subject: Arc::default() };
    Router::new().route("/demo/api/notes", get(list).post(add)).with_state(notes)
}

async fn list(State(notes): State<Notes>, Extension(caller): Extension<Caller>) -> Response {
    if !caller.scope.contains(NOTES_READ) {
        return insufficient_scope(NOTES_READ);
    }
    let found = notes.lock().get(&caller.subject).cloned().unwrap_or_default();
    respond::json(StatusCode::OK, &json!({ "subject": caller.subject, "notes": found }))
}

async fn add(State(notes): State<Notes>, Extension(caller): Extension<Caller>, axum::Json(new): axum::Json<NewNote>) -> Response {
    if !caller.scope.contains(NOTES_WRITE) {
        return insufficient_scope(NOTES_WRITE);
    }
    let text = new.text.trim();
    if text.is_empty() || text.chars().count() > LONGEST_NOTE {
        let body = json!({ "error": "invalid_note", "error_description": "a note has 1 to 500 characters" });
        return respond::json(StatusCode::UNPROCESSABLE_ENTITY, &body);
    }
    let note = notes.add(&caller.subject, text);
    respond::json(StatusCode::CREATED, &note)
}

impl Notes {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Vec<Note>>> {
        self.by_subject.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, subject: &str, text: &str) -> Note {
        let now = self.env.now();
        let note = Note { order: now.0, at: moment::text(now), text: text.to_owned() };
        let mut people = self.lock();
        if people.len() >= MOST_PEOPLE
            && !people.contains_key(subject)
            && let Some(idle) =
                people.iter().min_by_key(|(_, notes)| notes.last().map(|note| note.order)).map(|(subject, _)| subject.clone())
        {
            people.remove(&idle);
        }
        let theirs = people.entry(subject.to_owned()).or_default();
        if theirs.len() >= MOST_NOTES {
            theirs.remove(0);
        }
        theirs.push(note.clone());
        note
    }
}

/// RFC 6750 §3.1: the token is good, but not for this; the challenge says which scope would be.
fn insufficient_scope(scope: &str) -> Response {
    let body = json!({ "error": "insufficient_scope", "scope": scope });
    let mut answer = (StatusCode::FORBIDDEN, axum::Json(body)).into_response();
    if let Ok(challenge) = HeaderValue::from_str(&format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"")) {
        answer.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    answer
}
