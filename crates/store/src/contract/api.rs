//! Resource servers.

use chabi_spec::Scope;
use chabi_token::Seconds;

use super::Subject;
use crate::api::{AccessTokenType, Api};

/// Added, replaced by one of the same audience, listed, removed.
pub async fn an_api_reads_back_replaces_and_goes(subject: Subject) {
    let store = subject.store();
    let notes = Api {
        audience: "https://notes.example".into(),
        name: "Notes".into(),
        scope: Scope::of(["notes:read", "notes:write"]),
        access_token_lifetime: Seconds::minutes(5),
        token_type: AccessTokenType::AtJwt,
        signing_alg: "ES256".into(),
        settings: Default::default(),
    };
    let bare = Api { audience: "https://a.example".into(), scope: Scope::default(), token_type: AccessTokenType::Jwt, ..notes.clone() };
    store.put_api(notes.clone()).await.unwrap();
    store.put_api(bare.clone()).await.unwrap();
    assert_eq!(store.find_api("https://notes.example").await.unwrap(), Some(notes.clone()));
    assert_eq!(store.find_api("https://notes.example/").await.unwrap(), None);
    let changed = Api { name: "My notes".into(), signing_alg: "RS256".into(), ..notes };
    store.put_api(changed.clone()).await.unwrap();
    assert_eq!(store.list_apis().await.unwrap(), [bare, changed]);
    assert!(store.delete_api("https://notes.example").await.unwrap());
    assert!(!store.delete_api("https://notes.example").await.unwrap());
}
