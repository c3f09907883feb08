//! A mobile app of the operator's own brings the ID token that the provider gave it.

use chabi_authorization_server::gate::{Authentication, BroughtToken, NotSignedIn, ResourceOwnerGate};
use chabi_resource_owner::social::Linking;
use chabi_spec::Scope;
use chabi_store::{
    account::AccountId,
    application::{ApplicationKind, ClientAuthentication, Profile, RegisteredClient},
    application_settings::ApplicationSettings,
};
use chabi_token::{Timestamp, base64url};
use serde_json::{Value, json};

use crate::{applications::SocialApplicationDraft, fixture::NOW, world::World};

const NONCE: &str = "the-apps-own-nonce";

fn app(allowed: &[&str]) -> RegisteredClient {
    RegisteredClient {
        client_id: "phone".to_owned(),
        name: "Notes for phones".to_owned(),
        profile: Profile::OAuth21,
        kind: ApplicationKind::Native,
        authentication: ClientAuthentication::None,
        secret_hashes: Vec::new(),
        redirect_uris: vec!["com.example.notes:/cb".to_owned()],
        post_logout_redirect_uris: Vec::new(),
        origins: Vec::new(),
        grant_types: vec!["urn:ietf:params:oauth:grant-type:token-exchange".to_owned()],
        scope: Scope::of(["openid"]),
        default_audience: String::new(),
        id_token_alg: "ES256".to_owned(),
        first_party: true,
        disabled_at: None,
        created_at: Timestamp(0),
        settings: ApplicationSettings {
            native_sign_in: allowed.iter().map(|id| (*id).to_owned()).collect(),
            ..ApplicationSettings::default()
        },
    }
}

async fn world() -> World {
    let world = World::start().await;
    let mut draft = world.draft("work");
    draft.settings.audiences = vec!["phone-at-fixture".to_owned()];
    world.add(draft).await;
    world
}

fn id_token(world: &World, changes: Value) -> String {
    let mut all = json!({ "aud": "phone-at-fixture", "nonce": NONCE });
    for (name, value) in changes.as_object().unwrap() {
        all[name] = value.clone();
    }
    world.fixture.inner.script.lock().unwrap().token_with(all)
}

async fn bring(world: &World, token: &str) -> Result<Authentication, NotSignedIn> {
    bring_as(world, &app(&["work"]), token, None, NONCE).await
}

async fn bring_as(
    world: &World,
    application: &RegisteredClient,
    token: &str,
    subject_issuer: Option<&str>,
    nonce: &str,
) -> Result<Authentication, NotSignedIn> {
    let brought = BroughtToken { application, token, nonce, subject_issuer, address: None };
    world.owner.sign_in_by_token(brought, &world.fixture.env).await.unwrap()
}

async fn sessions(world: &World, account: AccountId) -> usize {
    world.store.list_sessions(account, world.fixture.env.now()).await.unwrap().len()
}

#[tokio::test]
async fn a_good_token_begins_a_session_that_stands_under_the_applications_name() {
    let world = world().await;
    let person = bring(&world, &id_token(&world, json!({}))).await.unwrap();
    let (account, email) = world.holder("ada@example.com").await.unwrap();
    assert_eq!((person.account(), person.subject(), email.verified_at.is_some()), (account.id, account.subject.as_str(), true));
    assert_eq!(person.amr(), ["fed"]);
    let listed = world.store.list_sessions(account.id, world.fixture.env.now()).await.unwrap();
    assert_eq!((listed.len(), listed[0].user_agent.as_str(), listed[0].provider.as_str()), (1, "Notes for phones", "work"));
    assert!(world.owner.session_lives(person.session(), &world.fixture.env).await.unwrap());
}

#[tokio::test]
async fn it_is_the_same_person_as_in_a_browser() {
    let world = world().await;
    world.tells("ada@example.com", true);
    world.sign_in_at(&mut world.browser(), "work", "person-1").await;
    let account = world.holder("ada@example.com").await.unwrap().0.id;
    assert_eq!(bring(&world, &id_token(&world, json!({}))).await.unwrap().account(), account);
    assert_eq!((sessions(&world, account).await, world.store.count_accounts().await.unwrap()), (2, 1));
}

#[tokio::test]
async fn a_token_is_good_once_however_its_signature_is_written() {
    let world = world().await;
    let token = id_token(&world, json!({}));
    assert!(bring(&world, &token).await.is_ok());
    assert_eq!(bring(&world, &token).await, Err(NotSignedIn::Replayed));
    world.fixture.advance(200);
    assert_eq!(bring(&world, &token).await, Err(NotSignedIn::Replayed));
    assert_eq!(bring(&world, &signed_otherwise(&token)).await, Err(NotSignedIn::Replayed));
    assert!(bring(&world, &id_token(&world, json!({ "jti": "another" }))).await.is_ok());
}

#[tokio::test]
async fn a_token_whose_time_has_fractions_is_good_once_too() {
    let world = world().await;
    let token = id_token(&world, json!({ "iat": 1_799_999_999.5 }));
    assert!(bring(&world, &token).await.is_ok());
    world.fixture.advance(30);
    assert_eq!(bring(&world, &token).await, Err(NotSignedIn::Replayed));
}

#[tokio::test]
async fn a_token_is_good_once_whichever_social_application_it_is_brought_for() {
    let world = world().await;
    world.add(SocialApplicationDraft { id: "again".to_owned(), ..with_audience(&world) }).await;
    let (token, phone) = (id_token(&world, json!({})), app(&["work", "again"]));
    assert!(bring_as(&world, &phone, &token, Some("work"), NONCE).await.is_ok());
    assert_eq!(bring_as(&world, &phone, &token, Some("again"), NONCE).await, Err(NotSignedIn::Replayed));
}

/// The same token with the other signature that the curve allows: (r, n − s) for (r, s).
fn signed_otherwise(token: &str) -> String {
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
        0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let mut signature = base64url::decode(signature).unwrap();
    let mut borrow = 0_i16;
    for (index, order) in ORDER.iter().enumerate().rev() {
        let digit = i16::from(*order) - i16::from(signature[32 + index]) - borrow;
        borrow = i16::from(digit < 0);
        signature[32 + index] = u8::try_from(digit.rem_euclid(256)).unwrap();
    }
    format!("{signed}.{}", base64url::encode(signature))
}

#[tokio::test]
async fn of_many_that_bring_one_token_at_once_one_is_heard() {
    let world = world().await;
    let token = id_token(&world, json!({}));
    let brought = futures_util::future::join_all((0..16).map(|_| bring(&world, &token))).await;
    assert_eq!(brought.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{brought:?}");
}

// req: up.nonce
// req: up.idt
#[tokio::test]
async fn a_token_that_is_not_for_us_or_not_for_this_nonce_signs_nobody_in() {
    let world = world().await;
    for (what, changes) in [
        ("another audience", json!({ "aud": "another-app" })),
        ("no nonce", json!({ "nonce": "<absent>" })),
        ("another nonce", json!({ "nonce": "somebody-elses" })),
        ("over", json!({ "exp": NOW - 600, "iat": NOW - 900 })),
        ("of another issuer", json!({ "iss": "https://evil.example" })),
    ] {
        let outcome = bring(&world, &id_token(&world, changes)).await;
        assert!(matches!(outcome, Err(NotSignedIn::BadToken(_))), "{what}: {outcome:?}");
    }
    for text in ["", "x", "a.b.c", &"e30.".repeat(3)] {
        assert!(bring(&world, text).await.is_err(), "{text}");
    }
    assert_eq!(world.store.count_accounts().await.unwrap(), 0);
}

#[tokio::test]
async fn only_the_social_applications_that_the_operator_named_are_asked() {
    let world = world().await;
    let token = |jti: &str| id_token(&world, json!({ "jti": jti }));
    let base = world.fixture.inner.base.clone();
    for (allowed, named, good) in [
        (&[][..], None, false),
        (&["facebook"][..], None, false),
        (&["facebook"][..], Some("work"), false),
        (&["work"][..], Some("facebook"), false),
        (&["work", "facebook"][..], Some("work"), true),
        (&["work", "facebook"][..], Some(&*base), true),
        (&["work", "facebook"][..], None, true),
    ] {
        let outcome = bring_as(&world, &app(allowed), &token(&format!("{allowed:?}{named:?}")), named, NONCE).await;
        assert_eq!(outcome.is_ok(), good, "{allowed:?} {named:?} {outcome:?}");
    }
}

// req: up.link
#[tokio::test]
async fn an_address_that_is_not_proven_joins_nobodys_account() {
    let world = world().await;
    world.person("ada@example.com").await;
    let unproven = id_token(&world, json!({ "sub": "attacker", "email_verified": false }));
    assert_eq!(bring(&world, &unproven).await, Err(NotSignedIn::SignInFirst));
    assert!(world.linked("ada@example.com").await.is_empty());
    world.change(SocialApplicationDraft { linking: Linking::Never, ..with_audience(&world) }).await;
    let proven = id_token(&world, json!({ "sub": "attacker" }));
    assert_eq!(bring(&world, &proven).await, Err(NotSignedIn::SignInFirst));
    world.change(with_audience(&world)).await;
    assert!(bring(&world, &id_token(&world, json!({ "sub": "person-1" }))).await.is_ok());
    assert_eq!(world.linked("ada@example.com").await, ["person-1"]);
    world.mail_about("ada@example.com", "connected").await;
}

fn with_audience(world: &World) -> SocialApplicationDraft {
    let mut draft = world.draft("work");
    draft.settings.audiences = vec!["phone-at-fixture".to_owned()];
    draft
}

// req: up.active
// req: up.off
#[tokio::test]
async fn who_is_shut_out_in_a_browser_is_shut_out_here() {
    let world = world().await;
    world.tells("ada@example.com", true);
    world.sign_in_at(&mut world.browser(), "work", "person-1").await;
    let account = world.holder("ada@example.com").await.unwrap().0.id;
    chabi_resource_owner::accounts::disable(&world.store, account, &world.fixture.env).await.unwrap();
    assert_eq!(bring(&world, &id_token(&world, json!({}))).await, Err(NotSignedIn::Shut));
    let stranger = |jti: &str| id_token(&world, json!({ "sub": "person-2", "email": "bob@example.com", "jti": jti }));
    world.change(SocialApplicationDraft { sign_up: false, ..with_audience(&world) }).await;
    assert_eq!(bring(&world, &stranger("1")).await, Err(NotSignedIn::SignUpClosed));
    world.change(SocialApplicationDraft { disabled_at: Some(Timestamp(1)), ..with_audience(&world) }).await;
    assert_eq!(bring(&world, &stranger("2")).await, Err(NotSignedIn::UnknownIssuer));
}
