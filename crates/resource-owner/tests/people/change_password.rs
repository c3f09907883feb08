//! `password/change/`.

use chabi_token::Seconds;

use crate::house::{ADA, House, PASSWORD, sign_in};

const NEXT: &str = "tumble weather casino plinth";
const URL: &str = "/accounts/password/change/";

// req: pw.change
#[tokio::test]
async fn a_session_alone_does_not_change_the_password() {
    let house = House::new().await;
    let mut browser = house.browser();
    sign_in(&mut browser, ADA, PASSWORD).await;
    let page = browser.get(URL).await;
    assert_eq!(browser.submit(&page, &[("new_password", NEXT)]).await.status, 422);
    assert_eq!(browser.submit(&page, &[("password", "guess"), ("new_password", NEXT)]).await.status, 422);
    assert_eq!(sign_in(&mut house.browser(), ADA, NEXT).await.status, 422);
    assert_eq!(sign_in(&mut house.browser(), ADA, PASSWORD).await.status, 303);
}

// req: ss.pw, ss.id, em.notify
#[tokio::test]
async fn a_change_ends_every_other_session_renews_this_one_and_is_told_by_mail() {
    let house = House::new().await;
    let (mut here, mut there) = (house.browser(), house.browser());
    sign_in(&mut here, ADA, PASSWORD).await;
    sign_in(&mut there, ADA, PASSWORD).await;
    let (_, _) = (house.mail_to(ADA).await, house.mail_to(ADA).await);
    let before = here.cookie("chabi_session").unwrap().to_owned();
    let page = here.get(URL).await;
    let answer = here.submit(&page, &[("password", PASSWORD), ("new_password", NEXT)]).await;
    assert_eq!(answer.location().unwrap(), "/accounts/");
    assert_ne!(here.cookie("chabi_session").unwrap(), before);
    assert_eq!(here.get("/accounts/").await.status, 200);
    assert_eq!(there.get("/accounts/").await.status, 303);
    house.mail_to(ADA).await;
    assert_eq!(sign_in(&mut house.browser(), ADA, PASSWORD).await.status, 422);
    assert_eq!(sign_in(&mut house.browser(), ADA, NEXT).await.status, 303);
}

// req: pw.block
#[tokio::test]
async fn the_new_password_is_judged_like_the_first() {
    let house = House::new().await;
    let mut browser = house.browser();
    sign_in(&mut browser, ADA, PASSWORD).await;
    let page = browser.get(URL).await;
    for weak in ["short", "Password123456789", "ada@example.test", "Chabi Chabi Chabi", &"a".repeat(257)] {
        let answer = browser.submit(&page, &[("password", PASSWORD), ("new_password", weak)]).await;
        assert_eq!(answer.status, 422, "{weak}");
        assert!(!answer.body.contains("type=\"password\" value"), "{weak}");
    }
    assert_eq!(sign_in(&mut house.browser(), ADA, PASSWORD).await.status, 303);
}

// req: bf.limit
#[tokio::test]
async fn guesses_at_the_password_in_force_are_counted_with_those_at_sign_in() {
    let house = House::with(|settings| settings.throttle.account = 2).await;
    let mut browser = house.browser();
    sign_in(&mut browser, ADA, PASSWORD).await;
    let page = browser.get(URL).await;
    for status in [422, 422, 429] {
        assert_eq!(browser.submit(&page, &[("password", "guess"), ("new_password", NEXT)]).await.status, status);
    }
}

// req: ss.reauth
#[tokio::test]
async fn a_first_password_needs_a_recent_sign_in() {
    let house = House::new().await;
    let mut browser = house.browser();
    sign_in(&mut browser, ADA, PASSWORD).await;
    house.owner.store.delete_password(house.ada.id).await.unwrap();
    house.clock.advance(Seconds::minutes(11));
    let answer = browser.get(URL).await;
    assert_eq!(answer.location().unwrap(), "/accounts/login/?next=%2Faccounts%2Fpassword%2Fchange%2F&again=1");
}

#[tokio::test]
async fn password_managers_find_the_page() {
    let house = House::new().await;
    assert_eq!(house.browser().get("/.well-known/change-password").await.location().unwrap(), URL);
}
