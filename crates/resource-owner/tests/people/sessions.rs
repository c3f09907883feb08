//! The session cookie, and its end.

use chabi_authorization_server::ResourceOwnerGate as _;
use chabi_testkit::Browser;
use chabi_token::Seconds;
use http::{HeaderMap, header::COOKIE};

use crate::house::{ADA, House, PASSWORD, sign_in, sign_in_at};

async fn signed_in(house: &House) -> Browser {
    let mut browser = house.browser();
    assert_eq!(sign_in(&mut browser, ADA, PASSWORD).await.status, 303);
    browser
}

async fn is_in(browser: &mut Browser) -> bool {
    browser.get("/accounts/").await.status == 200
}

/// Sends an old session cookie from a browser of its own.
async fn replays(house: &House, cookie: &str) -> bool {
    let mut headers = HeaderMap::new();
    headers.insert(COOKIE, format!("chabi_session={cookie}").parse().unwrap());
    house.owner.present(&headers, &house.env).await.unwrap().is_some()
}

// req: ss.id
#[tokio::test]
async fn every_sign_in_makes_a_new_session_and_the_old_one_is_dead() {
    let house = House::new().await;
    let mut browser = signed_in(&house).await;
    let old = browser.cookie("chabi_session").unwrap().to_owned();
    sign_in_at(&mut browser, "/accounts/login/?again=1", ADA, PASSWORD).await;
    let new = browser.cookie("chabi_session").unwrap().to_owned();
    assert_ne!(old, new);
    assert!(!replays(&house, &old).await);
    assert!(replays(&house, &new).await);
}

// req: ss.id
#[tokio::test]
async fn the_store_has_no_text_that_could_be_sent_as_a_cookie() {
    let house = House::new().await;
    let browser = signed_in(&house).await;
    let cookie = browser.cookie("chabi_session").unwrap();
    let session = house.owner.store.list_sessions(house.ada.id, house.env.now()).await.unwrap().remove(0);
    let forged = format!("{}.{}", session.id, chabi_token::base64url::encode(session.secret_hash));
    assert!(!replays(&house, &forged).await);
    assert!(replays(&house, cookie).await);
}

// req: ss.cookie
#[tokio::test]
async fn cookies_are_for_this_host_alone_and_out_of_reach_of_scripts() {
    let house = House::with(|settings| {
        settings.public_url = "https://login.example.test".into();
        settings.secure = true;
    })
    .await;
    let mut browser = house.browser();
    let page = browser.get("/accounts/login/").await;
    let answer = browser.submit(&page, &[("username", ADA), ("password", PASSWORD)]).await;
    let cookies: Vec<&str> =
        [&page, &answer].into_iter().flat_map(|page| page.headers.get_all("set-cookie")).map(|cookie| cookie.to_str().unwrap()).collect();
    assert!(cookies.iter().any(|cookie| cookie.starts_with("__Host-chabi_session=")), "{cookies:?}");
    // OpenID Connect Session Management §3: frames on other sites read this one; it says nothing and opens nothing
    let (for_frames, cookies): (Vec<&str>, Vec<&str>) =
        cookies.into_iter().partition(|cookie| cookie.starts_with("__Host-chabi_browser_state="));
    assert!(for_frames.iter().all(|cookie| cookie.ends_with("; Secure; SameSite=None")) && for_frames.len() == 1, "{for_frames:?}");
    for cookie in cookies {
        assert!(cookie.starts_with("__Host-"), "{cookie}");
        for attribute in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        assert!(!cookie.to_lowercase().contains("domain"), "{cookie}");
    }
}

// req: ss.time, ex.use
#[tokio::test]
async fn a_session_ends_when_it_is_idle_and_when_it_is_old_however_much_it_is_used() {
    let house = House::new().await;
    let mut idle = signed_in(&house).await;
    let mut busy = signed_in(&house).await;
    for _ in 0..4 {
        house.clock.advance(Seconds::days(6));
        assert!(is_in(&mut busy).await);
    }
    assert!(!is_in(&mut idle).await);
    house.clock.advance(Seconds(6 * 86_400 + 1));
    assert!(!is_in(&mut busy).await, "30 days are over");
}

// req: bf.paths
#[tokio::test]
async fn the_session_of_a_disabled_account_is_nobodys_even_if_it_was_not_ended() {
    let house = House::new().await;
    let mut browser = signed_in(&house).await;
    let cookie = browser.cookie("chabi_session").unwrap().to_owned();
    house.owner.store.set_account_disabled(house.ada.id, Some(house.env.now())).await.unwrap();
    assert!(!is_in(&mut browser).await);
    assert!(!replays(&house, &cookie).await);
}

// req: ss.out
#[tokio::test]
async fn signing_out_asks_first_and_then_the_cookie_is_dead() {
    let house = House::new().await;
    let mut browser = signed_in(&house).await;
    let cookie = browser.cookie("chabi_session").unwrap().to_owned();
    let page = browser.get("/accounts/logout/").await;
    assert_eq!(page.status, 200);
    assert!(replays(&house, &cookie).await, "a link signs nobody out");
    let answer = browser.submit(&page.form_with("logout-confirm").unwrap(), &[]).await;
    assert_eq!(answer.location().unwrap(), "/accounts/signed-out/");
    assert!(browser.cookie("chabi_session").is_none());
    assert!(!replays(&house, &cookie).await);
    assert_eq!(browser.get("/accounts/signed-out/").await.status, 200);
}

// req: ss.list
#[tokio::test]
async fn a_person_sees_their_sessions_and_ends_the_others() {
    let house = House::new().await;
    let mut here = signed_in(&house).await;
    let mut there = signed_in(&house).await;
    let page = here.get("/accounts/").await;
    let answer = here.submit(&page.form_with("end-others").unwrap(), &[("action", "end-others")]).await;
    assert_eq!(answer.status, 303);
    assert!(is_in(&mut here).await);
    assert!(!is_in(&mut there).await);
}

// req: ss.list
#[tokio::test]
async fn a_person_ends_one_session_by_its_button() {
    let house = House::new().await;
    let (mut here, mut there, mut third) = (signed_in(&house).await, signed_in(&house).await, signed_in(&house).await);
    let page = here.get("/accounts/").await;
    let theirs = there.cookie("chabi_session").unwrap().split('.').next().unwrap().to_owned();
    here.submit(&page.form_with(&theirs).unwrap(), &[("action", "end")]).await;
    assert!(is_in(&mut here).await && is_in(&mut third).await);
    assert!(!is_in(&mut there).await);
}

// req: ss.list
#[tokio::test]
async fn nobody_ends_a_session_of_another_account() {
    let house = House::new().await;
    let mut ada = signed_in(&house).await;
    let bob = chabi_resource_owner::accounts::NewPerson {
        email: "bob@example.test".into(),
        name: "Bob".into(),
        locale: String::new(),
        password: "tumble weather casino plinth".into(),
        address_verified: true,
    };
    let owner = &house.owner;
    chabi_resource_owner::accounts::create_person(&owner.store, &owner.hasher, &owner.settings.realm, bob, &house.env).await.unwrap();
    let mut bobs = house.browser();
    sign_in(&mut bobs, "bob@example.test", "tumble weather casino plinth").await;
    let page = bobs.get("/accounts/").await;
    let adas = ada.cookie("chabi_session").unwrap().split('.').next().unwrap().to_owned();
    let csrf = page.hidden_fields().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    bobs.post("/accounts/sessions/", &[("csrf", &csrf), ("action", "end"), ("session", &adas)]).await;
    assert!(is_in(&mut ada).await);
}

// req: wb.hdr, az.frame, az.ref
#[tokio::test]
async fn pages_are_not_stored_framed_or_told_to_others() {
    let house = House::new().await;
    let mut browser = signed_in(&house).await;
    for url in ["/accounts/", "/accounts/login/?again=1", "/accounts/logout/", "/accounts/email/"] {
        let headers = browser.get(url).await.headers;
        assert_eq!(headers["cache-control"], "no-store", "{url}");
        assert_eq!(headers["x-frame-options"], "DENY", "{url}");
        assert_eq!(headers["referrer-policy"], "no-referrer", "{url}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{url}");
    }
}

// what a session began it finishes only while it lives: whoever took the account over has ended it
#[tokio::test]
async fn a_session_that_was_ended_meanwhile_changes_nothing_any_more() {
    let house = House::new().await;
    sign_in(&mut house.browser(), ADA, PASSWORD).await;
    let (store, now) = (&house.owner.store, house.env.now());
    let session = store.list_sessions(house.ada.id, now).await.unwrap().remove(0);
    let looks = async || {
        let session = session.clone();
        let looked = store.transaction("test", move |verbs| {
            let session = session.clone();
            Box::pin(async move { Ok(chabi_resource_owner::session::check_still_lives(verbs, &session, now).await?) })
        });
        looked.await.is_ok()
    };
    assert!(looks().await);
    store.end_session(session.id).await.unwrap();
    assert!(!looks().await);
}
