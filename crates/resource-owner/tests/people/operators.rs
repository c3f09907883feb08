//! What an operator, the command line and development mode do to accounts.

use chabi_authorization_server::ResourceOwnerGate as _;
use chabi_resource_owner::{
    accounts::{self, NewPerson, NotDone},
    password::{Password, PasswordProblem},
};
use chabi_spec::Scope;
use chabi_store::{
    authorization_code::{AuthorizationCode, CodeId},
    browser_session::SessionId,
    token_family::{FamilyId, RefreshTokenFamily},
};
use chabi_token::Seconds;

use crate::house::{ADA, House, PASSWORD, sign_in};

fn family(house: &House, session: SessionId, offline: bool) -> RefreshTokenFamily {
    let now = house.env.now();
    RefreshTokenFamily {
        id: FamilyId(house.env.new_id()),
        client_id: "app".into(),
        account: house.ada.id,
        session,
        offline,
        scope: Scope::of(["openid"]),
        resource: vec![],
        auth_time: now,
        amr: vec!["pwd".into()],
        created_at: now,
        expires_at: now + Seconds::days(30),
        revoked_at: None,
        revoked_because: String::new(),
        status: None,
        refresh: None,
        details: None,
    }
}

fn code(house: &House, session: SessionId) -> AuthorizationCode {
    AuthorizationCode {
        id: CodeId(house.env.new_id()),
        secret_hash: [1; 32],
        client_id: "app".into(),
        redirect_uri: "https://app.example/cb".into(),
        redirect_uri_was_sent: true,
        code_challenge: None,
        scope: Scope::of(["openid"]),
        resource: vec![],
        nonce: None,
        account: house.ada.id,
        session,
        auth_time: house.env.now(),
        amr: vec!["pwd".into()],
        expires_at: house.env.now() + Seconds::minutes(1),
        details: None,
    }
}

/// Ada signed in, with an unspent code, an online and an offline family.
async fn granted(house: &House) -> (chabi_testkit::Browser, CodeId, FamilyId, FamilyId) {
    let mut browser = house.browser();
    sign_in(&mut browser, ADA, PASSWORD).await;
    let store = &house.owner.store;
    let session = store.list_sessions(house.ada.id, house.env.now()).await.unwrap().remove(0).id;
    let (online, offline, code) = (family(house, session, false), family(house, session, true), code(house, session));
    let ids = (code.id, online.id, offline.id);
    store.insert_family(online).await.unwrap();
    store.insert_family(offline).await.unwrap();
    store.insert_authorization_code(code).await.unwrap();
    (browser, ids.0, ids.1, ids.2)
}

async fn is_revoked(house: &House, id: FamilyId) -> bool {
    house.owner.store.find_family(id).await.unwrap().unwrap().revoked_at.is_some()
}

// req: ss.user, rt.cascade
#[tokio::test]
async fn disabling_an_account_ends_its_sessions_codes_and_grants_at_once() {
    let house = House::new().await;
    let (mut browser, code, online, offline) = granted(&house).await;
    assert!(accounts::disable(&house.owner.store, house.ada.id, &house.env).await.unwrap());
    assert_eq!(browser.get("/accounts/").await.status, 303);
    assert!(is_revoked(&house, online).await && is_revoked(&house, offline).await);
    assert!(house.owner.store.find_authorization_code(code, house.env.now()).await.unwrap().is_none());
    assert!(house.owner.claims(house.ada.id).await.unwrap().is_none());
    assert!(accounts::enable(&house.owner.store, house.ada.id, &house.env).await.unwrap());
    assert_eq!(browser.get("/accounts/").await.status, 303, "the old session stays dead");
    assert_eq!(sign_in(&mut browser, ADA, PASSWORD).await.status, 303);
    let kinds = house.audit_kinds().await;
    assert!(kinds.contains(&"account.disabled".to_owned()) && kinds.contains(&"account.enabled".to_owned()));
}

// req: rt.offline
#[tokio::test]
async fn signing_out_revokes_what_the_session_granted_and_keeps_what_is_offline() {
    let house = House::new().await;
    let (mut browser, code, online, offline) = granted(&house).await;
    let page = browser.get("/accounts/logout/").await;
    browser.submit(&page.form_with("logout-confirm").unwrap(), &[]).await;
    assert!(is_revoked(&house, online).await);
    assert!(!is_revoked(&house, offline).await);
    assert!(house.owner.store.find_authorization_code(code, house.env.now()).await.unwrap().is_none());
}

// req: ss.pw, rt.cascade
#[tokio::test]
async fn a_new_password_ends_all_sessions_and_grants() {
    let house = House::new().await;
    let (mut browser, _, online, offline) = granted(&house).await;
    let password = Password::read("tumble weather casino plinth").unwrap();
    let owner = &house.owner;
    accounts::set_password(&owner.store, &owner.hasher, (&house.ada, None), &password, &house.env).await.unwrap();
    assert_eq!(browser.get("/accounts/").await.status, 303);
    assert!(is_revoked(&house, online).await && is_revoked(&house, offline).await);
    assert_eq!(sign_in(&mut house.browser(), ADA, PASSWORD).await.status, 422);
    assert_eq!(sign_in(&mut house.browser(), ADA, "tumble weather casino plinth").await.status, 303);
}

#[tokio::test]
async fn a_person_is_made_once_and_by_the_same_rules_as_everybody() {
    let house = House::new().await;
    let make = async |email: &str, password: &str| {
        let person =
            NewPerson { email: email.into(), name: "Bina".into(), locale: "bn".into(), password: password.into(), address_verified: true };
        accounts::create_person(&house.owner.store, &house.owner.hasher, &chabi_store::account::Realm::SHARED, person, &house.env).await
    };
    assert!(matches!(make("ADA@example.test", PASSWORD).await, Err(NotDone::Taken)));
    assert!(matches!(make("not an address", PASSWORD).await, Err(NotDone::BadEmail)));
    assert!(matches!(make("bina@example.test", "short").await, Err(NotDone::BadPassword(PasswordProblem::TooShort))));
    let bina = make("bina@example.test", PASSWORD).await.unwrap();
    let claims = house.owner.claims(bina.id).await.unwrap().unwrap();
    assert_eq!((claims.email.as_str(), claims.email_verified, claims.name.as_str()), ("bina@example.test", true, "Bina"));
    assert_eq!((claims.preferred_username.as_str(), claims.locale.as_str()), ("bina", "bn"));
}
