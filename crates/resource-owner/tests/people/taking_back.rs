//! `applications/`: what was allowed, and taking it back.

use chabi_spec::Scope;
use chabi_store::{
    account::AccountId,
    application::{ApplicationKind, ClientAuthentication, Profile, RegisteredClient},
    authorization_code::{AuthorizationCode, CodeId},
    browser_session::SessionId,
    consent::Consent,
    token_family::{FamilyId, RefreshTokenFamily},
};
use chabi_testkit::Browser;
use chabi_token::Seconds;

use crate::house::{ADA, House, PASSWORD, sign_in};

async fn registered(house: &House, client_id: &str, name: &str) {
    let application = RegisteredClient {
        client_id: client_id.into(),
        name: name.into(),
        profile: Profile::OAuth21,
        kind: ApplicationKind::Web,
        authentication: ClientAuthentication::Secret,
        secret_hashes: vec![[7; 32]],
        redirect_uris: vec!["https://notes.example.test/cb".into()],
        post_logout_redirect_uris: vec![],
        origins: vec![],
        grant_types: vec!["authorization_code".into()],
        scope: Scope::of(["openid"]),
        default_audience: "https://api.example.test".into(),
        id_token_alg: "RS256".into(),
        first_party: false,
        disabled_at: None,
        created_at: house.env.now(),
        settings: Default::default(),
    };
    house.owner.store.put_application(application).await.unwrap();
}

async fn consented(house: &House, account: AccountId, client_id: &str) {
    let consent = Consent {
        account,
        client_id: client_id.into(),
        resource: String::new(),
        scope: Scope::of(["openid"]),
        given_at: house.env.now(),
        declined: Scope::default(),
        claims: vec![],
    };
    house.owner.store.put_consent(consent).await.unwrap();
}

async fn granted(house: &House, account: AccountId, session: SessionId, client_id: &str) -> FamilyId {
    let now = house.env.now();
    let family = RefreshTokenFamily {
        id: FamilyId(house.env.new_id()),
        client_id: client_id.into(),
        account,
        session,
        offline: true,
        scope: Scope::of(["openid"]),
        resource: vec![],
        auth_time: now,
        amr: vec!["pwd".into()],
        created_at: now,
        expires_at: now + Seconds::days(1),
        revoked_at: None,
        revoked_because: String::new(),
        status: None,
        refresh: None,
        details: None,
    };
    let id = family.id;
    house.owner.store.insert_family(family).await.unwrap();
    id
}

async fn code(house: &House, account: AccountId, session: SessionId, client_id: &str) -> CodeId {
    let now = house.env.now();
    let code = AuthorizationCode {
        id: CodeId(house.env.new_id()),
        secret_hash: [1; 32],
        client_id: client_id.into(),
        redirect_uri: "https://notes.example.test/cb".into(),
        redirect_uri_was_sent: true,
        code_challenge: None,
        scope: Scope::of(["openid"]),
        resource: vec![],
        nonce: None,
        account,
        session,
        auth_time: now,
        amr: vec!["pwd".into()],
        expires_at: now + Seconds::minutes(1),
        details: None,
    };
    let id = code.id;
    house.owner.store.insert_authorization_code(code).await.unwrap();
    id
}

/// Ada, signed in, and her session.
async fn signed_in(house: &House) -> (Browser, SessionId) {
    let mut browser = house.browser();
    sign_in(&mut browser, ADA, PASSWORD).await;
    let session = house.owner.store.list_sessions(house.ada.id, house.env.now()).await.unwrap().remove(0);
    (browser, session.id)
}

// req: ss.list, rt.cascade
#[tokio::test]
async fn an_application_is_listed_and_taking_back_ends_all_that_it_had_and_nothing_else() {
    let house = House::new().await;
    let (store, ada) = (house.owner.store.clone(), house.ada.id);
    let (mut browser, session) = signed_in(&house).await;
    let before = browser.get("/accounts/").await;
    assert!(before.form_with("name=\"application\"").is_none(), "nothing is allowed yet");
    for (client_id, name) in [("notes", "Notes <b>"), ("other", "Other")] {
        registered(&house, client_id, name).await;
        consented(&house, ada, client_id).await;
    }
    let (notes, other) = (granted(&house, ada, session, "notes").await, granted(&house, ada, session, "other").await);
    let unspent = code(&house, ada, session, "notes").await;
    let stranger = AccountId(house.env.new_id());
    consented(&house, stranger, "notes").await;
    let strangers = granted(&house, stranger, SessionId(house.env.new_id()), "notes").await;

    let page = browser.get("/accounts/").await;
    assert!(page.body.contains("Notes &lt;b") && !page.body.contains("Notes <b>"), "{}", page.body);
    let answer = browser.submit(&page.form_with("value=\"notes\"").unwrap(), &[("action", "revoke")]).await;
    assert_eq!(answer.location().unwrap(), "/accounts/");

    assert_eq!(store.find_consent(ada, "notes", "").await.unwrap(), None);
    assert_eq!(store.find_family(notes).await.unwrap().unwrap().revoked_because, "consent_revoked");
    assert_eq!(store.find_authorization_code(unspent, house.env.now()).await.unwrap(), None);
    assert!(store.find_consent(ada, "other", "").await.unwrap().is_some());
    assert!(store.find_consent(stranger, "notes", "").await.unwrap().is_some());
    for family in [other, strangers] {
        assert_eq!(store.find_family(family).await.unwrap().unwrap().revoked_at, None);
    }
    let page = browser.get("/accounts/").await;
    assert!(page.form_with("value=\"notes\"").is_none() && page.form_with("value=\"other\"").is_some());
    let events = store.list_audit_events(100).await.unwrap();
    let event = events.iter().find(|event| event.kind == "consent.revoked").unwrap();
    assert_eq!((event.account, event.client_id.as_deref()), (Some(ada), Some("notes")));
}

// req: ss.list
#[tokio::test]
async fn an_application_that_has_access_without_a_remembered_consent_is_listed_until_that_ends() {
    let house = House::new().await;
    let (mut browser, session) = signed_in(&house).await;
    registered(&house, "notes", "Notes").await;
    granted(&house, house.ada.id, session, "notes").await;
    assert!(browser.get("/accounts/").await.form_with("value=\"notes\"").is_some());
    house.clock.advance(Seconds::days(1));
    assert!(browser.get("/accounts/").await.form_with("value=\"notes\"").is_none());
}

// req: wb.csrf
#[tokio::test]
async fn nobody_takes_anything_back_without_the_token_or_signed_out() {
    let house = House::new().await;
    let (mut browser, _) = signed_in(&house).await;
    consented(&house, house.ada.id, "notes").await;
    assert_eq!(browser.post("/accounts/applications/", &[("application", "notes")]).await.status, 403);
    let mut stranger = house.browser();
    let csrf = stranger.get("/accounts/login/").await.hidden_fields().remove(0).1;
    let answer = stranger.post("/accounts/applications/", &[("csrf", &csrf), ("application", "notes")]).await;
    assert!(answer.location().unwrap().starts_with("/accounts/login/"));
    assert!(house.owner.store.find_consent(house.ada.id, "notes", "").await.unwrap().is_some());
}
