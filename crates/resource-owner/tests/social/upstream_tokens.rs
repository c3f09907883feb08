//! The providers' own tokens: kept where an operator says so, sealed, refreshed when somebody asks.

use chabi_store::account::AccountId;
use chabi_testkit::{Browser, databases};
use serde_json::json;

use crate::{
    applications::SocialApplicationDraft,
    fixture::{ACCESS_TOKEN, Answer, Fixture},
    world::World,
};

const REFRESH_TOKEN: &str = "upstream-refresh-token";

/// Ada came in by a social application that keeps tokens.
async fn kept(world: &World) -> (Browser, AccountId) {
    world.add(SocialApplicationDraft { keep_tokens: true, ..world.draft("work") }).await;
    world.tells("ada@example.com", true);
    let mut browser = world.browser();
    assert_eq!(world.sign_in_at(&mut browser, "work", "person-1").await.status, 303);
    (browser, world.holder("ada@example.com").await.unwrap().0.id)
}

fn gives(world: &World, access_token: &str, refresh_token: Option<&str>) {
    let mut answer = json!({ "access_token": access_token, "token_type": "Bearer", "expires_in": 3600, "scope": "openid mail" });
    if let Some(token) = refresh_token {
        answer["refresh_token"] = json!(token);
    }
    world.fixture.script(|script| script.token_answer = Some(Answer::Json(200, answer)));
}

async fn token(world: &World, account: AccountId) -> Option<String> {
    let found = world.owner.upstream_token(account, "work").await.unwrap();
    found.map(|found| found.access_token.expose().to_owned())
}

/// Puts a token with a refresh token in the place of the one that the fixture gives.
async fn with_refresh_token(world: &World, account: AccountId) {
    world.fixture.advance(3600);
    // the fixture's first answer has no refresh token: nothing can be done about its end
    assert_eq!(token(world, account).await, None);
    world.fixture.script(|script| {
        script.claims["iat"] = json!(crate::fixture::NOW + 3600);
        script.claims["exp"] = json!(crate::fixture::NOW + 3900);
        script.refresh_token = Some(REFRESH_TOKEN.to_owned());
    });
    assert_eq!(world.sign_in_at(&mut world.browser(), "work", "person-1").await.status, 303);
}

#[tokio::test]
async fn nothing_is_kept_unless_the_operator_says_so() {
    let world = World::start().await;
    world.add(world.draft("work")).await;
    world.tells("ada@example.com", true);
    world.sign_in_at(&mut world.browser(), "work", "person-1").await;
    let account = world.holder("ada@example.com").await.unwrap().0.id;
    assert_eq!(world.store.list_upstream_tokens(account, "work").await.unwrap(), []);
    assert_eq!(token(&world, account).await, None);
}

// req: up.tok
#[tokio::test]
async fn what_is_kept_is_sealed_and_in_no_answer() {
    let fixture = Fixture::start().await;
    let file = databases::sqlite_on_file(&fixture.env).await;
    let world = World::with_store(fixture, file.store.clone());
    let (mut browser, account) = kept(&world).await;
    assert_eq!(token(&world, account).await.as_deref(), Some(ACCESS_TOKEN));
    let page = browser.get("/accounts/").await;
    let path = file.url.trim_start_matches("sqlite:");
    let mut seen = page.body.into_bytes();
    seen.extend(["", "-wal"].iter().flat_map(|suffix| std::fs::read(format!("{path}{suffix}")).unwrap_or_default()));
    assert!(!seen.windows(ACCESS_TOKEN.len()).any(|window| window == ACCESS_TOKEN.as_bytes()));
}

#[tokio::test]
async fn a_token_that_ends_is_refreshed_when_it_is_asked_for_and_the_refresh_token_goes_on() {
    let world = World::start().await;
    let (_, account) = kept(&world).await;
    with_refresh_token(&world, account).await;
    world.fixture.advance(3600);
    for (round, new) in [(1, "second"), (2, "third")] {
        gives(&world, new, None);
        assert_eq!(token(&world, account).await.as_deref(), Some(new), "round {round}");
        let sent = world.fixture.inner.script.lock().unwrap().last_token_form.get("refresh_token").cloned();
        assert_eq!(sent.as_deref(), Some(REFRESH_TOKEN));
        gives(&world, "not asked for", None);
        assert_eq!(token(&world, account).await.as_deref(), Some(new), "it is good for an hour");
        world.fixture.advance(3600);
    }
    world.fixture.script(|script| script.token_answer = Some(Answer::Json(400, json!({ "error": "invalid_grant" }))));
    assert_eq!(token(&world, account).await, None, "the provider takes it no more");
}

#[tokio::test]
async fn of_many_that_ask_at_once_one_refreshes() {
    let world = World::start().await;
    let (_, account) = kept(&world).await;
    with_refresh_token(&world, account).await;
    world.fixture.advance(3600);
    gives(&world, "second", Some("rotated"));
    let before = world.fixture.inner.counts.token.load(std::sync::atomic::Ordering::SeqCst);
    let asked = (0..20).map(|_| token(&world, account));
    let got = futures_util::future::join_all(asked).await;
    assert!(got.iter().all(|token| token.as_deref() == Some("second")), "{got:?}");
    assert_eq!(world.fixture.inner.counts.token.load(std::sync::atomic::Ordering::SeqCst), before + 1);
}

#[tokio::test]
async fn tokens_go_with_the_connection_and_when_the_operator_wants_none() {
    let world = World::start().await;
    world.person("ada@example.com").await;
    let (_, account) = kept(&world).await;
    let mut browser = world.browser();
    world.sign_in_by_password(&mut browser, "ada@example.com").await;
    let page = browser.get("/accounts/3rdparty/").await;
    browser.submit(&page.form_with("value=\"disconnect\"").unwrap(), &[("action", "disconnect")]).await;
    assert_eq!(world.store.list_upstream_tokens(account, "work").await.unwrap(), []);

    world.sign_in_at(&mut world.browser(), "work", "person-1").await;
    assert_eq!(world.store.list_upstream_tokens(account, "work").await.unwrap().len(), 1);
    world.change(world.draft("work")).await;
    assert_eq!(token(&world, account).await, None);
}

/// Waits for the call that is made beside the answer.
async fn given_back(world: &World) -> Option<String> {
    for _ in 0..500 {
        if world.fixture.was_called("/revoke") {
            return world.fixture.call("/revoke").form().get("token").cloned();
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    None
}

/// Ada, who came in by `work`, disconnects it.
async fn disconnects(world: &World) {
    let mut browser = world.browser();
    world.sign_in_by_password(&mut browser, "ada@example.com").await;
    let page = browser.get("/accounts/3rdparty/").await;
    let answer = browser.submit(&page.form_with("value=\"disconnect\"").unwrap(), &[("action", "disconnect")]).await;
    assert_eq!(answer.status, 303);
}

// RFC 7009 §2.1
#[tokio::test]
async fn what_was_kept_is_given_back_to_a_provider_that_has_a_place_for_it() {
    for (with_refresh, expected) in [(false, ACCESS_TOKEN), (true, REFRESH_TOKEN)] {
        let world = World::start().await;
        let base = world.fixture.inner.base.clone();
        world.fixture.script(|script| script.discovery["revocation_endpoint"] = json!(format!("{base}/revoke")));
        world.fixture.answer("/revoke", json!({}));
        world.person("ada@example.com").await;
        let (_, account) = kept(&world).await;
        if with_refresh {
            with_refresh_token(&world, account).await;
        }
        disconnects(&world).await;
        assert_eq!(given_back(&world).await.as_deref(), Some(expected));
        assert_eq!(world.store.list_upstream_tokens(account, "work").await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_provider_that_takes_nothing_back_keeps_nobody_from_disconnecting() {
    let world = World::start().await;
    let base = world.fixture.inner.base.clone();
    world.fixture.script(|script| script.discovery["revocation_endpoint"] = json!(format!("{base}/revoke")));
    world.fixture.answer_with("/revoke", Answer::Json(503, json!({})));
    world.person("ada@example.com").await;
    let (_, account) = kept(&world).await;
    disconnects(&world).await;
    assert!(given_back(&world).await.is_some(), "it was tried");
    assert_eq!(world.store.list_upstream_tokens(account, "work").await.unwrap(), []);
    assert!(world.linked("ada@example.com").await.is_empty());
}

/// Mallory came in by `work` with an address that nobody proved, and left tokens; then its owner comes.
#[tokio::test]
async fn what_was_kept_of_an_unproven_claim_is_given_back_when_the_owner_comes() {
    let world = World::start().await;
    let base = world.fixture.inner.base.clone();
    world.fixture.script(|script| script.discovery["revocation_endpoint"] = json!(format!("{base}/revoke")));
    world.fixture.answer("/revoke", json!({}));
    world.add(SocialApplicationDraft { keep_tokens: true, ..world.draft("work") }).await;
    world.tells("ada@example.com", false);
    assert_eq!(world.sign_in_at(&mut world.browser(), "work", "mallory").await.status, 303);
    let account = world.holder("ada@example.com").await.unwrap().0.id;
    assert_eq!(world.store.list_upstream_tokens(account, "work").await.unwrap().len(), 1);
    world.tells("ada@example.com", true);
    assert_eq!(world.sign_in(&mut world.browser(), "ada").await.status, 303);
    assert_eq!(world.linked("ada@example.com").await, ["ada"]);
    assert_eq!(world.store.list_upstream_tokens(account, "work").await.unwrap(), []);
    assert_eq!(given_back(&world).await.as_deref(), Some(ACCESS_TOKEN));
}

// the settings as another node wrote them, which still kept tokens of the old ones
#[tokio::test]
async fn a_token_is_not_shown_to_another_than_the_one_that_gave_it() {
    let world = World::start().await;
    let (_, account) = kept(&world).await;
    with_refresh_token(&world, account).await;
    let mut elsewhere = SocialApplicationDraft { keep_tokens: true, ..world.draft("work") };
    elsewhere.settings.client_id = "of-somebody-else".to_owned();
    world.change(elsewhere).await;
    let before = world.fixture.inner.counts.token.load(std::sync::atomic::Ordering::SeqCst);
    assert_eq!(token(&world, account).await, None);
    world.fixture.advance(3600);
    assert_eq!(token(&world, account).await, None);
    assert_eq!(world.fixture.inner.counts.token.load(std::sync::atomic::Ordering::SeqCst), before, "its refresh token went nowhere");
    world.change(SocialApplicationDraft { keep_tokens: true, ..world.draft("work") }).await;
    gives(&world, "renewed", None);
    assert_eq!(token(&world, account).await.as_deref(), Some("renewed"));
}

// another node, which had not yet heard of the change, kept what the one before had given
#[tokio::test]
async fn nor_is_it_given_back_to_another_than_the_one_that_gave_it() {
    let world = World::start().await;
    let base = world.fixture.inner.base.clone();
    world.fixture.script(|script| script.discovery["revocation_endpoint"] = json!(format!("{base}/revoke")));
    world.fixture.answer("/revoke", json!({}));
    world.person("ada@example.com").await;
    let (_, account) = kept(&world).await;
    let mut elsewhere = SocialApplicationDraft { keep_tokens: true, ..world.draft("work") };
    elsewhere.settings.client_id = "of-somebody-else".to_owned();
    world.change(elsewhere).await;
    disconnects(&world).await;
    assert_eq!(world.store.list_upstream_tokens(account, "work").await.unwrap(), []);
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert!(!world.fixture.was_called("/revoke"), "it would be shown to a stranger");
}

// RFC 7009 §2.2.1
#[tokio::test]
async fn a_provider_that_was_down_for_a_moment_is_tried_again() {
    let world = World::start().await;
    let base = world.fixture.inner.base.clone();
    world.fixture.script(|script| script.discovery["revocation_endpoint"] = json!(format!("{base}/revoke")));
    world.fixture.answer_with("/revoke", Answer::Json(503, json!({})));
    world.person("ada@example.com").await;
    kept(&world).await;
    disconnects(&world).await;
    assert!(given_back(&world).await.is_some());
    let tried = || world.fixture.inner.script.lock().unwrap().calls.iter().filter(|call| call.path == "/revoke").count();
    for _ in 0..500 {
        if tried() > 1 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("it was tried {} times", tried());
}
