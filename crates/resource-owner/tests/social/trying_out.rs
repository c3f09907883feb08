//! An operator tries a social application out.

use chabi_resource_owner::{
    next::NextPath,
    social::{TestNotBegun, begin_test},
};
use chabi_testkit::Browser;
use chabi_token::Timestamp;
use http::{HeaderMap, HeaderValue, header::COOKIE};

use crate::applications::SocialApplicationDraft;
use crate::world::{SESSION, World};

fn headers(browser: &Browser) -> HeaderMap {
    let cookies = [SESSION, "__Host-chabi_browser"].map(|name| format!("{name}={}", browser.cookie(name).unwrap_or_default()));
    HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(&cookies.join("; ")).unwrap())])
}

async fn operator(world: &World) -> Browser {
    world.person("operator@example.com").await;
    let mut browser = world.browser();
    world.sign_in_by_password(&mut browser, "operator@example.com").await;
    browser
}

async fn begin(world: &World, browser: &Browser, id: &str) -> Result<String, TestNotBegun> {
    begin_test(&world.owner, &headers(browser), id, &NextPath::parse("/admin/social/").unwrap()).await
}

#[tokio::test]
async fn it_shows_what_was_read_and_what_would_happen_and_signs_nobody_in() {
    let world = World::start().await;
    let mut browser = operator(&world).await;
    // one that nobody can use yet
    world.add(SocialApplicationDraft { disabled_at: Some(Timestamp(1)), ..world.draft("work") }).await;
    let session = browser.cookie(SESSION).unwrap().to_owned();
    let mut decision = async |address: &str| {
        world.tells(address, true);
        let url = begin(&world, &browser, "work").await.unwrap().parse().unwrap();
        let page = browser.get(&world.approve(&url, "person-1")).await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(page.body.contains("person-1") && page.body.contains("Ada Lovelace") && page.body.contains(address), "{}", page.body);
        assert!(page.body.contains("admin"), "it leads back");
        assert!(!page.body.contains("code=") && !page.body.contains("state="), "{}", page.body);
        page.body
    };
    assert!(decision("ada@example.com").await.contains("Make a new account"));
    assert!(decision("operator@example.com").await.contains("Connect this person"));
    assert_eq!(browser.cookie(SESSION), Some(session.as_str()));
    assert_eq!(world.store.count_accounts().await.unwrap(), 1);
    assert!(world.linked("operator@example.com").await.is_empty());
    assert_eq!(browser.get("/accounts/work/login/").await.status, 404, "it is off for all others");
}

#[tokio::test]
async fn what_is_wrong_with_the_answer_is_said_in_words_for_the_operator() {
    let world = World::start().await;
    let mut browser = operator(&world).await;
    world.add(world.draft("work")).await;
    world.fixture.script(|script| script.claims["aud"] = serde_json::json!("somebody-else"));
    let url = begin(&world, &browser, "work").await.unwrap().parse().unwrap();
    let page = browser.get(&world.approve(&url, "person-1")).await;
    assert_eq!(page.status, 502);
    assert!(page.body.contains("id_token"), "{}", page.body);
}

// req: up.proof
#[tokio::test]
async fn it_is_finished_by_who_began_it_alone_and_never_as_a_sign_in() {
    let world = World::start().await;
    let mut browser = operator(&world).await;
    world.add(world.draft("work")).await;
    let url = begin(&world, &browser, "work").await.unwrap().parse().unwrap();
    let callback = world.approve(&url, "person-1");
    let page = browser.get("/accounts/logout/").await;
    browser.submit(&page, &[]).await;
    assert!(browser.cookie(SESSION).is_none());
    assert_eq!(browser.get(&callback).await.status, 400);
    assert!(browser.cookie(SESSION).is_none());
    assert_eq!(world.store.count_accounts().await.unwrap(), 1);
}

#[tokio::test]
async fn nothing_begins_for_nobody_or_at_what_is_not_there() {
    let world = World::start().await;
    let browser = operator(&world).await;
    assert!(matches!(begin(&world, &browser, "work").await, Err(TestNotBegun::Unknown)));
    world.add(world.draft("work")).await;
    assert!(matches!(begin(&world, &world.browser(), "work").await, Err(TestNotBegun::NobodySignedIn)));
}
