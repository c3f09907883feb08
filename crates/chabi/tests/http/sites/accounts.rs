//! Whose accounts a site knows.

use chabi::operations::accounts::{self, NewPerson};
use chabi_testkit::Page;

use super::town::{At, B, C, Town, claims, scope_of_everything, text};
use crate::{
    server::{ADA, ISSUER, PASSWORD},
    whole_flow::mail_with,
};

const OTHER_PASSWORD: &str = "gutter saffron lighthouse ember";

async fn subject(at: &At, person: (&str, &str)) -> Option<String> {
    let page = at.sign_in_as(&mut at.browser(), person, &[("scope", &scope_of_everything())]).await;
    let code = page.location_parameter("code")?;
    Some(text(&claims(&text(&at.exchange(&code).await.json(), "id_token")), "sub"))
}

/// Another Ada, at the site with accounts of its own.
async fn add_at_c(town: &Town) {
    let ada = NewPerson {
        email: ADA.into(),
        name: "Another Ada".into(),
        locale: "en".into(),
        password: OTHER_PASSWORD.into(),
        address_verified: true,
    };
    accounts::add(town.server.chabi.site("c").unwrap().resource_owner(), ada).await.unwrap();
}

#[tokio::test]
async fn sites_that_share_their_accounts_sign_the_same_person_in() {
    let town = Town::start().await;
    let at_main = subject(&town.at(ISSUER), (ADA, PASSWORD)).await.unwrap();
    assert_eq!(subject(&town.at(B), (ADA, PASSWORD)).await.unwrap(), at_main);
}

#[tokio::test]
async fn an_address_is_another_person_at_a_site_with_accounts_of_its_own() {
    let town = Town::start().await;
    assert_eq!(subject(&town.at(C), (ADA, PASSWORD)).await, None, "nobody of the others is known there");
    add_at_c(&town).await;
    let here = subject(&town.at(C), (ADA, OTHER_PASSWORD)).await.unwrap();
    assert_eq!(subject(&town.at(C), (ADA, PASSWORD)).await, None);
    assert_eq!(subject(&town.at(ISSUER), (ADA, OTHER_PASSWORD)).await, None);
    assert_ne!(subject(&town.at(ISSUER), (ADA, PASSWORD)).await.unwrap(), here);
}

async fn reset(at: &At, town: &Town, password: &str) -> Page {
    let mut browser = at.browser();
    let page = browser.get("/accounts/password/reset/").await;
    browser.submit(&page, &[("email", ADA)]).await;
    let mail = mail_with(&town.server, "/password/reset/key/").await;
    let link = mail.split_whitespace().find(|word| word.contains("/password/reset/key/")).unwrap().to_owned();
    assert!(link.starts_with(at.issuer), "{link}");
    let page = browser.get(&link).await;
    browser.submit(&page, &[("new_password", password)]).await
}

#[tokio::test]
async fn a_new_password_at_one_site_changes_nobody_of_another() {
    let town = Town::start().await;
    add_at_c(&town).await;
    let set = reset(&town.at(C), &town, "tumble weather casino plinth").await;
    assert_eq!(set.status, 303, "{}", set.body);
    assert!(subject(&town.at(C), (ADA, "tumble weather casino plinth")).await.is_some());
    assert!(subject(&town.at(ISSUER), (ADA, PASSWORD)).await.is_some());
    assert!(subject(&town.at(B), (ADA, "tumble weather casino plinth")).await.is_none());
}

#[tokio::test]
async fn a_site_with_accounts_of_its_own_mails_nobody_of_another() {
    let town = Town::start().await;
    let mut browser = town.at(C).browser();
    let page = browser.get("/accounts/password/reset/").await;
    assert_eq!(browser.submit(&page, &[("email", ADA)]).await.status, 303, "as for anybody");
    // a mail to the same address of the site where she is known comes after it, and alone
    let mut browser = town.at(ISSUER).browser();
    let page = browser.get("/accounts/password/reset/").await;
    browser.submit(&page, &[("email", ADA)]).await;
    mail_with(&town.server, "/password/reset/key/").await;
    let mails = town.server.mailbox.0.lock().unwrap();
    assert!(mails.iter().all(|mail| !mail.text.contains(C)), "{:?}", mails.len());
}

#[tokio::test]
async fn who_signs_up_at_a_site_with_accounts_of_its_own_is_new_there() {
    let town = Town::start().await;
    let mut browser = town.at(C).browser();
    let page = browser.get("/accounts/signup/").await;
    assert_eq!(browser.submit(&page, &[("email", ADA), ("name", "Another"), ("password", OTHER_PASSWORD)]).await.status, 303);
    let mail = mail_with(&town.server, "/confirm-email/").await;
    assert!(mail.contains("Site c"), "the mail is of the site: {mail}");
    let link = mail.split_whitespace().find(|word| word.contains("/confirm-email/")).unwrap().to_owned();
    let page = browser.get(&link).await;
    assert_eq!(browser.submit(&page, &[]).await.status, 200);
    let here = subject(&town.at(C), (ADA, OTHER_PASSWORD)).await.unwrap();
    assert_ne!(subject(&town.at(ISSUER), (ADA, PASSWORD)).await.unwrap(), here);
}
