//! Whose account a provider's person opens (the table itself is tested beside the rule).

use chabi_spec::Scope;
use chabi_store::{
    account::{AccountEmail, Realm},
    browser_session::{BrowserSession, SessionId},
    consent::Consent,
    email_verification::{EmailVerification, VerificationId},
    provider_link::ProviderLink,
    token_family::{FamilyId, RefreshTokenFamily},
};
use chabi_testkit::Page;
use chabi_token::{Env, Seconds};

use crate::world::{PASSWORD, SESSION, World};

// req: up.link
#[tokio::test]
async fn proven_on_both_sides_it_is_one_account() {
    let world = World::start().await;
    let ada = world.person("ada@example.com").await;
    world.tells("ADA@example.com", true);
    let mut browser = world.browser();
    assert_eq!(world.sign_in(&mut browser, "person-1").await.status, 303);
    assert!(browser.cookie(SESSION).is_some());
    assert_eq!(world.linked("ada@example.com").await, ["person-1"]);
    assert!(world.store.find_password(ada.id).await.unwrap().is_some(), "the password stays");
    let mail = world.mail_to("ada@example.com").await;
    assert!(mail.text.contains("Fixture"), "its owner is told: {}", mail.text);
}

// req: up.link
#[tokio::test]
async fn an_address_that_the_provider_did_not_verify_opens_nobodys_account() {
    let world = World::start().await;
    world.person("ada@example.com").await;
    world.tells("ada@example.com", false);
    let mut browser = world.browser();
    let page = world.sign_in(&mut browser, "attacker").await;
    assert_eq!(page.status, 409, "{}", page.body);
    assert!(!page.body.contains("code=") && !page.body.contains("state="), "{}", page.body);
    assert!(browser.cookie(SESSION).is_none());
    assert!(world.linked("ada@example.com").await.is_empty());
    assert_eq!(world.store.count_accounts().await.unwrap(), 1);
}

// req: up.link
#[tokio::test]
async fn a_provider_that_is_not_trusted_opens_nobodys_account_whatever_it_says() {
    let world = World::start().await;
    world.person("ada@example.com").await;
    world.tells("ada@example.com", true);
    let mut browser = world.browser();
    let url = world.depart(&mut browser, "/accounts/stranger/login/").await;
    world.fixture.script(|script| script.redirect_uri = "https://login.example/accounts/stranger/login/callback/".to_owned());
    let page = browser.get(&world.approve(&url, "attacker")).await;
    assert_eq!(page.status, 409, "{}", page.body);
    assert!(browser.cookie(SESSION).is_none());
    assert!(world.linked("ada@example.com").await.is_empty());
}

// req: up.link
// req: up.proof
#[tokio::test]
async fn who_signs_in_first_connects_the_person_they_then_are_at_the_provider() {
    let world = World::start().await;
    world.person("ada@example.com").await;
    world.tells("ada@example.com", false);
    let mut browser = world.browser();
    let page = world.sign_in(&mut browser, "attacker").await;
    let sign_in = link_to(&page, "/accounts/login/");
    let form = browser.get(&sign_in).await;
    let answer = browser.submit(&form, &[("username", "ada@example.com"), ("password", PASSWORD)]).await;
    let connect = browser.follow(answer).await;
    assert_eq!(connect.status, 200, "{}", connect.body);
    assert!(world.linked("ada@example.com").await.is_empty(), "nothing was kept of the first attempt");
    let sent = browser.submit(&connect.form_with("provider-fixture").unwrap(), &[]).await;
    let callback = world.approve(&sent.location().unwrap().parse().unwrap(), "person-1");
    assert_eq!(browser.get(&callback).await.status, 303);
    assert_eq!(world.linked("ada@example.com").await, ["person-1"]);
}

// req: up.prehij
#[tokio::test]
async fn a_proven_owner_gets_the_unproven_account_and_nothing_opens_it_any_more() {
    let world = World::start().await;
    let env = &world.fixture.env;
    let mut attacker = world.browser();
    let form = attacker.get("/accounts/signup/").await;
    let fields = [("email", "victim@example.com"), ("name", "Not The Victim"), ("password", PASSWORD)];
    assert_eq!(attacker.submit(&form, &fields).await.status, 303);
    let (account, unproven) = world.holder("victim@example.com").await.unwrap();
    assert!(unproven.verified_at.is_none());
    let traps = Traps::lay(&world, &unproven, env).await;

    world.tells("victim@example.com", true);
    let mut victim = world.browser();
    assert_eq!(world.sign_in(&mut victim, "victim").await.status, 303);

    let (now_held_by, email) = world.holder("victim@example.com").await.unwrap();
    assert_eq!(now_held_by.id, account.id);
    assert!(email.verified_at.is_some());
    assert_eq!(now_held_by.name, "Ada Lovelace", "the name is the provider's, not the attacker's");
    assert!(world.store.find_password(account.id).await.unwrap().is_none());
    assert_eq!(world.linked("victim@example.com").await, ["victim"]);
    assert_eq!(world.store.list_emails(account.id).await.unwrap().len(), 1);
    assert_eq!(world.store.list_sessions(account.id, env.now()).await.unwrap().len(), 1, "the victim's own");
    traps.assert_disarmed(&world, env).await;
    let form = attacker.get("/accounts/login/").await;
    let refused = attacker.submit(&form, &[("username", "victim@example.com"), ("password", PASSWORD)]).await;
    assert_ne!(refused.status, 303);
    assert!(attacker.cookie(SESSION).is_none());
}

// req: up.prehij
#[tokio::test]
async fn an_account_with_a_proven_address_of_its_own_loses_only_the_unproven_one() {
    let world = World::start().await;
    let bob = world.person("bob@example.com").await;
    let typed =
        AccountEmail { canonical: "ada@example.com".to_owned(), address: "ada@example.com".to_owned(), account: bob.id, verified_at: None };
    let inserted = world.store.insert_email(typed).await.unwrap();
    assert_eq!(inserted, chabi_store::account::Insertion::Done);
    world.tells("ada@example.com", true);
    assert_eq!(world.sign_in(&mut world.browser(), "person-1").await.status, 303);
    let (ada, email) = world.holder("ada@example.com").await.unwrap();
    assert_ne!(ada.id, bob.id);
    assert!(email.verified_at.is_some());
    assert!(world.store.find_password(bob.id).await.unwrap().is_some());
    assert!(world.linked("bob@example.com").await.is_empty());
}

// req: up.prehij
#[tokio::test]
async fn an_older_link_that_is_used_at_the_very_moment_opens_nothing_either() {
    let fixture = crate::fixture::Fixture::start().await;
    let store = chabi_testkit::databases::postgres(&fixture.env).await.store;
    let world = World::with_store(fixture, store);
    world.fixture.script(|script| script.redirect_uri.clear());
    for round in 0..30 {
        let address = format!("victim-{round}@example.com");
        world.fixture.script(|script| script.profile = serde_json::json!({ "id": format!("attacker-{round}"), "email": address }));
        let mut attacker = world.browser();
        let url = world.depart(&mut attacker, "/accounts/facebook/login/").await;
        assert_eq!(attacker.get(&world.approve(&url, "")).await.status, 303);
        let (account, unproven) = world.holder(&address).await.unwrap();
        assert!(unproven.verified_at.is_none());

        world.tells(&address, true);
        let mut victim = world.browser();
        let by_link = world.depart(&mut attacker, "/accounts/facebook/login/").await;
        let by_proof = world.depart(&mut victim, "/accounts/fixture/login/").await;
        let (by_link, by_proof) = (world.approve(&by_link, ""), world.approve(&by_proof, &format!("victim-{round}")));
        futures_util::future::join(attacker.get(&by_link), victim.get(&by_proof)).await;

        let sessions = world.store.list_sessions(account.id, world.fixture.env.now()).await.unwrap();
        let providers: Vec<_> = sessions.into_iter().map(|session| session.provider).collect();
        assert_eq!(providers, ["fixture"], "round {round}");
        assert_eq!(world.linked(&address).await, [format!("victim-{round}")]);
    }
}

/// What an attacker may have left in an account of theirs under the victim's address.
struct Traps {
    account: chabi_store::account::AccountId,
    family: FamilyId,
    verifications: [(VerificationId, [u8; 32]); 2],
}

impl Traps {
    async fn lay(world: &World, unproven: &AccountEmail, env: &Env) -> Self {
        let account = unproven.account;
        let store = &world.store;
        let other = AccountEmail {
            canonical: "attacker@example.com".to_owned(),
            address: "attacker@example.com".to_owned(),
            account,
            verified_at: None,
        };
        let _inserted = store.insert_email(other).await.unwrap();
        let link = ProviderLink {
            provider: "facebook".to_owned(),
            issuer: "https://www.facebook.com".to_owned(),
            subject: "attacker".to_owned(),
            account,
            email: String::new(),
            created_at: env.now(),
            used_at: env.now(),
        };
        let _inserted = store.insert_provider_link(link).await.unwrap();
        let session = SessionId(env.new_id());
        store.insert_session(session_of(account, session, env)).await.unwrap();
        let family = FamilyId(env.new_id());
        store.insert_family(family_of(account, session, family, env)).await.unwrap();
        let consent = Consent {
            account,
            client_id: "malicious".to_owned(),
            resource: String::new(),
            scope: Scope::parse("openid").unwrap(),
            given_at: env.now(),
            declined: Scope::default(),
            claims: vec![],
        };
        store.put_consent(consent).await.unwrap();
        let verifications =
            [verification(world, account, "victim@example.com").await, verification(world, account, "attacker@example.com").await];
        Self { account, family, verifications }
    }

    async fn assert_disarmed(&self, world: &World, env: &Env) {
        let store = &world.store;
        let family = store.find_family(self.family).await.unwrap().unwrap();
        assert!(family.revoked_at.is_some());
        assert!(store.find_consent(self.account, "malicious", "").await.unwrap().is_none());
        for (id, secret_hash) in self.verifications {
            assert!(store.peek_email_link(id, secret_hash, env.now()).await.unwrap().is_none());
        }
        assert!(store.find_account_by_email(&Realm::SHARED, "attacker@example.com").await.unwrap().is_none());
    }
}

async fn verification(world: &World, account: chabi_store::account::AccountId, canonical: &str) -> (VerificationId, [u8; 32]) {
    let env = &world.fixture.env;
    let (id, secret_hash) = (VerificationId(env.new_id()), env.random());
    let row = EmailVerification {
        id,
        secret_hash,
        code_hash: env.random(),
        browser_hash: env.random(),
        account,
        canonical: canonical.to_owned(),
        failures: 0,
        expires_at: env.now() + Seconds::minutes(30),
    };
    world.store.insert_email_verification(row).await.unwrap();
    assert!(world.store.peek_email_link(id, secret_hash, env.now()).await.unwrap().is_some());
    (id, secret_hash)
}

fn session_of(account: chabi_store::account::AccountId, id: SessionId, env: &Env) -> BrowserSession {
    BrowserSession {
        id,
        secret_hash: env.random(),
        account,
        auth_time: env.now(),
        amr: vec!["pwd".to_owned()],
        provider: String::new(),
        upstream_subject: String::new(),
        upstream_sid: String::new(),
        user_agent: String::new(),
        created_at: env.now(),
        seen_at: env.now(),
        expires_at: env.now() + Seconds::days(30),
    }
}

fn family_of(account: chabi_store::account::AccountId, session: SessionId, id: FamilyId, env: &Env) -> RefreshTokenFamily {
    RefreshTokenFamily {
        id,
        client_id: "malicious".to_owned(),
        account,
        session,
        offline: true,
        scope: Scope::parse("openid").unwrap(),
        resource: Vec::new(),
        auth_time: env.now(),
        amr: vec!["pwd".to_owned()],
        created_at: env.now(),
        expires_at: env.now() + Seconds::days(30),
        revoked_at: None,
        revoked_because: String::new(),
        status: None,
        refresh: None,
        details: None,
    }
}

/// The `href` that begins with this.
fn link_to(page: &Page, prefix: &str) -> String {
    let decoded = page.body.replace("&#x2f;", "/").replace("&amp;", "&").replace("&#x3d;", "=");
    let mut links = decoded.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    links.find(|href| href.starts_with(prefix) && href.contains("next=")).unwrap_or_else(|| panic!("no link: {decoded}")).to_owned()
}
