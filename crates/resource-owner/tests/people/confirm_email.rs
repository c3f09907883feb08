//! `confirm-email/`: the code and the link.

use chabi_testkit::Browser;
use chabi_token::Seconds;

use crate::house::{ADA, House, PASSWORD, proof, sign_in, sign_up};

const NEW: &str = "new@example.test";

async fn signed_up(house: &House) -> (Browser, String, String) {
    let mut browser = house.browser();
    sign_up(&mut browser, NEW, PASSWORD).await;
    let (link, code) = proof(&house.mail_to(NEW).await);
    (browser, link, code)
}

async fn type_code(browser: &mut Browser, code: &str) -> chabi_testkit::Page {
    let page = browser.get("/accounts/confirm-email/").await;
    assert_eq!(page.status, 200, "{}", page.body);
    browser.submit(&page.form_with("name=\"code\"").unwrap(), &[("code", code)]).await
}

async fn is_proven(house: &House, canonical: &str) -> bool {
    house
        .owner
        .store
        .find_account_by_email(&chabi_store::account::Realm::SHARED, canonical)
        .await
        .unwrap()
        .is_some_and(|(_, email)| email.verified_at.is_some())
}

// req: rs.tok
#[tokio::test]
async fn opening_the_link_changes_nothing_and_pressing_the_button_spends_it_once() {
    let house = House::new().await;
    let (mut browser, link, _) = signed_up(&house).await;
    assert!(link.starts_with("http://localhost:8000/accounts/confirm-email/"), "{link}");
    let mut scanner = house.browser_from("198.51.100.9");
    for _ in 0..2 {
        assert_eq!(scanner.get(&link).await.status, 200);
    }
    assert!(!is_proven(&house, NEW).await);
    let page = browser.get(&link).await;
    assert_eq!(browser.submit(&page, &[]).await.status, 200);
    assert!(is_proven(&house, NEW).await);
    assert_eq!(browser.get("/accounts/").await.status, 200, "signed in");
    let page_again = browser.get(&link).await;
    assert_eq!(page_again.status, 410, "{}", page_again.body);
    let csrf = browser.get("/accounts/email/").await.hidden_fields().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    assert_eq!(browser.post(&link, &[("csrf", &csrf)]).await.status, 410, "spent");
}

// req: rs.tok
#[tokio::test]
async fn link_and_code_expire_at_use_and_the_code_sooner() {
    let house = House::new().await;
    let (mut browser, link, code) = signed_up(&house).await;
    house.clock.advance(Seconds::minutes(11));
    assert_eq!(type_code(&mut browser, &code).await.status, 422);
    assert_eq!(browser.get(&link).await.status, 200);
    house.clock.advance(Seconds::minutes(20));
    assert_eq!(browser.get(&link).await.status, 410);
    assert!(!is_proven(&house, NEW).await);
}

// req: rs.tok
#[tokio::test]
async fn a_newer_mail_makes_the_older_one_void() {
    let house = House::new().await;
    let (mut browser, link, code) = signed_up(&house).await;
    let page = browser.get("/accounts/confirm-email/").await;
    assert_eq!(browser.submit(&page, &[("action", "resend")]).await.status, 200);
    let (newer_link, newer_code) = proof(&house.mail_to(NEW).await);
    assert_eq!(browser.get(&link).await.status, 410);
    assert_eq!(type_code(&mut browser, &code).await.status, 422);
    assert_eq!(browser.get(&newer_link).await.status, 200);
    assert_eq!(type_code(&mut browser, &newer_code).await.status, 303);
}

// req: ec.code
#[tokio::test]
async fn five_wrong_codes_spend_the_mail() {
    let house = House::new().await;
    let (mut browser, _, code) = signed_up(&house).await;
    for _ in 0..5 {
        assert_eq!(type_code(&mut browser, "00000000").await.status, 422);
    }
    let page = browser.get("/accounts/confirm-email/").await;
    if page.status == 200 {
        browser.submit(&page.form_with("name=\"code\"").unwrap(), &[("code", &code)]).await;
    }
    assert!(!is_proven(&house, NEW).await);
}

// req: bf.limit
#[tokio::test]
async fn guesses_at_a_code_are_limited_by_where_they_come_from() {
    let house = House::with(|settings| settings.throttle.address = 3).await;
    let (mut browser, _, code) = signed_up(&house).await;
    for _ in 0..3 {
        assert_eq!(type_code(&mut browser, "00000000").await.status, 422);
    }
    let blocked = type_code(&mut browser, &code).await;
    assert!(blocked.status == 429 && blocked.headers.contains_key("retry-after"), "{}", blocked.body);
    assert!(!is_proven(&house, NEW).await);
}

// req: ec.code
#[tokio::test]
async fn the_code_is_good_in_the_browser_that_asked_for_it_and_in_no_other() {
    let house = House::new().await;
    let (_, _, code) = signed_up(&house).await;
    let mut other = house.browser();
    let page = other.get("/accounts/login/").await;
    let csrf = page.hidden_fields().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    let answer = other.post("/accounts/confirm-email/", &[("csrf", &csrf), ("code", &code), ("email", NEW)]).await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert!(!is_proven(&house, NEW).await);
}

// req: up.prehij
#[tokio::test]
async fn in_another_browser_the_link_asks_for_the_password_so_that_nobody_proves_an_address_for_a_stranger() {
    let house = House::new().await;
    let (_, link, _) = signed_up(&house).await;
    let mut phone = house.browser();
    let page = phone.get(&link).await;
    assert!(page.body.contains("type=\"password\""), "{}", page.body);
    assert_eq!(phone.submit(&page, &[]).await.status, 422);
    assert_eq!(phone.submit(&page, &[("password", "not the one that was chosen")]).await.status, 422);
    assert!(!is_proven(&house, NEW).await);
    assert_eq!(phone.submit(&page, &[("password", PASSWORD)]).await.status, 200);
    assert!(is_proven(&house, NEW).await);
    assert_eq!(phone.get("/accounts/").await.status, 200);
}

// req: em.change
#[tokio::test]
async fn another_address_counts_after_its_proof_and_the_older_one_is_told() {
    let house = House::new().await;
    let mut browser = house.browser();
    sign_in(&mut browser, ADA, PASSWORD).await;
    house.mail_to(ADA).await;
    let page = browser.get("/accounts/email/").await;
    let answer = browser.submit(&page, &[("email", NEW), ("action", "save")]).await;
    assert_eq!(answer.location().unwrap(), "/accounts/confirm-email/");
    assert!(!is_proven(&house, NEW).await);
    let (_, code) = proof(&house.mail_to(NEW).await);
    assert_eq!(type_code(&mut browser, &code).await.status, 303);
    assert!(is_proven(&house, NEW).await && is_proven(&house, ADA).await);
    let told: Vec<String> = [house.mail().await.to, house.mail().await.to].into();
    assert!(told.contains(&ADA.to_owned()), "{told:?}");
    assert_eq!(sign_in(&mut house.browser(), NEW, PASSWORD).await.status, 303);
}

#[tokio::test]
async fn adding_somebody_elses_address_tells_them_and_nobody_else() {
    let house = House::new().await;
    let (mut bob, _, code) = signed_up(&house).await;
    type_code(&mut bob, &code).await;
    let page = bob.get("/accounts/email/").await;
    let answer = bob.submit(&page, &[("email", ADA), ("action", "save")]).await;
    assert_eq!(answer.location().unwrap(), "/accounts/confirm-email/", "as for a free address");
    assert!(!house.mail_to(ADA).await.text.contains("/confirm-email/"));
    let (holder, _) = house.owner.store.find_account_by_email(&chabi_store::account::Realm::SHARED, ADA).await.unwrap().unwrap();
    assert_eq!(holder.id, house.ada.id);
}

// req: ss.reauth
#[tokio::test]
async fn adding_an_address_needs_a_sign_in_of_the_last_ten_minutes() {
    let house = House::new().await;
    let mut browser = house.browser();
    sign_in(&mut browser, ADA, PASSWORD).await;
    house.clock.advance(Seconds::minutes(11));
    let answer = browser.get("/accounts/email/").await;
    assert_eq!(answer.location().unwrap(), "/accounts/login/?next=%2Faccounts%2Femail%2F&again=1");
    let page = browser.get(&answer.location().unwrap()).await;
    let back = browser.submit(&page, &[("username", ADA), ("password", PASSWORD)]).await;
    assert_eq!(back.location().unwrap(), "/accounts/email/");
    assert_eq!(browser.get("/accounts/email/").await.status, 200);
}

// req: bf.paths
#[tokio::test]
async fn a_proof_does_not_let_into_an_account_that_was_disabled_meanwhile() {
    let house = House::new().await;
    let (mut browser, _, code) = signed_up(&house).await;
    let (account, _) = house.owner.store.find_account_by_email(&chabi_store::account::Realm::SHARED, NEW).await.unwrap().unwrap();
    house.owner.store.set_account_disabled(account.id, Some(house.env.now())).await.unwrap();
    assert_eq!(type_code(&mut browser, &code).await.status, 422);
    assert!(browser.cookie("chabi_session").is_none());
    assert!(house.owner.store.list_sessions(account.id, house.env.now()).await.unwrap().is_empty());
}
