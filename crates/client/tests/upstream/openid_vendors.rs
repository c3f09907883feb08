//! Vendors of OpenID Connect with ways of their own: Microsoft's tenants, Google's domains, Apple's form, LINE's shared secret.

use chabi_client::{Callback, Provider, ProviderSettings, UpstreamRefusal, VerifiedIdentity, provider, provider::Protocol};
use chabi_token::{Algorithm, SecretText, SigningKey, base64url};
use serde_json::{Value, json};

use crate::fixture::{CLIENT_ID, CLIENT_SECRET, Fixture, REDIRECT_URI, Signing};

const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

fn secret() -> SecretText {
    SecretText::new(CLIENT_SECRET.to_owned())
}

fn rule(outcome: Result<VerifiedIdentity, UpstreamRefusal>) -> (&'static str, String) {
    match outcome {
        Err(UpstreamRefusal::Wrong { rule, detail }) => (rule, detail),
        other => panic!("expected a wrong answer, got {other:?}"),
    }
}

/// Microsoft with this tenant, and an ID token of the tenant `tid`.
fn microsoft(fixture: &Fixture, tenant: &str, tid: &str) -> Provider {
    let base = fixture.inner.base.clone();
    let values = [("host".to_owned(), base.clone()), ("tenant".to_owned(), tenant.to_owned())].into();
    let settings =
        ProviderSettings { catalogue: "microsoft".to_owned(), client_id: CLIENT_ID.to_owned(), values, ..ProviderSettings::default() };
    let mut provider = provider("microsoft", &settings, secret()).unwrap();
    let Protocol::OpenId(settings) = &mut provider.protocol else { panic!("OpenID") };
    settings.algorithms = vec![Algorithm::ES256];
    let own = match tenant {
        "common" | "organizations" => "{tenantid}",
        "consumers" => PERSONAL,
        own => own,
    };
    fixture.script(|script| {
        script.discovery["issuer"] = json!(format!("{base}/{own}/v2.0"));
        script.claims["iss"] = json!(format!("{base}/{tid}/v2.0"));
        script.claims["tid"] = json!(tid);
    });
    let document = fixture.inner.script.lock().unwrap().discovery.clone();
    fixture.answer(&format!("/{tenant}/v2.0/.well-known/openid-configuration"), document);
    provider
}

// OpenID Connect Core §3.1.3.7
// req: up.key
#[tokio::test]
async fn a_person_of_any_tenant_is_known_by_the_tenants_own_issuer() {
    let fixture = Fixture::start().await;
    let identity = fixture.sign_in(&microsoft(&fixture, "common", TENANT)).await.unwrap();
    assert_eq!(identity.issuer(), format!("{}/{TENANT}/v2.0", fixture.inner.base));
    let identity = fixture.sign_in(&microsoft(&fixture, "common", PERSONAL)).await.unwrap();
    assert_eq!(identity.issuer(), format!("{}/{PERSONAL}/v2.0", fixture.inner.base));
}

// req: up.key
#[tokio::test]
async fn a_token_that_names_one_tenant_and_is_issued_by_another_is_refused() {
    let fixture = Fixture::start().await;
    let provider = microsoft(&fixture, "common", TENANT);
    for tid in [json!(PERSONAL), json!("<absent>"), json!("not-a-uuid"), json!(TENANT.to_uppercase()), json!(7)] {
        fixture.script(|script| script.claims["tid"] = tid.clone());
        let (rule, detail) = rule(fixture.sign_in(&provider).await);
        assert!(rule == "id_token_tenant" || detail.contains("another issuer"), "{tid}: {rule} {detail}");
    }
}

// Microsoft identity platform, "Validate the issuer"
// req: up.key
#[tokio::test]
async fn a_key_that_is_one_tenants_signs_for_nobody_of_another() {
    for (of, good) in [(None, true), (Some("{tenantid}"), true), (Some(TENANT), true), (Some(PERSONAL), false)] {
        let fixture = Fixture::start().await;
        let provider = microsoft(&fixture, "common", TENANT);
        let mut keys = fixture.inner.script.lock().unwrap().keys();
        if let Some(tenant) = of {
            keys["keys"][0]["issuer"] = json!(format!("{}/{tenant}/v2.0", fixture.inner.base));
        }
        fixture.answer("/own-keys", keys);
        let mut document = fixture.inner.script.lock().unwrap().discovery.clone();
        document["jwks_uri"] = json!(format!("{}/own-keys", fixture.inner.base));
        fixture.answer("/common/v2.0/.well-known/openid-configuration", document);
        let outcome = fixture.sign_in(&provider).await;
        match good {
            true => assert!(outcome.is_ok(), "{of:?}: {outcome:?}"),
            false => assert_eq!(rule(outcome).0, "id_token_key_issuer"),
        }
    }
}

// req: up.key
#[tokio::test]
async fn organisations_alone_means_no_personal_accounts_and_consumers_nobody_else() {
    let fixture = Fixture::start().await;
    fixture.sign_in(&microsoft(&fixture, "organizations", TENANT)).await.unwrap();
    assert_eq!(rule(fixture.sign_in(&microsoft(&fixture, "organizations", PERSONAL)).await).0, "id_token_tenant");
    let fixture = Fixture::start().await;
    fixture.sign_in(&microsoft(&fixture, "consumers", PERSONAL)).await.unwrap();
    assert!(rule(fixture.sign_in(&microsoft(&fixture, "consumers", TENANT)).await).1.contains("another issuer"));
    let fixture = Fixture::start().await;
    fixture.sign_in(&microsoft(&fixture, TENANT, TENANT)).await.unwrap();
    assert!(rule(fixture.sign_in(&microsoft(&fixture, TENANT, PERSONAL)).await).1.contains("another issuer"));
}

// req: up.key
#[tokio::test]
async fn an_address_that_any_administrator_can_write_is_not_verified() {
    let fixture = Fixture::start().await;
    let provider = microsoft(&fixture, "common", TENANT);
    fixture.script(|script| script.claims["email_verified"] = json!(true));
    assert!(!fixture.sign_in(&provider).await.unwrap().email().unwrap().verified, "nOAuth");
    fixture.script(|script| script.claims["xms_edov"] = json!(true));
    let identity = fixture.sign_in(&provider).await.unwrap();
    assert_eq!((identity.email().unwrap().verified, identity.email().unwrap().authoritative), (true, false));
}

fn openid(fixture: &Fixture, catalogue: &str, change: impl FnOnce(&mut ProviderSettings)) -> Provider {
    let mut settings = ProviderSettings {
        catalogue: catalogue.to_owned(),
        client_id: CLIENT_ID.to_owned(),
        issuer: Some(fixture.inner.base.clone()),
        ..ProviderSettings::default()
    };
    change(&mut settings);
    let mut provider = provider(catalogue, &settings, secret()).unwrap();
    let Protocol::OpenId(settings) = &mut provider.protocol else { panic!("OpenID") };
    settings.algorithms = vec![Algorithm::ES256];
    provider
}

#[tokio::test]
async fn a_hosted_domain_is_the_claim_and_not_the_parameter() {
    let fixture = Fixture::start().await;
    let provider = openid(&fixture, "google", |settings| settings.hosted_domain = Some("example.com".to_owned()));
    assert!(provider.auth_params.contains(&("hd".to_owned(), "example.com".to_owned())), "the hint to Google's page");
    for (hd, fine) in
        [(json!("example.com"), true), (json!("EXAMPLE.com"), true), (json!("evil.example"), false), (json!("<absent>"), false)]
    {
        fixture.script(|script| script.claims["hd"] = hd.clone());
        match fixture.sign_in(&provider).await {
            Ok(_) => assert!(fine, "{hd}"),
            outcome => assert!(!fine && rule(outcome).0 == "id_token_hd", "{hd}"),
        }
    }
    let any = openid(&fixture, "google", |settings| settings.hosted_domain = Some("*".to_owned()));
    assert_eq!(rule(fixture.sign_in(&any).await).0, "id_token_hd", "a personal account is of no organisation");
    fixture.script(|script| script.claims["hd"] = json!("any.example"));
    fixture.sign_in(&any).await.unwrap();
}

fn apple(fixture: &Fixture) -> Provider {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let key = SigningKey::generate(Algorithm::ES256).unwrap().to_pkcs8().unwrap();
    let (begin, end) = (concat!("-----BEGIN PRI", "VATE KEY-----"), concat!("-----END PRI", "VATE KEY-----"));
    let pem = format!("{begin}\n{}\n{end}\n", STANDARD.encode(&*key));
    let settings = ProviderSettings {
        catalogue: "apple".to_owned(),
        client_id: CLIENT_ID.to_owned(),
        issuer: Some(fixture.inner.base.clone()),
        values: [("team_id", "TEAM123456"), ("key_id", "KEY1234567")].map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        ..ProviderSettings::default()
    };
    let mut provider = provider("apple", &settings, SecretText::new(pem)).unwrap();
    let Protocol::OpenId(settings) = &mut provider.protocol else { panic!("OpenID") };
    settings.algorithms = vec![Algorithm::ES256];
    provider
}

/// The query is what the browser posted as a form: both are read in the same way.
async fn at_apple(fixture: &Fixture, provider: &Provider, user: &str) -> VerifiedIdentity {
    let begun = fixture.upstream.begin(provider, REDIRECT_URI, "the-state", &fixture.env).await.unwrap();
    assert!(begun.url.query_pairs().any(|pair| pair == ("response_mode".into(), "form_post".into())));
    let code = fixture.authorize(&begun.url, None);
    let form =
        form_urlencoded::Serializer::new(String::new()).extend_pairs([("code", &*code), ("state", "the-state"), ("user", user)]).finish();
    let callback = Callback::parse(&form).unwrap();
    fixture.upstream.finish(provider, &callback, begun.pending, REDIRECT_URI, &fixture.env).await.unwrap()
}

#[tokio::test]
async fn apple_gets_a_secret_that_is_signed_for_this_call_and_tells_the_name_in_the_form_alone() {
    let fixture = Fixture::start().await;
    let provider = apple(&fixture);
    assert!(provider.answers_by_post());
    fixture.script(|script| {
        script.any_secret = true;
        script.claims["email_verified"] = json!("true");
        script.claims["name"] = json!("<absent>");
    });
    let user = r#"{"name":{"firstName":"Ada","lastName":"Lovelace"},"email":"evil@example.com"}"#;
    let identity = at_apple(&fixture, &provider, user).await;
    let about = identity.about();
    assert_eq!((about.given_name.as_deref(), about.family_name.as_deref()), (Some("Ada"), Some("Lovelace")));
    let email = identity.email().unwrap();
    assert_eq!((&*email.address, email.verified), ("ada@example.com", true), "the browser's word on an address is nobody's");
    let shown = fixture.inner.script.lock().unwrap().last_token_form["client_secret"].clone();
    let claims: Value = serde_json::from_slice(&base64url::decode(shown.split('.').nth(1).unwrap()).unwrap()).unwrap();
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!("TEAM123456"), &json!(CLIENT_ID)));
    for nonsense in ["", "null", "[]", "{\"name\":7}", "<script>"] {
        assert_eq!(at_apple(&fixture, &provider, nonsense).await.about().given_name, None, "{nonsense}");
    }
}

#[tokio::test]
async fn a_name_in_the_response_is_heard_from_apple_alone() {
    let fixture = Fixture::start().await;
    let user = "&user=%7B%22name%22%3A%7B%22firstName%22%3A%22Mallory%22%7D%7D";
    assert_eq!(fixture.sign_in_with(&fixture.openid(), user).await.unwrap().about().given_name, None);
}

// RFC 7518 §3.2
// req: up.idt
#[tokio::test]
async fn lines_tokens_have_a_mac_under_our_secret_because_its_entry_says_so() {
    let fixture = Fixture::start().await;
    let line = openid(&fixture, "line", |_| {});
    fixture.script(|script| {
        script.signing = Signing::HmacWithTheSecret;
        script.header = json!({ "typ": "JWT", "alg": "HS256" });
    });
    let identity = fixture.sign_in(&line).await.unwrap();
    assert!(identity.email().is_some());
    assert!(rule(fixture.sign_in(&fixture.openid()).await).1.contains("algorithm"), "no other provider's header talks its way there");
    fixture.script(|script| script.claims["nonce"] = json!("another"));
    assert_eq!(rule(fixture.sign_in(&line).await).0, "id_token_nonce");
    fixture.script(|script| {
        script.claims.as_object_mut().unwrap().remove("nonce");
        script.signing = Signing::HmacWithThePublicKey;
    });
    assert!(rule(fixture.sign_in(&line).await).1.contains("signature"));
    fixture.script(|script| {
        script.signing = Signing::Es256;
        script.header = json!({ "typ": "JWT", "alg": "ES256", "kid": "ec" });
    });
    assert!(rule(fixture.sign_in(&line).await).1.contains("algorithm"), "nor does a header talk its way out");
}

// OpenID Connect Core §2
// req: up.key
#[tokio::test]
async fn a_person_at_slack_is_another_in_each_workspace() {
    let fixture = Fixture::start().await;
    let slack = openid(&fixture, "slack", |_| {});
    assert_eq!(rule(fixture.sign_in(&slack).await).0, "subject", "without a workspace nobody is known");
    fixture.script(|script| script.claims["https://slack.com/team_id"] = json!("T1"));
    assert_eq!(fixture.sign_in(&slack).await.unwrap().subject(), "T1/person-1");
}
