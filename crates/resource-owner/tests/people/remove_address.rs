//! `email/`: removing an address.

use chabi_store::account::{AccountEmail, Insertion};
use chabi_testkit::{Browser, Page};
use chabi_token::Seconds;

use crate::house::{ADA, House, PASSWORD, sign_in};

const SECOND: &str = "second@example.test";

async fn with_second(house: &House, proven: bool) -> Browser {
    let mut browser = house.browser();
    sign_in(&mut browser, ADA, PASSWORD).await;
    house.mail_to(ADA).await;
    let second = AccountEmail {
        canonical: SECOND.into(),
        address: SECOND.into(),
        account: house.ada.id,
        verified_at: proven.then(|| house.env.now()),
    };
    assert_eq!(house.owner.store.insert_email(second).await.unwrap(), Insertion::Done);
    browser
}

async fn press_remove(browser: &mut Browser, address: &str) -> Page {
    let home = browser.get("/accounts/").await;
    let form = home.form_with(&format!("name=\"email\" value=\"{address}\"")).expect("a button");
    browser.submit(&form, &[("action", "remove")]).await
}

async fn addresses(house: &House) -> Vec<String> {
    house.owner.store.list_emails(house.ada.id).await.unwrap().into_iter().map(|email| email.canonical).collect()
}

// req: em.notify
#[tokio::test]
async fn a_proven_address_goes_while_another_stays_and_both_are_told() {
    let house = House::new().await;
    let mut browser = with_second(&house, true).await;
    assert_eq!(press_remove(&mut browser, ADA).await.location().unwrap(), "/accounts/");
    assert_eq!(addresses(&house).await, [SECOND]);
    let mut told = [house.mail().await, house.mail().await].map(|mail| (mail.to, mail.subject.contains(ADA)));
    told.sort();
    assert_eq!(told, [(ADA.to_owned(), true), (SECOND.to_owned(), true)]);
    assert!(house.audit_kinds().await.contains(&"email.removed".to_owned()));
    assert_eq!(sign_in(&mut house.browser(), ADA, PASSWORD).await.status, 422);
    assert_eq!(sign_in(&mut house.browser(), SECOND, PASSWORD).await.status, 303);
}

#[tokio::test]
async fn the_last_proven_address_stays_whatever_is_posted() {
    let house = House::new().await;
    let mut browser = with_second(&house, false).await;
    let home = browser.get("/accounts/").await;
    assert!(home.form_with(&format!("name=\"email\" value=\"{ADA}\"")).is_none());
    let form = home.form_with("value=\"remove\"").unwrap();
    for address in [ADA, "stranger@example.test", ""] {
        assert_eq!(browser.submit(&form, &[("action", "remove"), ("email", address)]).await.status, 303);
        assert_eq!(addresses(&house).await, [ADA, SECOND]);
    }
    press_remove(&mut browser, SECOND).await;
    assert_eq!(addresses(&house).await, [ADA], "an unproven one may go");
}

// req: ss.reauth
#[tokio::test]
async fn removing_needs_a_recent_sign_in() {
    let house = House::new().await;
    let mut browser = with_second(&house, true).await;
    house.clock.advance(Seconds::minutes(11));
    let answer = press_remove(&mut browser, SECOND).await;
    assert_eq!(answer.location().unwrap(), "/accounts/login/?next=%2Faccounts%2F&again=1");
    assert_eq!(addresses(&house).await, [ADA, SECOND]);
}

// req: rs.tok
#[tokio::test]
async fn a_link_for_a_new_password_that_went_to_a_removed_address_opens_nothing() {
    let house = House::new().await;
    let mut browser = with_second(&house, true).await;
    let page = browser.get("/accounts/password/reset/").await;
    browser.submit(&page, &[("email", SECOND)]).await;
    let mail = house.mail_to(SECOND).await;
    let link = mail.text.split_whitespace().find(|word| word.contains("/password/reset/key/")).unwrap();
    assert_eq!(browser.get(link).await.status, 200);
    press_remove(&mut browser, SECOND).await;
    assert_eq!(browser.get(link).await.status, 410);
}
