//! Attempts that took too long, and several at once.

use crate::world::{SESSION, World};

#[tokio::test]
async fn who_took_too_long_begins_anew_and_what_waits_for_them_waits_on() {
    let world = World::start().await;
    let mut browser = world.browser();
    let url = world.depart(&mut browser, "/accounts/fixture/login/?next=/demo").await;
    let callback = world.approve(&url, "person-1");
    world.fixture.advance(15 * 60);
    let page = browser.get(&callback).await;
    assert_eq!(page.status, 400);
    assert!(browser.cookie(SESSION).is_none());
    let again = page.form_with("provider-fixture").expect("a fresh start is offered");
    let sent = browser.submit(&again, &[]).await;
    world.fixture.script(|script| {
        script.claims["iat"] = serde_json::json!(crate::fixture::NOW + 15 * 60);
        script.claims["exp"] = serde_json::json!(crate::fixture::NOW + 20 * 60);
    });
    let done = browser.get(&world.approve(&sent.location().unwrap().parse().unwrap(), "person-1")).await;
    assert_eq!(done.location().as_deref(), Some("/demo"), "{}", done.body);
}

#[tokio::test]
async fn what_waits_is_told_to_no_other_browser() {
    let world = World::start().await;
    let mut browser = world.browser();
    let url = world.depart(&mut browser, "/accounts/fixture/login/?next=/demo").await;
    let callback = world.approve(&url, "person-1");
    world.fixture.advance(15 * 60);
    let mut other = world.browser();
    other.get("/accounts/login/").await;
    let page = other.get(&callback).await;
    assert_eq!(page.status, 400);
    assert!(!page.body.contains("/demo") && !page.body.contains("&#x2f;demo"), "{}", page.body);
}

// req: up.start
#[tokio::test]
async fn who_meant_to_connect_is_offered_to_connect_and_not_to_sign_in() {
    let world = World::start().await;
    world.person("ada@example.com").await;
    world.tells("someone.else@example.net", true);
    let mut browser = world.browser();
    world.sign_in_by_password(&mut browser, "ada@example.com").await;
    let button = browser.get("/accounts/").await.form_with("provider-fixture").unwrap();
    let sent = browser.submit(&button, &[]).await;
    let state = crate::world::parameter(&sent.location().unwrap().parse().unwrap(), "state");
    let page = browser.get(&format!("/accounts/fixture/login/callback/?error=access_denied&state={state}")).await;
    let again = page.form_with("provider-fixture").unwrap();
    let sent = browser.submit(&again, &[]).await;
    browser.get(&world.approve(&sent.location().unwrap().parse().unwrap(), "person-1")).await;
    assert_eq!(world.linked("ada@example.com").await, ["person-1"]);
    assert!(world.holder("someone.else@example.net").await.is_none());
}

// req: up.state
#[tokio::test]
async fn attempts_in_parallel_tabs_are_each_finished_wherever_they_began() {
    let world = World::start().await;
    let mut browser = world.browser();
    let first = world.depart(&mut browser, "/accounts/fixture/login/?next=/first").await;
    let second = world.depart(&mut browser, "/accounts/fixture/login/?next=/second").await;
    let third = world.depart(&mut browser, "/accounts/fixture/login/?next=/third").await;
    for (url, next) in [(second, "/second"), (third, "/third"), (first, "/first")] {
        let answer = browser.get(&world.approve(&url, "person-1")).await;
        assert_eq!(answer.location().as_deref(), Some(next), "{}", answer.body);
    }
    assert_eq!(world.store.count_accounts().await.unwrap(), 1);
}
