//! `consent/`, and whether it is asked again.

use chabi_authorization_server::{ConsentQuestion, ResourceOwnerGate as _};
use chabi_resource_owner::accounts::{NewPerson, create_person};
use chabi_spec::Scope;
use chabi_store::{
    api::{AccessTokenType, Api},
    application::{ApplicationKind, ClientAuthentication, Profile, RegisteredClient},
    authorization_transaction::{AuthorizationTransaction, Decision, TransactionId},
};
use chabi_testkit::{Browser, Page};
use chabi_token::{BrowserBinding, Seconds};

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
    let api = Api {
        audience: API.into(),
        name: "Notes API".into(),
        scope: Scope::of(["notes:read", "notes:write"]),
        access_token_lifetime: Seconds::minutes(5),
        token_type: AccessTokenType::AtJwt,
        signing_alg: "ES256".into(),
        settings: Default::default(),
    };
    let store = &house.owner.store;
    store.put_api(api).await.unwrap();
    store.put_application(application.clone()).await.unwrap();
    let id = TransactionId(house.env.new_id());
    let mut parameters = form_urlencoded::Serializer::new(String::new());
    parameters.append_pair("scope", scope).append_pair("redirect_uri", &application.redirect_uris[0]);
    let transaction = AuthorizationTransaction {
        id,
        browser_hash: BrowserBinding::parse(browser.cookie("chabi_browser").unwrap()).unwrap().hash(),
        purpose: "authorize".into(),
        client_id: application.client_id,
        parameters: parameters.finish(),
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
    let hash = BrowserBinding::parse(browser.cookie("chabi_browser").unwrap()).unwrap().hash();
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
    let bob = NewPerson { email: "bob@example.test".into(), name: "Bob".into(), locale: "en".into(), password: PASSWORD.into() };
    let bob = create_person(&house.owner.store, &house.owner.hasher, bob, &house.env).await.unwrap();
    sign_in_at(&mut browser, "/accounts/login/?again=1", "bob@example.test", PASSWORD).await;
    let page = open(&mut browser, id).await;
    browser.submit(&page, &[("decision", "allow")]).await;
    let hash = BrowserBinding::parse(browser.cookie("chabi_browser").unwrap()).unwrap().hash();
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
