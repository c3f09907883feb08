//! Tokens that our own mobile apps bring.

use chabi_client::{
    Provider, UpstreamRefusal, VerifiedIdentity,
    provider::{AccessTokenCheck, NativeTokens, Protocol},
};
use chabi_token::{Algorithm, hash::sha256};
use serde_json::{Value, json};

use crate::fixture::{ACCESS_TOKEN, Answer, CLIENT_ID, CLIENT_SECRET, Fixture, NOW, Signing};

fn with_app(fixture: &Fixture) -> Provider {
    Provider { audiences: vec!["ios-app".to_owned(), "android-app".to_owned()], ..fixture.openid() }
}

async fn verify(fixture: &Fixture, provider: &Provider, changes: Value, nonce: Option<&str>) -> Result<VerifiedIdentity, UpstreamRefusal> {
    fixture.upstream.verify_native_id_token(provider, &fixture.token_with(changes), nonce, &fixture.env).await
}

// OpenID Connect Core §3.1.3.7
// req: up.idt
#[tokio::test]
async fn a_token_for_us_or_for_one_of_our_apps_is_taken() {
    let fixture = Fixture::start().await;
    let provider = with_app(&fixture);
    for changes in [
        json!({}),
        json!({ "aud": "ios-app" }),
        json!({ "aud": ["android-app"], "azp": "android-app" }),
        json!({ "aud": [CLIENT_ID, "ios-app"], "azp": "ios-app" }),
    ] {
        let identity = verify(&fixture, &provider, changes.clone(), None).await.unwrap_or_else(|refusal| panic!("{changes}: {refusal}"));
        assert_eq!((identity.issuer(), identity.subject()), (&*fixture.inner.base, "person-1"));
        assert!(identity.email().unwrap().verified);
    }
}

// OpenID Connect Core §3.1.3.7
// req: up.idt
#[tokio::test]
async fn a_token_for_somebody_elses_app_is_refused() {
    let fixture = Fixture::start().await;
    let provider = with_app(&fixture);
    for (what, changes) in [
        ("another app", json!({ "aud": "their-app" })),
        ("another app too", json!({ "aud": [CLIENT_ID, "their-app"] })),
        ("nobody", json!({ "aud": [] })),
        ("issued to another", json!({ "azp": "their-app" })),
        ("another issuer", json!({ "iss": "https://evil.example" })),
        ("expired", json!({ "exp": NOW - 61 })),
        ("too old", json!({ "iat": NOW - 3700, "exp": NOW + 300 })),
        ("no subject", json!({ "sub": "<absent>" })),
        ("no time", json!({ "iat": "<absent>" })),
    ] {
        let outcome = verify(&fixture, &provider, changes, None).await;
        assert!(matches!(outcome, Err(UpstreamRefusal::Wrong { .. })), "{what}: {outcome:?}");
    }
    for signing in [Signing::WithAForeignKey, Signing::Not, Signing::HmacWithThePublicKey] {
        fixture.script(|script| script.signing = signing);
        assert!(verify(&fixture, &provider, json!({}), None).await.is_err());
    }
}

// OpenID Connect Core §3.1.3.7
#[tokio::test]
async fn google_gives_tokens_for_us_to_apps_of_our_own_project_alone() {
    let fixture = Fixture::start().await;
    let native = Some(NativeTokens { any_authorized_party: true, ..NativeTokens::default() });
    let provider = Provider { native, ..fixture.openid() };
    verify(&fixture, &provider, json!({ "azp": "android-client-id" }), None).await.unwrap();
    assert!(verify(&fixture, &provider, json!({ "aud": "another", "azp": CLIENT_ID }), None).await.is_err());
}

// OpenID Connect Core §3.1.3.7
// req: up.nonce
#[tokio::test]
async fn a_nonce_stands_on_both_sides_or_on_none() {
    let fixture = Fixture::start().await;
    let provider = fixture.openid();
    verify(&fixture, &provider, json!({ "nonce": "n-1" }), Some("n-1")).await.unwrap();
    for (changes, chosen) in [
        (json!({ "nonce": "n-1" }), None),
        (json!({ "nonce": "n-1" }), Some("n-2")),
        (json!({ "nonce": "" }), None),
        (json!({ "nonce": 7 }), None),
        (json!({}), Some("n-1")),
        (json!({ "nonce": "" }), Some("")),
    ] {
        let outcome = verify(&fixture, &provider, changes.clone(), chosen).await;
        assert!(matches!(outcome, Err(UpstreamRefusal::Wrong { rule: "id_token_nonce", .. })), "{changes} {chosen:?}: {outcome:?}");
    }
}

// req: up.nonce
#[tokio::test]
async fn apples_nonce_is_the_hash_of_what_the_app_chose() {
    let fixture = Fixture::start().await;
    let hashed: String = sha256(b"n-1").iter().map(|byte| format!("{byte:02x}")).collect();
    let native = Some(NativeTokens { hashed_nonce: true, ..NativeTokens::default() });
    let apple = Provider { native, ..fixture.openid() };
    verify(&fixture, &apple, json!({ "nonce": hashed }), Some("n-1")).await.unwrap();
    verify(&fixture, &apple, json!({ "nonce": "n-1" }), Some("n-1")).await.unwrap();
    assert!(verify(&fixture, &apple, json!({ "nonce": hashed }), Some("n-2")).await.is_err());
    assert!(verify(&fixture, &fixture.openid(), json!({ "nonce": hashed }), Some("n-1")).await.is_err(), "at Apple alone");
}

/// Limited Login: an ID token of a provider that otherwise has none, with keys of its own.
#[tokio::test]
async fn facebooks_limited_login_is_an_id_token_by_its_own_keys() {
    let fixture = Fixture::start().await;
    let base = fixture.inner.base.clone();
    let mut provider = fixture.facebook();
    provider.native = Some(NativeTokens {
        issuer: "https://www.facebook.com".to_owned(),
        keys_url: format!("{base}/keys"),
        algorithms: vec![Algorithm::RS256],
        ..NativeTokens::default()
    });
    let changes = json!({ "iss": "https://www.facebook.com", "nonce": "n-1", "email_verified": "<absent>" });
    fixture.script(|script| {
        script.signing = Signing::Rs256;
        script.header = json!({ "alg": "RS256", "kid": "rsa" });
    });
    let identity = verify(&fixture, &provider, changes.clone(), Some("n-1")).await.unwrap();
    assert_eq!((identity.issuer(), identity.subject()), (&*base, "person-1"), "the same key of the person as in the browser");
    assert!(!identity.email().unwrap().verified);
    assert!(verify(&fixture, &provider, json!({ "nonce": "n-1" }), Some("n-1")).await.is_err(), "its own issuer");
    fixture.script(|script| {
        script.signing = Signing::Es256;
        script.header = json!({ "alg": "ES256", "kid": "ec" });
    });
    assert!(verify(&fixture, &provider, changes, Some("n-1")).await.is_err(), "its own algorithm");
    provider.native = None;
    assert!(verify(&fixture, &provider, json!({}), None).await.is_err(), "and none without");
}

fn facebook(fixture: &Fixture) -> Provider {
    fixture.answer("/v24.0/debug_token", json!({ "data": { "is_valid": true, "app_id": CLIENT_ID, "user_id": "10001" } }));
    fixture.facebook()
}

// RFC 9700 §4.6
// req: up.oauth2
#[tokio::test]
async fn an_access_token_is_taken_when_the_vendor_says_that_it_was_made_for_us() {
    let fixture = Fixture::start().await;
    let provider = facebook(&fixture);
    let identity = fixture.upstream.verify_native_access_token(&provider, ACCESS_TOKEN, &fixture.env).await.unwrap();
    assert_eq!((identity.issuer(), identity.subject()), (&*fixture.inner.base, "10001"));
    let call = fixture.call("/v24.0/debug_token");
    assert_eq!(call.query["input_token"], ACCESS_TOKEN);
    assert_eq!(call.header("authorization"), format!("Bearer {CLIENT_ID}|{CLIENT_SECRET}"));
}

// RFC 9700 §4.6
// req: up.oauth2
#[tokio::test]
async fn an_access_token_of_another_app_or_another_person_is_refused() {
    let fixture = Fixture::start().await;
    let provider = facebook(&fixture);
    for (what, data) in [
        ("another app", json!({ "is_valid": true, "app_id": "their-app", "user_id": "10001" })),
        ("no app", json!({ "is_valid": true, "user_id": "10001" })),
        ("not valid", json!({ "is_valid": false, "app_id": CLIENT_ID, "user_id": "10001" })),
        ("valid as text", json!({ "is_valid": "true", "app_id": CLIENT_ID, "user_id": "10001" })),
        ("another person", json!({ "is_valid": true, "app_id": CLIENT_ID, "user_id": "10002" })),
        ("nobody", json!({ "is_valid": true, "app_id": CLIENT_ID })),
    ] {
        fixture.answer("/v24.0/debug_token", json!({ "data": data }));
        let outcome = fixture.upstream.verify_native_access_token(&provider, ACCESS_TOKEN, &fixture.env).await;
        assert!(outcome.is_err(), "{what}: {outcome:?}");
    }
}

// RFC 9700 §4.6
// req: up.oauth2
#[tokio::test]
async fn an_access_token_is_refused_where_nobody_says_for_whom_it_was_made() {
    let fixture = Fixture::start().await;
    let outcome = fixture.upstream.verify_native_access_token(&fixture.openid(), ACCESS_TOKEN, &fixture.env).await;
    assert!(matches!(outcome, Err(UpstreamRefusal::Wrong { rule: "access_token", .. })), "{outcome:?}");
}

/// As Google's tokeninfo.
#[tokio::test]
async fn an_openid_providers_access_token_is_checked_and_its_userinfo_must_be_the_same_person() {
    let fixture = Fixture::start().await;
    let base = fixture.inner.base.clone();
    let check = AccessTokenCheck {
        url: format!("{base}/tokeninfo?access_token={{access_token}}"),
        audience: "/aud".to_owned(),
        subject: "/sub".to_owned(),
        ..AccessTokenCheck::default()
    };
    let provider = Provider { access_token_check: Some(check), ..with_app(&fixture) };
    let verify = async || fixture.upstream.verify_native_access_token(&provider, ACCESS_TOKEN, &fixture.env).await;
    for audience in [CLIENT_ID, "ios-app"] {
        fixture.answer("/tokeninfo", json!({ "aud": audience, "sub": "person-1" }));
        assert_eq!(verify().await.unwrap().subject(), "person-1");
    }
    fixture.answer("/tokeninfo", json!({ "aud": CLIENT_ID, "sub": "person-2" }));
    assert!(verify().await.is_err());
    fixture.answer_with("/tokeninfo", Answer::Json(400, json!({ "error": "invalid_token" })));
    assert_eq!(verify().await.unwrap_err().page_key(), "upstream-refused");
}

#[tokio::test]
async fn an_app_gets_nobody_in_who_is_of_another_organisation() {
    let fixture = Fixture::start().await;
    let base = fixture.inner.base.clone();
    let mut provider = fixture.openid();
    let Protocol::OpenId(settings) = &mut provider.protocol else { panic!("OpenID") };
    settings.hosted_domain = Some("example.com".to_owned());
    provider.access_token_check = Some(AccessTokenCheck {
        url: format!("{base}/tokeninfo?access_token={{access_token}}"),
        audience: "/aud".to_owned(),
        subject: "/sub".to_owned(),
        ..AccessTokenCheck::default()
    });
    fixture.answer("/tokeninfo", json!({ "aud": CLIENT_ID, "sub": "person-1" }));
    for (hd, fine) in [(json!("example.com"), true), (json!("evil.example"), false), (json!("<absent>"), false)] {
        fixture.script(|script| script.userinfo["hd"] = hd.clone());
        assert_eq!(verify(&fixture, &provider, json!({ "hd": hd }), None).await.is_ok(), fine, "{hd}");
        let outcome = fixture.upstream.verify_native_access_token(&provider, ACCESS_TOKEN, &fixture.env).await;
        assert_eq!(outcome.is_ok(), fine, "{hd}: {outcome:?}");
    }
}
