//! `3rdparty/`: what is connected, and what can be.

use crate::world::World;

const ADA: &str = "ada@example.com";
const PAGE: &str = "/accounts/3rdparty/";

#[tokio::test]
async fn it_is_for_people_who_are_signed_in() {
    let world = World::start().await;
    let answer = world.browser().get(PAGE).await;
    assert_eq!(answer.location().as_deref(), Some("/accounts/login/?next=%2Faccounts%2F3rdparty%2F"));
}

#[tokio::test]
async fn it_lists_what_is_connected_and_what_can_be_and_both_buttons_come_back_to_it() {
    let world = World::start().await;
    world.person(ADA).await;
    let mut browser = world.browser();
    world.sign_in_by_password(&mut browser, ADA).await;
    let page = browser.get(PAGE).await;
    assert!(page.form_with("value=\"disconnect\"").is_none(), "nothing is connected yet");
    let sent = browser.submit(&page.form_with("provider-fixture").unwrap(), &[]).await;
    let answer = browser.get(&world.approve(&sent.location().unwrap().parse().unwrap(), "person-1")).await;
    assert_eq!(answer.location().as_deref(), Some(PAGE));
    let page = browser.get(PAGE).await;
    assert!(page.form_with("provider-fixture").is_none() && page.form_with("provider-facebook").is_some());
    let gone = browser.submit(&page.form_with("value=\"disconnect\"").unwrap(), &[("action", "disconnect")]).await;
    assert_eq!(gone.location().as_deref(), Some(PAGE));
    assert!(world.linked(ADA).await.is_empty());
}

#[tokio::test]
async fn the_last_way_in_has_no_button_and_says_why() {
    let world = World::start().await;
    world.tells(ADA, true);
    let mut browser = world.browser();
    world.sign_in(&mut browser, "person-1").await;
    let page = browser.get(PAGE).await;
    assert!(page.form_with("value=\"disconnect\"").is_none());
    assert!(page.body.contains("only way in"), "{}", page.body);
}

// A provider that is no longer offered is no way in, so that the other one is the last.
#[tokio::test]
async fn a_provider_that_was_switched_off_does_not_count_as_another_way_in() {
    let world = World::start().await;
    let draft = world.draft("work");
    world.add(draft.clone()).await;
    world.tells(ADA, true);
    let mut browser = world.browser();
    world.sign_in(&mut browser, "person-1").await;
    world.sign_in_at(&mut world.browser(), "work", "person-1").await;
    assert_eq!(world.linked(ADA).await.len(), 2);
    assert!(browser.get(PAGE).await.form_with("value=\"disconnect\"").is_some());
    let off = crate::applications::SocialApplicationDraft { disabled_at: Some(chabi_token::Timestamp(1)), ..draft };
    world.change(off).await;
    let page = browser.get(PAGE).await;
    assert_eq!(page.body.matches("value=\"disconnect\"").count(), 1, "the one that leads nowhere may go");
    let csrf = page.form_with("value=\"disconnect\"").unwrap().hidden_fields().remove(0).1;
    browser.post(PAGE, &[("csrf", &csrf), ("provider", "fixture"), ("action", "disconnect")]).await;
    assert_eq!(world.linked(ADA).await.len(), 2, "the last way in stays");
}

#[tokio::test]
async fn a_page_elsewhere_that_the_form_names_is_not_gone_to() {
    let world = World::start().await;
    world.person(ADA).await;
    let mut browser = world.browser();
    world.sign_in_by_password(&mut browser, ADA).await;
    let csrf = browser.get("/accounts/").await.form_with("logout-confirm").unwrap().hidden_fields().remove(0).1;
    let fields = [("csrf", csrf.as_str()), ("provider", "fixture"), ("next", "https://evil.example/")];
    assert_eq!(browser.post(PAGE, &fields).await.location().as_deref(), Some("/accounts/"));
}
