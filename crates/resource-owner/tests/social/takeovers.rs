//! The known ways by which an account was taken over, or prepared to be, through sign-in at providers: each by its name, and what stops it.
//!
//! "Pre-hijacked accounts" (Sudhodanan and Paverd, USENIX Security 2022) has the first five; nOAuth is Descope's, of 2023.

use chabi_store::{
    account::{AccountEmail, Insertion},
    role_grant::{RoleGrant, RoleGrantId},
};
use chabi_testkit::Browser;
use serde_json::json;

use crate::applications::SocialApplicationDraft;
use crate::world::{PASSWORD, SESSION, World, parameter};

const VICTIM: &str = "victim@example.com";

/// An attacker signs up with the victim's address, which nobody proves.
async fn squat(world: &World) -> Browser {
    let mut attacker = world.browser();
    let form = attacker.get("/accounts/signup/").await;
    let fields = [("email", VICTIM), ("name", "Not The Victim"), ("password", PASSWORD)];
    assert_eq!(attacker.submit(&form, &fields).await.status, 303);
    attacker
}

async fn opens_by_password(world: &World, address: &str) -> bool {
    let mut browser = world.browser();
    let form = browser.get("/accounts/login/").await;
    browser.submit(&form, &[("username", address), ("password", PASSWORD)]).await;
    browser.cookie(SESSION).is_some()
}

async fn is_in(browser: &mut Browser) -> bool {
    browser.get("/accounts/").await.status == 200
}

/// The victim comes, by a provider that is believed for their address.
async fn victim_comes(world: &World) -> Browser {
    world.tells(VICTIM, true);
    let mut victim = world.browser();
    assert_eq!(world.sign_in(&mut victim, "victim").await.status, 303);
    assert!(is_in(&mut victim).await);
    victim
}

// req: up.prehij
#[tokio::test]
async fn classic_federated_merge_the_password_that_an_attacker_chose_opens_nothing_once_the_owner_came() {
    let world = World::start().await;
    squat(&world).await;
    victim_comes(&world).await;
    assert!(!opens_by_password(&world, VICTIM).await);
}

// The attacker first signs in at a provider that verifies nothing, with the victim's address.
// req: up.prehij
#[tokio::test]
async fn unexpired_session_what_an_attacker_was_signed_in_by_ends_when_the_owner_comes() {
    let world = World::start().await;
    world.tells(VICTIM, false);
    let mut attacker = world.browser();
    world.sign_in(&mut attacker, "attacker").await;
    assert!(is_in(&mut attacker).await);
    victim_comes(&world).await;
    assert!(!is_in(&mut attacker).await);
}

// req: up.prehij
#[tokio::test]
async fn trojan_identifier_a_provider_that_an_attacker_tied_before_opens_nothing_afterwards() {
    let world = World::start().await;
    world.add(world.draft("work")).await;
    world.tells(VICTIM, false);
    world.sign_in_at(&mut world.browser(), "work", "attacker").await;
    victim_comes(&world).await;
    assert_eq!(world.linked(VICTIM).await, ["victim"]);
    world.tells("attacker@example.net", true);
    let mut again = world.browser();
    world.sign_in_at(&mut again, "work", "attacker").await;
    let (victims, _) = world.holder(VICTIM).await.unwrap();
    let (attackers, _) = world.holder("attacker@example.net").await.unwrap();
    assert_ne!(victims.id, attackers.id, "the attacker's identity opens an account of the attacker's own");
}

// req: up.prehij
#[tokio::test]
async fn unexpired_email_change_a_mail_to_the_attackers_address_proves_nothing_any_more() {
    let world = World::start().await;
    world.tells(VICTIM, false);
    let mut attacker = world.browser();
    world.sign_in(&mut attacker, "attacker").await;
    let form = attacker.get("/accounts/email/").await;
    attacker.submit(&form, &[("email", "attacker@example.net")]).await;
    let mail = world.mail_to("attacker@example.net").await;
    let link = mail.text.split_whitespace().find(|word| word.contains("/confirm-email/")).unwrap().to_owned();
    victim_comes(&world).await;
    let mut browser = world.browser();
    let page = browser.get(&link).await;
    if page.status == 200 {
        browser.submit(&page, &[]).await;
    }
    let (account, _) = world.holder(VICTIM).await.unwrap();
    let held: Vec<String> = world.store.list_emails(account.id).await.unwrap().into_iter().map(|email| email.canonical).collect();
    assert_eq!(held, [VICTIM]);
    assert!(world.holder("attacker@example.net").await.is_none_or(|(holder, _)| holder.id != account.id));
}

// req: up.prehij
// req: up.link
#[tokio::test]
async fn non_verifying_provider_it_neither_enters_nor_prepares_an_account_that_somebody_proved() {
    let world = World::start().await;
    world.person(VICTIM).await;
    for (provider, verified) in [("fixture", false), ("stranger", true), ("stranger", false)] {
        world.fixture.script(|script| script.redirect_uri.clear());
        world.tells(VICTIM, verified);
        let mut attacker = world.browser();
        assert_eq!(world.sign_in_at(&mut attacker, provider, "attacker").await.status, 409, "{provider} {verified}");
        assert!(attacker.cookie(SESSION).is_none());
    }
    assert!(world.linked(VICTIM).await.is_empty());
    assert_eq!(world.store.count_accounts().await.unwrap(), 1);
}

// nOAuth: whoever runs a tenant writes any address into its directory.
// req: up.key
#[tokio::test]
async fn noauth_an_address_that_a_directory_tells_is_nobodys_identity() {
    let world = World::start().await;
    world.fixture.script(|script| script.redirect_uri.clear());
    world.tells("ada@example.com", true);
    let mut ada = world.browser();
    world.sign_in_at(&mut ada, "stranger", "ada").await;
    assert!(is_in(&mut ada).await);
    let mut attacker = world.browser();
    assert_eq!(world.sign_in_at(&mut attacker, "stranger", "attacker").await.status, 409, "the same address, another subject");
    assert!(attacker.cookie(SESSION).is_none());
    world.fixture.script(|script| {
        script.claims["preferred_username"] = json!("ada");
        script.claims["oid"] = json!("ada");
        script.claims["upn"] = json!("ada@example.com");
    });
    assert_eq!(world.sign_in_at(&mut attacker, "stranger", "attacker").await.status, 409);
}

// req: up.key
#[tokio::test]
async fn subject_reuse_the_same_subject_of_another_provider_or_issuer_is_somebody_else() {
    let world = World::start().await;
    world.tells("ada@example.com", true);
    world.sign_in(&mut world.browser(), "person-1").await;
    world.add(world.draft("work")).await;
    world.tells("bob@example.com", true);
    let mut other = world.browser();
    world.sign_in_at(&mut other, "work", "person-1").await;
    assert_eq!(world.store.count_accounts().await.unwrap(), 2);
    let page = other.get("/accounts/").await;
    assert!(page.body.contains("bob@example.com") && !page.body.contains("ada@example.com"), "{}", page.body);
}

// req: up.key
#[tokio::test]
async fn a_recycled_address_does_not_give_the_account_of_who_had_it_before_to_who_has_it_now_by_an_untrusted_word() {
    let world = World::start().await;
    world.tells("info@example.com", true);
    world.sign_in(&mut world.browser(), "first-owner").await;
    world.tells("info@example.com", false);
    let mut second = world.browser();
    assert_eq!(world.sign_in(&mut second, "second-owner").await.status, 409);
    assert_eq!(world.linked("info@example.com").await, ["first-owner"]);
}

// req: up.link
// req: bf.canon
#[tokio::test]
async fn confusables_another_spelling_of_the_address_joins_the_one_mailbox_or_nothing() {
    let world = World::start().await;
    world.person("victim@example.com").await;
    // one mailbox, in other letters: the same account, by a provider that is believed for it
    world.tells("VICTIM@EXAMPLE.COM", true);
    assert_eq!(world.sign_in(&mut world.browser(), "victim").await.status, 303);
    assert_eq!(world.linked("victim@example.com").await, ["victim"]);
    // letters that only look alike, or fold into each other: never that account
    let others = [
        "v\u{131}ctim@example.com",
        "vict\u{456}m@example.com",
        "\u{fb01}x@example.com",
        "victim@\u{435}xample.com",
        "victim@example.com\u{200b}",
    ];
    for (number, address) in others.into_iter().enumerate() {
        world.tells(address, true);
        let mut attacker = world.browser();
        world.sign_in(&mut attacker, &format!("attacker-{number}")).await;
        assert_eq!(world.linked("victim@example.com").await, ["victim"], "{address:?}");
        let page = attacker.get("/accounts/").await;
        assert!(!page.body.contains("victim@example.com<"), "{address:?}");
    }
}

// req: up.link
#[tokio::test]
async fn aliasing_a_tag_or_dots_in_the_address_make_another_person() {
    let world = World::start().await;
    world.person("victim@example.com").await;
    for (number, address) in ["victim+x@example.com", "vic.tim@example.com", "victim@mail.example.com"].into_iter().enumerate() {
        world.tells(address, true);
        world.sign_in(&mut world.browser(), &format!("attacker-{number}")).await;
        let (account, _) = world.holder(address).await.unwrap();
        assert_ne!(Some(account.id), world.holder("victim@example.com").await.map(|(victim, _)| victim.id), "{address}");
    }
    assert!(world.linked("victim@example.com").await.is_empty());
}

// req: up.start
#[tokio::test]
async fn link_csrf_no_form_but_our_own_for_this_very_purpose_connects() {
    let world = World::start().await;
    world.person(VICTIM).await;
    let mut victim = world.browser();
    world.sign_in_by_password(&mut victim, VICTIM).await;
    let home = victim.get("/accounts/").await;
    let other_purpose = home.form_with("logout-confirm").unwrap().hidden_fields().remove(0).1;
    for csrf in ["", "x", &other_purpose] {
        let answer = victim.post("/accounts/fixture/login/", &[("csrf", csrf), ("process", "connect")]).await;
        if let Some(url) = answer.location().filter(|_| answer.status == 303) {
            // it begins a sign-in at the most, by which the attacker's identity is tied to nothing of the victim's
            world.tells("attacker@example.net", true);
            victim.get(&world.approve(&url.parse().unwrap(), "attacker")).await;
        }
        assert!(world.linked(VICTIM).await.is_empty(), "{csrf:?}");
    }
}

// req: up.state
#[tokio::test]
async fn login_csrf_an_attackers_answer_signs_no_victim_in() {
    let world = World::start().await;
    let mut attacker = world.browser();
    let url = world.depart(&mut attacker, "/accounts/fixture/login/").await;
    let callback = world.approve(&url, "attacker");
    let mut victim = world.browser();
    victim.get("/accounts/login/").await;
    victim.get(&callback).await;
    assert!(victim.cookie(SESSION).is_none());
    let begun = victim.get("/accounts/fixture/login/").await;
    assert!(begun.form_with("provider-fixture").is_some() || begun.status == 200, "a link shows a button, and begins nothing");
}

// req: up.state
// req: up.pkce
#[tokio::test]
async fn state_swap_the_code_of_one_browser_is_nothing_with_the_state_of_another() {
    let world = World::start().await;
    let (mut attacker, mut victim) = (world.browser(), world.browser());
    let attackers = world.depart(&mut attacker, "/accounts/fixture/login/").await;
    let victims = world.depart(&mut victim, "/accounts/fixture/login/").await;
    let code = world.fixture.authorize(&attackers, Some("attacker"));
    let mixed = format!("/accounts/fixture/login/callback/?code={code}&state={}", parameter(&victims, "state"));
    assert_ne!(victim.get(&mixed).await.status, 303);
    assert!(victim.cookie(SESSION).is_none());
    assert_eq!(world.store.count_accounts().await.unwrap(), 0);
}

// req: up.off
#[tokio::test]
async fn unlink_then_reset_what_was_disconnected_comes_back_by_no_reset_and_no_open_tab() {
    let world = World::start().await;
    world.person(VICTIM).await;
    let mut victim = victim_comes(&world).await;
    let mut stale = world.browser();
    let url = world.depart(&mut stale, "/accounts/fixture/login/").await;
    let page = victim.get("/accounts/3rdparty/").await;
    victim.submit(&page.form_with("value=\"disconnect\"").unwrap(), &[("action", "disconnect")]).await;
    assert!(world.linked(VICTIM).await.is_empty());
    // the provider no longer says that the address is verified: it would have to be connected anew
    world.tells(VICTIM, false);
    assert_eq!(stale.get(&world.approve(&url, "victim")).await.status, 409);
    let mut reset = world.browser();
    let form = reset.get("/accounts/password/reset/").await;
    reset.submit(&form, &[("email", VICTIM)]).await;
    let mail = world.mail_about(VICTIM, "assword").await;
    let link = mail.text.split_whitespace().find(|word| word.contains("/reset/key/")).unwrap().to_owned();
    let form = reset.get(&link).await;
    reset.submit(&form, &[("new_password", "entirely another quartz 48"), ("password", "entirely another quartz 48")]).await;
    assert!(world.linked(VICTIM).await.is_empty(), "a reset ties nothing");
    let mut again = world.browser();
    assert_eq!(world.sign_in(&mut again, "victim").await.status, 409);
}

// req: up.off
#[tokio::test]
async fn a_social_application_of_the_same_id_at_another_issuer_inherits_nobody() {
    let world = World::start().await;
    world.add(world.draft("work")).await;
    world.tells("ada@example.com", true);
    world.sign_in_at(&mut world.browser(), "work", "person-1").await;
    let (ada, _) = world.holder("ada@example.com").await.unwrap();
    let elsewhere = crate::fixture::Fixture::start().await;
    let mut draft = world.draft("work");
    draft.settings.issuer = Some(elsewhere.inner.base.clone());
    world.change(SocialApplicationDraft { ..draft }).await;
    let found = world.store.list_provider_links(ada.id).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_ne!(found[0].issuer, elsewhere.inner.base, "the key of the link has the issuer: the new one's person-1 is somebody else");
}

// req: up.prehij
#[tokio::test]
async fn an_address_that_an_attacker_added_to_their_own_account_is_taken_from_it_and_no_more() {
    let world = World::start().await;
    let attacker = world.person("attacker@example.net").await;
    let typed = AccountEmail { canonical: VICTIM.to_owned(), address: VICTIM.to_owned(), account: attacker.id, verified_at: None };
    assert_eq!(world.store.insert_email(typed).await.unwrap(), Insertion::Done);
    victim_comes(&world).await;
    let (victim, _) = world.holder(VICTIM).await.unwrap();
    assert_ne!(victim.id, attacker.id);
    assert!(opens_by_password(&world, "attacker@example.net").await, "their own account is still theirs");
}

// Whoever adds a provider of their own, which calls every address verified, would be the owner of the installation.
// req: up.link
#[tokio::test]
async fn malicious_provider_an_address_opens_no_account_that_has_a_role() {
    let world = World::start().await;
    let owner = world.person(VICTIM).await;
    let grant = RoleGrant {
        id: RoleGrantId(world.fixture.env.new_id()),
        holder: format!("account:{}", owner.subject),
        role: "owner".to_owned(),
        site: None,
        created_at: world.fixture.env.now(),
        created_by: "operator".to_owned(),
    };
    assert_eq!(world.store.insert_role_grant(grant).await.unwrap(), Insertion::Done);
    world.tells(VICTIM, true);
    let mut stranger = world.browser();
    world.sign_in(&mut stranger, "stranger").await;
    assert!(!is_in(&mut stranger).await);
    assert!(world.linked(VICTIM).await.is_empty());
    // who signs in first connects it, and comes by it from then on
    let mut known = world.browser();
    world.sign_in_by_password(&mut known, VICTIM).await;
    assert!(is_in(&mut known).await);
}
