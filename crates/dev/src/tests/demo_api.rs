use axum::Extension;
use chabi_spec::Scope;
use serde_json::json;

use super::*;
use crate::demo::{self, Caller};

fn api(env: &Env, subject: &str, scope: &str) -> (Router, Caller) {
    (demo::api(env), Caller { subject: subject.into(), scope: Scope::parse(scope).unwrap() })
}

async fn call(api: &Router, caller: &Caller, method: &str, body: serde_json::Value) -> Answer {
    let guarded = api.clone().layer(Extension(caller.clone()));
    let request = Request::builder().method(method).uri("/demo/api/notes").header(header::CONTENT_TYPE, "application/json");
    send(&guarded, request.body(Body::from(body.to_string())).unwrap()).await
}

#[tokio::test]
async fn each_method_wants_its_own_scope_and_says_so() {
    let (api, reader) = api(&Env::system(), "ada", "notes:read");
    assert_eq!(call(&api, &reader, "GET", json!({})).await.status, StatusCode::OK);
    let refused = call(&api, &reader, "POST", json!({ "text": "x" })).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.headers[header::WWW_AUTHENTICATE], "Bearer error=\"insufficient_scope\", scope=\"notes:write\"");
}

#[tokio::test]
async fn notes_are_kept_for_each_person_apart_and_bounded() {
    let (api, ada) = api(&Env::system(), "ada", "notes:read notes:write");
    let bina = Caller { subject: "bina".into(), ..ada.clone() };
    for number in 0..105 {
        assert_eq!(call(&api, &ada, "POST", json!({ "text": format!("note {number}") })).await.status, StatusCode::CREATED);
    }
    let notes = call(&api, &ada, "GET", json!({})).await.json()["notes"].clone();
    assert_eq!((notes.as_array().unwrap().len(), &notes[0]["text"]), (100, &"note 5".into()));
    assert_eq!(call(&api, &bina, "GET", json!({})).await.json()["notes"], json!([]));
    assert_eq!(call(&api, &ada, "POST", json!({ "text": " " })).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(call(&api, &ada, "POST", json!({ "text": "x".repeat(501) })).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn without_a_verified_caller_nothing_is_shown() {
    let request = Request::get("/demo/api/notes").body(Body::empty()).unwrap();
    assert_eq!(send(&demo::api(&Env::system()), request).await.status, StatusCode::INTERNAL_SERVER_ERROR);
}
