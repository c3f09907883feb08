//! Every entry of the catalogue: read, made into a provider, sent a browser, and shown a profile of the vendor's shape.

use std::collections::{BTreeMap, BTreeSet};

use chabi_token::{Algorithm, SecretText, SigningKey, hash};
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use super::{FILES, File, all, entry::*, find, provider};
use crate::{
    Demand, Provider, ProviderSettings, TrustEmail,
    callback::Callback,
    hex::hex,
    id_token,
    identity::{About, EmailClaim, VerifiedIdentity},
    openid2, profile,
    provider::{ClientAuthentication, EmailTrust, OAuth2Settings, OpenIdSettings, Protocol},
    settings::CustomOAuth2,
    signed_form,
    upstream::{Pending, asked, with_parameters},
};

/// A person in the vendor's words, and in ours.
#[derive(Deserialize)]
struct Sample {
    id: String,
    profile: Value,
    #[serde(default)]
    emails: Option<Value>,
    #[serde(default)]
    token: Map<String, Value>,
    is: Person,
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
struct Person {
    subject: String,
    email: Option<String>,
    verified: bool,
    name: Option<String>,
}

const CALLBACK: &str = "https://login.example/accounts/x/login/callback/";

fn samples() -> BTreeMap<String, Sample> {
    let lines = include_str!("../../catalogue/samples.jsonl").lines();
    lines.map(|line| serde_json::from_str::<Sample>(line).unwrap()).map(|sample| (sample.id.clone(), sample)).collect()
}

/// Settings with an example in each place that must be filled in.
fn settings(entry: &Entry) -> ProviderSettings {
    let needed = entry.places.iter().filter(|(_, place)| place.default.is_none());
    ProviderSettings {
        catalogue: entry.id.clone(),
        client_id: "1234".to_owned(),
        issuer: entry.needs_issuer().then(|| "https://idp.example".to_owned()),
        values: needed.map(|(name, place)| (name.clone(), place.example.clone())).collect(),
        custom: entry.takes_custom().then(custom),
        ..ProviderSettings::default()
    }
}

fn custom() -> CustomOAuth2 {
    serde_json::from_value(serde_json::json!({
        "authorize_url": "https://idp.example/authorize",
        "token_url": "https://idp.example/token",
        "profile": { "url": "https://idp.example/me" },
        "mapping": { "subject": "/id", "email": "/mail/address", "email_verified": ["/mail/proven"], "name": "/title" },
    }))
    .unwrap()
}

fn secret(entry: &Entry) -> SecretText {
    SecretText::new(if entry.takes_private_key() { pem() } else { "1234:secret".to_owned() })
}

fn pem() -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let key = SigningKey::generate(Algorithm::ES256).unwrap().to_pkcs8().unwrap();
    let (begin, end) = (concat!("-----BEGIN PRI", "VATE KEY-----"), concat!("-----END PRI", "VATE KEY-----"));
    format!("{begin}\n{}\n{end}\n", STANDARD.encode(&*key))
}

fn made(entry: &Entry) -> Provider {
    provider(&entry.id.replace('.', "-"), &settings(entry), secret(entry)).unwrap_or_else(|wrong| panic!("{}: {wrong}", entry.id))
}

#[test]
fn every_file_can_be_read_and_there_are_more_than_a_hundred_and_twenty_providers() {
    for text in FILES {
        assert!(!toml::from_str::<File>(text).unwrap().entry.is_empty());
    }
    assert!(all().len() >= 122, "{}", all().len());
}

#[test]
fn ids_are_plain_and_each_stands_once() {
    let mut seen = BTreeSet::new();
    for entry in all() {
        let plain = entry.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        assert!(plain && !entry.id.is_empty(), "{}", entry.id);
        for name in std::iter::once(&entry.id).chain(&entry.also) {
            assert!(seen.insert(name), "{name} stands twice");
        }
        assert!(!entry.email_words.is_empty(), "{}: what its e-mail is worth is not said", entry.id);
    }
}

#[test]
fn the_twenty_five_most_used_say_how_to_set_them_up() {
    let careful = toml::from_str::<File>(FILES[0]).unwrap().entry;
    assert_eq!(careful.len(), 25);
    for entry in careful {
        let console = entry.console_url.unwrap_or_default();
        assert!(console.starts_with("https://") && !entry.steps.is_empty() && !entry.callback.is_empty(), "{}", entry.id);
    }
}

// OpenID Connect Core §3.1.2.1
// req: up.pkce
#[test]
fn every_entry_sends_the_browser_to_an_https_page_with_what_belongs_there() {
    for entry in all() {
        let provider = made(entry);
        assert!(provider.issuer().starts_with("https://") && !provider.issuer().contains("{host}"), "{}: {}", entry.id, provider.issuer());
        let url = authorization_url(&provider);
        assert_eq!(url.scheme(), "https", "{}: {url}", entry.id);
        let left = url.as_str().replace("%7B", "{").replace("%7D", "}");
        assert!(!entry.places.keys().any(|place| left.contains(&format!("{{{place}}}"))), "{}: {url}", entry.id);
        let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        if matches!(provider.protocol, Protocol::OpenId(_) | Protocol::OAuth2(_)) {
            let id = &provider.parameter_names().id;
            assert_eq!(
                (query["response_type"].as_str(), query[id].as_str(), query["state"].as_str()),
                ("code", "1234", "s"),
                "{}",
                entry.id
            );
            assert_eq!(query["redirect_uri"], CALLBACK);
            assert_eq!(query.contains_key("code_challenge"), entry.pkce(), "{}", entry.id);
            assert_eq!(query.contains_key("nonce"), entry.protocol == EntryProtocol::OpenId, "{}", entry.id);
        }
    }
}

fn authorization_url(provider: &Provider) -> Url {
    let page = match &provider.protocol {
        Protocol::OpenId(settings) => format!("{}/authorize", settings.issuer.trim_end_matches('/')),
        Protocol::OAuth2(settings) => settings.authorize_url.clone(),
        Protocol::OpenId2(settings) => settings.endpoint.clone(),
        Protocol::SignedForm(settings) => settings.authorize_url.clone(),
    };
    let page: Url = page.parse().unwrap_or_else(|_| panic!("{}: {page}", provider.id));
    match provider.protocol {
        Protocol::OpenId2(_) => openid2::request(page, CALLBACK, "s").unwrap(),
        Protocol::SignedForm(_) => signed_form::request(page, provider, CALLBACK, "s").unwrap(),
        _ => {
            let (pending, demand) = (Pending::of(provider), Demand::default());
            with_parameters(page, &asked(provider, &pending, (CALLBACK, "s"), "c", &demand), &provider.auth_params)
        }
    }
}

#[test]
fn everything_that_we_call_is_https() {
    for entry in all() {
        let provider = made(entry);
        let calls = [provider.revoke.map(|call| call.url), provider.access_token_check.map(|check| check.url)];
        let native = provider.native.into_iter().flat_map(|native| [native.keys_url, native.issuer]);
        let own = match provider.protocol {
            Protocol::OAuth2(settings) => {
                let OAuth2Settings { token_url, profile, emails, .. } = *settings;
                vec![token_url, profile.url.replace("{token.api_server}", "https://"), emails.map(|emails| emails.url).unwrap_or_default()]
            }
            Protocol::OpenId(settings) => vec![settings.discovery_url.unwrap_or_default()],
            _ => Vec::new(),
        };
        for url in calls.into_iter().flatten().chain(native).chain(own).filter(|url| !url.is_empty()) {
            assert!(url.starts_with("https://") && url.parse::<Url>().is_ok(), "{}: {url}", entry.id);
        }
    }
}

// req: up.key
// req: up.ev
#[test]
fn every_entry_reads_a_person_of_the_vendors_shape() {
    let samples = samples();
    assert_eq!(samples.len(), all().len());
    for entry in all() {
        let sample = samples.get(&entry.id).unwrap_or_else(|| panic!("{} has no sample", entry.id));
        let provider = made(entry);
        let found = match &provider.protocol {
            Protocol::OpenId(settings) => by_claims(&provider, settings, sample),
            Protocol::OAuth2(settings) => by_profile(&provider, settings, sample),
            Protocol::OpenId2(settings) => {
                let claimed = sample.profile["openid.claimed_id"].as_str().unwrap();
                Person { subject: claimed.strip_prefix(&*settings.identifiers).unwrap().to_owned(), ..Person::default() }
            }
            Protocol::SignedForm(_) => Person { subject: signed(sample).subject().to_owned(), ..Person::default() },
        };
        assert_eq!(found, sample.is, "{}", entry.id);
    }
}

fn by_claims(provider: &Provider, settings: &OpenIdSettings, sample: &Sample) -> Person {
    let Value::Object(claims) = &sample.profile else { panic!("{}: claims are an object", sample.id) };
    person(&id_token::proven(provider, settings, &settings.issuer, (claims, &Map::new()), None).unwrap())
}

fn by_profile(provider: &Provider, settings: &OAuth2Settings, sample: &Sample) -> Person {
    let url = profile::call::filled(&settings.profile.url, provider, &sample.token);
    assert!(!url.contains('{'), "{}: {url}", sample.id);
    profile::call::check_status(settings.profile.status.as_ref(), &sample.profile).unwrap();
    let read = profile::read(&settings.mapping, &sample.profile).unwrap_or_else(|refusal| panic!("{}: {refusal}", sample.id));
    let email: EmailClaim = match (&settings.emails, &sample.emails) {
        (Some(call), Some(answer)) if !read.email.verified => profile::emails::primary(call, answer).unwrap_or(read.email),
        (Some(_), None) => panic!("{}: its addresses are not in the sample", sample.id),
        _ => read.email,
    };
    person(&VerifiedIdentity::proven(provider, &settings.issuer, read.subject, email, read.about))
}

fn signed(sample: &Sample) -> VerifiedIdentity {
    let provider = made(find("telegram").unwrap());
    let Protocol::SignedForm(settings) = &provider.protocol else { panic!("a signed form") };
    let env = chabi_token::Env::system();
    let mut fields: BTreeMap<String, String> = BTreeMap::from([("auth_date".to_owned(), env.now().as_seconds().to_string())]);
    for (name, value) in sample.profile.as_object().unwrap() {
        fields.insert(name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    let lines: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mac = hash::hmac_sha256(&hash::sha256(b"1234:secret"), &[lines.join("\n").as_bytes()]);
    fields.insert("hash".to_owned(), hex(&mac));
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
    signed_form::identify(&provider, settings, &Callback::parse(&query).unwrap(), &env).unwrap().0
}

fn person(identity: &VerifiedIdentity) -> Person {
    let About { name, .. } = identity.about().clone();
    Person {
        subject: identity.subject().to_owned(),
        email: identity.email().map(|email| email.address.clone()),
        verified: identity.email().is_some_and(|email| email.verified),
        name,
    }
}

#[test]
fn a_place_that_must_be_filled_in_is_asked_for_in_words() {
    for entry in all() {
        for (name, _) in entry.places.iter().filter(|(_, place)| place.default.is_none()) {
            let mut settings = settings(entry);
            settings.values.remove(name);
            let wrong = provider("x", &settings, secret(entry)).unwrap_err();
            assert_eq!(wrong.field(), format!("values.{name}"), "{}", entry.id);
            assert!(wrong.mend().contains(&entry.places[name].about), "{wrong}");
        }
    }
}

#[test]
fn what_is_wrong_in_settings_is_said_with_its_field_and_how_to_mend_it() {
    let plain = |catalogue: &str| ProviderSettings { catalogue: catalogue.to_owned(), client_id: "1".to_owned(), ..Default::default() };
    let wrong = |settings: ProviderSettings| provider("x", &settings, SecretText::new("s".to_owned())).unwrap_err().to_string();
    for (settings, words) in [
        (plain("gogle"), "catalogue: there is no entry `gogle`: did you mean `google`?"),
        (plain("twitter"), "did you mean `x`?"),
        (plain("never-heard-of"), "`openid` with its `issuer`"),
        (ProviderSettings { client_id: " ".to_owned(), ..plain("google") }, "client_id: the id that Google gave"),
        (plain("openid"), "issuer: needed"),
        (ProviderSettings { issuer: Some("idp.example".to_owned()), ..plain("openid") }, "issuer: the issuer's URL"),
        (
            ProviderSettings { issuer: Some("https://x.example".to_owned()), ..plain("github") },
            "issuer: GitHub does not speak OpenID Connect",
        ),
        (plain("oauth2"), "custom: needed"),
        (ProviderSettings { custom: Some(custom()), ..plain("github") }, "custom: only the entry `oauth2`"),
        (ProviderSettings { custom: Some(CustomOAuth2::default()), ..plain("oauth2") }, "custom.authorize_url"),
        (ProviderSettings { hosted_domain: Some("example.com".to_owned()), ..plain("gitlab") }, "hosted_domain: GitLab has no such claim"),
        (ProviderSettings { values: [("hots".to_owned(), "x".to_owned())].into(), ..plain("gitlab") }, "did you mean `host`?"),
        (ProviderSettings { values: [("tenant".to_owned(), "contoso.com".to_owned())].into(), ..plain("microsoft") }, "values.tenant: use"),
        (ProviderSettings { values: [("graph_version".to_owned(), "v24/..".to_owned())].into(), ..plain("facebook") }, "only letters"),
        (plain("telegram"), "client_id: it must be the number before the colon"),
    ] {
        assert!(wrong(settings.clone()).contains(words), "{words}: {}", wrong(settings));
    }
    let without = |catalogue: &str| provider("x", &plain(catalogue), SecretText::new(String::new()));
    assert!(without("google").unwrap_err().to_string().contains("client_secret: Google needs one"));
    assert!(matches!(without("kakao").unwrap().client_authentication, ClientAuthentication::None));
    let named = |id: &str| provider(id, &plain("google"), SecretText::new("s".to_owned()));
    assert!(named("Google").is_err() && named("").is_err() && named("a/b").is_err() && named("work-google_2").is_ok());
}

#[test]
fn an_operators_words_come_before_the_entrys() {
    let settings = ProviderSettings {
        name: Some("Our Google".to_owned()),
        scopes: Some(vec!["openid".to_owned()]),
        auth_params: [("prompt".to_owned(), "consent".to_owned()), ("access_type".to_owned(), "offline".to_owned())].into(),
        hosted_domain: Some("example.com".to_owned()),
        trust_email: TrustEmail::WhenVerified,
        audiences: vec!["ios".to_owned()],
        ..settings(find("google").unwrap())
    };
    let provider = provider("google", &settings, SecretText::new("s".to_owned())).unwrap();
    assert_eq!((&*provider.name, provider.scopes.as_slice()), ("Our Google", ["openid".to_owned()].as_slice()));
    let params: BTreeMap<_, _> = provider.auth_params.iter().cloned().collect();
    assert_eq!((&*params["prompt"], &*params["access_type"], &*params["hd"]), ("consent", "offline", "example.com"));
    assert_eq!((provider.email_trust, provider.audiences), (EmailTrust::WhenVerified, vec!["ios".to_owned()]));
}

#[test]
fn what_an_entry_is_believed_is_its_vendors_own_and_no_others_who_speaks_as_it_does() {
    let trust = |issuer: Option<&str>, said: TrustEmail| {
        let settings = ProviderSettings { issuer: issuer.map(str::to_owned), trust_email: said, ..settings(find("google").unwrap()) };
        provider("google", &settings, SecretText::new("s".to_owned())).unwrap().email_trust
    };
    for own in [None, Some(""), Some("https://accounts.google.com"), Some(" https://accounts.google.com ")] {
        assert_eq!(trust(own, TrustEmail::Entry), EmailTrust::GoogleDomains, "{own:?}");
    }
    for other in [
        "https://idp.example",
        "http://127.0.0.1:8000/dev/idp/google",
        "https://accounts.google.com/",
        "https://accounts.google.com.evil.example",
    ] {
        assert_eq!(trust(Some(other), TrustEmail::Entry), EmailTrust::Never, "{other}");
        assert_eq!(trust(Some(other), TrustEmail::WhenVerified), EmailTrust::WhenVerified);
    }
}

#[test]
fn nor_is_a_host_believed_that_the_operator_filled_in() {
    let believed = |changes: &[(&str, &str)], id: &str| {
        let entry = Entry { trust: EmailTrust::WhenVerified, ..find(id).unwrap().clone() };
        let mut filled = settings(&entry).values;
        filled.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let values = super::fill::values(&entry, &filled).unwrap();
        super::build::trust(&entry, &ProviderSettings::default(), &values)
    };
    assert_eq!(believed(&[("host", "https://gitlab.com/")], "gitlab"), EmailTrust::WhenVerified);
    assert_eq!(believed(&[("host", "gitlab.example")], "gitlab"), EmailTrust::Never);
    // which tenant it is does not change who speaks
    assert_eq!(believed(&[("tenant", "common")], "microsoft"), EmailTrust::WhenVerified);
    // all domains have one issuer: it says nothing about whose directory it is
    assert_eq!(believed(&[], "oracle_idcs"), EmailTrust::Never);
}

#[test]
fn a_vendors_own_endpoints_see_no_token_of_another_issuer() {
    let at = |issuer: Option<&str>, id: &str| {
        let settings = ProviderSettings { issuer: issuer.map(str::to_owned), ..settings(find(id).unwrap()) };
        provider("x", &settings, SecretText::new("s".to_owned())).unwrap()
    };
    assert!(at(None, "google").access_token_check.is_some() && at(None, "line").revoke.is_some() && at(None, "line").native.is_some());
    let elsewhere = Some("https://idp.example");
    assert_eq!(at(elsewhere, "google").access_token_check, None);
    assert_eq!((at(elsewhere, "line").revoke, at(elsewhere, "line").native), (None, None), "nor are its keys another's");
}

#[test]
fn google_alone_is_believed_before_an_operator_decides() {
    for entry in all() {
        let expected = if entry.id == "google" { EmailTrust::GoogleDomains } else { EmailTrust::Never };
        assert_eq!(*entry.email_trust(), expected, "{}", entry.id);
    }
}

#[test]
fn the_presets_of_the_library_are_the_entries_of_the_catalogue() {
    let secret = || SecretText::new("s".to_owned());
    let entry = |id: &str| provider(id, &settings(find(id).unwrap()), secret()).unwrap();
    let google = crate::provider::google("1234", secret(), crate::provider::GOOGLE_ISSUER);
    assert_eq!(format!("{google:?}"), format!("{:?}", entry("google")));
    let facebook = crate::provider::facebook("1234", secret(), &crate::provider::FacebookSettings::default());
    assert_eq!(format!("{facebook:?}"), format!("{:?}", entry("facebook")));
    let openid = crate::provider::openid("openid", "openid", ("1234".to_owned(), secret()), "https://idp.example");
    assert_eq!(format!("{openid:?}"), format!("{:?}", entry("openid")));
}

// req: up.key
#[test]
fn microsofts_tenants_are_one_many_or_those_of_organisations() {
    let at = |tenant: &str| {
        let values = [("tenant".to_owned(), tenant.to_owned())].into();
        let settings = ProviderSettings { values, ..settings(find("microsoft").unwrap()) };
        let provider = provider("microsoft", &settings, SecretText::new("s".to_owned())).unwrap();
        let Protocol::OpenId(settings) = provider.protocol else { panic!("OpenID") };
        *settings
    };
    let template = "https://login.microsoftonline.com/{tenantid}/v2.0";
    let common = at("common");
    assert_eq!((&*common.issuer, common.tenants.unwrap().refused), (template, Vec::new()));
    let organizations = at("organizations");
    let personal = "9188040d-6c67-4c5b-b112-36a304b66dad";
    assert_eq!((&*organizations.issuer, organizations.tenants.unwrap().refused), (template, vec![personal.to_owned()]));
    let consumers = at("consumers");
    assert_eq!((consumers.issuer, consumers.tenants), (format!("https://login.microsoftonline.com/{personal}/v2.0"), None));
    let consumers = at("consumers").discovery_url.unwrap();
    assert_eq!(consumers, "https://login.microsoftonline.com/consumers/v2.0/.well-known/openid-configuration");
    let one = at("72f988bf-86f1-41af-91ab-2d7cd011db47");
    assert_eq!((&*one.issuer, one.tenants), ("https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0", None));
}

#[test]
fn settings_are_written_and_read_again_and_older_words_are_understood() {
    let settings = ProviderSettings {
        values: [("tenant".to_owned(), "common".to_owned())].into(),
        trust_email: TrustEmail::Never,
        custom: Some(custom()),
        ..ProviderSettings::default()
    };
    let text = serde_json::to_string(&settings).unwrap();
    assert_eq!(serde_json::from_str::<ProviderSettings>(&text).unwrap(), settings);
    for (word, meaning) in [("true", TrustEmail::WhenVerified), ("false", TrustEmail::Entry), ("\"never\"", TrustEmail::Never)] {
        let text = format!("{{\"trust_email\":{word}}}");
        assert_eq!(serde_json::from_str::<ProviderSettings>(&text).unwrap().trust_email, meaning);
    }
    assert!(serde_json::from_str::<ProviderSettings>("{\"trust_email\":\"always\"}").is_err());
    assert!(serde_json::from_str::<ProviderSettings>("{\"client_secret\":\"s\"}").is_err(), "a secret has no place there");
}
