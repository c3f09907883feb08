//! Name, colours, languages, ways to sign in and policies of a site.

use chabi::{Site, SiteAccounts, SiteSettings, Theme, operations::sites};
use chabi_testkit::Browser;
use http::header;

use super::town::{B, Town, site};
use crate::server::{ISSUER, authorize_url};

async fn change(town: &Town, site: Site) {
    sites::change(town.server.chabi.store(), site, ISSUER).await.unwrap();
}

fn b() -> Site {
    site("b", SiteAccounts::Shared)
}

#[tokio::test]
async fn a_page_has_the_name_and_the_colours_of_its_site() {
    let town = Town::start().await;
    let theme = Theme { accent_light: "#0b57d0".into(), accent_dark: "#a8c7fa".into(), ..Theme::default() };
    change(&town, Site { theme, ..b() }).await;
    let page = town.at(B).get("/accounts/login/").await;
    assert!(page.body.contains("Site b") && !page.body.contains("<style"), "{}", page.body);
    let sheet = page.body.split('"').find(|text| text.contains("/site.css?v=")).unwrap().to_owned();
    let answer = town.at(B).get(&sheet).await;
    assert_eq!(answer.headers[header::CONTENT_TYPE], "text/css; charset=utf-8");
    assert!(answer.body.contains("--brand: #0b57d0"), "{}", answer.body);
    let main = town.at(ISSUER).get("/accounts/login/").await;
    assert!(!main.body.contains("site.css") && !main.body.contains("Site b"), "{}", main.body);
    assert_eq!(town.at(ISSUER).get(&sheet).await.status, 404);
}

#[tokio::test]
async fn a_site_speaks_its_own_languages() {
    let town = Town::start().await;
    change(&town, Site { languages: vec!["bn".into()], ..b() }).await;
    let page = town.at(B).get("/accounts/login/").await;
    assert!(page.body.contains("<html lang=\"bn\"") && !page.body.contains("hreflang"), "{}", page.body);
    assert!(town.at(ISSUER).get("/accounts/login/").await.body.contains("<html lang=\"en\""));
}

#[tokio::test]
async fn without_passwords_there_is_no_page_and_no_door_for_them() {
    let town = Town::start().await;
    let settings = SiteSettings { password_sign_in: Some(false), ..SiteSettings::default() };
    change(&town, Site { settings, ..b() }).await;
    let mut browser = town.at(B).browser();
    let page = browser.get("/accounts/login/").await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("type=\"password\"") && !page.body.contains("/signup/"), "{}", page.body);
    assert_eq!(browser.post("/accounts/login/", &[("username", "a@b.example"), ("password", "x")]).await.status, 405);
    for path in ["/accounts/signup/", "/accounts/password/reset/", "/accounts/password/change/"] {
        assert_eq!(browser.get(path).await.status, 404, "{path}");
    }
    assert!(town.at(ISSUER).get("/accounts/login/").await.body.contains("type=\"password\""));
}

#[tokio::test]
async fn sign_up_is_closed_where_it_is_closed() {
    let town = Town::start().await;
    let settings = SiteSettings { sign_up_open: Some(false), ..SiteSettings::default() };
    change(&town, Site { settings, ..b() }).await;
    assert!(!town.at(B).get("/accounts/login/").await.body.contains("/signup/"));
    assert!(town.at(ISSUER).get("/accounts/login/").await.body.contains("/signup/"));
}

#[tokio::test]
async fn a_session_lasts_as_long_as_its_site_says() {
    let town = Town::start().await;
    let settings = SiteSettings { session_absolute: Some(3_600), session_idle: Some(3_600), ..SiteSettings::default() };
    change(&town, Site { settings, ..b() }).await;
    let (mut at_b, mut at_main) = (town.at(B).browser(), town.at(ISSUER).browser());
    town.at(B).code(&mut at_b, &[]).await;
    town.at(ISSUER).code(&mut at_main, &[]).await;
    town.server.clock.advance(chabi::Seconds(3_700));
    assert_eq!(at_main.get("/accounts/").await.status, 200);
    assert_eq!(at_b.get("/accounts/").await.status, 303);
}

#[tokio::test]
async fn a_policy_of_one_site_binds_no_other() {
    let town = Town::start().await;
    let settings = SiteSettings { require_pushed_authorization_requests: Some(true), ..SiteSettings::default() };
    change(&town, Site { settings, ..b() }).await;
    let url = authorize_url(&[("client_id", "everywhere")]);
    let refused = town.at(B).browser().visit(&url).await;
    assert!(!refused.body.contains("login-submit"), "{refused:?}");
    assert!(town.at(ISSUER).browser().visit(&url).await.body.contains("login-submit"));
}

#[tokio::test]
async fn the_main_site_is_changed_as_the_others_are_and_keeps_its_issuer() {
    let town = Town::start().await;
    let main = Site { id: "main".into(), issuer: ISSUER.into(), name: "Our house".into(), languages: vec!["bn".into()], ..b() };
    sites::change(town.server.chabi.store(), main.clone(), ISSUER).await.unwrap();
    let page = town.at(ISSUER).get("/accounts/login/").await;
    assert!(page.body.contains("Our house") && page.body.contains("<html lang=\"bn\""), "{}", page.body);
    assert_eq!(town.at(ISSUER).issuer_told().await, ISSUER);
    assert!(town.at(B).get("/accounts/login/").await.body.contains("Site b"));
    // who was signed in stays so: nothing of what was made before is worth less
    let mut browser = town.at(ISSUER).browser();
    town.at(ISSUER).code(&mut browser, &[]).await;
    sites::change(town.server.chabi.store(), Site { name: "Another name".into(), ..main }, ISSUER).await.unwrap();
    assert_eq!(browser.get("/accounts/").await.status, 200);
}

#[tokio::test]
async fn a_person_who_reads_no_page_of_ours_meets_no_word_of_sites() {
    let server = crate::server::TestServer::start().await;
    let page = Browser::new(server.router.clone(), ISSUER).get("/accounts/login/").await;
    assert!(!page.body.contains("site.css"), "{}", page.body);
    assert_eq!(server.chabi.site("main").unwrap().issuer(), ISSUER);
    assert!(server.chabi.site("b").is_none());
}
