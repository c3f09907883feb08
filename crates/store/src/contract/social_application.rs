//! Our ids and secrets at providers.

use futures_util::FutureExt;

use super::{CALLERS, Subject};
use crate::{account::Insertion, social_application::SocialApplication};

fn application(subject: &Subject, id: &str, position: i64) -> SocialApplication {
    SocialApplication {
        id: id.into(),
        settings: format!(r#"{{"catalogue":"{id}","client_id":"1234"}}"#),
        sealed_secret: vec![1, 2, 3],
        sites: vec!["main".into()],
        sign_up: true,
        linking: "trusted".into(),
        keep_tokens: false,
        position,
        disabled_at: None,
        secret_expires_at: None,
        created_at: subject.now(),
    }
}

/// Everything but its id and its birth can be changed.
pub async fn a_social_application_reads_back_changes_and_goes(subject: Subject) {
    let store = subject.store();
    let google = application(&subject, "google", 2);
    assert!(!store.update_social_application(google.clone()).await.unwrap());
    assert_eq!(store.insert_social_application(google.clone()).await.unwrap(), Insertion::Done);
    assert_eq!(store.find_social_application("google").await.unwrap(), Some(google.clone()));
    let changed = SocialApplication {
        settings: "{}".into(),
        sealed_secret: vec![9],
        sites: vec!["main".into(), "shop".into()],
        sign_up: false,
        linking: "never".into(),
        keep_tokens: true,
        position: 7,
        disabled_at: Some(subject.later(1)),
        secret_expires_at: Some(subject.later(2)),
        ..google.clone()
    };
    let rewritten = SocialApplication { created_at: subject.later(9), ..changed.clone() };
    assert!(store.update_social_application(rewritten).await.unwrap());
    assert_eq!(store.find_social_application("google").await.unwrap(), Some(changed));
    assert!(store.delete_social_application("google").await.unwrap());
    assert!(!store.delete_social_application("google").await.unwrap());
    assert_eq!(store.find_social_application("google").await.unwrap(), None);
}

/// By position, and by id where two have one position.
pub async fn social_applications_are_listed_in_the_order_of_their_buttons(subject: Subject) {
    let store = subject.store();
    for (id, position) in [("google", 2), ("github", 2), ("apple", 9), ("x", 1)] {
        assert_eq!(store.insert_social_application(application(&subject, id, position)).await.unwrap(), Insertion::Done);
    }
    let listed: Vec<String> = store.list_social_applications().await.unwrap().into_iter().map(|one| one.id).collect();
    assert_eq!(listed, ["x", "github", "google", "apple"]);
}

/// The first; the others are told, and change nothing.
pub async fn of_64_that_take_an_id_at_once_exactly_one_gets_it(subject: Subject) {
    let rows: Vec<SocialApplication> = (0_i64..).take(CALLERS).map(|number| application(&subject, "google", number)).collect();
    let outcomes = subject.race(|store, number| {
        let row = rows.get(number).unwrap().clone();
        async move { (row.position, store.insert_social_application(row).await.unwrap()) }.boxed()
    });
    let done: Vec<i64> = outcomes.await.into_iter().filter(|(_, outcome)| *outcome == Insertion::Done).map(|(row, _)| row).collect();
    assert_eq!(done.len(), 1);
    let found = subject.store().find_social_application("google").await.unwrap();
    assert_eq!(found.map(|row| row.position).as_ref(), done.first());
}
