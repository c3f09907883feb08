//! RFC 9700 §4.7: `state` belongs to one browser, one provider, one purpose, one answer.

use crate::world::{SESSION, World};

// req: up.state
// req: up.once
#[tokio::test]
async fn an_answer_is_taken_once() {
    let world = World::start().await;
    let mut browser = world.browser();
    let url = world.depart(&mut browser, "/accounts/fixture/login/").await;
    let callback = world.approve(&url, "person-1");
    assert_eq!(browser.get(&callback).await.status, 303);
    let replayed = browser.get(&callback).await;
    assert_eq!(replayed.status, 400);
}

// req: up.state
#[tokio::test]
async fn in_another_browser_it_is_nothing_and_the_right_one_still_has_it() {
    let world = World::start().await;
    let mut victim = world.browser();
    let mut attacker = world.browser();
    let url = world.depart(&mut attacker, "/accounts/fixture/login/").await;
    let callback = world.approve(&url, "attacker");
    victim.get("/accounts/login/").await;
    assert_eq!(victim.get(&callback).await.status, 400, "a browser with a cookie of its own");
    assert_eq!(world.browser().get(&callback).await.status, 400, "a browser without cookies");
    assert!(victim.cookie(SESSION).is_none());
    assert_eq!(attacker.get(&callback).await.status, 303);
}

// req: up.state
// req: up.mix
#[tokio::test]
async fn at_another_providers_callback_it_is_nothing() {
    let world = World::start().await;
    let mut browser = world.browser();
    let url = world.depart(&mut browser, "/accounts/fixture/login/").await;
    let callback = world.approve(&url, "person-1");
    for other in ["stranger", "facebook"] {
        let swapped = callback.replace("/fixture/", &format!("/{other}/"));
        assert_eq!(browser.get(&swapped).await.status, 400, "{other}");
    }
    assert!(browser.cookie(SESSION).is_none());
    assert_eq!(browser.get(&callback).await.status, 303, "it was not spent by the wrong ones");
}

// req: up.state
#[tokio::test]
async fn it_has_128_bits_and_more_and_any_other_text_is_nothing() {
    let world = World::start().await;
    let mut browser = world.browser();
    let url = world.depart(&mut browser, "/accounts/fixture/login/").await;
    let state = crate::world::parameter(&url, "state");
    let (id, secret) = state.split_once('.').unwrap();
    assert_eq!((id.len(), secret.len()), (22, 43));
    let code = world.fixture.authorize(&url, None);
    for forged in ["", "x", id, &format!("{id}."), &format!("{id}.{}", "A".repeat(43)), &format!("{}.{secret}", "A".repeat(22))] {
        let page = browser.get(&format!("/accounts/fixture/login/callback/?code={code}&state={forged}")).await;
        assert_eq!(page.status, 400, "{forged}");
    }
    let missing = browser.get(&format!("/accounts/fixture/login/callback/?code={code}")).await;
    assert_eq!(missing.status, 400);
}

// req: up.state
#[tokio::test]
async fn after_a_quarter_of_an_hour_it_is_nothing() {
    let world = World::start().await;
    let mut browser = world.browser();
    let url = world.depart(&mut browser, "/accounts/fixture/login/").await;
    let callback = world.approve(&url, "person-1");
    world.fixture.advance(15 * 60);
    assert_eq!(browser.get(&callback).await.status, 400);
}

// req: up.start
#[tokio::test]
async fn a_link_alone_starts_nothing_and_a_form_without_its_token_neither() {
    let world = World::start().await;
    let mut browser = world.browser();
    let page = browser.get("/accounts/fixture/login/").await;
    assert_eq!((page.status.as_u16(), page.location()), (200, None));
    for token in ["", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        assert_eq!(browser.post("/accounts/fixture/login/", &[("csrf", token)]).await.status, 403);
    }
    let other = world.browser().get("/accounts/fixture/login/").await;
    assert_eq!(browser.submit(&other, &[]).await.status, 403, "another browser's token");
    assert_eq!(browser.get("/accounts/nobody/login/").await.status, 404);
}
