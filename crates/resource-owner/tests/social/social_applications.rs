//! Social applications of the database: offered as soon as they are written, and by their own rules.

use chabi_resource_owner::social::Linking;
use chabi_store::{installation::CONFIGURATION, social_application::SocialApplication};
use chabi_testkit::databases;
use chabi_token::Timestamp;

use crate::{
    applications::{self, SocialApplicationDraft},
    fixture::{CLIENT_SECRET, Fixture},
    world::{SESSION, World},
};

const BUTTON: &str = "provider-work";

#[tokio::test]
async fn one_that_is_added_has_its_button_and_signs_people_in_at_once() {
    let world = World::start().await;
    let mut browser = world.browser();
    assert!(!browser.get("/accounts/login/").await.body.contains(BUTTON));
    world.add(world.draft("work")).await;
    let page = browser.get("/accounts/login/").await;
    assert!(page.body.contains(BUTTON) && page.body.contains("Workplace"), "{}", page.body);
    assert!(page.body.find("provider-facebook") < page.body.find(BUTTON), "those of the configuration come first");
    world.tells("ada@example.com", true);
    assert_eq!(world.sign_in_at(&mut browser, "work", "person-1").await.status, 303);
    assert!(browser.cookie(SESSION).is_some());
}

#[tokio::test]
async fn what_another_node_writes_is_seen_within_a_second() {
    let world = World::start().await;
    world.add(world.draft("work")).await;
    let mut browser = world.browser();
    assert!(browser.get("/accounts/login/").await.body.contains(BUTTON));
    // another process tells this one nothing: only the version moves
    assert!(world.store.delete_social_application("work").await.unwrap());
    world.store.bump_version(CONFIGURATION).await.unwrap();
    assert!(browser.get("/accounts/login/").await.body.contains(BUTTON), "it was looked at in this second");
    world.fixture.advance(1);
    assert!(!browser.get("/accounts/login/").await.body.contains(BUTTON));
}

#[tokio::test]
async fn one_that_cannot_be_made_is_left_out_and_the_page_has_the_others() {
    let world = World::start().await;
    world.add(world.draft("work")).await;
    let good = world.store.find_social_application("work").await.unwrap().unwrap();
    let sealed_for_work = good.sealed_secret.clone();
    for (id, row) in [
        ("broken", SocialApplication { settings: "{".to_owned(), ..good.clone() }),
        ("unheard", SocialApplication { settings: r#"{"catalogue":"no-such-vendor","client_id":"1"}"#.to_owned(), ..good.clone() }),
        ("moved", SocialApplication { sealed_secret: sealed_for_work, ..good.clone() }),
        ("elsewhere", SocialApplication { sites: vec!["shop".to_owned()], ..good.clone() }),
        ("facebook", SocialApplication { ..good.clone() }),
    ] {
        let _inserted = world.store.insert_social_application(SocialApplication { id: id.to_owned(), ..row }).await.unwrap();
    }
    world.store.configuration_changed();
    let page = world.browser().get("/accounts/login/").await;
    assert_eq!(page.status, 200);
    for (id, buttons) in [("broken", 0), ("unheard", 0), ("moved", 0), ("elsewhere", 0), ("facebook", 1), ("work", 1)] {
        assert_eq!(page.body.matches(&format!("id=\"provider-{id}\"")).count(), buttons, "{id}");
    }
}

// req: up.tok
#[tokio::test]
async fn its_secret_is_in_the_database_sealed_alone() {
    let fixture = Fixture::start().await;
    let file = databases::sqlite_on_file(&fixture.env).await;
    let world = World::with_store(fixture, file.store.clone());
    world.add(world.draft("work")).await;
    let path = file.url.trim_start_matches("sqlite:");
    let kept: Vec<u8> = ["", "-wal"].iter().flat_map(|suffix| std::fs::read(format!("{path}{suffix}")).unwrap_or_default()).collect();
    let contains = |needle: &str| kept.windows(needle.len()).any(|window| window == needle.as_bytes());
    assert!(contains("Workplace") && !contains(CLIENT_SECRET));
}

// req: up.off
#[tokio::test]
async fn one_that_is_switched_off_or_removed_stops_for_sign_ins_under_way() {
    let world = World::start().await;
    let draft = world.draft("work");
    world.add(draft.clone()).await;
    for remove in [false, true] {
        let mut browser = world.browser();
        let url = world.depart(&mut browser, "/accounts/work/login/").await;
        let callback = world.approve(&url, "person-1");
        match remove {
            false => world.change(SocialApplicationDraft { disabled_at: Some(Timestamp(1)), ..draft.clone() }).await,
            true => applications::remove(&world.store, "work").await,
        }
        assert_eq!(browser.get(&callback).await.status, 404, "removed: {remove}");
        assert_eq!(browser.get("/accounts/work/login/").await.status, 404);
        assert!(browser.cookie(SESSION).is_none());
        assert!(!browser.get("/accounts/login/").await.body.contains(BUTTON));
        if !remove {
            world.change(draft.clone()).await;
        }
    }
}

// req: up.off
#[tokio::test]
async fn one_that_is_for_people_who_are_known_makes_no_accounts_from_then_on_for_sign_ins_under_way_too() {
    let world = World::start().await;
    let draft = world.draft("work");
    world.add(draft.clone()).await;
    world.tells("ada@example.com", true);
    world.sign_in_at(&mut world.browser(), "work", "person-1").await;
    let mut stranger = world.browser();
    let url = world.depart(&mut stranger, "/accounts/work/login/").await;
    world.change(SocialApplicationDraft { sign_up: false, ..draft }).await;
    world.tells("bob@example.com", true);
    assert_eq!(stranger.get(&world.approve(&url, "person-2")).await.status, 403);
    assert_eq!(world.store.count_accounts().await.unwrap(), 1);
    let mut known = world.browser();
    assert_eq!(world.sign_in_at(&mut known, "work", "person-1").await.status, 303);
}

// req: up.link
#[tokio::test]
async fn one_that_joins_nothing_by_addresses_asks_to_sign_in_first() {
    let world = World::start().await;
    world.person("ada@example.com").await;
    world.add(SocialApplicationDraft { linking: Linking::Never, ..world.draft("work") }).await;
    world.tells("ada@example.com", true);
    let mut browser = world.browser();
    assert_eq!(world.sign_in_at(&mut browser, "work", "person-1").await.status, 409);
    assert!(browser.cookie(SESSION).is_none());
    assert!(world.linked("ada@example.com").await.is_empty());
}
