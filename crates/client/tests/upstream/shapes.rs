//! Providers of OAuth 2, in each of the shapes that vendors have given to it.

use chabi_client::{
    CustomOAuth2, Provider, ProviderSettings, UpstreamRefusal, VerifiedIdentity, catalogue, provider,
    provider::{AuthenticationMethod, ParameterNames, ProfileMethod, TokenPlace, TokenRequestShape},
};
use chabi_token::SecretText;
use serde_json::{Value, json};

use crate::fixture::{ACCESS_TOKEN, Answer, CLIENT_ID, CLIENT_SECRET, Fixture, REDIRECT_URI};

fn secret() -> SecretText {
    SecretText::new(CLIENT_SECRET.to_owned())
}

/// A provider that no catalogue has, with its endpoints below these paths.
fn custom(fixture: &Fixture, change: impl FnOnce(&mut CustomOAuth2)) -> Provider {
    let base = &fixture.inner.base;
    let mut custom: CustomOAuth2 = serde_json::from_value(json!({
        "authorize_url": format!("{base}/authorize"),
        "token_url": format!("{base}/own/token"),
        "profile": { "url": format!("{base}/own/profile") },
        "mapping": { "subject": "/id", "email": "/email", "email_verified": ["/verified"] },
    }))
    .unwrap();
    change(&mut custom);
    let settings =
        ProviderSettings { catalogue: "oauth2".to_owned(), client_id: CLIENT_ID.to_owned(), custom: Some(custom), ..Default::default() };
    fixture.answer("/own/token", json!({ "access_token": ACCESS_TOKEN, "token_type": "bearer" }));
    fixture.answer("/own/profile", json!({ "id": 7, "email": "ada@example.com", "verified": true }));
    provider("own", &settings, secret()).unwrap()
}

async fn sign_in(fixture: &Fixture, provider: &Provider) -> Result<VerifiedIdentity, UpstreamRefusal> {
    fixture.sign_in_with(provider, "&device_id=device-1").await
}

// RFC 6749 §4.1.3
#[tokio::test]
async fn any_provider_of_oauth_2_is_described_by_configuration_alone() {
    let fixture = Fixture::start().await;
    let identity = sign_in(&fixture, &custom(&fixture, |_| {})).await.unwrap();
    assert_eq!((identity.issuer(), identity.subject()), (&*fixture.inner.base, "7"));
    let email = identity.email().unwrap();
    assert_eq!((email.verified, email.authoritative), (true, false));
    let token = fixture.call("/own/token");
    assert!(token.header("authorization").starts_with("Basic ") && !token.body.contains("client_secret"));
    assert_eq!(token.form()["grant_type"], "authorization_code");
    assert_eq!(fixture.call("/own/profile").header("authorization"), format!("Bearer {ACCESS_TOKEN}"));
}

#[tokio::test]
async fn a_token_request_in_json_holds_what_the_form_would() {
    let fixture = Fixture::start().await;
    let provider = custom(&fixture, |custom| {
        custom.token_request = TokenRequestShape::Json;
        custom.client_authentication = AuthenticationMethod::Post;
        custom.parameter_names = ParameterNames {
            id_in_token_request: Some("clientId".to_owned()),
            secret: "clientSecret".to_owned(),
            grant_type: "grantType".to_owned(),
            access_token: "accessToken".to_owned(),
            ..ParameterNames::default()
        };
        custom.profile.token = TokenPlace::Header("x-vendor-token".to_owned());
    });
    fixture.answer("/own/token", json!({ "accessToken": ACCESS_TOKEN, "expireIn": 7200 }));
    sign_in(&fixture, &provider).await.unwrap();
    let call = fixture.call("/own/token");
    assert_eq!(call.header("content-type"), "application/json");
    let body: Value = serde_json::from_str(&call.body).unwrap();
    assert_eq!((&body["clientId"], &body["clientSecret"]), (&json!(CLIENT_ID), &json!(CLIENT_SECRET)));
    assert_eq!((&body["grantType"], &body["redirect_uri"]), (&json!("authorization_code"), &json!(REDIRECT_URI)));
    let profile = fixture.call("/own/profile");
    assert_eq!((profile.header("x-vendor-token"), profile.header("authorization")), (ACCESS_TOKEN, ""));
}

/// As WeChat: everything in the query, errors with status 200 and a number.
#[tokio::test]
async fn a_token_request_in_the_query_is_a_get_and_an_errcode_is_an_error() {
    let fixture = Fixture::start().await;
    let base = fixture.inner.base.clone();
    let provider = custom(&fixture, |custom| {
        custom.token_request = TokenRequestShape::Query;
        custom.client_authentication = AuthenticationMethod::Post;
        custom.parameter_names = ParameterNames { id: "appid".to_owned(), secret: "secret".to_owned(), ..ParameterNames::default() };
        custom.profile.url = format!("{base}/own/profile?openid={{token.openid}}");
        custom.profile.token = TokenPlace::Query("access_token".to_owned());
        custom.profile.status = Some(serde_json::from_value(json!({ "at": "/errcode", "fine": "0" })).unwrap());
    });
    fixture.answer("/own/token", json!({ "access_token": ACCESS_TOKEN, "openid": "o&1=2" }));
    sign_in(&fixture, &provider).await.unwrap();
    let call = fixture.call("/own/token");
    assert_eq!((call.method.as_str(), call.body.as_str()), ("GET", ""));
    assert_eq!((&*call.query["appid"], &*call.query["secret"]), (CLIENT_ID, CLIENT_SECRET));
    let profile = fixture.call("/own/profile");
    assert_eq!((&*profile.query["openid"], &*profile.query["access_token"]), ("o&1=2", ACCESS_TOKEN), "encoded, so that it adds nothing");
    assert_eq!(profile.query.len(), 2);
    fixture.answer("/own/profile", json!({ "errcode": 40003, "errmsg": "invalid openid" }));
    assert_eq!(sign_in(&fixture, &provider).await.unwrap_err().page_key(), "upstream-refused");
    fixture.answer("/own/token", json!({ "errcode": 40029, "errmsg": "invalid code" }));
    let refusal = sign_in(&fixture, &provider).await.unwrap_err();
    assert!(refusal.to_string().contains("errcode 40029") && !refusal.to_string().contains(CLIENT_SECRET), "{refusal}");
}

/// As VK and as Dropbox.
#[tokio::test]
async fn a_profile_may_be_asked_for_by_a_form_or_by_a_json_body() {
    let fixture = Fixture::start().await;
    let form = custom(&fixture, |custom| custom.profile.method = ProfileMethod::PostForm);
    sign_in(&fixture, &form).await.unwrap();
    let call = fixture.call("/own/profile");
    assert_eq!((&*call.form()["access_token"], &*call.form()["client_id"]), (ACCESS_TOKEN, CLIENT_ID));
    assert_eq!(fixture.call("/own/token").form()["device_id"], "device-1", "VK wants it back");
    let body = custom(&fixture, |custom| {
        custom.profile.method = ProfileMethod::PostJson;
        custom.profile.body = "null".to_owned();
    });
    sign_in(&fixture, &body).await.unwrap();
    let call = fixture.call("/own/profile");
    assert_eq!((call.method.as_str(), call.body.as_str(), call.header("content-type")), ("POST", "null", "application/json"));
}

/// As Notion: the token response is the profile.
#[tokio::test]
async fn the_token_response_may_be_the_profile() {
    let fixture = Fixture::start().await;
    let provider = custom(&fixture, |custom| {
        custom.profile.url = String::new();
        custom.mapping.subject = "/owner/user/id".to_owned();
    });
    fixture.answer("/own/token", json!({ "access_token": ACCESS_TOKEN, "owner": { "user": { "id": "u-1" } } }));
    assert_eq!(sign_in(&fixture, &provider).await.unwrap().subject(), "u-1");
    assert!(!fixture.was_called("/own/profile"));
}

// RFC 6749 §2.1
#[tokio::test]
async fn a_public_client_shows_its_id_and_its_verifier_and_no_secret() {
    let fixture = Fixture::start().await;
    let provider = custom(&fixture, |custom| custom.client_authentication = AuthenticationMethod::None);
    sign_in(&fixture, &provider).await.unwrap();
    let call = fixture.call("/own/token");
    assert_eq!(call.form()["client_id"], CLIENT_ID);
    assert!(call.form().contains_key("code_verifier"));
    assert!(!call.body.contains("secret") && call.header("authorization").is_empty());
}

// req: up.ev
#[tokio::test]
async fn a_flag_that_is_text_counts_only_where_the_vendor_is_known_to_write_it() {
    let fixture = Fixture::start().await;
    for (flag, as_text, verified) in [
        (json!("true"), false, false),
        (json!("true"), true, true),
        (json!("True"), true, false),
        (json!("false"), true, false),
        (json!(1), true, false),
        (json!(true), true, true),
    ] {
        let provider = custom(&fixture, |custom| custom.mapping.flags_as_text = as_text);
        fixture.answer("/own/profile", json!({ "id": 7, "email": "ada@example.com", "verified": flag }));
        assert_eq!(sign_in(&fixture, &provider).await.unwrap().email().unwrap().verified, verified, "{flag} {as_text}");
    }
}

fn github(fixture: &Fixture) -> Provider {
    let base = fixture.inner.base.clone();
    let values = [("host".to_owned(), base.clone()), ("api".to_owned(), base)].into();
    let settings =
        ProviderSettings { catalogue: "github".to_owned(), client_id: CLIENT_ID.to_owned(), values, ..ProviderSettings::default() };
    fixture.answer("/login/oauth/access_token", json!({ "access_token": ACCESS_TOKEN, "scope": "user:email", "token_type": "bearer" }));
    fixture.answer("/user", json!({ "id": 583_231, "login": "octocat", "name": "Octo", "email": "public@example.com" }));
    provider("github", &settings, secret()).unwrap()
}

// req: up.oauth2
#[tokio::test]
async fn github_is_its_number_and_its_primary_verified_address_and_nothing_of_the_public_profile() {
    let fixture = Fixture::start().await;
    let provider = github(&fixture);
    fixture.answer(
        "/user/emails",
        json!([
            { "email": "public@example.com", "primary": false, "verified": true },
            { "email": "ada@example.com", "primary": true, "verified": true },
        ]),
    );
    let identity = fixture.sign_in(&provider).await.unwrap();
    assert_eq!(identity.subject(), "583231");
    let email = identity.email().unwrap();
    assert_eq!((&*email.address, email.verified, email.authoritative), ("ada@example.com", true, false));
    let token = fixture.call("/login/oauth/access_token");
    assert_eq!((token.header("accept"), token.form()["client_secret"].as_str()), ("application/json", CLIENT_SECRET));
    assert!(!fixture.call("/user").header("user-agent").is_empty(), "GitHub refuses who does not say who they are");
}

// req: up.oauth2
#[tokio::test]
async fn github_without_a_verified_primary_address_tells_none() {
    let fixture = Fixture::start().await;
    let provider = github(&fixture);
    for emails in [
        json!([{ "email": "ada@example.com", "primary": true, "verified": false }]),
        json!([{ "email": "ada@example.com", "primary": false, "verified": true }]),
        json!([{ "email": "ada@example.com", "primary": "true", "verified": "true" }]),
        json!([]),
    ] {
        fixture.answer("/user/emails", emails.clone());
        assert_eq!(fixture.sign_in(&provider).await.unwrap().email(), None, "{emails}");
    }
    for status in [403, 404] {
        fixture.answer_with("/user/emails", Answer::Json(status, json!({ "message": "Not Found" })));
        assert_eq!(fixture.sign_in(&provider).await.unwrap().email(), None, "an app without the permission");
    }
}

// req: up.err
#[tokio::test]
async fn githubs_errors_with_status_200_are_errors() {
    let fixture = Fixture::start().await;
    let provider = github(&fixture);
    fixture.answer("/login/oauth/access_token", json!({ "error": "bad_verification_code", "error_description": "no" }));
    let refusal = fixture.sign_in(&provider).await.unwrap_err();
    assert!(refusal.to_string().contains("bad_verification_code"), "{refusal}");
}

// RFC 9207 §2.4
// req: up.mix
#[tokio::test]
async fn an_answer_of_an_oauth_2_provider_in_anothers_name_is_refused() {
    let fixture = Fixture::start().await;
    let provider = github(&fixture);
    fixture.answer("/user/emails", json!([]));
    let own = format!("&iss={}/login/oauth", fixture.inner.base);
    fixture.sign_in_with(&provider, &own).await.unwrap();
    let outcome = fixture.sign_in_with(&provider, "&iss=https://evil.example").await;
    assert!(matches!(outcome, Err(UpstreamRefusal::Wrong { rule: "iss_of_response", .. })), "{outcome:?}");
}

#[test]
fn every_entry_is_found_by_its_id() {
    assert!(catalogue::all().iter().all(|entry| catalogue::find(&entry.id).is_some_and(|found| found.name == entry.name)));
}
