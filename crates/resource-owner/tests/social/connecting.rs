//! Connecting a provider to the account that one is signed in to.

use chabi_testkit::{Browser, Page};

use crate::world::{SESSION, World};

async fn connect_button(browser: &mut Browser) -> Page {
    browser.get("/accounts/").await.form_with("provider-fixture").expect("a button to connect the provider")
}

// req: up.start
#[tokio::test]
async fn the_account_page_connects_and_its_owner_is_told() {
    let world = World::start().await;
    let ada = world.person("ada@example.com").await;
    world.tells("someone.else@example.net", true);
    let mut browser = world.browser();
    world.sign_in_by_password(&mut browser, "ada@example.com").await;
    let session = browser.cookie(SESSION).unwrap().to_owned();
    let button = connect_button(&mut browser).await;
    let sent = browser.submit(&button, &[]).await;
    let callback = world.approve(&sent.location().unwrap().parse().unwrap(), "person-1");
    let answer = browser.get(&callback).await;
    assert_eq!((answer.status.as_u16(), answer.location().as_deref()), (303, Some("/accounts/")));
    assert_eq!(world.linked("ada@example.com").await, ["person-1"]);
    assert_eq!(browser.cookie(SESSION), Some(session.as_str()), "connecting is not signing in");
    assert!(world.holder("someone.else@example.net").await.is_none());
    let mut elsewhere = world.browser();
    world.sign_in(&mut elsewhere, "person-1").await;
    assert_eq!(world.store.list_sessions(ada.id, world.fixture.env.now()).await.unwrap().len(), 2);
}

// req: up.start
#[tokio::test]
async fn only_the_person_who_began_it_finishes_it() {
    let world = World::start().await;
    world.person("ada@example.com").await;
    world.person("bob@example.com").await;
    let mut browser = world.browser();
    world.sign_in_by_password(&mut browser, "ada@example.com").await;
    let button = connect_button(&mut browser).await;
    let sent = browser.submit(&button, &[]).await;
    let callback = world.approve(&sent.location().unwrap().parse().unwrap(), "person-1");
    let page = browser.get("/accounts/login/?again=1").await;
    let fields = [("username", "bob@example.com"), ("password", crate::world::PASSWORD)];
    assert_eq!(browser.submit(&page, &fields).await.status, 303, "Bob signs in, in the same browser");
    let answer = browser.get(&callback).await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert!(world.linked("ada@example.com").await.is_empty());
    assert!(world.linked("bob@example.com").await.is_empty());
}

// req: up.start
#[tokio::test]
async fn a_session_that_ended_meanwhile_connects_nothing() {
    let world = World::start().await;
    let ada = world.person("ada@example.com").await;
    let mut browser = world.browser();
    world.sign_in_by_password(&mut browser, "ada@example.com").await;
    let button = connect_button(&mut browser).await;
    let sent = browser.submit(&button, &[]).await;
    let callback = world.approve(&sent.location().unwrap().parse().unwrap(), "person-1");
    world.store.end_sessions_of_account(ada.id, None).await.unwrap();
    assert_eq!(browser.get(&callback).await.status, 400);
    assert!(world.linked("ada@example.com").await.is_empty());
}

// req: up.start
#[tokio::test]
async fn it_needs_a_recent_sign_in() {
    let world = World::start().await;
    world.person("ada@example.com").await;
    let mut browser = world.browser();
    world.sign_in_by_password(&mut browser, "ada@example.com").await;
    let button = connect_button(&mut browser).await;
    world.fixture.advance(11 * 60);
    let answer = browser.submit(&button, &[]).await;
    let location = answer.location().unwrap();
    assert!(location.starts_with("/accounts/login/?") && location.contains("again=1"), "{location}");
}

// req: up.start
#[tokio::test]
async fn the_token_of_a_sign_in_form_does_not_connect() {
    let world = World::start().await;
    world.person("ada@example.com").await;
    world.tells("ada@example.org", true);
    let mut browser = world.browser();
    world.sign_in_by_password(&mut browser, "ada@example.com").await;
    let form = browser.get("/accounts/fixture/login/").await;
    let sent = browser.submit(&form, &[("process", "connect")]).await;
    let callback = world.approve(&sent.location().unwrap().parse().unwrap(), "person-1");
    assert_eq!(browser.get(&callback).await.status, 303);
    assert!(world.linked("ada@example.com").await.is_empty());
    assert_eq!(world.linked("ada@example.org").await, ["person-1"], "it signed in as somebody of their own");
}

// req: up.start
#[tokio::test]
async fn a_person_of_the_provider_who_has_an_account_is_not_moved() {
    let world = World::start().await;
    world.tells("bob@example.com", true);
    world.sign_in(&mut world.browser(), "person-1").await;
    world.person("ada@example.com").await;
    let mut browser = world.browser();
    world.sign_in_by_password(&mut browser, "ada@example.com").await;
    let button = connect_button(&mut browser).await;
    let sent = browser.submit(&button, &[]).await;
    let callback = world.approve(&sent.location().unwrap().parse().unwrap(), "person-1");
    assert_eq!(browser.get(&callback).await.status, 409);
    assert!(world.linked("ada@example.com").await.is_empty());
    assert_eq!(world.linked("bob@example.com").await, ["person-1"]);
}
