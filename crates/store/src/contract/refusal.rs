//! Refused requests.

use super::Subject;
use crate::refusal::{KeptRefusal, Story};

fn refusal(subject: &Subject, request_id: &str, client_id: Option<&str>, seconds: i64) -> KeptRefusal {
    KeptRefusal {
        request_id: request_id.into(),
        at: subject.later(seconds),
        client_id: client_id.map(str::to_owned),
        story: Story {
            method: "GET".into(),
            endpoint: "/oauth2/authorize".into(),
            status: 400,
            parameters: vec![("client_id".into(), "app".into()), ("state".into(), "…".into())],
            steps: vec![("client".into(), true), ("redirect_uri".into(), false)],
            error: "invalid_request".into(),
            hint: "words".into(),
            clause: "RFC 6749 §3.1.2.3".into(),
            rule: "redirect_uri_not_registered".into(),
            received: Some("https://a.example/".into()),
            expected: None,
        },
    }
}

/// By its request id, with every field as it was; a second one of the same id changes nothing.
pub async fn a_refusal_reads_back_by_its_request_id(subject: Subject) {
    let store = subject.store();
    let first = refusal(&subject, "first", Some("app"), 0);
    store.insert_refusal(first.clone()).await.unwrap();
    store.insert_refusal(KeptRefusal { client_id: None, ..first.clone() }).await.unwrap();
    assert_eq!(store.find_refusal("first").await.unwrap(), Some(first));
    assert_eq!(store.find_refusal("second").await.unwrap(), None);
}

/// Of all applications or of one.
pub async fn refusals_are_listed_the_newest_first(subject: Subject) {
    let store = subject.store();
    let (app, none, other) =
        (refusal(&subject, "1", Some("app"), 1), refusal(&subject, "2", None, 2), refusal(&subject, "3", Some("other"), 3));
    for one in [&none, &other, &app] {
        store.insert_refusal(one.clone()).await.unwrap();
    }
    assert_eq!(store.list_refusals(None, 2).await.unwrap(), [other, none]);
    assert_eq!(store.list_refusals(Some("app"), 9).await.unwrap(), [app]);
}

/// However many strangers are refused, so many are kept and no more; the rest goes after a week.
pub async fn only_the_newest_refusals_are_kept(subject: Subject) {
    let store = subject.store();
    for number in 0..5 {
        store.insert_refusal(refusal(&subject, &number.to_string(), None, number)).await.unwrap();
    }
    assert_eq!(store.trim_refusals(5).await.unwrap(), 0);
    assert_eq!(store.trim_refusals(3).await.unwrap(), 2);
    let left: Vec<String> = store.list_refusals(None, 9).await.unwrap().into_iter().map(|one| one.request_id).collect();
    assert_eq!(left, ["4", "3", "2"]);
    let week = 7 * 24 * 60 * 60;
    store.delete_expired(subject.later(week + 3), 100).await.unwrap();
    assert_eq!(store.list_refusals(None, 9).await.unwrap().len(), 1);
}
