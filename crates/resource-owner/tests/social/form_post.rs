//! A provider whose answer is a form that the browser posts from the provider's own page, without our cookies (Apple).

use chabi_testkit::{Browser, Page};
use http::header::SET_COOKIE;

use crate::world::{SESSION, World, parameter};

const CALLBACK: &str = "/accounts/posting/login/callback/";

struct Posted {
    url: url::Url,
    code: String,
    answer: Page,
}

/// The browser comes back by a form: what it sends has no cookies, since another site's page sent it.
async fn post_back(world: &World, browser: &mut Browser) -> Posted {
    world.fixture.script(|script| script.redirect_uri.clear());
    let url = world.depart(browser, "/accounts/posting/login/?next=/demo").await;
    let code = world.fixture.authorize(&url, Some("person-1"));
    let answer = post(world, &code, &parameter(&url, "state")).await;
    Posted { url, code, answer }
}

async fn post(world: &World, code: &str, state: &str) -> Page {
    let user = r#"{"name":{"firstName":"Rahima","lastName":"Begum"},"email":"ada@example.com"}"#;
    world.browser().post(CALLBACK, &[("code", code), ("state", state), ("user", user)]).await
}

// req: up.state
#[tokio::test]
async fn the_form_is_kept_and_the_browser_comes_again_with_its_cookies_and_without_the_code() {
    let world = World::start().await;
    world.fixture.script(|script| script.claims["name"] = serde_json::json!("<absent>"));
    let mut browser = world.browser();
    let Posted { url, code, answer } = post_back(&world, &mut browser).await;
    let location = answer.location().unwrap();
    assert_eq!(answer.status, 303);
    assert!(location.starts_with(&format!("{CALLBACK}?handle=")), "{location}");
    assert!(!location.contains(&code) && !location.contains(&parameter(&url, "state")), "{location}");
    assert!(answer.headers.get(SET_COOKIE).is_none(), "a new cookie would take the place of the one that the browser kept back");
    let done = browser.get(&location).await;
    assert_eq!(done.location().as_deref(), Some("/demo"), "{}", done.body);
    assert!(browser.cookie(SESSION).is_some());
    let (account, _) = world.holder("ada@example.com").await.unwrap();
    assert_eq!(account.name, "Rahima Begum", "the name comes in the form of the first sign-in, and never again");
}

// req: up.once
#[tokio::test]
async fn neither_the_form_nor_its_handle_is_good_twice() {
    let world = World::start().await;
    let mut browser = world.browser();
    let Posted { url, code, answer } = post_back(&world, &mut browser).await;
    let again = post(&world, &code, &parameter(&url, "state")).await;
    assert_eq!(again.location().as_deref(), Some(&*format!("{CALLBACK}?handle=")), "its state is spent");
    let by_state = format!("{CALLBACK}?code={code}&state={}", parameter(&url, "state"));
    assert_eq!(browser.get(&by_state).await.status, 400);
    let handle = answer.location().unwrap();
    assert_eq!(browser.get(&handle).await.status, 303);
    assert_eq!(browser.get(&handle).await.status, 400);
}

// req: up.state
#[tokio::test]
async fn the_handle_is_nothing_in_another_browser_and_at_another_provider() {
    let world = World::start().await;
    let mut browser = world.browser();
    let Posted { answer, .. } = post_back(&world, &mut browser).await;
    let handle = answer.location().unwrap();
    let mut other = world.browser();
    other.get("/accounts/login/").await;
    assert_eq!(other.get(&handle).await.status, 400);
    assert_eq!(browser.get(&handle.replace("/posting/", "/fixture/")).await.status, 400);
    assert!(other.cookie(SESSION).is_none() && browser.cookie(SESSION).is_none());
    assert_eq!(browser.get(&handle).await.status, 303);
}

// req: up.mix
#[tokio::test]
async fn a_form_is_taken_from_no_provider_that_was_not_asked_for_one() {
    let world = World::start().await;
    let mut browser = world.browser();
    let url = world.depart(&mut browser, "/accounts/fixture/login/").await;
    let code = world.fixture.authorize(&url, Some("person-1"));
    let state = parameter(&url, "state");
    let answer = world.browser().post("/accounts/fixture/login/callback/", &[("code", &code), ("state", &state)]).await;
    assert_eq!(answer.location().as_deref(), Some("/accounts/fixture/login/callback/?handle="));
    let redirected = format!("/accounts/fixture/login/callback/?code={code}&state={state}");
    assert_eq!(browser.get(&redirected).await.status, 303, "and its own answer was not spent by it");
}

#[tokio::test]
async fn nonsense_is_answered_without_a_word_about_it() {
    let world = World::start().await;
    for fields in [&[("state", "x")][..], &[("code", "a"), ("code", "b")], &[]] {
        let answer = world.browser().post(CALLBACK, fields).await;
        assert!(matches!(answer.status.as_u16(), 303 | 400), "{fields:?}");
    }
    let page = world.browser().get(&format!("{CALLBACK}?handle=")).await;
    assert_eq!(page.status, 400);
    assert!(page.body.contains("provider-posting"), "one may begin anew: {}", page.body);
}
