//! `3rdparty/`: disconnecting a provider.

use chabi_testkit::{Browser, Page};

use crate::world::World;

const ADA: &str = "ada@example.com";

/// Ada, with a password and a connected provider, in one browser by the password and in another by the provider.
async fn connected(world: &World) -> (Browser, Browser) {
    world.person(ADA).await;
    world.tells(ADA, true);
    let (mut by_password, mut by_provider) = (world.browser(), world.browser());
    world.sign_in(&mut by_provider, "person-1").await;
    world.sign_in_by_password(&mut by_password, ADA).await;
    assert_eq!(world.linked(ADA).await, ["person-1"]);
    (by_password, by_provider)
}

async fn press_disconnect(browser: &mut Browser) -> Page {
    let home = browser.get("/accounts/").await;
    let form = home.form_with("value=\"disconnect\"").expect("a button to disconnect");
    browser.submit(&form, &[("action", "disconnect")]).await
}

// req: up.off, em.notify
#[tokio::test]
async fn a_disconnected_provider_opens_nothing_at_once_and_the_owner_is_told() {
    let world = World::start().await;
    let (mut browser, mut by_provider) = connected(&world).await;
    let mut under_way = world.browser();
    let url = world.depart(&mut under_way, "/accounts/fixture/login/").await;
    world.inbox.clear();
    assert_eq!(press_disconnect(&mut browser).await.location().as_deref(), Some("/accounts/"));
    assert!(world.linked(ADA).await.is_empty());
    world.mail_about(ADA, "disconnected").await;
    assert_eq!(by_provider.get("/accounts/").await.status, 303, "who came in by it is out");
    assert_eq!(browser.get("/accounts/").await.status, 200);
    world.tells("somebody@example.net", true);
    under_way.get(&world.approve(&url, "person-1")).await;
    assert!(world.linked(ADA).await.is_empty());
    assert_eq!(world.linked("somebody@example.net").await, ["person-1"], "a sign-in under way opens an account of its own");
}

#[tokio::test]
async fn the_last_way_in_stays_whatever_is_posted() {
    let world = World::start().await;
    world.tells(ADA, true);
    let mut browser = world.browser();
    world.sign_in(&mut browser, "person-1").await;
    let home = browser.get("/accounts/").await;
    assert!(home.form_with("value=\"disconnect\"").is_none());
    let csrf = home.form_with("logout-confirm").unwrap().hidden_fields().remove(0).1;
    let answer = browser.post("/accounts/3rdparty/", &[("csrf", &csrf), ("provider", "fixture"), ("action", "disconnect")]).await;
    assert_eq!(answer.location().as_deref(), Some("/accounts/"));
    assert_eq!(world.linked(ADA).await, ["person-1"]);
}

#[tokio::test]
async fn a_password_is_no_way_in_where_nobody_signs_in_by_one() {
    let world = World::start().await;
    let (browser, _) = connected(&world).await;
    let mut browser = world.browser_where_passwords_are_off(&browser);
    let home = browser.get("/accounts/").await;
    assert!(home.form_with("value=\"disconnect\"").is_none());
    let csrf = home.form_with("logout-confirm").unwrap().hidden_fields().remove(0).1;
    browser.post("/accounts/3rdparty/", &[("csrf", &csrf), ("provider", "fixture"), ("action", "disconnect")]).await;
    assert_eq!(world.linked(ADA).await, ["person-1"]);
}

// req: ss.reauth
#[tokio::test]
async fn disconnecting_needs_a_recent_sign_in() {
    let world = World::start().await;
    let (mut browser, _) = connected(&world).await;
    world.fixture.advance(11 * 60);
    let location = press_disconnect(&mut browser).await.location().unwrap();
    assert!(location.starts_with("/accounts/login/?") && location.contains("again=1"), "{location}");
    assert_eq!(world.linked(ADA).await, ["person-1"]);
}
