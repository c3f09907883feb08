//! `consent/`, and whether it is asked again.

use chabi_authorization_server::{ConsentQuestion, ResourceOwnerGate as _};
use chabi_resource_owner::accounts::{NewPerson, create_person};
use chabi_spec::Scope;
use chabi_store::{
    api::{AccessTokenType, Api, ApiSettings},
    application::{ApplicationKind, ClientAuthentication, Profile, RegisteredClient},
    application_settings::{ApplicationSettings, RegisteredBy},
    authorization_transaction::{AuthorizationTransaction, Decision, TransactionId},
    pushed_request::{PushedRequest, PushedRequestId},
};
use chabi_testkit::{Browser, Page};
use chabi_token::{BrowserBinding, Seconds, SiteTag};

use crate::house::{ADA, House, PASSWORD, sign_in, sign_in_at};

const API: &str = "https://api.example.test";

pub fn application() -> RegisteredClient {
    RegisteredClient {
        client_id: "notes".into(),
        name: "Notes <b>".into(),
        profile: Profile::OAuth21,
        kind: ApplicationKind::Web,
        authentication: ClientAuthentication::Secret,
        secret_hashes: vec![[7; 32]],
        redirect_uris: vec!["https://notes.example.test/cb".into()],
        post_logout_redirect_uris: vec![],
        origins: vec![],
        grant_types: vec!["authorization_code".into(), "refresh_token".into()],
        scope: Scope::of(["openid", "email", "notes:read", "offline_access"]),
        default_audience: API.into(),
        id_token_alg: "RS256".into(),
        first_party: false,
        disabled_at: None,
        created_at: chabi_token::Timestamp(0),
        settings: Default::default(),
    }
}

pub async fn asked(house: &House, browser: &Browser, application: RegisteredClient, scope: &str) -> TransactionId {
    let mut parameters = form_urlencoded::Serializer::new(String::new());
    parameters.append_pair("scope", scope).append_pair("redirect_uri", &application.redirect_uris[0]);
    asked_with(house, browser, application, parameters.finish()).await
}

/// The same, with all parameters of the request.
async fn asked_with(house: &House, browser: &Browser, application: RegisteredClient, parameters: String) -> TransactionId {
    let words = [("notes:read", "read what you wrote"), ("notes:read#bn", "আপনার লেখা পড়তে")];
    let api = Api {
        audience: API.into(),
        name: "Notes API".into(),
        scope: Scope::of(["notes:read", "notes:write"]),
        access_token_lifetime: Seconds::minutes(5),
        token_type: AccessTokenType::AtJwt,
        signing_alg: "ES256".into(),
        settings: ApiSettings {
            scope_words: words.map(|(word, words)| (word.to_owned(), words.to_owned())).into(),
            ..ApiSettings::default()
        },
    };
    let store = &house.owner.store;
    store.put_api(api).await.unwrap();
    store.put_application(application.clone()).await.unwrap();
    let id = TransactionId(house.env.new_id());
    let transaction = AuthorizationTransaction {
        id,
        browser_hash: BrowserBinding::parse(browser.cookie("chabi_browser").unwrap(), SiteTag::MAIN).unwrap().hash(),
        purpose: "authorize".into(),
        client_id: application.client_id,
        parameters,
        decision: Decision::Pending,
        decided_by: None,
        pushed_request: None,
        granted_scope: None,
        created_at: house.env.now(),
        expires_at: house.env.now() + Seconds::minutes(30),
    };
    store.insert_transaction(transaction).await.unwrap();
    id
}

async fn signed_in(house: &House) -> Browser {
    let mut browser = house.browser();
    sign_in(&mut browser, ADA, PASSWORD).await;
    browser
}

async fn open(browser: &mut Browser, id: TransactionId) -> Page {
    browser.get(&format!("/accounts/consent/?transaction={id}")).await
}

async fn decision(house: &House, browser: &Browser, id: TransactionId) -> Decision {
    let hash = BrowserBinding::parse(browser.cookie("chabi_browser").unwrap(), SiteTag::MAIN).unwrap().hash();
    house.owner.store.find_transaction(id, hash, house.env.now()).await.unwrap().unwrap().decision
}

async fn is_remembered(house: &House, application: &RegisteredClient, scope: &str) -> bool {
    let (scope, resource) = (Scope::parse(scope).unwrap(), [API.to_owned()]);
    let question = ConsentQuestion { application, scope: &scope, resource: &resource, claims: &[] };
    house.owner.consented(house.ada.id, question).await.unwrap() == Some(scope.clone())
}

// req: az.ctext
#[tokio::test]
async fn the_page_says_who_asks_for_what_in_whose_name_and_where_the_answer_goes() {
    let house = House::new().await;
    let mut browser = signed_in(&house).await;
    let id = asked(&house, &browser, application(), "openid email notes:read").await;
    let page = open(&mut browser, id).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(!page.body.contains("Notes <b>"), "the name is escaped");
    for text in ["Notes &lt;b", "notes.example.test", "Notes API", ADA, "consent-allow", "consent-deny"] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(!policy.contains("form-action"), "the answer leaves for the application");
}

// req: az.consent
#[tokio::test]
async fn what_was_allowed_is_remembered_for_this_application_scope_and_resource_alone() {
    let house = House::new().await;
    let mut browser = signed_in(&house).await;
    let id = asked(&house, &browser, application(), "openid notes:read").await;
    let page = open(&mut browser, id).await;
    let answer = browser.submit(&page, &[("decision", "allow"), ("remember", "on")]).await;
    assert_eq!(answer.location().unwrap(), format!("/oauth2/authorize/resume/{id}"));
    assert_eq!(decision(&house, &browser, id).await, Decision::Allowed);
    assert!(is_remembered(&house, &application(), "openid notes:read").await);
    assert!(!is_remembered(&house, &application(), "openid notes:read email").await);
    let other = RegisteredClient { client_id: "other".into(), ..application() };
    assert!(!is_remembered(&house, &other, "openid").await);
    assert!(house.audit_kinds().await.contains(&"consent.given".to_owned()));
}

#[tokio::test]
async fn denying_is_recorded_and_nothing_is_remembered() {
    let house = House::new().await;
    let mut browser = signed_in(&house).await;
    let id = asked(&house, &browser, application(), "openid").await;
    let page = open(&mut browser, id).await;
    browser.submit(&page, &[("decision", "deny"), ("remember", "on")]).await;
    assert_eq!(decision(&house, &browser, id).await, Decision::Denied);
    assert!(!is_remembered(&house, &application(), "openid").await);
    let change_of_mind = browser.submit(&page, &[("decision", "allow"), ("remember", "on")]).await;
    assert_eq!(change_of_mind.status, 303);
    assert_eq!(decision(&house, &browser, id).await, Decision::Denied, "a decision is made once");
    assert!(!is_remembered(&house, &application(), "openid").await);
}

// req: az.consent
#[tokio::test]
async fn an_application_that_anybody_on_the_device_could_play_is_never_waved_through() {
    let house = House::new().await;
    let public = RegisteredClient {
        authentication: ClientAuthentication::None,
        redirect_uris: vec!["http://127.0.0.1/cb".into()],
        secret_hashes: vec![],
        ..application()
    };
    let mut browser = signed_in(&house).await;
    let id = asked(&house, &browser, public.clone(), "openid").await;
    let page = open(&mut browser, id).await;
    browser.submit(&page, &[("decision", "allow"), ("remember", "on")]).await;
    assert_eq!(decision(&house, &browser, id).await, Decision::Allowed);
    assert!(!is_remembered(&house, &public, "openid").await);
    assert!(is_remembered(&house, &RegisteredClient { first_party: true, ..public }, "openid").await, "save our own");
}

// req: az.srv
#[tokio::test]
async fn nothing_in_the_form_changes_what_is_allowed() {
    let house = House::new().await;
    let mut browser = signed_in(&house).await;
    let id = asked(&house, &browser, application(), "openid").await;
    let page = open(&mut browser, id).await;
    let tampered = [
        ("decision", "allow"),
        ("remember", "on"),
        ("scope", "openid email notes:read"),
        ("client_id", "other"),
        ("redirect_uri", "https://evil.example/cb"),
        ("response_type", "token"),
    ];
    let answer = browser.submit(&page, &tampered).await;
    assert_eq!(answer.location().unwrap(), format!("/oauth2/authorize/resume/{id}"));
    assert!(is_remembered(&house, &application(), "openid").await);
    assert!(!is_remembered(&house, &application(), "openid email").await);
}

// req: az.bind
#[tokio::test]
async fn another_browser_cannot_see_or_decide_the_request() {
    let house = House::new().await;
    let browser = signed_in(&house).await;
    let id = asked(&house, &browser, application(), "openid").await;
    let mut other = signed_in(&house).await;
    assert_eq!(open(&mut other, id).await.status, 400);
    let page = other.get("/accounts/logout/").await;
    assert_eq!(
        other.submit(&page, &[("transaction", &id.to_string())]).await.status,
        303,
        "a logout with a foreign transaction signs out, and decides nothing"
    );
    assert_eq!(decision(&house, &browser, id).await, Decision::Pending);
}

// req: az.consent
#[tokio::test]
async fn signing_out_consents_to_nothing() {
    let house = House::new().await;
    let mut browser = signed_in(&house).await;
    let id = asked(&house, &browser, application(), "openid").await;
    let page = browser.get(&format!("/accounts/logout/?transaction={id}")).await;
    assert_eq!(browser.submit(&page, &[]).await.status, 303);
    assert_eq!(decision(&house, &browser, id).await, Decision::Pending);
}

// req: az.consent
#[tokio::test]
async fn who_signs_in_after_somebody_else_decided_is_asked_and_decides_for_themselves() {
    let house = House::new().await;
    let mut browser = signed_in(&house).await;
    let id = asked(&house, &browser, application(), "openid").await;
    let page = open(&mut browser, id).await;
    browser.submit(&page, &[("decision", "allow")]).await;
    let bob = NewPerson {
        email: "bob@example.test".into(),
        name: "Bob".into(),
        locale: "en".into(),
        password: PASSWORD.into(),
        address_verified: true,
    };
    let bob = create_person(&house.owner.store, &house.owner.hasher, &house.owner.settings.realm, bob, &house.env).await.unwrap();
    sign_in_at(&mut browser, "/accounts/login/?again=1", "bob@example.test", PASSWORD).await;
    let page = open(&mut browser, id).await;
    browser.submit(&page, &[("decision", "allow")]).await;
    let hash = BrowserBinding::parse(browser.cookie("chabi_browser").unwrap(), SiteTag::MAIN).unwrap().hash();
    let decided = house.owner.store.find_transaction(id, hash, house.env.now()).await.unwrap().unwrap();
    assert_eq!(decided.decided_by, Some(bob.id));
}

// req: az.csrf
#[tokio::test]
async fn the_token_of_another_form_or_request_does_not_consent() {
    let house = House::new().await;
    let mut browser = signed_in(&house).await;
    let first = asked(&house, &browser, application(), "openid").await;
    let second = asked(&house, &browser, application(), "openid email").await;
    let page = open(&mut browser, first).await;
    let mixed = browser.submit(&page, &[("transaction", &second.to_string()), ("decision", "allow")]).await;
    assert_eq!(mixed.status, 403);
    let logout = browser.get("/accounts/logout/").await;
    let csrf = logout.hidden_fields().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    let fields = [("csrf", csrf.as_str()), ("transaction", &second.to_string()), ("decision", "allow")];
    assert_eq!(browser.post("/accounts/consent/", &fields).await.status, 403);
    assert_eq!(decision(&house, &browser, second).await, Decision::Pending);
}

#[tokio::test]
async fn who_is_not_signed_in_signs_in_first_and_comes_back_to_the_request() {
    let house = House::new().await;
    let mut browser = house.browser();
    browser.get("/accounts/login/").await;
    let id = asked(&house, &browser, application(), "openid").await;
    let answer = open(&mut browser, id).await;
    assert_eq!(answer.location().unwrap(), format!("/accounts/login/?transaction={id}"));
    let page = browser.get(&answer.location().unwrap()).await;
    assert!(page.body.contains("Notes &lt;b"), "to continue to …");
    let onward = browser.submit(&page, &[("username", ADA), ("password", PASSWORD)]).await;
    assert_eq!(onward.location().unwrap(), format!("/oauth2/authorize/resume/{id}"));
}

/// What the store keeps of the decision.
async fn granted(house: &House, browser: &Browser, id: TransactionId) -> String {
    let hash = BrowserBinding::parse(browser.cookie("chabi_browser").unwrap(), SiteTag::MAIN).unwrap().hash();
    let found = house.owner.store.find_transaction(id, hash, house.env.now()).await.unwrap().unwrap();
    found.granted_scope.map(|scope| scope.to_string()).unwrap_or_default()
}

// req: az.ctext
#[tokio::test]
async fn each_scope_is_said_in_words_of_its_api_in_the_persons_language_or_as_it_is() {
    let house = House::new().await;
    let mut browser = signed_in(&house).await;
    let id = asked(&house, &browser, application(), "openid notes:read").await;
    assert!(open(&mut browser, id).await.body.contains("This ends when you sign out"));
    let wide = RegisteredClient { scope: Scope::of(["openid", "notes:read", "notes:write", "offline_access"]), ..application() };
    let id = asked(&house, &browser, wide, "openid notes:read offline_access").await;
    let page = open(&mut browser, id).await;
    for text in ["read what you wrote", "know that it is you", "keep its access when you are not there", "until you take it back"] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    let page = browser.get(&format!("/accounts/consent/?transaction={id}&ui_locales=bn")).await;
    assert!(page.body.contains("আপনার লেখা পড়তে") && !page.body.contains("read what you wrote"), "{}", page.body);
}

// req: az.scope
// req: az.srv
#[tokio::test]
async fn what_is_unticked_is_not_granted_and_what_was_not_asked_for_cannot_be_ticked() {
    let house = House::new().await;
    let mut browser = signed_in(&house).await;
    let id = asked(&house, &browser, application(), "openid email notes:read").await;
    let page = open(&mut browser, id).await;
    assert!(page.body.contains("name=\"scope\" value=\"email\" checked") && !page.body.contains("value=\"openid\""), "{}", page.body);
    assert!(page.body.contains("value=\"ticked\" id=\"consent-allow\""), "{}", page.body);
    let ticks = [("decision", "ticked"), ("remember", "on"), ("scope", "notes:read"), ("scope", "offline_access"), ("scope", "admin")];
    browser.submit(&page, &ticks).await;
    assert_eq!(decision(&house, &browser, id).await, Decision::Allowed);
    assert_eq!(granted(&house, &browser, id).await, "notes:read openid");

    let again = Scope::of(["openid", "email", "notes:read"]);
    let resource = [API.to_owned()];
    let notes = application();
    let question = |scope| ConsentQuestion { application: &notes, scope, resource: &resource, claims: &[] };
    let remembered = house.owner.consented(house.ada.id, question(&again)).await.unwrap();
    assert_eq!(remembered, Some(Scope::of(["openid", "notes:read"])), "the same question is not asked twice");
    let more = Scope::of(["openid", "offline_access"]);
    assert_eq!(house.owner.consented(house.ada.id, question(&more)).await.unwrap(), None);
}

#[tokio::test]
async fn who_changes_their_mind_is_remembered_with_their_last_word() {
    let house = House::new().await;
    let mut browser = signed_in(&house).await;
    for (ticked, expected) in [(&["email"][..], "email openid"), (&["notes:read"], "notes:read openid"), (&[], "openid")] {
        let id = asked(&house, &browser, application(), "openid email notes:read").await;
        let page = open(&mut browser, id).await;
        let mut fields = vec![("decision", "ticked"), ("remember", "on")];
        fields.extend(ticked.iter().map(|word| ("scope", *word)));
        browser.submit(&page, &fields).await;
        assert_eq!(granted(&house, &browser, id).await, expected);
        let consent = house.owner.store.find_consent(house.ada.id, "notes", API).await.unwrap().unwrap();
        assert_eq!(consent.scope.to_string(), expected);
        assert_eq!(consent.scope.union(&consent.declined), Scope::of(["openid", "email", "notes:read"]));
    }
}

// req: az.ctext
#[tokio::test]
async fn claims_that_are_asked_for_by_name_are_shown_and_remembered() {
    let house = House::new().await;
    let mut browser = signed_in(&house).await;
    let wide = RegisteredClient { scope: Scope::of(["openid", "email", "profile"]), ..application() };
    let mut parameters = form_urlencoded::Serializer::new(String::new());
    let claims = r#"{"userinfo":{"birthdate":null,"email":null,"phone_number":null}}"#;
    parameters.append_pair("scope", "openid email").append_pair("redirect_uri", &wide.redirect_uris[0]).append_pair("claims", claims);
    let id = asked_with(&house, &browser, wide.clone(), parameters.finish()).await;
    let page = open(&mut browser, id).await;
    assert!(page.body.contains("your date of birth"), "{}", page.body);
    assert!(!page.body.contains("your phone number"), "it may not ask for that");
    browser.submit(&page, &[("decision", "allow"), ("remember", "on")]).await;
    let (scope, resource) = (Scope::of(["openid", "email"]), [API.to_owned()]);
    for (claims, known) in [(&["birthdate"][..], true), (&["birthdate", "gender"], false), (&[], true)] {
        let claims: Vec<String> = claims.iter().map(|claim| (*claim).to_owned()).collect();
        let question = ConsentQuestion { application: &wide, scope: &scope, resource: &resource, claims: &claims };
        assert_eq!(house.owner.consented(house.ada.id, question).await.unwrap().is_some(), known, "{claims:?}");
    }
}

fn described(registered_by: RegisteredBy) -> RegisteredClient {
    let settings = ApplicationSettings {
        registered_by,
        logo_uri: "https://pictures.example/logo.png".into(),
        client_uri: "https://notes.example.test/about".into(),
        policy_uri: "https://notes.example.test/privacy".into(),
        tos_uri: "javascript:alert(1)".into(),
        ..ApplicationSettings::default()
    };
    RegisteredClient { settings, ..application() }
}

// req: az.ctext
#[tokio::test]
async fn an_application_that_nobody_checked_says_so_and_one_by_document_names_its_host() {
    let house = House::new().await;
    let mut browser = signed_in(&house).await;
    let id = asked(&house, &browser, described(RegisteredBy::Operator), "openid").await;
    let page = open(&mut browser, id).await;
    assert!(!page.body.contains("class=\"warning\""), "{}", page.body);
    let id = asked(&house, &browser, described(RegisteredBy::Itself), "openid").await;
    assert!(open(&mut browser, id).await.body.contains("registered itself"));
    let document = RegisteredClient { client_id: "https://publisher.example/client.json".into(), ..described(RegisteredBy::Document) };
    let id = asked(&house, &browser, document, "openid").await;
    let page = open(&mut browser, id).await;
    assert!(page.body.contains("publisher.example"), "{}", page.body);
    let local = RegisteredClient { redirect_uris: vec!["http://localhost:3000/cb".into()], ..application() };
    let id = asked(&house, &browser, local, "openid").await;
    assert!(open(&mut browser, id).await.body.contains("runs on your own computer"));
}

// req: az.ctext
// req: wb.csp
#[tokio::test]
async fn the_picture_and_the_links_of_an_application_stand_on_both_pages_and_only_its_picture_is_loaded() {
    let house = House::new().await;
    let mut browser = signed_in(&house).await;
    let id = asked(&house, &browser, described(RegisteredBy::Operator), "openid").await;
    for path in [format!("/accounts/consent/?transaction={id}"), format!("/accounts/login/?transaction={id}&again=1")] {
        let page = browser.get(&path).await;
        for text in ["src=\"https://pictures.example/logo.png\"", "https://notes.example.test/privacy", "https://notes.example.test/about"]
        {
            assert!(page.body.contains(text), "{path} {text}: {}", page.body);
        }
        assert!(!page.body.contains("javascript:"), "{}", page.body);
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("img-src 'self' data: https://pictures.example;"), "{policy}");
        assert!(policy.contains("default-src 'none'") && !policy.contains("script-src"), "{policy}");
    }
    let elsewhere = browser.get("/accounts/").await;
    assert!(!elsewhere.headers["content-security-policy"].to_str().unwrap().contains("pictures.example"));
}

// req: par.store
#[tokio::test]
async fn of_a_pushed_request_the_page_shows_what_was_pushed() {
    let house = House::new().await;
    let mut browser = signed_in(&house).await;
    let plain = asked(&house, &browser, application(), "openid email").await;
    let hash = BrowserBinding::parse(browser.cookie("chabi_browser").unwrap(), SiteTag::MAIN).unwrap().hash();
    let kept = house.owner.store.find_transaction(plain, hash, house.env.now()).await.unwrap().unwrap();
    let request = PushedRequest {
        id: PushedRequestId(house.env.new_id()),
        secret_hash: [0; 32],
        client_id: "notes".into(),
        parameters: kept.parameters.clone(),
        dpop_jkt: None,
        expires_at: house.env.now() + Seconds(90),
        kept_until: house.env.now() + Seconds::minutes(40),
    };
    let id = TransactionId(house.env.new_id());
    let waiting = AuthorizationTransaction { id, parameters: "client_id=notes".into(), pushed_request: Some(request.id), ..kept };
    house.owner.store.insert_transaction(waiting).await.unwrap();
    assert_eq!(open(&mut browser, id).await.status, 400, "what was pushed is gone");
    house.owner.store.insert_pushed_request(request).await.unwrap();
    let page = open(&mut browser, id).await;
    assert!(page.body.contains("see your email address") && page.body.contains("notes.example.test"), "{}", page.body);
    browser.submit(&page, &[("decision", "allow")]).await;
    assert_eq!(granted(&house, &browser, id).await, "email openid");
}
