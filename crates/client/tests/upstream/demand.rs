//! How recently and how strongly a person must have shown who they are (OpenID Connect Core §3.1.2.1, §3.1.3.7).

use chabi_client::{Callback, Demand, UpstreamRefusal, VerifiedIdentity};
use chabi_token::Seconds;
use serde_json::{Value, json};

use crate::fixture::{Fixture, NOW, REDIRECT_URI};

async fn sign_in(fixture: &Fixture, demand: &Demand) -> Result<VerifiedIdentity, UpstreamRefusal> {
    let provider = fixture.openid();
    let begun = fixture.upstream.begin_with(&provider, (REDIRECT_URI, "the-state"), demand, &fixture.env).await?;
    let query: std::collections::HashMap<_, _> = begun.url.query_pairs().into_owned().collect();
    assert_eq!(query.get("max_age").cloned(), demand.max_age.map(|Seconds(seconds)| seconds.to_string()));
    assert_eq!(query.get("login_hint"), demand.login_hint.as_ref());
    let code = fixture.authorize(&begun.url, None);
    let callback = Callback::parse(&format!("code={code}&state=the-state")).unwrap();
    // what is kept is written and read again, as callers do
    let pending = serde_json::from_str(&serde_json::to_string(&begun.pending).unwrap()).unwrap();
    fixture.upstream.finish(&provider, &callback, pending, REDIRECT_URI, &fixture.env).await
}

fn rule(outcome: Result<VerifiedIdentity, UpstreamRefusal>) -> &'static str {
    match outcome {
        Err(UpstreamRefusal::Wrong { rule, .. }) => rule,
        other => panic!("expected a wrong answer, got {other:?}"),
    }
}

// OpenID Connect Core §3.1.3.7
// req: up.auth
#[tokio::test]
async fn a_sign_in_that_must_be_recent_says_when_it_was() {
    let fixture = Fixture::start().await;
    let demand = Demand { max_age: Some(Seconds(300)), login_hint: Some("ada@example.com".to_owned()), ..Demand::default() };
    for (auth_time, fine) in [(json!(NOW - 300), true), (json!(NOW - 361), false), (json!("<absent>"), false), (json!("now"), false)] {
        fixture.script(|script| script.claims["auth_time"] = auth_time.clone());
        match sign_in(&fixture, &demand).await {
            Ok(_) => assert!(fine, "{auth_time}"),
            outcome => assert!(!fine && rule(outcome) == "id_token_auth_time", "{auth_time}"),
        }
    }
    fixture.script(|script| script.claims["auth_time"] = Value::from("<absent>"));
    sign_in(&fixture, &Demand::default()).await.unwrap();
}

// OpenID Connect Core §3.1.3.7
// req: up.auth
#[tokio::test]
async fn a_sign_in_that_must_be_strong_says_how_it_was() {
    let fixture = Fixture::start().await;
    let demand = Demand { acr_values: vec!["phr".to_owned(), "phrh".to_owned()], ..Demand::default() };
    for (acr, fine) in
        [(json!("phr"), true), (json!("phrh"), true), (json!("pwd"), false), (json!("<absent>"), false), (json!(["phr"]), false)]
    {
        fixture.script(|script| script.claims["acr"] = acr.clone());
        match sign_in(&fixture, &demand).await {
            Ok(_) => assert!(fine, "{acr}"),
            outcome => assert!(!fine && rule(outcome) == "id_token_acr", "{acr}"),
        }
    }
}

// req: up.auth
#[tokio::test]
async fn a_provider_that_cannot_answer_a_demand_is_not_asked() {
    let fixture = Fixture::start().await;
    let demand = Demand { max_age: Some(Seconds(300)), ..Demand::default() };
    let begun = fixture.upstream.begin_with(&fixture.facebook(), (REDIRECT_URI, "s"), &demand, &fixture.env).await;
    assert!(matches!(begun, Err(UpstreamRefusal::Wrong { rule: "demand", .. })));
}
