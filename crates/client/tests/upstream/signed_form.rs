//! Telegram's answers: fields and a MAC under our bot's token.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chabi_client::{Callback, Provider, ProviderSettings, UpstreamRefusal, VerifiedIdentity, provider};
use chabi_token::{
    SecretText,
    hash::{hmac_sha256, sha256},
};
use serde_json::{Value, json};

use crate::fixture::{Fixture, NOW, REDIRECT_URI};

const BOT_TOKEN: &str = "4242:AAEBwerty";

fn telegram() -> Provider {
    let settings = ProviderSettings { catalogue: "telegram".to_owned(), client_id: "4242".to_owned(), ..ProviderSettings::default() };
    provider("telegram", &settings, SecretText::new(BOT_TOKEN.to_owned())).unwrap()
}

fn fields() -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("id", "777".to_owned()),
        ("first_name", "Ada".to_owned()),
        ("username", "ada".to_owned()),
        ("auth_date", NOW.to_string()),
    ])
}

fn signed(mut fields: BTreeMap<&'static str, String>, bot_token: &str) -> BTreeMap<&'static str, String> {
    let lines: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mac = hmac_sha256(&sha256(bot_token.as_bytes()), &[lines.join("\n").as_bytes()]);
    fields.insert("hash", mac.iter().map(|byte| format!("{byte:02x}")).collect());
    fields
}

async fn finish(fixture: &Fixture, query: &str) -> Result<VerifiedIdentity, UpstreamRefusal> {
    let telegram = telegram();
    let begun = fixture.upstream.begin(&telegram, REDIRECT_URI, "the-state", &fixture.env).await?;
    let callback = Callback::parse(&format!("state=the-state&{query}")).unwrap();
    fixture.upstream.finish(&telegram, &callback, begun.pending, REDIRECT_URI, &fixture.env).await
}

fn query(fields: &BTreeMap<&'static str, String>) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

#[tokio::test]
async fn the_browser_is_sent_with_our_bot_and_comes_back_with_our_state() {
    let fixture = Fixture::start().await;
    let provider = telegram();
    let url = fixture.upstream.begin(&provider, REDIRECT_URI, "the-state", &fixture.env).await.unwrap().url;
    let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    assert_eq!((url.host_str(), &*query["bot_id"], &*query["origin"]), (Some("oauth.telegram.org"), "4242", "https://login.example"));
    assert_eq!(query["return_to"], format!("{REDIRECT_URI}?state=the-state"));
    assert!(!url.as_str().contains("AAEBwerty"));
    assert_eq!(provider.answers_by_fragment(), Some("tgAuthResult"));
}

#[tokio::test]
async fn an_answer_with_a_right_mac_names_the_person_in_a_query_and_in_base64() {
    let fixture = Fixture::start().await;
    let identity = finish(&fixture, &query(&signed(fields(), BOT_TOKEN))).await.unwrap();
    assert_eq!((identity.issuer(), identity.subject(), identity.email()), ("https://telegram.org", "777", None));
    assert_eq!(identity.about().given_name.as_deref(), Some("Ada"));
    let signed = signed(fields(), BOT_TOKEN);
    // numbers are numbers there
    let object = json!({
        "id": 777, "first_name": signed["first_name"], "username": signed["username"], "auth_date": NOW, "hash": signed["hash"],
    });
    let encoded = STANDARD.encode(object.to_string());
    for text in [encoded.clone(), encoded.trim_end_matches('=').to_owned()] {
        let text: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        assert_eq!(finish(&fixture, &format!("tgAuthResult={text}")).await.unwrap().subject(), "777");
    }
}

#[tokio::test]
async fn an_answer_that_was_changed_or_is_another_bots_is_refused() {
    let fixture = Fixture::start().await;
    let good = signed(fields(), BOT_TOKEN);
    let changed = |name: &'static str, value: &str| {
        let mut fields = good.clone();
        fields.insert(name, value.to_owned());
        query(&fields)
    };
    let without = |name: &str| {
        let mut fields = good.clone();
        fields.remove(name);
        query(&fields)
    };
    for (what, text) in [
        ("another person", changed("id", "778")),
        ("another time", changed("auth_date", &(NOW + 1).to_string())),
        ("a field more", changed("last_name", "Lovelace")),
        ("a field less", without("username")),
        ("no MAC", without("hash")),
        ("an empty MAC", changed("hash", "")),
        ("another bot", query(&signed(fields(), "4242:another"))),
        ("no bot at all", query(&signed(fields(), ""))),
        ("nothing", String::new()),
        ("no base64", "tgAuthResult=%%%".to_owned()),
        ("no object", format!("tgAuthResult={}", STANDARD.encode("[]"))),
        ("nested", format!("tgAuthResult={}", STANDARD.encode(Value::from("x").to_string()))),
    ] {
        let outcome = finish(&fixture, &text).await;
        assert!(matches!(outcome, Err(UpstreamRefusal::Wrong { .. })), "{what}: {outcome:?}");
    }
    assert!(matches!(finish(&fixture, "tgAuthResult=false").await, Err(UpstreamRefusal::Cancelled)));
}

#[tokio::test]
async fn an_answer_is_good_for_a_minute() {
    let fixture = Fixture::start().await;
    let at = |made: i64| {
        let mut fields = fields();
        fields.insert("auth_date", made.to_string());
        query(&signed(fields, BOT_TOKEN))
    };
    for made in [NOW - 60, NOW, NOW + 60] {
        finish(&fixture, &at(made)).await.unwrap();
    }
    for made in [NOW - 61, NOW + 61, 0, -1, i64::MAX] {
        let outcome = finish(&fixture, &at(made)).await;
        assert!(matches!(outcome, Err(UpstreamRefusal::Wrong { rule: "signed_form_auth_date", .. })), "{made}: {outcome:?}");
    }
}

// what is signed are lines: with a line break in a name, the same lines are the fields of somebody else
#[tokio::test]
async fn a_line_break_in_a_field_makes_no_other_person() {
    let fixture = Fixture::start().await;
    let mallory = signed(
        BTreeMap::from([("first_name", "M\nid=1\nlast_name=x".to_owned()), ("id", "777".to_owned()), ("auth_date", NOW.to_string())]),
        BOT_TOKEN,
    );
    let mut forged = mallory.clone();
    for (name, value) in [("first_name", "M"), ("id", "1"), ("last_name", "x\nid=777")] {
        forged.insert(name, value.to_owned());
    }
    // by the names of members too
    let named = json!({ "auth_date": NOW, "first_name": "M", "id": "1", "last_name=x\nid": "777", "hash": mallory["hash"] });
    for text in [query(&forged), query(&mallory), format!("tgAuthResult={}", STANDARD.encode(named.to_string()).replace('+', "%2B"))] {
        let outcome = finish(&fixture, &text).await;
        assert!(matches!(outcome, Err(UpstreamRefusal::Wrong { rule: "signed_form", .. })), "{text}: {outcome:?}");
    }
}
