//! OpenID Connect Back-Channel Logout 1.0: a provider says that somebody signed out there.

use chabi_spec::Scope;
use chabi_store::{
    account::AccountId,
    browser_session::SessionId,
    token_family::{FamilyId, RefreshTokenFamily},
};
use chabi_testkit::{Browser, Page};
use chabi_token::Seconds;
use serde_json::{Value, json};

use crate::{fixture::NOW, world::World};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

fn logout_token(world: &World, changes: Value) -> String {
    let mut all = json!({
        "events": { EVENT: {} }, "jti": format!("jti-{}", world.fixture.env.new_id()), "iat": NOW, "exp": NOW + 120,
        "email": "<absent>", "email_verified": "<absent>", "name": "<absent>",
    });
    for (name, value) in changes.as_object().unwrap() {
        all[name] = value.clone();
    }
    world.fixture.inner.script.lock().unwrap().token_with(all)
}

async fn send(world: &World, token: &str) -> Page {
    world.browser().post("/accounts/fixture/backchannel-logout/", &[("logout_token", token)]).await
}

/// Signs a person in, in a session there.
async fn signed_in(world: &World, subject: &str, sid: &str) -> Browser {
    world.tells(&format!("{subject}@example.com"), true);
    world.fixture.script(|script| script.claims["sid"] = json!(sid));
    let mut browser = world.browser();
    assert_eq!(world.sign_in(&mut browser, subject).await.status, 303);
    browser
}

async fn is_in(browser: &mut Browser) -> bool {
    browser.get("/accounts/").await.status == 200
}

// §2.7
#[tokio::test]
async fn by_sid_that_session_ends_and_by_sub_all_of_that_person() {
    let world = World::start().await;
    let mut one = signed_in(&world, "ada", "1").await;
    let mut two = signed_in(&world, "ada", "2").await;
    let mut three = signed_in(&world, "ada", "3").await;
    let mut bob = signed_in(&world, "bob", "4").await;
    let answer = send(&world, &logout_token(&world, json!({ "sub": "<absent>", "sid": "1" }))).await;
    assert_eq!((answer.status.as_u16(), answer.headers["cache-control"].to_str().unwrap()), (200, "no-store"), "{}", answer.body);
    assert!(!is_in(&mut one).await && is_in(&mut two).await && is_in(&mut three).await);
    assert_eq!(send(&world, &logout_token(&world, json!({ "sub": "bob", "sid": "2" }))).await.status, 200);
    assert!(is_in(&mut two).await && is_in(&mut bob).await, "a session of somebody else is not theirs to end");
    assert_eq!(send(&world, &logout_token(&world, json!({ "sub": "ada", "sid": "<absent>" }))).await.status, 200);
    assert!(!is_in(&mut two).await && !is_in(&mut three).await && is_in(&mut bob).await);
}

#[tokio::test]
async fn a_session_that_the_person_opened_otherwise_goes_on() {
    let world = World::start().await;
    world.person("ada@example.com").await;
    let mut by_provider = signed_in(&world, "ada", "1").await;
    let mut by_password = world.browser();
    world.sign_in_by_password(&mut by_password, "ada@example.com").await;
    assert_eq!(send(&world, &logout_token(&world, json!({ "sub": "ada", "sid": "<absent>" }))).await.status, 200);
    assert!(!is_in(&mut by_provider).await && is_in(&mut by_password).await);
}

async fn grant(world: &World, account: AccountId, session: SessionId, offline: bool) -> FamilyId {
    let env = &world.fixture.env;
    let family = RefreshTokenFamily {
        id: FamilyId(env.new_id()),
        client_id: "app".to_owned(),
        account,
        session,
        offline,
        scope: Scope::of(["openid"]),
        resource: Vec::new(),
        auth_time: env.now(),
        amr: Vec::new(),
        created_at: env.now(),
        expires_at: env.now() + Seconds::days(30),
        revoked_at: None,
        revoked_because: String::new(),
        status: None,
        refresh: None,
        details: None,
    };
    world.store.insert_family(family.clone()).await.unwrap();
    family.id
}

// §2.7: what was granted for longer goes on
#[tokio::test]
async fn what_was_granted_in_the_session_ends_with_it_save_what_was_to_outlive_it() {
    let world = World::start().await;
    signed_in(&world, "ada", "1").await;
    let account = world.holder("ada@example.com").await.unwrap().0.id;
    let session = world.store.list_sessions(account, world.fixture.env.now()).await.unwrap().remove(0).id;
    let (short, long) = (grant(&world, account, session, false).await, grant(&world, account, session, true).await);
    assert_eq!(send(&world, &logout_token(&world, json!({ "sub": "ada", "sid": "1" }))).await.status, 200);
    let revoked = async |family| world.store.find_family(family).await.unwrap().unwrap().revoked_at.is_some();
    assert!(revoked(short).await && !revoked(long).await);
}

// §2.6, §2.8
#[tokio::test]
async fn a_token_that_is_none_ends_nothing_and_is_told_so() {
    let world = World::start().await;
    let mut browser = signed_in(&world, "ada", "1").await;
    for (what, changes) in [
        ("an ID token", json!({ "events": "<absent>" })),
        ("another event", json!({ "events": { "http://other.example": {} } })),
        ("a nonce", json!({ "nonce": "n" })),
        ("another audience", json!({ "aud": "somebody-else" })),
        ("another issuer", json!({ "iss": "https://evil.example" })),
        ("old", json!({ "iat": NOW - 3_600, "exp": NOW + 60 })),
        ("nobody", json!({ "sub": "<absent>", "sid": "<absent>" })),
        ("no jti", json!({ "jti": "<absent>" })),
    ] {
        let mut all = json!({ "sub": "ada" });
        for (name, value) in changes.as_object().unwrap() {
            all[name] = value.clone();
        }
        let answer = send(&world, &logout_token(&world, all)).await;
        assert_eq!(answer.status, 400, "{what}");
        assert!(answer.body.contains("\"error\":\"invalid_request\""), "{what}: {}", answer.body);
    }
    world.fixture.script(|script| script.signing = crate::fixture::Signing::WithAForeignKey);
    assert_eq!(send(&world, &logout_token(&world, json!({ "sub": "ada" }))).await.status, 400);
    for (path, fields) in [("fixture", &[][..]), ("fixture", &[("logout_token", "x")]), ("nobody", &[("logout_token", "x")])] {
        let answer = world.browser().post(&format!("/accounts/{path}/backchannel-logout/"), fields).await;
        assert_eq!(answer.status, 400, "{path} {fields:?}");
    }
    assert!(is_in(&mut browser).await);
}

// §2.6 (8)
#[tokio::test]
async fn a_logout_token_is_good_once() {
    let world = World::start().await;
    signed_in(&world, "ada", "1").await;
    let token = logout_token(&world, json!({ "sub": "ada", "sid": "<absent>" }));
    assert_eq!(send(&world, &token).await.status, 200);
    let mut again = signed_in(&world, "ada", "2").await;
    assert_eq!(send(&world, &token).await.status, 400);
    assert!(is_in(&mut again).await);
}

// §2.6 (8)
#[tokio::test]
async fn a_logout_token_that_comes_again_later_ends_nothing() {
    for iat in [json!(NOW), json!(1_799_999_999.5)] {
        let world = World::start().await;
        signed_in(&world, "ada", "1").await;
        let token = logout_token(&world, json!({ "sub": "ada", "sid": "<absent>", "iat": iat }));
        assert_eq!(send(&world, &token).await.status, 200, "{iat}");
        let mut again = signed_in(&world, "ada", "2").await;
        world.fixture.advance(30);
        assert_eq!(send(&world, &token).await.status, 400, "{iat}");
        assert!(is_in(&mut again).await, "{iat}");
    }
}
