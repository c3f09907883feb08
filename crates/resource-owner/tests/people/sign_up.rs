//! `signup/`.

use chabi_store::email_verification::EmailVerification;
use chabi_token::{BrowserBinding, Seconds, SiteTag, hash::sha256};

use crate::house::{ADA, House, PASSWORD, proof, sign_in, sign_up, without_csrf};

const NEW: &str = "new@example.test";

#[tokio::test]
async fn a_stranger_signs_up_types_the_code_and_is_in() {
    let house = House::new().await;
    let mut browser = house.browser();
    let answer = sign_up(&mut browser, "New@Example.test", PASSWORD).await;
    assert_eq!((answer.status.as_u16(), answer.location().unwrap().as_str()), (303, "/accounts/confirm-email/"));
    assert!(browser.cookie("chabi_session").is_none(), "nobody is in before the proof");
    let (_, code) = proof(&house.mail_to("New@example.test").await);
    let page = browser.get("/accounts/confirm-email/").await;
    let done = browser.submit(&page.form_with("name=\"code\"").unwrap(), &[("code", &code)]).await;
    assert_eq!((done.status.as_u16(), done.location().unwrap().as_str()), (303, "/accounts/"));
    assert!(browser.get("/accounts/").await.body.contains("New@example.test"));
    let (_, email) = house.owner.store.find_account_by_email(&chabi_store::account::Realm::SHARED, NEW).await.unwrap().unwrap();
    assert!(email.verified_at.is_some());
    let kinds = house.audit_kinds().await;
    for kind in ["account.created", "email.verified", "login.succeeded"] {
        assert!(kinds.contains(&kind.to_owned()), "{kind}");
    }
}

// req: en.same
#[tokio::test]
async fn an_address_that_has_an_account_gets_the_same_pages_and_another_mail() {
    let house = House::new().await;
    let (mut stranger, mut prober) = (house.browser(), house.browser());
    let new = sign_up(&mut stranger, NEW, "tumble weather casino plinth").await;
    let known = sign_up(&mut prober, ADA, "tumble weather casino plinth").await;
    assert_eq!((new.status, new.location(), &new.body), (known.status, known.location(), &known.body));
    let (new_page, known_page) = (stranger.get("/accounts/confirm-email/").await, prober.get("/accounts/confirm-email/").await);
    assert_eq!(without_csrf(&new_page).replace(NEW, "…"), without_csrf(&known_page).replace(ADA, "…"));
    let (first, second) = (house.mail().await, house.mail().await);
    let (to_new, to_ada) = if first.to == NEW { (first, second) } else { (second, first) };
    assert_eq!((to_new.to.as_str(), to_ada.to.as_str()), (NEW, ADA));
    assert!(!to_ada.text.contains("/confirm-email/"), "{}", to_ada.text);

    let (new_wrong, known_wrong) = (
        stranger.submit(&new_page.form_with("name=\"code\"").unwrap(), &[("code", "00000000")]).await,
        prober.submit(&known_page.form_with("name=\"code\"").unwrap(), &[("code", "00000000")]).await,
    );
    assert_eq!(without_csrf(&new_wrong).replace(NEW, "…"), without_csrf(&known_wrong).replace(ADA, "…"));
    let again = [("action", "resend")];
    let (new_again, known_again) = (stranger.submit(&new_page, &again).await, prober.submit(&known_page, &again).await);
    assert_eq!(without_csrf(&new_again).replace(NEW, "…"), without_csrf(&known_again).replace(ADA, "…"));
}

#[tokio::test]
async fn signing_up_with_a_proven_address_changes_nothing_of_its_account() {
    let house = House::new().await;
    let mut browser = house.browser();
    sign_up(&mut browser, ADA, "tumble weather casino plinth").await;
    assert_eq!(sign_in(&mut house.browser(), ADA, PASSWORD).await.status, 303);
    assert_eq!(sign_in(&mut house.browser(), ADA, "tumble weather casino plinth").await.status, 422);
}

// req: up.prehij
#[tokio::test]
async fn an_unproven_claim_gives_no_right_to_an_address() {
    let house = House::new().await;
    let mut attacker = house.browser();
    sign_up(&mut attacker, NEW, "attackers own secret phrase").await;
    let (attackers_link, _) = proof(&house.mail_to(NEW).await);
    let mut owner = house.browser();
    sign_up(&mut owner, NEW, "tumble weather casino plinth").await;
    let (_, code) = proof(&house.mail_to(NEW).await);
    let page = owner.get("/accounts/confirm-email/").await;
    owner.submit(&page.form_with("name=\"code\"").unwrap(), &[("code", &code)]).await;
    assert_eq!(owner.get("/accounts/").await.status, 200);

    assert_eq!(sign_in(&mut attacker, NEW, "attackers own secret phrase").await.status, 422);
    let link = attacker.get(&attackers_link).await;
    let pressed = attacker.submit(&link, &[]).await;
    assert_eq!(pressed.status, 410, "{}", pressed.body);
    assert_eq!(sign_in(&mut house.browser(), NEW, "tumble weather casino plinth").await.status, 303);
}

#[tokio::test]
async fn the_right_password_of_an_unproven_account_leads_to_the_proof_and_not_in() {
    let house = House::new().await;
    sign_up(&mut house.browser(), NEW, PASSWORD).await;
    house.mail_to(NEW).await;
    let mut elsewhere = house.browser();
    let answer = sign_in(&mut elsewhere, NEW, PASSWORD).await;
    assert_eq!(answer.location().unwrap(), "/accounts/confirm-email/");
    assert!(elsewhere.cookie("chabi_session").is_none());
    let (_, code) = proof(&house.mail_to(NEW).await);
    let page = elsewhere.get("/accounts/confirm-email/").await;
    assert_eq!(elsewhere.submit(&page.form_with("name=\"code\"").unwrap(), &[("code", &code)]).await.status, 303);
    assert_eq!(elsewhere.get("/accounts/").await.status, 200);
}

// req: pw.min, pw.max, pw.block
#[tokio::test]
async fn weak_and_endless_passwords_are_refused_with_the_reason_and_never_sent_back() {
    let house = House::new().await;
    for password in ["short", "Password123456789", "chabichabichabi", "new@example.test", &"a".repeat(257)] {
        let answer = sign_up(&mut house.browser(), NEW, password).await;
        assert_eq!(answer.status, 422, "{password}");
        assert!(!answer.body.contains(&format!("value=\"{password}\"")) || password.contains('@'), "{password}");
    }
    assert_eq!(house.owner.store.count_accounts().await.unwrap(), 1);
}

// req: pw.uni
#[tokio::test]
async fn a_password_with_bengali_and_composed_letters_signs_in_however_it_is_composed() {
    let house = House::new().await;
    let mut browser = house.browser();
    assert_eq!(sign_up(&mut browser, NEW, "caf\u{e9} নদীর ধারে পুরোনো বাড়ি").await.status, 303);
    house.mail_to(NEW).await;
    let answer = sign_in(&mut house.browser(), NEW, "cafe\u{301} নদীর ধারে পুরোনো বাড়ি").await;
    assert_eq!(answer.location().unwrap(), "/accounts/confirm-email/", "the password was right");
}

#[tokio::test]
async fn sign_up_can_be_closed() {
    let house = House::with(|settings| settings.sign_up_open = false).await;
    assert_eq!(house.browser().get("/accounts/signup/").await.status, 404);
    let login = house.browser().get("/accounts/login/").await;
    assert!(!login.body.contains("/accounts/signup/"), "{}", login.body);
}

#[tokio::test]
async fn nobody_can_flood_an_address_with_mails() {
    let house = House::with(|settings| settings.throttle.mails = 2).await;
    for status in [303, 303, 429] {
        assert_eq!(sign_up(&mut house.browser(), NEW, PASSWORD).await.status, status);
    }
    house.clock.advance(Seconds::minutes(61));
    assert_eq!(sign_up(&mut house.browser(), NEW, PASSWORD).await.status, 303);
}

#[tokio::test]
async fn a_lucky_guess_at_the_code_for_a_proven_address_opens_nothing() {
    let house = House::new().await;
    let mut stranger = house.browser();
    sign_up(&mut stranger, ADA, "tumble weather casino plinth").await;
    let store = &house.owner.store;
    let browser = BrowserBinding::parse(stranger.cookie("chabi_browser").unwrap(), SiteTag::MAIN).unwrap().hash();
    let stand_in = store.find_email_verification(browser, house.env.now()).await.unwrap().unwrap();
    let code_hash = sha256(&[stand_in.id.0.as_bytes().as_slice(), b"12345678"].concat());
    store.insert_email_verification(EmailVerification { code_hash, ..stand_in }).await.unwrap();

    let page = stranger.get("/accounts/confirm-email/").await;
    let answer = stranger.submit(&page.form_with("name=\"code\"").unwrap(), &[("code", "12345678")]).await;
    assert_eq!(answer.status, 422, "{:?}", answer.location());
    assert!(stranger.cookie("chabi_session").is_none());
}
