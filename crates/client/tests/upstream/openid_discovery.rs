//! OpenID Connect Discovery 1.0.

use std::sync::atomic::Ordering;

use chabi_client::UpstreamRefusal;
use serde_json::json;

use crate::fixture::{Fixture, REDIRECT_URI};

async fn begin(fixture: &Fixture) -> Result<(), UpstreamRefusal> {
    fixture.upstream.begin(&fixture.openid(), REDIRECT_URI, "s", &fixture.env).await.map(|_| ())
}

// OpenID Connect Discovery §4.3
// req: up.disc
#[tokio::test]
async fn a_document_of_another_issuer_is_refused() {
    for issuer in ["https://evil.example", "", "http://127.0.0.1"] {
        let fixture = Fixture::start().await;
        fixture.script(|script| script.discovery["issuer"] = json!(issuer));
        let outcome = begin(&fixture).await;
        assert!(matches!(outcome, Err(UpstreamRefusal::Wrong { rule: "discovery_issuer", .. })), "{issuer}: {outcome:?}");
    }
    let fixture = Fixture::start().await;
    let with_slash = format!("{}/", fixture.inner.base);
    fixture.script(|script| script.discovery["issuer"] = json!(with_slash));
    assert!(begin(&fixture).await.is_err(), "a slash makes it another issuer");
}

// req: up.http
#[tokio::test]
async fn endpoints_at_addresses_that_we_do_not_call_are_refused() {
    for (name, url) in [
        ("token_endpoint", "https://169.254.169.254/latest/meta-data/"),
        ("token_endpoint", "http://accounts.example/token"),
        ("jwks_uri", "file:///etc/passwd"),
        ("userinfo_endpoint", "https://localhost:22/"),
        ("authorization_endpoint", "javascript:alert(1)"),
        ("authorization_endpoint", "data:text/html,x"),
    ] {
        let fixture = Fixture::start().await;
        fixture.script(|script| script.discovery[name] = json!(url));
        let outcome = begin(&fixture).await;
        assert!(matches!(&outcome, Err(UpstreamRefusal::Wrong { rule, .. }) if *rule == name), "{url}: {outcome:?}");
    }
}

// OpenID Connect Discovery §4
#[tokio::test]
async fn the_document_is_fetched_once_an_hour() {
    let fixture = Fixture::start().await;
    for _ in 0..5 {
        begin(&fixture).await.unwrap();
    }
    fixture.advance(3_599);
    begin(&fixture).await.unwrap();
    assert_eq!(fixture.inner.counts.discovery.load(Ordering::SeqCst), 1);
    fixture.advance(1);
    begin(&fixture).await.unwrap();
    assert_eq!(fixture.inner.counts.discovery.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_query_of_the_authorization_endpoint_is_kept_and_ours_is_added() {
    let fixture = Fixture::start().await;
    let url = format!("{}/authorize?tenant=7", fixture.inner.base);
    fixture.script(|script| script.discovery["authorization_endpoint"] = json!(url));
    let mut provider = fixture.openid();
    provider.auth_params = vec![("prompt".to_owned(), "login".to_owned()), ("state".to_owned(), "overruled".to_owned())];
    let url = fixture.upstream.begin(&provider, REDIRECT_URI, "the-state", &fixture.env).await.unwrap().url;
    let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let all = |name: &str| query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect::<Vec<_>>();
    assert_eq!((all("tenant"), all("prompt"), all("state")), (vec!["7"], vec!["login"], vec!["the-state"]));
    assert_eq!((all("scope"), all("redirect_uri"), all("response_type")), (vec!["openid email profile"], vec![REDIRECT_URI], vec!["code"]));
}

// RFC 6749 §2.3.1
#[tokio::test]
async fn a_secret_that_basic_would_change_goes_in_the_form_where_the_provider_takes_it() {
    let fixture = Fixture::start().await;
    let in_form = || fixture.inner.script.lock().unwrap().last_token_form.contains_key("client_secret");
    fixture.sign_in(&fixture.openid()).await.unwrap();
    assert!(!in_form(), "what discovery does not name is Basic");

    let fixture = Fixture::start().await;
    let in_form = || fixture.inner.script.lock().unwrap().last_token_form.contains_key("client_secret");
    fixture.script(|script| {
        script.discovery["token_endpoint_auth_methods_supported"] = json!(["client_secret_basic", "client_secret_post"]);
    });
    fixture.sign_in(&fixture.openid()).await.unwrap();
    assert!(in_form());
}
