//! OpenID Connect RP-Initiated Logout.

use axum::Extension;
use chabi_spec::ClientAddress;
use chabi_store::{
    authorization_transaction::Decision,
    logout_delivery::{LogoutDelivery, LogoutDeliveryId},
};

use crate::rig::{Rig, application, claims, transaction};

const BYE: &str = "post_logout_redirect_uri=https://app.example/bye";

// req: lo.redir
#[tokio::test]
async fn the_id_token_of_this_session_signs_out_and_goes_back_with_state() {
    let mut rig = Rig::new(1).await;
    let tokens = rig.tokens("").await;
    // an ID token that has expired is as good a hint
    rig.clock.advance(chabi_token::Seconds::hours(2));
    let url = format!("/oauth2/logout?id_token_hint={}&{BYE}&state=a%20b%26", tokens.text("id_token"));
    let page = rig.browser.get(&url).await;
    assert_eq!(page.location().as_deref(), Some("https://app.example/bye?state=a%20b%26"));
    assert_eq!(rig.refresh("spa", &tokens.text("refresh_token"), &[]).await.error(), (400, "invalid_grant".into()));
    let page = rig.authorize("prompt=none").await;
    assert_eq!(crate::rig::parameter(&page, "error").as_deref(), Some("login_required"));
}

// req: lo.csrf
#[tokio::test]
async fn without_a_hint_or_with_another_sessions_the_person_is_asked() {
    let mut rig = Rig::new(2).await;
    let tokens = rig.tokens("").await;
    let (account, _) = rig.sign_in().await;
    let stale = format!("id_token_hint={}&{BYE}", tokens.text("id_token"));
    for query in ["", "state=x", "client_id=spa", "ui_locales=bn&logout_hint=ada", &stale] {
        let page = rig.browser.get(&format!("/oauth2/logout?{query}")).await;
        assert!(page.location().unwrap().starts_with("/accounts/logout/"), "{query}");
        let page = rig.authorize("prompt=none").await;
        assert!(crate::rig::parameter(&page, "code").is_some(), "{query}: still signed in");
    }
    let page = rig.browser.get(&format!("/oauth2/logout?client_id=spa&{BYE}")).await;
    let resume = format!("/oauth2/logout/resume/{}", transaction(&page));
    let waiting = rig.browser.get(&resume).await;
    assert!(waiting.location().unwrap().starts_with("/accounts/logout/"), "nobody said yes");
    rig.decide(&page, Decision::Allowed, account).await;
    assert_eq!(rig.browser.get(&resume).await.location().as_deref(), Some("https://app.example/bye"));
    let page = rig.authorize("prompt=none").await;
    assert_eq!(crate::rig::parameter(&page, "error").as_deref(), Some("login_required"));
}

// the person proved again who they are: whom the session of before was to tell went over to the new one
// req: lo.csrf
#[tokio::test]
async fn an_id_token_of_before_a_new_proof_signs_out_if_it_is_one_that_was_handed_over() {
    let mut rig = Rig::new(6).await;
    let (account, _) = rig.sign_in().await;
    let code = rig.code("spa", "").await;
    let hint = rig.redeem("spa", &code, &[]).await.text("id_token");
    let url = format!("/oauth2/logout?id_token_hint={hint}&{BYE}");
    let claim = |name: &str| claims(&hint)[name].as_str().unwrap().to_owned();
    type Change = fn(&mut LogoutDelivery);
    let cases: [(Change, bool); 4] = [
        (|told| told.client_id = "other".into(), false),
        (|told| told.subject = "grace".into(), false),
        (|told| told.sid = "another".into(), false),
        (|_| {}, true),
    ];
    for (change, signs_out) in cases {
        let mut told = LogoutDelivery {
            id: LogoutDeliveryId(rig.env.new_id()),
            session: rig.sign_in_as(account).await,
            account,
            client_id: "spa".into(),
            subject: claim("sub"),
            sid: claim("sid"),
            site: "main".into(),
            ended_at: None,
            attempts: 0,
            next_at: None,
            expires_at: rig.env.now() + chabi_token::Seconds::days(1),
        };
        change(&mut told);
        rig.store.note_logout_delivery(told.clone()).await.unwrap();
        let page = rig.browser.get(&url).await;
        assert_eq!(page.location().as_deref() == Some("https://app.example/bye"), signs_out, "{told:?}");
    }
}

// req: lo.redir
#[tokio::test]
async fn an_unregistered_return_is_a_page_and_nobody_is_signed_out() {
    let mut rig = Rig::new(3).await;
    let tokens = rig.tokens("").await;
    let hint = format!("id_token_hint={}", tokens.text("id_token"));
    for query in [
        format!("{hint}&post_logout_redirect_uri=https://evil.example/"),
        format!("{hint}&{BYE}?foo=bar"),
        BYE.to_owned(),
        format!("client_id=nobody&{BYE}"),
        // nobody is sent to an application that was shut out
        format!("client_id=disabled&{BYE}"),
        // a hint that is none: also beside an application that may send the browser there
        format!("client_id=spa&id_token_hint=junk&{BYE}"),
        format!("client_id=spa&id_token_hint={}&{BYE}", tokens.text("access_token")),
        format!("client_id=other&{hint}&{BYE}"),
    ] {
        let page = rig.browser.get(&format!("/oauth2/logout?{query}")).await;
        assert_eq!((page.status.as_u16(), page.location()), (400, None), "{query}");
    }
    assert_eq!(rig.userinfo(&tokens.text("access_token")).await.status, 200);
}

// req: dos.limits
#[tokio::test]
async fn a_network_that_begins_endless_logouts_is_told_to_come_back_later_and_others_are_asked() {
    let mut rig = Rig::new(5).await;
    rig.tokens("").await;
    let from = |address: &str| rig.browser.through(rig.router.clone().layer(Extension(ClientAddress(address.parse().unwrap()))));
    let (mut here, mut elsewhere) = (from("192.0.2.7"), from("198.51.100.7"));
    let network = ClientAddress("192.0.2.7".parse().unwrap()).network();
    for _ in 0..300 {
        let (key, window) = (format!("logout/from/{network}"), chabi_token::Seconds::minutes(15));
        let _ = rig.store.count_attempt(&key, 300, window, rig.env.now()).await.unwrap();
    }
    let refused = here.get("/oauth2/logout").await;
    assert_eq!((refused.status.as_u16(), refused.location()), (503, None), "{}", refused.body);
    assert_eq!(elsewhere.get("/oauth2/logout").await.status, 303);
    rig.clock.advance(chabi_token::Seconds::minutes(15));
    assert_eq!(here.get("/oauth2/logout").await.status, 303);
}

#[tokio::test]
async fn who_is_not_signed_in_is_told_so_and_a_post_comes_again_by_get() {
    let mut rig = Rig::new(4).await;
    assert_eq!(rig.browser.get("/oauth2/logout").await.location().as_deref(), Some("/accounts/signed-out/"));
    let page = rig.browser.post("/oauth2/logout", &[("state", "x")]).await;
    assert_eq!((page.status.as_u16(), page.location().as_deref()), (303, Some("/oauth2/logout?state=x")));
}

// OpenID Connect Front-Channel Logout §2
#[tokio::test]
async fn a_page_opens_no_frame_of_an_application_that_was_shut_and_no_more_than_so_many() {
    let mut rig = Rig::new(7).await;
    let (account, session) = rig.sign_in().await;
    let code = rig.code("spa", "").await;
    let hint = rig.redeem("spa", &code, &[]).await.text("id_token");
    for number in 0..34 {
        let mut client = application(&format!("app{number}"));
        client.settings.frontchannel_logout_uri = format!("https://app{number}.example/out");
        client.disabled_at = (number == 0).then(|| rig.env.now());
        rig.store.put_application(client).await.unwrap();
        let told = LogoutDelivery {
            id: LogoutDeliveryId(rig.env.new_id()),
            session,
            account,
            client_id: format!("app{number}"),
            subject: "ada".into(),
            sid: "sid".into(),
            site: "main".into(),
            ended_at: None,
            attempts: 0,
            next_at: None,
            expires_at: rig.env.now() + chabi_token::Seconds::days(1),
        };
        rig.store.note_logout_delivery(told).await.unwrap();
    }
    rig.store.configuration_changed();
    let page = rig.browser.get(&format!("/oauth2/logout?id_token_hint={hint}")).await;
    let opens = |number: usize| page.body.contains(&format!("https://app{number}.example/out?"));
    assert_eq!((opens(0), (1..34).filter(|number| opens(*number)).count()), (false, 32), "{}", page.body);
}

// OpenID Connect Back-Channel Logout §2.4: `sub` and `sid` mean something to who got an ID token
// req: lo.bc
#[tokio::test]
async fn an_application_without_an_id_token_is_told_of_no_logout() {
    let mut rig = Rig::new(8).await;
    let mut spa = application("spa");
    spa.settings.backchannel_logout_uri = "https://app.example/back".into();
    rig.store.put_application(spa).await.unwrap();
    rig.store.configuration_changed();
    let (_, session) = rig.sign_in().await;
    for (scope, told) in [("notes:read", 0), ("openid", 1)] {
        let code = rig.code("spa", &format!("scope={scope}")).await;
        assert_eq!(rig.redeem("spa", &code, &[]).await.status, 200);
        assert_eq!(rig.store.list_logout_deliveries(session).await.unwrap().len(), told, "{scope}");
    }
}
