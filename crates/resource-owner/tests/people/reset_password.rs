//! `password/reset/`: recovery of a forgotten password.

use chabi_pages::mail::Mail;
use chabi_resource_owner::accounts::{self, claim_address};
use chabi_store::{
    account::{AccountEmail, Insertion, Realm},
    provider_link::ProviderLink,
};
use chabi_testkit::{Browser, Page};
use chabi_token::Seconds;

use crate::{
    consent,
    house::{ADA, House, PASSWORD, sign_in, sign_up, without_csrf},
};

const URL: &str = "/accounts/password/reset/";
const NEXT: &str = "tumble weather casino plinth";
const STRANGER: &str = "stranger@example.test";

async fn ask(browser: &mut Browser, email: &str) -> Page {
    let page = browser.get(URL).await;
    assert_eq!(page.status, 200, "{}", page.body);
    browser.submit(&page, &[("email", email)]).await
}

fn link_in(mail: &Mail) -> String {
    mail.text.split_whitespace().find(|word| word.contains("/password/reset/key/")).expect("a link").to_owned()
}

/// Asks in a new browser, and opens the link of the mail there.
async fn asked(house: &House, email: &str) -> (Browser, String) {
    let mut browser = house.browser();
    assert_eq!(ask(&mut browser, email).await.status, 303);
    let link = link_in(&house.mail_to(email).await);
    (browser, link)
}

async fn set(browser: &mut Browser, link: &str, password: &str) -> Page {
    let page = browser.get(link).await;
    match page.status.as_u16() {
        200 => browser.submit(&page, &[("new_password", password)]).await,
        _ => page,
    }
}

/// Waits until all that was asked for has been looked at.
async fn asked_times(house: &House, times: usize) {
    while house.audit_kinds().await.iter().filter(|kind| *kind == "password.reset_asked").count() < times {
        tokio::task::yield_now().await;
    }
}

// req: rs.tok, em.notify
#[tokio::test]
async fn the_link_of_the_mail_sets_a_new_password_and_signs_nobody_in() {
    let house = House::new().await;
    let login = house.browser().get("/accounts/login/").await;
    assert!(login.body.contains("href=\"/accounts/password/reset/\""));
    let (mut browser, link) = asked(&house, ADA).await;
    assert!(link.starts_with("http://localhost:8000/accounts/password/reset/key/"), "{link}");
    let form = browser.get(&link).await;
    assert!(form.body.contains(&format!("value=\"{ADA}\"")) && form.body.contains("autocomplete=\"new-password\""));
    let done = browser.submit(&form, &[("new_password", NEXT)]).await;
    assert_eq!(done.location().unwrap(), "/accounts/password/reset/key/done/");
    let done = browser.get("/accounts/password/reset/key/done/").await;
    assert!(done.status == 200 && done.body.contains("href=\"/accounts/login/\""), "{}", done.body);
    assert_eq!(browser.get("/accounts/").await.status, 303, "not signed in");
    assert!(house.mail_to(ADA).await.subject.contains("password was changed"));
    assert_eq!(sign_in(&mut house.browser(), ADA, PASSWORD).await.status, 422);
    assert_eq!(sign_in(&mut house.browser(), ADA, NEXT).await.status, 303);
    assert!(house.audit_kinds().await.contains(&"password.reset".to_owned()));
}

// req: rs.tok
#[tokio::test]
async fn opening_the_link_spends_nothing_and_using_it_spends_it() {
    let house = House::new().await;
    let (mut browser, link) = asked(&house, ADA).await;
    let mut scanner = house.browser_from("198.51.100.9");
    for _ in 0..2 {
        assert_eq!(scanner.get(&link).await.status, 200);
    }
    let form = browser.get(&link).await;
    assert_eq!(browser.submit(&form, &[("new_password", NEXT)]).await.status, 303);
    assert_eq!(browser.submit(&form, &[("new_password", "another phrase entirely now")]).await.status, 410);
    assert_eq!(browser.get(&link).await.status, 410);
    assert_eq!(sign_in(&mut house.browser(), ADA, NEXT).await.status, 303);
}

// req: rs.tok
#[tokio::test]
async fn the_link_is_good_for_half_an_hour() {
    let house = House::new().await;
    let (mut browser, link) = asked(&house, ADA).await;
    let form = browser.get(&link).await;
    house.clock.advance(Seconds::minutes(30));
    assert_eq!(browser.submit(&form, &[("new_password", NEXT)]).await.status, 410);
    let late = browser.get(&link).await;
    assert!(late.status == 410 && late.body.contains("href=\"/accounts/password/reset/\""), "a new one can be asked for");
    assert_eq!(sign_in(&mut house.browser(), ADA, PASSWORD).await.status, 303, "nothing changed");
}

// req: rs.tok
#[tokio::test]
async fn a_newer_mail_or_a_change_of_the_password_makes_the_link_void() {
    let house = House::new().await;
    let (mut browser, older) = asked(&house, ADA).await;
    let (_, newer) = asked(&house, ADA).await;
    assert_eq!(set(&mut browser, &older, NEXT).await.status, 410);
    sign_in(&mut browser, ADA, PASSWORD).await;
    let page = browser.get("/accounts/password/change/").await;
    assert_eq!(browser.submit(&page, &[("password", PASSWORD), ("new_password", NEXT)]).await.status, 303);
    assert_eq!(set(&mut browser, &newer, "another phrase entirely now").await.status, 410);
}

// req: rs.gate
#[tokio::test]
async fn no_password_is_set_without_the_secret_of_the_mail() {
    let house = House::new().await;
    let (mut browser, link) = asked(&house, ADA).await;
    let (id, _) = link.trim_end_matches('/').rsplit_once('.').unwrap();
    let csrf = browser.get(URL).await.hidden_fields().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    let fields = [("csrf", csrf.as_str()), ("new_password", NEXT), ("username", ADA), ("email", ADA)];
    for url in [format!("{id}.{}/", "A".repeat(43)), format!("{id}/"), format!("{URL}key/x/")] {
        assert_eq!(browser.post(&url, &fields).await.status, 410, "{url}");
    }
    for url in ["/accounts/password/reset/key/done/", "/accounts/password/reset/done/"] {
        assert_eq!(browser.post(url, &fields).await.status, 405, "{url}");
    }
    assert_eq!(
        browser.post("/accounts/password/change/", &fields).await.location().unwrap(),
        "/accounts/login/?next=%2Faccounts%2Fpassword%2Fchange%2F"
    );
    assert_eq!(browser.post(&link, &[("new_password", NEXT)]).await.status, 403, "no CSRF token");
    assert_eq!(sign_in(&mut house.browser(), ADA, NEXT).await.status, 422);
    assert_eq!(set(&mut browser, &link, NEXT).await.status, 303, "the link itself is not spent by any of it");
}

// req: en.same
#[tokio::test]
async fn an_unknown_address_gets_the_same_answers_and_no_mail() {
    let house = House::new().await;
    let (mut known, mut unknown) = (house.browser(), house.browser());
    let unknown_answer = ask(&mut unknown, STRANGER).await;
    asked_times(&house, 1).await;
    let known_answer = ask(&mut known, ADA).await;
    assert_eq!((known_answer.status, known_answer.location()), (unknown_answer.status, unknown_answer.location()));
    let url = known_answer.location().unwrap();
    let (known_page, unknown_page) = (known.get(&url).await, unknown.get(&url).await);
    assert_eq!(known_page.body.replace(ADA, "…"), unknown_page.body);
    house.mail_to(ADA).await;
    asked_times(&house, 2).await;
    let events = house.owner.store.list_audit_events(100).await.unwrap();
    let asked: Vec<_> = events.iter().filter(|event| event.kind == "password.reset_asked").map(|event| event.account).collect();
    assert_eq!(asked, [Some(house.ada.id), None]);
}

// req: en.same, bf.limit
#[tokio::test]
async fn what_is_asked_for_is_limited_by_where_it_comes_from_and_mails_by_address_unseen() {
    let house = House::with(|settings| (settings.throttle.address, settings.throttle.mails) = (5, 2)).await;
    let mut browser = house.browser();
    for _ in 0..4 {
        assert_eq!(ask(&mut browser, ADA).await.status, 303);
    }
    assert_eq!(ask(&mut browser, STRANGER).await.status, 303);
    let blocked = ask(&mut browser, STRANGER).await;
    assert!(blocked.status == 429 && blocked.headers.contains_key("retry-after"));
    asked_times(&house, 3).await;
    let reset_mails = [house.mail_to(ADA).await, house.mail_to(ADA).await];
    sign_in(&mut house.browser_from("192.0.2.9"), ADA, PASSWORD).await;
    let next = house.mail_to(ADA).await;
    assert!(next.subject.contains("New sign-in") && reset_mails.iter().all(|mail| mail.subject.contains("new password")));
}

// req: ss.pw, rt.cascade
#[tokio::test]
async fn a_reset_ends_every_session_also_of_this_browser() {
    let house = House::new().await;
    let (mut here, mut there) = (house.browser(), house.browser());
    for browser in [&mut here, &mut there] {
        sign_in(browser, ADA, PASSWORD).await;
        house.mail_to(ADA).await;
    }
    ask(&mut here, ADA).await;
    let link = link_in(&house.mail_to(ADA).await);
    assert_eq!(set(&mut here, &link, NEXT).await.status, 303);
    for browser in [&mut here, &mut there] {
        assert_eq!(browser.get("/accounts/").await.status, 303);
    }
}

// req: pw.block, pw.min
#[tokio::test]
async fn the_new_password_is_judged_like_the_first_and_a_weak_one_does_not_spend_the_link() {
    let house = House::new().await;
    let (mut browser, link) = asked(&house, ADA).await;
    for weak in ["", "short", "Password123456789", ADA, "Chabi Chabi Chabi", &"a".repeat(257)] {
        let answer = set(&mut browser, &link, weak).await;
        assert_eq!(answer.status, 422, "{weak}");
        assert!(!answer.body.contains("type=\"password\" value"), "{weak}");
    }
    assert_eq!(set(&mut browser, &link, NEXT).await.status, 303);
}

#[tokio::test]
async fn who_used_up_the_guesses_comes_in_by_a_reset() {
    let house = House::with(|settings| settings.throttle.account = 2).await;
    let mut browser = house.browser();
    for status in [422, 422, 429] {
        assert_eq!(sign_in(&mut browser, ADA, "wrong guess").await.status, status);
    }
    let (_, link) = asked(&house, ADA).await;
    assert_eq!(set(&mut browser, &link, NEXT).await.status, 303);
    assert_eq!(sign_in(&mut browser, ADA, NEXT).await.status, 303);
}

#[tokio::test]
async fn an_account_without_a_password_gets_its_first_one() {
    let house = House::new().await;
    house.owner.store.delete_password(house.ada.id).await.unwrap();
    let (mut browser, link) = asked(&house, ADA).await;
    assert_eq!(set(&mut browser, &link, NEXT).await.status, 303);
    assert_eq!(sign_in(&mut browser, ADA, NEXT).await.status, 303);
}

#[tokio::test]
async fn a_disabled_account_gets_no_mail_and_its_link_opens_nothing() {
    let house = House::new().await;
    let (mut browser, link) = asked(&house, ADA).await;
    accounts::disable(&house.owner.store, house.ada.id, &house.env).await.unwrap();
    assert_eq!(set(&mut browser, &link, NEXT).await.status, 410);
    assert_eq!(ask(&mut browser, ADA).await.status, 303);
    asked_times(&house, 2).await;
    accounts::enable(&house.owner.store, house.ada.id, &house.env).await.unwrap();
    assert_eq!(set(&mut browser, &link, NEXT).await.status, 410, "void since then");
    ask(&mut browser, ADA).await;
    asked_times(&house, 3).await;
    // had the shut account got a mail, its link would come first, and be void by the newer one
    let only = link_in(&house.mail_to(ADA).await);
    assert_eq!(set(&mut browser, &only, NEXT).await.status, 303);
}

#[tokio::test]
async fn who_reads_the_mail_of_an_account_that_nobody_proved_gets_it_without_the_strangers_password() {
    let house = House::new().await;
    let new = "new@example.test";
    sign_up(&mut house.browser(), new, PASSWORD).await;
    house.mail_to(new).await;
    let (mut owner, link) = asked(&house, new).await;
    assert_eq!(set(&mut owner, &link, NEXT).await.status, 303);
    assert_eq!(sign_in(&mut house.browser(), new, PASSWORD).await.status, 422);
    assert_eq!(sign_in(&mut owner, new, NEXT).await.location().unwrap(), "/accounts/", "the address is proven");
}

#[tokio::test]
async fn a_mere_claim_to_an_address_beside_another_way_in_recovers_nothing() {
    let house = House::new().await;
    let claim =
        |canonical: &str, account| AccountEmail { canonical: canonical.into(), address: canonical.into(), account, verified_at: None };
    assert_eq!(
        claim_address(&*house.owner.store, &Realm::SHARED, claim(STRANGER, house.ada.id), house.env.now()).await.unwrap(),
        Insertion::Done
    );
    let by_provider = accounts::new_account(&Realm::SHARED, "Bina", "bn", &house.env);
    let link = ProviderLink {
        provider: "facebook".into(),
        issuer: "https://facebook.test".into(),
        subject: "1".into(),
        account: by_provider.id,
        email: String::new(),
        created_at: house.env.now(),
        used_at: house.env.now(),
    };
    house.owner.store.insert_account(by_provider.clone()).await.unwrap();
    assert_eq!(house.owner.store.insert_provider_link(link).await.unwrap(), Insertion::Done);
    assert_eq!(
        claim_address(&*house.owner.store, &Realm::SHARED, claim("bina@example.test", by_provider.id), house.env.now()).await.unwrap(),
        Insertion::Done
    );
    for (number, address) in [STRANGER, "bina@example.test"].into_iter().enumerate() {
        ask(&mut house.browser(), address).await;
        asked_times(&house, number + 1).await;
    }
    let (_, _) = asked(&house, ADA).await;
}

#[tokio::test]
async fn an_address_that_went_to_another_account_takes_its_link_along_nowhere() {
    let house = House::new().await;
    let (mut browser, link) = asked(&house, ADA).await;
    let form = browser.get(&link).await;
    house.owner.store.delete_email(house.ada.id, ADA, house.env.now()).await.unwrap();
    assert_eq!(browser.submit(&form, &[("new_password", NEXT)]).await.status, 410);
    assert_eq!(browser.get(&link).await.status, 410);
}

#[tokio::test]
async fn what_waits_goes_along_to_the_sign_in_page() {
    let house = House::new().await;
    let mut browser = house.browser();
    let login = browser.get("/accounts/login/?next=%2Faccounts%2Femail%2F").await;
    let with_next = "/accounts/password/reset/?next=%2Faccounts%2Femail%2F";
    assert!(login.body.contains(&format!("href=\"{with_next}\"")), "{}", login.body);
    let page = browser.get(with_next).await;
    let sent = browser.submit(&page, &[("email", ADA)]).await;
    assert_eq!(sent.location().unwrap(), "/accounts/password/reset/done/?next=%2Faccounts%2Femail%2F");
    let link = link_in(&house.mail_to(ADA).await);
    let done = set(&mut browser, &link, NEXT).await;
    assert_eq!(done.location().unwrap(), "/accounts/password/reset/key/done/?next=%2Faccounts%2Femail%2F");
    let done = browser.get(&done.location().unwrap()).await;
    assert!(done.body.contains("href=\"/accounts/login/?next=%2Faccounts%2Femail%2F\""), "{}", done.body);
}

#[tokio::test]
async fn an_application_that_waits_goes_along_only_in_the_browser_where_it_waits() {
    let house = House::new().await;
    for same_browser in [true, false] {
        let mut browser = house.browser();
        browser.get("/accounts/login/").await;
        let id = consent::asked(&house, &browser, consent::application(), "openid").await;
        let page = browser.get(&format!("{URL}?transaction={id}")).await;
        browser.submit(&page, &[("email", ADA)]).await;
        let link = link_in(&house.mail_to(ADA).await);
        let mut reader = if same_browser { browser } else { house.browser() };
        let done = set(&mut reader, &link, if same_browser { NEXT } else { "another phrase entirely now" }).await;
        let expected = match same_browser {
            true => format!("/accounts/password/reset/key/done/?transaction={id}"),
            false => "/accounts/password/reset/key/done/".to_owned(),
        };
        assert_eq!(done.location().unwrap(), expected);
        house.mail_to(ADA).await;
    }
}

// req: st.cas
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_that_use_the_link_at_once_one_sets_the_password() {
    let house = House::new().await;
    let (browser, link) = asked(&house, ADA).await;
    let uses = [NEXT, "another phrase entirely now"].map(|password| {
        let (mut browser, link) = (browser.clone(), link.clone());
        tokio::spawn(async move { set(&mut browser, &link, password).await.status.as_u16() })
    });
    let [first, second] = uses;
    let mut statuses = [first.await.unwrap(), second.await.unwrap()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 410]);
}

#[tokio::test]
async fn what_is_not_an_address_is_told_at_once() {
    let house = House::new().await;
    let mut browser = house.browser();
    for text in ["", "ada", "ada@example.test\r\nBcc: b@c.test"] {
        let answer = ask(&mut browser, text).await;
        assert_eq!(answer.status, 422, "{text}");
        assert!(without_csrf(&answer).contains("role=\"alert\""));
    }
}

// req: bf.dos
#[tokio::test]
async fn strangers_who_use_up_the_mails_to_an_address_do_not_keep_its_owner_from_a_new_password() {
    let house = House::with(|settings| settings.throttle.mails = 2).await;
    for _ in 0..3 {
        sign_up(&mut house.browser(), ADA, "tumble weather casino plinth").await;
    }
    for _ in 0..2 {
        house.mail_to(ADA).await;
    }
    let (_, link) = asked(&house, ADA).await;
    assert!(link.contains("/accounts/password/reset/key/"));
}
