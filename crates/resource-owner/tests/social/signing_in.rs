//! New people, people who come back, and people who come back in vain.

use chabi_client::ProviderSettings;
use chabi_testkit::{Browser, databases};
use chabi_token::{
    base64url,
    hash::{hmac_sha256, sha256},
};

use crate::{
    applications,
    fixture::{ACCESS_TOKEN, CLIENT_SECRET, Fixture, NOW, Signing},
    world::{SESSION, World, parameter},
};

#[tokio::test]
async fn a_new_person_with_a_proven_address_has_an_account_with_it() {
    let world = World::start().await;
    let mut browser = world.browser();
    world.tells("Ada@Example.com", true);
    let answer = world.sign_in(&mut browser, "person-1").await;
    assert_eq!((answer.status.as_u16(), answer.location().as_deref()), (303, Some("/accounts/")));
    assert!(browser.cookie(SESSION).is_some());
    let (account, email) = world.holder("ada@example.com").await.unwrap();
    assert_eq!((account.name.as_str(), email.verified_at.is_some()), ("Ada Lovelace", true));
    assert!(browser.get("/accounts/").await.body.contains("Ada Lovelace"));
    let events = world.store.list_audit_events(10).await.unwrap();
    for kind in ["account.created", "provider.connected", "login.succeeded"] {
        assert_eq!(events.iter().filter(|event| event.kind == kind && event.account == Some(account.id)).count(), 1, "{kind}");
    }
}

// req: up.key
#[tokio::test]
async fn who_comes_back_is_known_by_their_subject_whatever_the_address_is_now() {
    let world = World::start().await;
    world.tells("ada@example.com", true);
    world.sign_in(&mut world.browser(), "person-1").await;
    world.tells("renamed@example.com", true);
    let mut browser = world.browser();
    let answer = world.sign_in(&mut browser, "person-1").await;
    assert_eq!(answer.status, 303);
    assert!(browser.cookie(SESSION).is_some());
    assert_eq!(world.store.count_accounts().await.unwrap(), 1);
    let events = world.store.list_audit_events(10).await.unwrap();
    assert_eq!(events.iter().filter(|event| event.kind == "account.created").count(), 1, "who comes back is not new");
    assert!(world.holder("renamed@example.com").await.is_none());
}

#[tokio::test]
async fn an_address_that_is_not_proven_is_kept_as_such_and_mailed_to() {
    let world = World::start().await;
    let mut browser = world.browser();
    world.tells("ada@example.com", false);
    let answer = world.sign_in(&mut browser, "person-1").await;
    assert_eq!(answer.location().as_deref(), Some("/accounts/"));
    assert!(browser.cookie(SESSION).is_some());
    assert!(world.holder("ada@example.com").await.unwrap().1.verified_at.is_none());
    let mail = world.mail_to("ada@example.com").await;
    assert!(mail.text.contains("/accounts/confirm-email/"), "{}", mail.text);
}

// req: up.oauth2
#[tokio::test]
async fn a_person_of_facebook_without_address_has_an_account_and_may_add_one_or_not() {
    let world = World::start().await;
    let mut browser = world.browser();
    let url = world.depart(&mut browser, "/accounts/facebook/login/?next=/demo").await;
    world.fixture.script(|script| script.redirect_uri = "https://login.example/accounts/facebook/login/callback/".to_owned());
    let answer = browser.get(&world.approve(&url, "ignored")).await;
    assert_eq!(answer.location().as_deref(), Some("/accounts/email/?next=%2Fdemo"), "{}", answer.body);
    let page = browser.follow(answer).await;
    assert!(page.body.contains("Facebook"), "{}", page.body);
    let skipped = browser.submit(&page, &[("action", "skip")]).await;
    assert_eq!(skipped.location().as_deref(), Some("/demo"));
    assert_eq!(world.store.count_accounts().await.unwrap(), 1);
}

// req: up.err
#[tokio::test]
async fn who_cancels_may_try_again_and_nothing_of_the_error_stands_on_the_page() {
    let world = World::start().await;
    let mut browser = world.browser();
    let url = world.depart(&mut browser, "/accounts/fixture/login/?next=/demo").await;
    let state = crate::world::parameter(&url, "state");
    let callback =
        format!("/accounts/fixture/login/callback/?error=access_denied&error_description=%3Cscript%3Ealert(1)%3C/script%3E&state={state}");
    let page = browser.get(&callback).await;
    assert_eq!(page.status, 400);
    assert!(!page.body.contains("script") && !page.body.contains("alert(1)"), "{}", page.body);
    assert!(!page.body.contains(&state) && !page.body.contains("callback"), "{}", page.body);
    assert!(browser.cookie(SESSION).is_none());
    let again = page.form_with("provider-fixture").unwrap();
    assert!(again.hidden_fields().contains(&("next".to_owned(), "/demo".to_owned())));
    assert_eq!(browser.submit(&again, &[]).await.status, 303);
}

// req: up.err
#[tokio::test]
async fn an_error_in_another_issuers_name_is_not_shown_as_the_persons_choice() {
    let world = World::start().await;
    let mut browser = world.browser();
    let url = world.depart(&mut browser, "/accounts/fixture/login/").await;
    let state = crate::world::parameter(&url, "state");
    let callback = format!("/accounts/fixture/login/callback/?error=access_denied&iss=https://evil.example&state={state}");
    let page = browser.get(&callback).await;
    assert_eq!(page.status, 502);
    assert!(!page.body.contains("evil.example"));
}

// req: up.idt
#[tokio::test]
async fn an_answer_that_does_not_verify_signs_nobody_in() {
    let world = World::start().await;
    let mut browser = world.browser();
    world.fixture.script(|script| script.signing = Signing::WithAForeignKey);
    let page = world.sign_in(&mut browser, "person-1").await;
    assert_eq!(page.status, 502);
    assert!(browser.cookie(SESSION).is_none());
    assert_eq!(world.store.count_accounts().await.unwrap(), 0);
}

// req: up.active
#[tokio::test]
async fn a_disabled_account_does_not_open() {
    let world = World::start().await;
    world.tells("ada@example.com", true);
    world.sign_in(&mut world.browser(), "person-1").await;
    let (account, _) = world.holder("ada@example.com").await.unwrap();
    chabi_resource_owner::accounts::disable(&world.store, account.id, &world.fixture.env).await.unwrap();
    for subject in ["person-1", "person-2"] {
        let mut browser = world.browser();
        let page = world.sign_in(&mut browser, subject).await;
        assert_eq!(page.status, 403, "{subject}");
        assert!(browser.cookie(SESSION).is_none());
    }
}

// req: up.off
#[tokio::test]
async fn a_provider_that_was_switched_off_stops_for_sign_ins_under_way() {
    let world = World::start().await;
    let mut browser = world.browser();
    let url = world.depart(&mut browser, "/accounts/fixture/login/").await;
    let callback = world.approve(&url, "person-1");
    let mut after = world.browser_after_switching_providers_off(&browser);
    assert_eq!(after.get(&callback).await.status, 404);
    assert_eq!(after.get("/accounts/fixture/login/").await.status, 404);
    assert!(after.cookie(SESSION).is_none());
}

// req: up.tok
#[tokio::test]
async fn tokens_of_a_provider_and_secrets_of_a_sign_in_are_in_no_answer_and_not_in_the_database() {
    let fixture = Fixture::start().await;
    let file = databases::sqlite_on_file(&fixture.env).await;
    let world = World::with_store(fixture, file.store.clone());
    let mut browser = world.browser();
    let url = world.depart(&mut browser, "/accounts/fixture/login/").await;
    let nonce = crate::world::parameter(&url, "nonce");
    let state = crate::world::parameter(&url, "state");
    let secret_half = state.split_once('.').unwrap().1.to_owned();
    let answer = browser.get(&world.approve(&url, "person-1")).await;
    let page = browser.follow(answer.clone()).await;
    let mut kept = format!("{:?} {} {:?} {}", answer.headers, answer.body, page.headers, page.body).into_bytes();
    let path = file.url.trim_start_matches("sqlite:");
    for suffix in ["", "-wal"] {
        kept.extend(std::fs::read(format!("{path}{suffix}")).unwrap_or_default());
    }
    let contains = |needle: &str| kept.windows(needle.len()).any(|window| window == needle.as_bytes());
    assert!(contains("person-1"), "the database was read");
    for secret in [ACCESS_TOKEN, CLIENT_SECRET, &nonce, &secret_half] {
        assert!(!contains(secret), "{secret}");
    }
}

// req: up.shared
#[tokio::test]
async fn two_callbacks_of_one_new_person_make_one_account() {
    two_callbacks_at_once(World::start().await).await;
}

// req: up.shared
#[tokio::test]
async fn two_callbacks_of_one_new_person_make_one_account_on_postgresql() {
    let fixture = Fixture::start().await;
    let store = databases::postgres(&fixture.env).await.store;
    two_callbacks_at_once(World::with_store(fixture, store)).await;
}

async fn two_callbacks_at_once(world: World) {
    for round in 0..20 {
        world.tells(&format!("ada-{round}@example.com"), true);
        let (mut one, mut two) = (world.browser(), world.browser());
        let first = world.depart(&mut one, "/accounts/fixture/login/").await;
        let second = world.depart(&mut two, "/accounts/fixture/login/").await;
        let subject = format!("person-{round}");
        let (first, second) = (world.approve(&first, &subject), world.approve(&second, &subject));
        let (a, b) = futures_util::future::join(one.get(&first), two.get(&second)).await;
        assert_eq!((a.status.as_u16(), b.status.as_u16()), (303, 303), "{} {}", a.body, b.body);
        assert_eq!(world.store.count_accounts().await.unwrap(), round + 1);
    }
}

// Telegram's answers hold nothing of ours: whoever reads one in a log could sign in by it, in a browser of their own
// req: up.once
#[tokio::test]
async fn an_answer_that_nothing_binds_to_a_sign_in_is_good_once() {
    const BOT_TOKEN: &str = "4242:AAEBwerty";
    let world = World::start().await;
    let mut draft = world.draft("telegram");
    draft.settings = ProviderSettings { catalogue: "telegram".to_owned(), client_id: "4242".to_owned(), ..ProviderSettings::default() };
    applications::add(&world.store, &world.owner.client_secrets, draft, BOT_TOKEN, &world.fixture.env).await;
    let mac = hmac_sha256(&sha256(BOT_TOKEN.as_bytes()), &[format!("auth_date={NOW}\nid=777").as_bytes()]);
    let mac: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
    let answer = base64url::encode(format!(r#"{{"id":777,"auth_date":{NOW},"hash":"{mac}"}}"#));
    let come_back = async |browser: &mut Browser| {
        let url = world.depart(browser, "/accounts/telegram/login/").await;
        let back: url::Url = parameter(&url, "return_to").parse().unwrap();
        browser.get(&format!("{}?{}&tgAuthResult={answer}", back.path(), back.query().unwrap())).await
    };
    let (mut person, mut thief) = (world.browser(), world.browser());
    assert_eq!(come_back(&mut person).await.status, 303);
    assert!(person.cookie(SESSION).is_some());
    world.fixture.advance(30);
    assert_eq!(come_back(&mut thief).await.status, 400);
    assert!(thief.cookie(SESSION).is_none());
}
