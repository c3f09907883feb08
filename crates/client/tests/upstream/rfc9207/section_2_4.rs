//! RFC 9207: who answers.

use std::sync::atomic::Ordering;

use chabi_client::{Callback, UpstreamRefusal};
use serde_json::json;

use crate::fixture::{Fixture, REDIRECT_URI};

// req: up.mix
#[tokio::test]
async fn an_answer_in_another_issuers_name_is_refused_and_its_code_travels_nowhere() {
    let fixture = Fixture::start().await;
    let outcome = fixture.sign_in_with(&fixture.openid(), "&iss=https%3A%2F%2Fevil.example").await;
    assert!(matches!(outcome, Err(UpstreamRefusal::Wrong { rule: "iss_of_response", .. })), "{outcome:?}");
    assert_eq!(fixture.inner.counts.token.load(Ordering::SeqCst), 0);
}

// req: up.mix
#[tokio::test]
async fn a_promised_issuer_must_be_there_and_right() {
    let fixture = Fixture::start().await;
    fixture.script(|script| script.discovery["authorization_response_iss_parameter_supported"] = json!(true));
    let outcome = fixture.sign_in(&fixture.openid()).await;
    assert!(matches!(outcome, Err(UpstreamRefusal::Wrong { rule: "iss_of_response", .. })), "{outcome:?}");
    let iss = format!("&iss={}", fixture.inner.base);
    fixture.sign_in_with(&fixture.openid(), &iss).await.unwrap();
}

// req: up.err
#[tokio::test]
async fn an_error_tells_a_person_who_cancelled_from_a_provider_that_is_down() {
    let fixture = Fixture::start().await;
    let provider = fixture.openid();
    let answer = async |query: &str| {
        let begun = fixture.upstream.begin(&provider, REDIRECT_URI, "s", &fixture.env).await.unwrap();
        let callback = Callback::parse(query).unwrap();
        fixture.upstream.finish(&provider, &callback, begun.pending, REDIRECT_URI, &fixture.env).await.unwrap_err()
    };
    assert_eq!(answer("error=access_denied&error_description=x").await, UpstreamRefusal::Cancelled);
    assert_eq!(answer("error=temporarily_unavailable").await.page_key(), "upstream-down");
    assert_eq!(answer("error=invalid_scope").await.page_key(), "upstream-refused");
    assert_eq!(answer("state=s").await.page_key(), "upstream-wrong");
    assert_eq!(answer("code=").await.page_key(), "upstream-wrong");
    assert_eq!(
        answer("error=access_denied&iss=https%3A%2F%2Fevil.example").await.page_key(),
        "upstream-wrong",
        "an error in another's name is not this provider's word"
    );
}
