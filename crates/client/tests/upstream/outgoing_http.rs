//! Calls that hang, swell, lead elsewhere or fail.

use std::{sync::atomic::Ordering, time::Duration};

use chabi_client::{HttpSettings, Upstream, UpstreamRefusal};
use serde_json::json;

use crate::fixture::{Answer, Fixture, REDIRECT_URI, impatient};

async fn trouble(fixture: &Fixture, answer: Answer) -> UpstreamRefusal {
    fixture.script(|script| script.token_answer = Some(answer));
    fixture.sign_in(&fixture.openid()).await.unwrap_err()
}

fn is_down(refusal: &UpstreamRefusal, words: &str) -> bool {
    matches!(refusal, UpstreamRefusal::Down { reason, .. } if reason.contains(words))
}

// req: up.http
#[tokio::test]
async fn an_answer_is_read_to_a_mebibyte_and_no_further() {
    let fixture = Fixture::start().await;
    let refusal = trouble(&fixture, Answer::Huge((1 << 20) + 1)).await;
    assert!(is_down(&refusal, "too large"), "{refusal}");
    let refusal = trouble(&fixture, Answer::Endless).await;
    assert!(is_down(&refusal, "too large"), "{refusal}");
    let refusal = trouble(&fixture, Answer::Huge(1 << 20)).await;
    assert!(matches!(refusal, UpstreamRefusal::Wrong { .. }), "read, and found not to be JSON: {refusal}");
}

// req: up.http
#[tokio::test]
async fn the_limits_are_three_and_ten_seconds() {
    let settings = HttpSettings::default();
    assert_eq!((settings.connect_timeout, settings.total_timeout), (Duration::from_secs(3), Duration::from_secs(10)));
    assert_eq!(settings.largest_answer, 1 << 20);
    assert!(settings.allowed_hosts.is_empty());
}

// req: up.http
#[tokio::test]
async fn an_answer_that_never_comes_is_waited_for_no_longer_than_the_limit() {
    let fixture = Fixture::start_with(impatient()).await;
    let refusal = trouble(&fixture, Answer::Never).await;
    assert!(is_down(&refusal, "no answer in time"), "{refusal}");
}

// req: up.http
#[tokio::test]
async fn a_redirect_is_not_followed() {
    let fixture = Fixture::start().await;
    let refusal = trouble(&fixture, Answer::Redirect(format!("{}/elsewhere", fixture.inner.base))).await;
    assert!(matches!(&refusal, UpstreamRefusal::Refused { code, .. } if code.contains("307")), "{refusal}");
    assert_eq!(fixture.inner.counts.elsewhere.load(Ordering::SeqCst), 0);
}

// req: up.http
#[tokio::test]
async fn a_provider_that_fails_is_left_alone_for_half_a_minute_and_tried_again_by_one() {
    let fixture = Fixture::start().await;
    let asked = || fixture.inner.counts.token.load(Ordering::SeqCst);
    for _ in 0..5 {
        let refusal = trouble(&fixture, Answer::Json(503, json!({}))).await;
        assert!(is_down(&refusal, "503"), "{refusal}");
    }
    for _ in 0..20 {
        assert!(is_down(&trouble(&fixture, Answer::Json(503, json!({}))).await, "failed several times"));
    }
    assert_eq!(asked(), 5);
    fixture.advance(30);
    assert!(is_down(&trouble(&fixture, Answer::Json(503, json!({}))).await, "503"));
    assert!(is_down(&trouble(&fixture, Answer::Json(503, json!({}))).await, "failed several times"));
    assert_eq!(asked(), 6);
    fixture.advance(30);
    fixture.script(|script| script.token_answer = None);
    fixture.sign_in(&fixture.openid()).await.unwrap();
    fixture.sign_in(&fixture.openid()).await.unwrap();
}

// req: up.http
#[tokio::test]
async fn a_provider_that_hangs_takes_its_own_share_and_no_other_providers() {
    let settings = HttpSettings { calls_at_once: 2, connect_timeout: Duration::from_millis(50), ..HttpSettings::default() };
    let fixture = Fixture::start_with(settings).await;
    let (hanging, mut healthy) = (fixture.facebook(), fixture.openid());
    "healthy".clone_into(&mut healthy.id);
    fixture.sign_in(&healthy).await.unwrap();
    fixture.script(|script| script.token_answer = Some(Answer::Never));
    let hang = futures_util::future::join(fixture.sign_in(&hanging), fixture.sign_in(&hanging));
    let test = async {
        while fixture.inner.counts.token.load(Ordering::SeqCst) < 3 {
            tokio::task::yield_now().await;
        }
        let third = fixture.sign_in(&hanging).await.unwrap_err();
        assert!(is_down(&third, "too many calls"), "{third}");
        fixture.script(|script| script.token_answer = None);
        fixture.sign_in(&healthy).await.unwrap();
    };
    futures_util::pin_mut!(hang, test);
    assert!(matches!(futures_util::future::select(hang, test).await, futures_util::future::Either::Right(_)));
}

// req: sr.guard
#[tokio::test]
async fn without_the_list_loopback_is_never_called() {
    let fixture = Fixture::start().await;
    let strict = Upstream::new(HttpSettings::default());
    let outcome = strict.begin(&fixture.openid(), REDIRECT_URI, "s", &fixture.env).await;
    assert!(matches!(outcome, Err(UpstreamRefusal::Wrong { rule: "discovery_url", .. })), "{outcome:?}");
    assert_eq!(fixture.inner.counts.discovery.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_down() {
    let fixture = Fixture::start().await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let upstream = Upstream::new(HttpSettings { allowed_hosts: vec![free.to_string()], ..HttpSettings::default() });
    let provider = chabi_client::provider::openid(
        "gone",
        "Gone",
        ("id".to_owned(), chabi_token::SecretText::new("secret".to_owned())),
        &format!("http://{free}"),
    );
    let outcome = upstream.begin(&provider, REDIRECT_URI, "s", &fixture.env).await.unwrap_err();
    assert!(is_down(&outcome, "no connection"), "{outcome}");
}
