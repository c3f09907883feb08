//! RFC 9700 §4.14 on the whole stack: what ends a person's grants.

use std::sync::Arc;

use chabi_testkit::Page;

use crate::server::{ADA, TestServer};

async fn refresh(server: &TestServer, tokens: &serde_json::Value) -> Page {
    server.token(&[("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"].as_str().unwrap())]).await
}

// req: rt.offline
#[tokio::test]
async fn signing_out_ends_what_was_granted_without_offline_access_and_nothing_else() {
    let server = TestServer::start().await;
    let mut browser = server.browser();
    let mut grants = Vec::new();
    for scope in ["openid notes:read", "openid notes:read offline_access"] {
        let back = server.sign_in(&mut browser, &[("scope", scope)]).await;
        grants.push(server.exchange(&back.location_parameter("code").unwrap()).await.json());
    }
    let unspent = server.sign_in(&mut browser, &[]).await.location_parameter("code").unwrap();
    let page = browser.visit("/accounts/logout/").await;
    let page = page.form_with("logout-confirm").unwrap();
    browser.submit(&page, &[]).await;
    assert_eq!(refresh(&server, &grants[0]).await.status, 400, "without offline_access");
    assert_eq!(refresh(&server, &grants[1]).await.status, 200, "with offline_access");
    assert_eq!(server.exchange(&unspent).await.status, 400, "a code that nobody had redeemed");
    let access = grants[0]["access_token"].as_str().unwrap();
    assert_eq!(server.get_with_token("/oauth2/userinfo", access).await.status, 401);
}

// req: rt.recheck
// req: cd.user
#[tokio::test]
async fn a_disabled_account_refreshes_and_redeems_nothing() {
    let server = TestServer::start().await;
    let mut browser = server.browser();
    let back = server.sign_in(&mut browser, &[]).await;
    let tokens = server.exchange(&back.location_parameter("code").unwrap()).await.json();
    let unspent = server.sign_in(&mut browser, &[]).await.location_parameter("code").unwrap();
    let store = server.chabi.store();
    let (account, _) = store.find_account_by_email(&chabi_store::account::Realm::SHARED, ADA).await.unwrap().unwrap();
    assert!(store.set_account_disabled(account.id, Some(chabi::Timestamp(1))).await.unwrap());
    for answer in [refresh(&server, &tokens).await, server.exchange(&unspent).await] {
        assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (400, &"invalid_grant".into()));
    }
    let page = browser.visit(&crate::server::authorize_url(&[("prompt", "none")])).await;
    assert_eq!(page.location_parameter("error").as_deref(), Some("login_required"));
}

// req: cd.replay
#[tokio::test]
async fn a_code_that_is_used_twice_takes_back_what_outlives_the_session_also_after_signing_out() {
    let server = TestServer::start().await;
    let mut browser = server.browser();
    let back = server.sign_in(&mut browser, &[("scope", "openid notes:read offline_access")]).await;
    let code = back.location_parameter("code").unwrap();
    let tokens = server.exchange(&code).await.json();
    let page = browser.visit("/accounts/logout/").await.form_with("logout-confirm").unwrap();
    browser.submit(&page, &[]).await;
    assert_eq!(refresh(&server, &tokens).await.status, 200, "offline_access");
    assert_eq!(server.exchange(&code).await.status, 400);
    assert_eq!(refresh(&server, &tokens).await.status, 400, "the replay took it back");
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(server.get_with_token("/oauth2/userinfo", access).await.status, 401);
}

// req: rt.race
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_refreshes_at_once_all_are_served_the_same_successor_and_it_alone_lives() {
    const CALLERS: usize = 64;
    let server = Arc::new(TestServer::start().await);
    let tokens = server.tokens("openid offline_access").await;
    let barrier = Arc::new(tokio::sync::Barrier::new(CALLERS));
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (server, tokens, barrier) = (Arc::clone(&server), tokens.clone(), Arc::clone(&barrier));
            tokio::spawn(async move {
                barrier.wait().await;
                refresh(&server, &tokens).await
            })
        })
        .collect();
    let mut successors = Vec::new();
    for caller in callers {
        let answer = caller.await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
        successors.push(answer.json()["refresh_token"].as_str().unwrap().to_owned());
    }
    assert!(successors.iter().all(|successor| *successor == successors[0] && *successor != tokens["refresh_token"]));
    let next = refresh(&server, &serde_json::json!({ "refresh_token": successors[0] })).await;
    assert_eq!(next.status, 200);
    assert_eq!(refresh(&server, &tokens).await.status, 400, "two generations back: revoked");
    assert_eq!(refresh(&server, &next.json()).await.status, 400, "and the leaf with it");
}

// req: rt.offline
// req: ss.time
#[tokio::test]
async fn a_session_that_nobody_used_for_a_week_takes_its_grants_with_it_save_those_with_offline_access() {
    let server = TestServer::start().await;
    let mut browser = server.browser();
    let mut grants = Vec::new();
    for scope in ["openid notes:read", "openid notes:read offline_access"] {
        let back = server.sign_in(&mut browser, &[("scope", scope)]).await;
        grants.push(server.exchange(&back.location_parameter("code").unwrap()).await.json());
    }
    server.clock.advance(chabi::Seconds::days(4));
    for grant in &mut grants {
        let answer = refresh(&server, grant).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        *grant = answer.json();
    }
    server.clock.advance(chabi::Seconds::days(4));
    assert_eq!(refresh(&server, &grants[0]).await.status, 400, "a refresh is no use of the session");
    assert_eq!(refresh(&server, &grants[1]).await.status, 200);
}

// RFC 9700 §4.14.2
// req: rt.bind
#[tokio::test]
async fn who_stole_a_refresh_token_of_another_application_learns_nothing_of_it_and_changes_nothing() {
    let server = TestServer::start().await;
    let store = server.chabi.store();
    let app = store.find_application("app").await.unwrap().unwrap();
    store.put_application(chabi::RegisteredClient { client_id: "thief".into(), ..app }).await.unwrap();
    let tokens = server.tokens("openid notes:read offline_access").await;
    let stolen = tokens["refresh_token"].as_str().unwrap();
    // wider than granted, for another API: the words of the refusal must not depend on what was granted
    for more in [("scope", "openid"), ("scope", "openid notes:write"), ("resource", "https://other.example")] {
        let fields = [("grant_type", "refresh_token"), ("client_id", "thief"), ("refresh_token", stolen), more];
        let answer = server.token(&fields).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (400, &"invalid_grant".into()), "{more:?}");
    }
    assert_eq!(refresh(&server, &tokens).await.status, 200, "the owner's is as it was");
}

// RFC 9700 §4.14.2
// req: rt.exp
#[tokio::test]
async fn ninety_days_after_the_grant_its_last_access_token_is_over_to_the_second() {
    let server = TestServer::start().await;
    let mut tokens = server.tokens("openid notes:read offline_access").await;
    for pause in [chabi::Seconds::days(13); 6].into_iter().chain([chabi::Seconds(12 * 86_400 - 60)]) {
        server.clock.advance(pause);
        let answer = refresh(&server, &tokens).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        tokens = answer.json();
    }
    assert_eq!(tokens["expires_in"], 60, "no token outlives its grant");
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(server.get_with_token("/oauth2/userinfo", access).await.status, 200);
    // clocks of APIs may differ by 30 seconds; ours does not differ from itself
    server.clock.advance(chabi::Seconds(61));
    assert_eq!(server.get_with_token("/oauth2/userinfo", access).await.status, 401);
    assert_eq!(refresh(&server, &tokens).await.status, 400);
}
