//! Steam's OpenID 2.0 (OpenID Authentication 2.0 §11).

use std::collections::BTreeMap;

use chabi_client::{Callback, Provider, ProviderSettings, UpstreamRefusal, VerifiedIdentity, provider, provider::Protocol};
use chabi_token::SecretText;
use serde_json::json;

use crate::fixture::{Answer, Fixture, REDIRECT_URI};

const NS: &str = "http://specs.openid.net/auth/2.0";

fn steam(fixture: &Fixture) -> Provider {
    let settings = ProviderSettings { catalogue: "steam".to_owned(), ..ProviderSettings::default() };
    let mut provider = provider("steam", &settings, SecretText::new(String::new())).unwrap();
    let Protocol::OpenId2(settings) = &mut provider.protocol else { panic!("OpenID 2.0") };
    settings.endpoint = format!("{}/openid/login", fixture.inner.base);
    fixture.answer_with("/openid/login", Answer::Text(format!("ns:{NS}\nis_valid:true\n")));
    provider
}

/// What Steam brings back, good in every way.
fn assertion(fixture: &Fixture) -> BTreeMap<String, String> {
    let claimed = "https://steamcommunity.com/openid/id/76561197960435530";
    [
        ("state", "the-state"),
        ("openid.ns", NS),
        ("openid.mode", "id_res"),
        ("openid.op_endpoint", &*format!("{}/openid/login", fixture.inner.base)),
        ("openid.claimed_id", claimed),
        ("openid.identity", claimed),
        ("openid.return_to", &*format!("{REDIRECT_URI}?state=the-state")),
        ("openid.response_nonce", "2027-01-15T08:00:00ZRandom="),
        ("openid.assoc_handle", "1234567890"),
        ("openid.signed", "signed,op_endpoint,claimed_id,identity,return_to,response_nonce,assoc_handle"),
        ("openid.sig", "c2lnbmF0dXJl"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

async fn finish(fixture: &Fixture, assertion: &BTreeMap<String, String>) -> Result<VerifiedIdentity, UpstreamRefusal> {
    let provider = steam(fixture);
    finish_at(fixture, &provider, assertion).await
}

async fn finish_at(
    fixture: &Fixture,
    provider: &Provider,
    assertion: &BTreeMap<String, String>,
) -> Result<VerifiedIdentity, UpstreamRefusal> {
    let begun = fixture.upstream.begin(provider, REDIRECT_URI, "the-state", &fixture.env).await?;
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(assertion).finish();
    fixture.upstream.finish(provider, &Callback::parse(&query).unwrap(), begun.pending, REDIRECT_URI, &fixture.env).await
}

#[tokio::test]
async fn the_browser_is_sent_for_whoever_the_person_is_and_back_with_our_state() {
    let fixture = Fixture::start().await;
    let url = fixture.upstream.begin(&steam(&fixture), REDIRECT_URI, "the-state", &fixture.env).await.unwrap().url;
    let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    assert_eq!((&*query["openid.mode"], &*query["openid.realm"]), ("checkid_setup", "https://login.example/"));
    assert_eq!(query["openid.return_to"], format!("{REDIRECT_URI}?state=the-state"));
    assert!(query["openid.claimed_id"].ends_with("/identifier_select"));
}

#[tokio::test]
async fn an_assertion_that_steam_itself_knows_names_the_person() {
    let fixture = Fixture::start().await;
    let identity = finish(&fixture, &assertion(&fixture)).await.unwrap();
    assert_eq!((identity.issuer(), identity.subject()), ("https://steamcommunity.com/openid", "76561197960435530"));
    let asked = fixture.call("/openid/login");
    assert_eq!((asked.method.as_str(), &*asked.form()["openid.mode"]), ("POST", "check_authentication"));
    assert_eq!(asked.form()["openid.sig"], "c2lnbmF0dXJl");
    assert!(!asked.form().contains_key("state"), "ours, and none of its business");
}

#[tokio::test]
async fn a_name_is_told_to_who_has_a_key_for_it_and_its_failure_keeps_nobody_out() {
    let fixture = Fixture::start().await;
    let mut provider = steam(&fixture);
    assert_eq!(finish_at(&fixture, &provider, &assertion(&fixture)).await.unwrap().about().name, None);
    provider.client_secret = SecretText::new("web&api=key".to_owned());
    let Protocol::OpenId2(settings) = &mut provider.protocol else { panic!("OpenID 2.0") };
    let real = "https://api.steampowered.com/ISteamUser/GetPlayerSummaries/v2/";
    assert!(settings.profile_url.starts_with(real));
    settings.profile_url = settings.profile_url.replace(real, &format!("{}/summaries", fixture.inner.base));
    let players =
        |id: &str| json!({ "response": { "players": [{ "steamid": id, "personaname": "Ada", "avatarfull": "https://a.example/a.jpg" }] } });
    fixture.answer("/summaries", players("76561197960435530"));
    assert_eq!(finish_at(&fixture, &provider, &assertion(&fixture)).await.unwrap().about().name.as_deref(), Some("Ada"));
    let asked = fixture.call("/summaries").query;
    assert_eq!((&*asked["key"], &*asked["steamids"]), ("web&api=key", "76561197960435530"));
    fixture.answer("/summaries", players("1"));
    assert_eq!(finish_at(&fixture, &provider, &assertion(&fixture)).await.unwrap().about().name, None, "another person's name");
    fixture.answer_with("/summaries", Answer::Json(403, json!({})));
    assert_eq!(finish_at(&fixture, &provider, &assertion(&fixture)).await.unwrap().subject(), "76561197960435530");
}

#[tokio::test]
async fn what_steam_does_not_say_or_says_to_another_is_refused_before_steam_is_asked() {
    let fixture = Fixture::start().await;
    for (field, value) in [
        ("openid.mode", "setup_needed"),
        ("openid.ns", "http://openid.net/signon/1.1"),
        ("openid.op_endpoint", "https://evil.example/openid/login"),
        ("openid.return_to", "https://login.example/accounts/fixture/login/callback/?state=another"),
        ("openid.return_to", "https://evil.example/?state=the-state"),
        ("openid.return_to", REDIRECT_URI),
        ("openid.claimed_id", "https://evil.example/openid/id/76561197960435530"),
        ("openid.claimed_id", "http://steamcommunity.com/openid/id/76561197960435530"),
        ("openid.claimed_id", "https://steamcommunity.com/openid/id/"),
        ("openid.claimed_id", "https://steamcommunity.com/openid/id/7656/../1"),
        ("openid.identity", "https://steamcommunity.com/openid/id/1"),
        ("openid.response_nonce", "2027-01-15T07:54:59ZRandom="),
        ("openid.response_nonce", "2027-01-15T08:05:01ZRandom="),
        ("openid.response_nonce", ""),
        ("openid.signed", "op_endpoint,claimed_id,return_to,response_nonce,assoc_handle"),
        ("openid.signed", "op_endpoint,claimed_id,identity,response_nonce,assoc_handle"),
        ("openid.signed", ""),
    ] {
        let mut changed = assertion(&fixture);
        changed.insert(field.to_owned(), value.to_owned());
        if field == "openid.claimed_id" {
            changed.insert("openid.identity".to_owned(), value.to_owned());
        }
        let outcome = finish(&fixture, &changed).await;
        assert!(matches!(outcome, Err(UpstreamRefusal::Wrong { .. })), "{field}={value}: {outcome:?}");
    }
    assert!(!fixture.was_called("/openid/login"));
}

#[tokio::test]
async fn an_assertion_that_steam_does_not_know_is_refused() {
    let fixture = Fixture::start().await;
    let provider = steam(&fixture);
    for answer in [format!("ns:{NS}\nis_valid:false\n"), "is_valid:true\n".to_owned(), String::new(), format!("ns:{NS}\nx:is_valid:true\n")]
    {
        fixture.answer_with("/openid/login", Answer::Text(answer.clone()));
        let outcome = finish_at(&fixture, &provider, &assertion(&fixture)).await;
        assert!(matches!(outcome, Err(UpstreamRefusal::Wrong { rule: "openid_assertion", .. })), "{answer:?}: {outcome:?}");
    }
    fixture.answer_with("/openid/login", Answer::Json(503, json!({})));
    assert_eq!(finish_at(&fixture, &provider, &assertion(&fixture)).await.unwrap_err().page_key(), "upstream-down");
}

#[tokio::test]
async fn a_person_who_says_no_has_cancelled() {
    let fixture = Fixture::start().await;
    let mut assertion = assertion(&fixture);
    assertion.insert("openid.mode".to_owned(), "cancel".to_owned());
    assert_eq!(finish(&fixture, &assertion).await, Err(UpstreamRefusal::Cancelled));
}

#[test]
fn a_field_that_stands_twice_is_no_answer() {
    assert!(Callback::parse("openid.claimed_id=a&openid.claimed_id=b").is_err());
    assert!(Callback::parse("id=1&id=2").is_err());
}
