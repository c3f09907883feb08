//! `login/`.

use chabi_token::Seconds;

use crate::house::{ADA, House, PASSWORD, sign_in, sign_in_at, without_csrf};

#[tokio::test]
async fn the_right_password_signs_in_and_leads_on_to_where_the_person_was_going() {
    let house = House::new().await;
    let mut browser = house.browser();
    let first = browser.get("/accounts/").await;
    assert_eq!(first.location().unwrap(), "/accounts/login/?next=%2Faccounts%2F");
    let after = sign_in_at(&mut browser, &first.location().unwrap(), "Ada@Example.test", PASSWORD).await;
    assert_eq!((after.status.as_u16(), after.location().unwrap().as_str()), (303, "/accounts/"));
    let home = browser.get("/accounts/").await;
    assert_eq!(home.status, 200);
    assert!(home.body.contains(ADA), "{}", home.body);
    assert!(house.audit_kinds().await.contains(&"login.succeeded".to_owned()));
}

// req: en.same
#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_get_the_same_page() {
    let house = House::new().await;
    let wrong = sign_in(&mut house.browser(), ADA, "another password altogether").await;
    let unknown = sign_in(&mut house.browser(), "bob@example.test", "another password altogether").await;
    assert_eq!((wrong.status.as_u16(), unknown.status.as_u16()), (422, 422));
    assert_eq!(without_csrf(&wrong).replace(ADA, "…"), without_csrf(&unknown).replace("bob@example.test", "…"));
    assert!(wrong.headers.get("set-cookie").is_none(), "nobody is signed in");
}

// req: pw.blank
#[tokio::test]
async fn nothing_typed_is_nobodys_password() {
    let house = House::new().await;
    house.owner.store.delete_password(house.ada.id).await.unwrap();
    let mut browser = house.browser();
    assert_eq!(sign_in(&mut browser, ADA, "").await.status, 422);
    assert_eq!(sign_in(&mut browser, ADA, PASSWORD).await.status, 422);
}

// req: bf.limit, bf.canon
#[tokio::test]
async fn guesses_at_one_account_are_limited_whatever_the_spelling_and_the_address_they_come_from() {
    let house = House::with(|settings| settings.throttle.account = 3).await;
    for (number, spelling) in ["ada@example.test", "ADA@example.test", " Ada@EXAMPLE.test "].iter().enumerate() {
        let mut browser = house.browser_from(&format!("192.0.2.{number}"));
        assert_eq!(sign_in(&mut browser, spelling, "wrong guess").await.status, 422);
    }
    let mut browser = house.browser_from("198.51.100.9");
    let blocked = sign_in(&mut browser, ADA, PASSWORD).await;
    assert_eq!(blocked.status, 429, "the right password is not even compared");
    assert!(blocked.headers.contains_key("retry-after"));
    house.clock.advance(Seconds::minutes(16));
    assert_eq!(sign_in(&mut browser, ADA, PASSWORD).await.status, 303, "a throttle is temporary");
}

// req: en.same
#[tokio::test]
async fn an_unknown_address_is_throttled_like_a_known_one() {
    let house = House::with(|settings| settings.throttle.account = 2).await;
    for status in [422, 422, 429] {
        assert_eq!(sign_in(&mut house.browser(), "nobody@example.test", "x").await.status, status);
    }
}

// req: bf.reset
#[tokio::test]
async fn signing_in_to_an_account_of_ones_own_does_not_forgive_the_address() {
    let house = House::with(|settings| settings.throttle.address = 4).await;
    for guess in ["one", "two", "three"] {
        assert_eq!(sign_in(&mut house.browser(), "victim@example.test", guess).await.status, 422);
    }
    assert_eq!(sign_in(&mut house.browser(), ADA, PASSWORD).await.status, 303);
    assert_eq!(sign_in(&mut house.browser(), "victim@example.test", "four").await.status, 429);
    assert_eq!(sign_in(&mut house.browser_from("198.51.100.9"), "victim@example.test", "four").await.status, 422, "others may");
}

// req: bf.dos
#[tokio::test]
async fn strangers_who_guess_do_not_lock_out_the_browser_that_the_owner_uses() {
    let house = House::with(|settings| settings.throttle.account = 2).await;
    let mut owners = house.browser();
    assert_eq!(sign_in(&mut owners, ADA, PASSWORD).await.status, 303);
    for _ in 0..3 {
        sign_in(&mut house.browser_from("198.51.100.9"), ADA, "guess").await;
    }
    assert_eq!(sign_in(&mut house.browser_from("198.51.100.9"), ADA, PASSWORD).await.status, 429);
    assert_eq!(sign_in_at(&mut owners, "/accounts/login/?again=1", ADA, PASSWORD).await.status, 303);
}

// req: bf.atomic
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_guesses_at_once_no_more_than_the_limit_are_compared() {
    let house = House::with(|settings| settings.throttle.account = 5).await;
    let mut tries = Vec::new();
    for number in 0..64 {
        let mut browser = house.browser_from(&format!("192.0.2.{number}"));
        tries.push(tokio::spawn(async move { sign_in(&mut browser, ADA, "guess").await.status.as_u16() }));
    }
    let mut compared = 0;
    for one in tries {
        match one.await.unwrap() {
            422 => compared += 1,
            status => assert_eq!(status, 429),
        }
    }
    assert_eq!(compared, 5);
}

// req: bf.paths
#[tokio::test]
async fn a_disabled_account_is_told_so_only_after_the_right_password() {
    let house = House::new().await;
    house.owner.store.set_account_disabled(house.ada.id, Some(house.env.now())).await.unwrap();
    let wrong = sign_in(&mut house.browser(), ADA, "guess").await;
    let unknown = sign_in(&mut house.browser(), "bob@example.test", "guess").await;
    assert_eq!(without_csrf(&wrong).replace(ADA, "…"), without_csrf(&unknown).replace("bob@example.test", "…"));
    let mut browser = house.browser();
    let right = sign_in(&mut browser, ADA, PASSWORD).await;
    assert_eq!(right.status, 422);
    assert!(browser.cookie("chabi_session").is_none());
}

// req: wb.csrf
#[tokio::test]
async fn a_form_without_this_browsers_token_is_refused_sign_in_included() {
    let house = House::new().await;
    let page = house.browser().get("/accounts/login/").await;
    let stolen = page.hidden_fields().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    let mut browser = house.browser();
    browser.get("/accounts/login/").await;
    for token in ["", "x", stolen.as_str()] {
        let fields = [("csrf", token), ("username", ADA), ("password", PASSWORD)];
        for url in ["login/", "signup/", "logout/", "confirm-email/", "email/", "sessions/"] {
            let answer = browser.post(&format!("/accounts/{url}"), &fields).await;
            assert_eq!(answer.status, 403, "{url} with {token:?}");
        }
    }
    assert!(browser.cookie("chabi_session").is_none());
}

// req: wb.next
#[tokio::test]
async fn next_never_leads_to_another_site() {
    let house = House::new().await;
    for next in ["//evil.example", "https://evil.example", "/%5Cevil.example", "/%2F%2Fevil.example"] {
        let mut browser = house.browser();
        let url = format!("/accounts/login/?next={}", next.replace('%', "%25"));
        assert_eq!(sign_in_at(&mut browser, &url, ADA, PASSWORD).await.location().unwrap(), "/accounts/", "{next}");
    }
}

// req: pw.hash
#[tokio::test]
async fn a_hash_with_older_parameters_is_renewed_by_the_next_sign_in() {
    let house = House::new().await;
    let before = house.owner.store.find_password(house.ada.id).await.unwrap().unwrap().hash;
    let weaker = before.replace("t=1", "t=2");
    assert_ne!(before, weaker);
    let older = House::with(|settings| settings.password.passes = 2).await;
    let old_hash = older.owner.store.find_password(older.ada.id).await.unwrap().unwrap();
    house.owner.store.put_password(chabi_store::password::PasswordRecord { account: house.ada.id, ..old_hash }).await.unwrap();
    assert_eq!(sign_in(&mut house.browser(), ADA, PASSWORD).await.status, 303);
    let after = house.owner.store.find_password(house.ada.id).await.unwrap().unwrap().hash;
    assert!(after.contains("t=1"), "{after}");
}

// req: em.notify
#[tokio::test]
async fn the_owner_is_told_of_a_sign_in_from_a_browser_that_was_not_seen_before() {
    let house = House::new().await;
    let mut browser = house.browser();
    sign_in(&mut browser, ADA, PASSWORD).await;
    house.mail_to(ADA).await;
    sign_in_at(&mut browser, "/accounts/login/?again=1", ADA, PASSWORD).await;
    sign_in(&mut house.browser(), ADA, PASSWORD).await;
    assert_eq!(house.mail_to(ADA).await.to, ADA, "the second browser, and not the first one again");
}

// req: az.hints, wb.xss
#[tokio::test]
async fn a_login_hint_fills_the_field_and_is_escaped_and_capped() {
    let house = House::new().await;
    let hint = format!("\"><script>alert(1)</script>{}", "x".repeat(500));
    let url = format!("/accounts/login/?login_hint={}", form_urlencoded::byte_serialize(hint.as_bytes()).collect::<String>());
    let page = house.browser().get(&url).await;
    assert!(!page.body.contains("<script"), "{}", page.body);
    assert!(!page.body.contains(&"x".repeat(300)));
}

// req: en.same, pw.sem
#[tokio::test]
async fn an_unknown_address_costs_a_hash_too_and_a_busy_server_says_when_to_come_back() {
    let house = House::new().await;
    for username in [ADA, "nobody@example.test", "not an address"] {
        let answer = sign_in(&mut house.browser_of_busy_server(), username, "guess").await;
        assert_eq!(answer.status, 503, "{username}: it waited for its turn to hash");
        assert!(answer.headers.contains_key("retry-after"));
    }
}

// req: bf.limit
#[tokio::test]
async fn a_hundred_failures_in_a_row_shut_the_door_for_long_and_the_owners_success_ends_the_row() {
    let house = House::with(|settings| settings.throttle.account_long = 2).await;
    let mut owners = house.browser();
    assert_eq!(sign_in(&mut owners, ADA, PASSWORD).await.status, 303);
    let mut stranger = house.browser_from("198.51.100.9");
    for status in [422, 422, 429] {
        assert_eq!(sign_in(&mut stranger, ADA, "guess").await.status, status);
    }
    house.clock.advance(Seconds::hours(1));
    assert_eq!(sign_in(&mut stranger, ADA, PASSWORD).await.status, 429, "the short window is over, the long one is not");
    assert_eq!(sign_in_at(&mut owners, "/accounts/login/?again=1", ADA, PASSWORD).await.status, 303);
    assert_eq!(sign_in(&mut stranger, ADA, "guess").await.status, 422);
}

// req: bf.dos
#[tokio::test]
async fn strangers_who_use_up_the_limit_of_all_do_not_lock_out_the_browser_that_the_owner_uses() {
    let house = House::with(|settings| settings.throttle.global = 2).await;
    let mut owners = house.browser();
    assert_eq!(sign_in(&mut owners, ADA, PASSWORD).await.status, 303);
    for number in 0..3 {
        sign_in(&mut house.browser_from(&format!("198.51.100.{number}")), "nobody@example.test", "guess").await;
    }
    assert_eq!(sign_in(&mut house.browser_from("198.51.100.9"), ADA, PASSWORD).await.status, 429);
    assert_eq!(sign_in_at(&mut owners, "/accounts/login/?again=1", ADA, PASSWORD).await.status, 303);
}

// req: dos.map
#[tokio::test]
async fn guesses_beyond_the_limit_leave_no_rows_behind() {
    let house = House::with(|settings| settings.throttle.account = 2).await;
    for _ in 0..6 {
        sign_in(&mut house.browser(), ADA, "guess").await;
    }
    assert_eq!(house.audit_kinds().await.iter().filter(|kind| *kind == "login.failed").count(), 2);
}
