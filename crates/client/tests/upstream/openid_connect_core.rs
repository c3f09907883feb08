//! OpenID Connect Core 1.0: what proves who somebody is.

use std::sync::atomic::Ordering;

use chabi_client::{
    Callback, UpstreamRefusal,
    provider::{EmailTrust, GOOGLE_ISSUER, Protocol, google},
};
use chabi_token::SecretText;
use serde_json::{Value, json};

use crate::fixture::{ACCESS_TOKEN, CLIENT_ID, Fixture, NOW, REDIRECT_URI, Script, Signing, at_hash, encode};

fn rule(outcome: Result<chabi_client::VerifiedIdentity, UpstreamRefusal>) -> (&'static str, String) {
    match outcome {
        Err(UpstreamRefusal::Wrong { rule, detail }) => (rule, detail),
        other => panic!("expected a wrong answer, got {other:?}"),
    }
}

// OpenID Connect Core §2
// req: up.key
#[tokio::test]
async fn an_honest_answer_names_the_person_by_issuer_and_subject() {
    let fixture = Fixture::start().await;
    let identity = fixture.sign_in(&fixture.openid()).await.unwrap();
    assert_eq!((identity.provider(), identity.issuer(), identity.subject()), ("fixture", &*fixture.inner.base, "person-1"));
    assert_eq!(identity.about().name.as_deref(), Some("Ada Lovelace"));
    let email = identity.email().unwrap();
    assert_eq!((&*email.address, email.verified, email.authoritative), ("ada@example.com", true, false));
}

// OpenID Connect Core §3.1.3.8
#[tokio::test]
async fn an_rs256_token_and_a_right_at_hash_are_taken() {
    let fixture = Fixture::start().await;
    fixture.script(|script| {
        script.signing = Signing::Rs256;
        script.header = json!({ "alg": "RS256", "kid": "rsa" });
        script.claims["at_hash"] = json!(at_hash(ACCESS_TOKEN));
        script.claims["azp"] = json!(CLIENT_ID);
        script.claims["aud"] = json!([CLIENT_ID]);
    });
    fixture.sign_in(&fixture.openid()).await.unwrap();
}

// OpenID Connect Core §3.1.3.7
// req: up.key
#[tokio::test]
async fn another_text_of_the_issuer_is_taken_where_the_provider_has_one_and_the_key_of_the_person_stays_the_same() {
    let fixture = Fixture::start().await;
    let mut provider = fixture.openid();
    let Protocol::OpenId(settings) = &mut provider.protocol else { panic!("an OpenID provider") };
    settings.other_issuers = vec!["idp.example".to_owned()];
    fixture.script(|script| script.claims["iss"] = json!("idp.example"));
    assert_eq!(fixture.sign_in(&provider).await.unwrap().issuer(), fixture.inner.base);
    for wrong in ["https://idp.example", "IDP.example", "idp.example/", "www.idp.example"] {
        fixture.script(|script| script.claims["iss"] = json!(wrong));
        assert!(rule(fixture.sign_in(&provider).await).1.contains("another issuer"), "{wrong}");
    }
    let google = google(CLIENT_ID, SecretText::new(String::new()), GOOGLE_ISSUER);
    let Protocol::OpenId(settings) = google.protocol else { panic!("an OpenID provider") };
    assert_eq!(settings.other_issuers, ["accounts.google.com"]);
}

type Spoil = fn(&mut Script);

/// Each is refused; the second column is a part of the words in the log.
const BAD_TOKENS: &[(&str, &str, Spoil)] = &[
    ("signed by a foreign key", "signature does not verify", |s| s.signing = Signing::WithAForeignKey),
    ("no signature, alg none", "algorithm", |s| {
        s.signing = Signing::Not;
        s.header["alg"] = json!("none");
    }),
    ("no signature, alg NoNe", "algorithm", |s| {
        s.signing = Signing::Not;
        s.header["alg"] = json!("NoNe");
    }),
    ("an empty signature", "signature does not verify", |s| s.signing = Signing::Not),
    ("HMAC with the public key", "algorithm", |s| {
        s.signing = Signing::HmacWithThePublicKey;
        s.header["alg"] = json!("HS256");
    }),
    ("the key of another algorithm", "algorithm", |s| s.header["kid"] = json!("rsa")),
    ("an extension that must be understood", "extension", |s| {
        s.header["crit"] = json!(["x"]);
        s.header["x"] = json!(1);
    }),
    ("an access token", "another type", |s| s.header["typ"] = json!("at+jwt")),
    ("another issuer", "another issuer", |s| s.claims["iss"] = json!("https://evil.example")),
    ("the issuer with a slash", "another issuer", |s| {
        let iss = format!("{}/", s.claims["iss"].as_str().unwrap());
        s.claims["iss"] = json!(iss);
    }),
    ("another audience", "another audience", |s| s.claims["aud"] = json!("somebody-else")),
    ("no audience", "no `aud`", |s| s.claims["aud"] = json!("<absent>")),
    ("for others too", "others too", |s| s.claims["aud"] = json!([CLIENT_ID, "somebody-else"])),
    ("issued to another application", "another application", |s| s.claims["azp"] = json!("somebody-else")),
    ("expired", "expired", |s| s.claims["exp"] = json!(NOW - 61)),
    ("exp as text", "claim of the token is malformed", |s| s.claims["exp"] = json!((NOW + 300).to_string())),
    ("no exp", "no `exp`", |s| s.claims["exp"] = json!("<absent>")),
    ("from the future", "not valid yet", |s| s.claims["iat"] = json!(NOW + 120)),
    ("issued long ago", "too long ago", |s| s.claims["iat"] = json!(NOW - 3_600)),
    ("no iat", "no `iat`", |s| s.claims["iat"] = json!("<absent>")),
    ("no sub", "no `sub`", |s| s.claims["sub"] = json!("<absent>")),
    ("an empty sub", "missing", |s| s.claims["sub"] = json!("")),
    ("a sub of 256 characters", "255", |s| s.claims["sub"] = json!("x".repeat(256))),
    ("a sub that is a number", "claim of the token is malformed", |s| s.claims["sub"] = json!(7)),
    ("the hash of another access token", "access token", |s| s.claims["at_hash"] = json!(at_hash("another"))),
    ("a logout token", "events", |s| s.claims["events"] = json!({})),
];

// OpenID Connect Core §3.1.3.7
// req: up.idt
#[tokio::test]
async fn every_spoilt_id_token_is_refused_for_its_own_reason() {
    for (name, words, spoil) in BAD_TOKENS {
        let fixture = Fixture::start().await;
        fixture.script(spoil);
        let (_, detail) = rule(fixture.sign_in(&fixture.openid()).await);
        assert!(detail.contains(words), "{name}: {detail}");
    }
}

// OpenID Connect Core §3.1.3.7
// req: up.idt
#[tokio::test]
async fn an_algorithm_that_is_not_pinned_for_the_provider_is_refused_although_its_key_is_published() {
    let fixture = Fixture::start().await;
    let provider = google(CLIENT_ID, SecretText::new(crate::fixture::CLIENT_SECRET.to_owned()), &fixture.inner.base);
    let (_, detail) = rule(fixture.sign_in(&provider).await);
    assert!(detail.contains("algorithm"), "{detail}");
}

// OpenID Connect Core §3.1.2.1
// OpenID Connect Core §3.1.3.7
// req: up.nonce
#[tokio::test]
async fn a_wrong_or_missing_nonce_is_refused() {
    for nonce in [json!("another-sign-in's"), json!("<absent>"), json!(""), json!(["x"])] {
        let fixture = Fixture::start().await;
        fixture.script(|script| script.claims["nonce"] = nonce.clone());
        let (rule, detail) = rule(fixture.sign_in(&fixture.openid()).await);
        assert!(rule == "id_token_nonce" || detail.contains("nonce"), "{nonce}: {rule} {detail}");
    }
}

// OpenID Connect Core §3.1.3.7
// req: up.idt
#[tokio::test]
async fn no_id_token_is_no_sign_in() {
    let fixture = Fixture::start().await;
    fixture.script(|script| script.without_id_token = true);
    assert_eq!(rule(fixture.sign_in(&fixture.openid()).await).0, "id_token");
}

// RFC 9700 §2.1.1
// req: up.pkce
#[tokio::test]
async fn each_sign_in_has_its_own_state_nonce_and_challenge() {
    let fixture = Fixture::start().await;
    let provider = fixture.openid();
    let url = async || fixture.upstream.begin(&provider, REDIRECT_URI, "s", &fixture.env).await.unwrap().url;
    let (one, two) = (url().await, url().await);
    for name in ["nonce", "code_challenge"] {
        let value = |url: &url::Url| url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        assert_ne!(value(&one), value(&two));
        assert_eq!(value(&one).len(), 43);
    }
}

// RFC 9700 §2.1.1
// req: up.pkce
#[tokio::test]
async fn a_code_injected_into_another_sign_in_is_refused_by_the_provider() {
    let fixture = Fixture::start().await;
    let provider = fixture.openid();
    let begin = async || fixture.upstream.begin(&provider, REDIRECT_URI, "s", &fixture.env).await.unwrap();
    let (theirs, ours) = (begin().await, begin().await);
    let stolen = Callback::parse(&format!("code={}", fixture.authorize(&theirs.url, None))).unwrap();
    let outcome = fixture.upstream.finish(&provider, &stolen, ours.pending, REDIRECT_URI, &fixture.env).await;
    assert!(matches!(outcome, Err(UpstreamRefusal::Refused { .. })), "{outcome:?}");
}

// RFC 9700 §4.4
// req: up.mix
#[tokio::test]
async fn what_was_begun_with_one_provider_is_not_finished_with_another() {
    let fixture = Fixture::start().await;
    let begun = fixture.upstream.begin(&fixture.openid(), REDIRECT_URI, "s", &fixture.env).await.unwrap();
    let callback = Callback::parse("code=c").unwrap();
    let mut other = fixture.openid();
    "other".clone_into(&mut other.id);
    let outcome = fixture.upstream.finish(&other, &callback, begun.pending, REDIRECT_URI, &fixture.env).await;
    assert_eq!(rule(outcome).0, "begun_with_another_provider");
    assert_eq!(fixture.inner.counts.token.load(Ordering::SeqCst), 0, "the code must not travel to anybody");
}

// OpenID Connect Core §5.3.2
// req: up.ev
#[tokio::test]
async fn address_and_flag_come_from_one_document() {
    let fixture = Fixture::start().await;
    let mut provider = fixture.openid();
    provider.email_trust = EmailTrust::WhenVerified;
    // the ID token has the flag alone; userinfo has an address without one
    fixture.script(|script| {
        script.claims["email"] = json!("<absent>");
        script.userinfo = json!({ "sub": "person-1", "email": "victim@example.com" });
    });
    let email = fixture.sign_in(&provider).await.unwrap().email().unwrap().clone();
    assert_eq!((&*email.address, email.verified, email.authoritative), ("victim@example.com", false, false));
    // the ID token has an unverified address; userinfo would call another one verified
    fixture.script(|script| {
        script.claims["email"] = json!("victim@example.com");
        script.claims["email_verified"] = json!(false);
        script.userinfo = json!({ "sub": "person-1", "email": "attacker@example.com", "email_verified": true });
    });
    let email = fixture.sign_in(&provider).await.unwrap().email().unwrap().clone();
    assert_eq!((&*email.address, email.verified), ("victim@example.com", false));
}

// OpenID Connect Core §5.3.2
// req: up.ev
#[tokio::test]
async fn only_json_true_is_verified() {
    for flag in [json!("true"), json!(1), json!("1"), json!([true]), Value::Null, json!({}), json!("<absent>")] {
        let fixture = Fixture::start().await;
        fixture.script(|script| script.claims["email_verified"] = flag.clone());
        let identity = fixture.sign_in(&fixture.openid()).await.unwrap();
        assert!(!identity.email().unwrap().verified, "{flag}");
    }
}

// OpenID Connect Core §5.3.2
// req: up.ev
#[tokio::test]
async fn userinfo_about_somebody_else_is_refused() {
    for sub in [json!("person-2"), json!(""), Value::Null, json!("PERSON-1")] {
        let fixture = Fixture::start().await;
        fixture.script(|script| {
            script.claims["email"] = json!("<absent>");
            script.userinfo["sub"] = sub.clone();
        });
        assert_eq!(rule(fixture.sign_in(&fixture.openid()).await).0, "userinfo_sub", "{sub}");
    }
}

// OpenID Connect Core §10.1.1
// req: up.jwks
#[tokio::test]
async fn a_thousand_unknown_kids_cost_one_fetch() {
    let fixture = Fixture::start().await;
    let provider = fixture.openid();
    fixture.sign_in(&provider).await.unwrap();
    let before = fixture.inner.counts.keys.load(Ordering::SeqCst);
    fixture.script(|script| script.signing = Signing::WithAForeignKey);
    for n in 0..1_000 {
        fixture.script(|script| script.header["kid"] = json!(format!("unknown-{n}")));
        assert!(rule(fixture.sign_in(&provider).await).1.contains("key is unknown"));
    }
    assert_eq!(fixture.inner.counts.keys.load(Ordering::SeqCst), before + 1);
}

// OpenID Connect Core §10.1.1
// req: up.jwks
#[tokio::test]
async fn a_rotated_key_is_found_once_the_minute_is_over() {
    let fixture = Fixture::start().await;
    let provider = fixture.openid();
    fixture.script(|script| script.header["kid"] = json!("unknown"));
    let _refused = fixture.sign_in(&provider).await;
    fixture.script(|script| {
        script.header["kid"] = json!("next");
        script.extra_kid = Some("next".to_owned());
        script.signing = Signing::WithAForeignKey;
    });
    assert!(fixture.sign_in(&provider).await.is_err(), "59 seconds too early");
    fixture.advance(60);
    fixture.sign_in(&provider).await.unwrap();
}

// OpenID Connect Core §10.1.1
// req: up.jwks
#[tokio::test]
async fn keys_that_cannot_be_fetched_anew_serve_a_while_longer() {
    let fixture = Fixture::start().await;
    let provider = fixture.openid();
    fixture.sign_in(&provider).await.unwrap();
    fixture.script(|script| script.keys_status = 500);
    let hours = |hours: i64| {
        fixture.advance(hours * 3_600);
        let now = fixture.env.now().as_seconds();
        fixture.script(|script| {
            script.claims["iat"] = json!(now);
            script.claims["exp"] = json!(now + 300);
        });
    };
    hours(2);
    fixture.sign_in(&provider).await.unwrap();
    hours(24);
    assert!(matches!(fixture.sign_in(&provider).await, Err(UpstreamRefusal::Down { .. })));
}

// req: up.shared
#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_sign_ins_at_once_never_cross() {
    let fixture = Fixture::start().await;
    let provider = fixture.openid();
    let one = async |n: usize| {
        let begun = fixture.upstream.begin(&provider, REDIRECT_URI, "s", &fixture.env).await.unwrap();
        let code = fixture.authorize(&begun.url, Some(&format!("person-{n}")));
        let callback = Callback::parse(&format!("code={code}")).unwrap();
        let identity = fixture.upstream.finish(&provider, &callback, begun.pending, REDIRECT_URI, &fixture.env).await.unwrap();
        assert_eq!(identity.subject(), format!("person-{n}"));
    };
    futures_util::future::join_all((0..200).map(one)).await;
    assert_eq!(fixture.inner.counts.discovery.load(Ordering::SeqCst), 1);
    assert_eq!(fixture.inner.counts.keys.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_token_that_was_cut_is_refused() {
    let fixture = Fixture::start().await;
    fixture.script(|script| {
        script.token_answer = Some(crate::fixture::Answer::Json(
            200,
            json!({ "access_token": ACCESS_TOKEN, "token_type": "Bearer", "id_token": format!("{}.{}", encode("{}"), encode("{}")) }),
        ));
    });
    assert_eq!(rule(fixture.sign_in(&fixture.openid()).await).0, "id_token");
}
