//! Logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.6).

use chabi_client::{UpstreamRefusal, VerifiedLogout};
use serde_json::{Value, json};

use crate::fixture::{Fixture, NOW, Signing};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A logout token with these changes to a good one.
async fn verify(fixture: &Fixture, changes: Value) -> Result<VerifiedLogout, UpstreamRefusal> {
    let mut claims = json!({
        "events": { EVENT: {} }, "jti": "logout-1", "sid": "session-1",
        "email": "<absent>", "email_verified": "<absent>", "name": "<absent>",
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let token = fixture.token_with(claims);
    fixture.upstream.verify_logout_token(&fixture.openid(), &token, &fixture.env).await
}

// OpenID Connect Back-Channel Logout §2.6
#[tokio::test]
async fn a_logout_of_a_session_or_of_a_person_is_taken() {
    let fixture = Fixture::start().await;
    for typ in ["logout+jwt", "JWT", "application/logout+jwt"] {
        fixture.script(|script| script.header["typ"] = json!(typ));
        let logout = verify(&fixture, json!({})).await.unwrap();
        assert_eq!((logout.issuer(), logout.jti()), (&*fixture.inner.base, "logout-1"));
        assert_eq!((logout.subject(), logout.session()), (Some("person-1"), Some("session-1")));
    }
    assert_eq!(verify(&fixture, json!({ "sub": "<absent>" })).await.unwrap().subject(), None);
    assert_eq!(verify(&fixture, json!({ "sid": "<absent>" })).await.unwrap().session(), None);
}

// OpenID Connect Back-Channel Logout §2.6 (8): what is spent is remembered with when it is over
#[tokio::test]
async fn a_logout_token_is_over_at_one_moment_whenever_it_is_presented() {
    let fixture = Fixture::start().await;
    for iat in [json!(NOW), json!(1_799_999_999.5)] {
        let first = verify(&fixture, json!({ "iat": iat })).await.unwrap().expires_at();
        assert!(first > fixture.env.now());
        fixture.advance(1);
        assert_eq!(verify(&fixture, json!({ "iat": iat })).await.unwrap().expires_at(), first, "{iat}");
    }
}

// OpenID Connect Back-Channel Logout §2.6
#[tokio::test]
async fn what_is_no_logout_of_ours_ends_nothing() {
    let fixture = Fixture::start().await;
    for (what, changes) in [
        ("neither person nor session", json!({ "sub": "<absent>", "sid": "<absent>" })),
        ("an ID token", json!({ "events": "<absent>" })),
        ("another event", json!({ "events": { "https://example.com/event": {} } })),
        ("an event that is no object", json!({ "events": { EVENT: true } })),
        ("events that are a list", json!({ "events": [EVENT] })),
        ("a nonce", json!({ "nonce": "n" })),
        ("no jti", json!({ "jti": "<absent>" })),
        ("an empty jti", json!({ "jti": "" })),
        ("a jti that is a number", json!({ "jti": 7 })),
        ("no iat", json!({ "iat": "<absent>" })),
        ("made long ago", json!({ "iat": NOW - 3600 })),
        ("made in the future", json!({ "iat": NOW + 3600 })),
        ("expired", json!({ "exp": NOW - 100 })),
        ("for another", json!({ "aud": "another" })),
        ("of another", json!({ "iss": "https://evil.example" })),
    ] {
        let outcome = verify(&fixture, changes).await;
        assert!(matches!(outcome, Err(UpstreamRefusal::Wrong { .. })), "{what}: {outcome:?}");
    }
    fixture.script(|script| script.signing = Signing::WithAForeignKey);
    assert!(verify(&fixture, json!({})).await.is_err());
    fixture.script(|script| {
        script.signing = Signing::Es256;
        script.header["typ"] = json!("at+jwt");
    });
    assert!(verify(&fixture, json!({})).await.is_err(), "an access token");
}

// OpenID Connect Back-Channel Logout §2.6
#[tokio::test]
async fn a_logout_token_opens_no_door() {
    let fixture = Fixture::start().await;
    let token = fixture.token_with(json!({ "events": { EVENT: {} }, "jti": "logout-1" }));
    assert!(fixture.upstream.verify_native_id_token(&fixture.openid(), &token, None, &fixture.env).await.is_err());
}

#[tokio::test]
async fn a_provider_without_openid_connect_sends_none() {
    let fixture = Fixture::start().await;
    let token = fixture.token_with(json!({}));
    assert!(fixture.upstream.verify_logout_token(&fixture.facebook(), &token, &fixture.env).await.is_err());
}
