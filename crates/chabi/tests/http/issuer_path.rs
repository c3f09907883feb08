//! An issuer with a path: all of it lives below the path, and nothing that we write leads out of it.

use axum::Router;
use chabi::{Builder, Chabi, RegisteredClient, Scope, operations::accounts};
use chabi_store::application::ClientAuthentication;
use chabi_testkit::{Browser, ManualClock, Page, databases};
use std::sync::Arc;

use crate::server::{ADA, AFTER_LOGOUT, Mailbox, PASSWORD, REDIRECT, VERIFIER, api, application, authorize_url, put_keys, secret};

const ISSUER: &str = "https://id.example/t1";
const MOUNT: &str = "/t1";
const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

struct Mounted {
    chabi: Chabi,
    router: Router,
    mailbox: Arc<Mailbox>,
    _clock: Arc<ManualClock>,
}

async fn start() -> Mounted {
    let (env, clock) = chabi_testkit::env(1);
    let mailbox = Arc::new(Mailbox::default());
    let store = databases::sqlite_in_memory(&env).await;
    put_keys(&store).await;
    let tv = RegisteredClient {
        client_id: "tv".into(),
        grant_types: [DEVICE_GRANT, "refresh_token"].map(str::to_owned).to_vec(),
        authentication: ClientAuthentication::None,
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        origins: Vec::new(),
        scope: Scope::of(["openid", "notes:read"]),
        ..application()
    };
    let mut app = application();
    app.settings.frontchannel_logout_uri = "https://app.example/front".into();
    let builder: Builder = Chabi::builder(ISSUER).master_secret(secret()).env(env.clone());
    let builder = builder.store(store).mailer(mailbox.clone()).api(api()).application(app).application(tv);
    let chabi = builder.build().await.unwrap();
    chabi.until_ready().await.unwrap();
    let ada = accounts::NewPerson {
        email: ADA.into(),
        name: "Ada Lovelace".into(),
        locale: "en".into(),
        password: PASSWORD.into(),
        address_verified: true,
    };
    accounts::add(chabi.resource_owner(), ada).await.unwrap();
    let router = chabi.router();
    Mounted { chabi, router, mailbox, _clock: clock }
}

/// A browser that fails as soon as a page leads out of the path.
struct Walker(Browser);

impl Walker {
    fn new(server: &Mounted) -> Self {
        Self(Browser::new(server.router.clone(), "https://id.example"))
    }

    async fn get(&mut self, path: &str) -> Page {
        stays_inside(self.0.get(path).await)
    }

    /// By hand, so that every step is looked at.
    async fn follow(&mut self, page: Page) -> Page {
        let mut page = page;
        while let Some(location) = page.location().filter(|location| location.starts_with('/')) {
            page = self.get(&location).await;
        }
        page
    }

    async fn visit(&mut self, path: &str) -> Page {
        let page = self.get(path).await;
        self.follow(page).await
    }

    async fn submit(&mut self, page: &Page, fields: &[(&str, &str)]) -> Page {
        let page = stays_inside(self.0.submit(page, fields).await);
        self.follow(page).await
    }

    async fn sign_in(&mut self, page: &Page) -> Page {
        self.submit(page, &[("username", ADA), ("password", PASSWORD)]).await
    }
}

fn stays_inside(page: Page) -> Page {
    if let Some(location) = page.location() {
        let ours = location.starts_with("/t1/") || location.starts_with("https://app.example/");
        assert!(ours, "{} leads to {location}", page.url);
    }
    for mark in [" href=\"", " src=\"", " action=\""] {
        for rest in page.body.split(mark).skip(1) {
            let target = rest.split('"').next().unwrap_or_default().replace("&#x2f;", "/");
            let elsewhere = target.starts_with("https://app.example") || target.starts_with('#');
            assert!(elsewhere || target.starts_with("/t1/"), "{} names {target}", page.url);
        }
    }
    // a path that travels in a query or a hidden field
    for next in page.body.split("name=\"next\" value=\"").skip(1) {
        assert!(next.replace("&#x2f;", "/").starts_with("/t1/"), "{}", page.url);
    }
    page
}

fn below(path: &str) -> String {
    format!("{MOUNT}{path}")
}

// req: md.path
#[tokio::test]
async fn metadata_answers_at_all_of_its_well_known_places_and_every_url_is_below_the_path() {
    let server = start().await;
    let browser = Walker::new(&server).0;
    for path in [
        // RFC 8414 §3.1
        "/.well-known/oauth-authorization-server/t1",
        "/.well-known/openid-configuration/t1",
        // OpenID Connect Discovery §4
        "/t1/.well-known/openid-configuration",
        "/t1/.well-known/oauth-authorization-server",
    ] {
        let answer = browser.clone().get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        assert_eq!(answer.headers["access-control-allow-origin"], "*", "{path}");
        assert!(answer.headers.contains_key("x-request-id"), "{path}");
        let metadata = answer.json();
        assert_eq!(metadata["issuer"], ISSUER);
        for (name, value) in metadata.as_object().unwrap() {
            if name.ends_with("_endpoint") || name.ends_with("_uri") || name.ends_with("_iframe") {
                let url = value.as_str().unwrap();
                assert!(url.starts_with("https://id.example/t1/oauth2/"), "{name}: {url}");
                // a stream has no end to wait for
                if name == "status_changes_endpoint" {
                    continue;
                }
                let there = browser.clone().get(url.strip_prefix("https://id.example").unwrap()).await;
                assert_ne!(there.status, 404, "{name}");
            }
        }
    }
    // RFC 9728 §3.1, and where the path's own well-known tree has it
    for path in ["/.well-known/oauth-protected-resource/t1/oauth2/userinfo", "/t1/.well-known/oauth-protected-resource/oauth2/userinfo"] {
        let answer = browser.clone().get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.json()["resource"], "https://id.example/t1/oauth2/userinfo");
        assert_eq!(answer.json()["authorization_servers"][0], ISSUER);
    }
    for path in [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration/t2",
        "/oauth2/token",
        "/oauth2/jwks",
        "/accounts/login/",
        "/device",
        "/t1/t1/oauth2/jwks",
        "/t10/oauth2/jwks",
    ] {
        assert_eq!(browser.clone().get(path).await.status, 404, "{path}");
    }
}

// req: md.path
#[tokio::test]
async fn a_person_signs_in_consents_and_signs_out_without_leaving_the_path() {
    let server = start().await;
    let mut person = Walker::new(&server);
    let page = person.visit(&below(&authorize_url(&[("scope", "openid notes:read offline_access")]))).await;
    assert!(page.url.starts_with("/t1/accounts/login/"), "{}", page.url);
    let page = person.sign_in(&page).await;
    assert!(page.url.starts_with("/t1/accounts/consent/"), "{} {}", page.url, page.body);
    let back = person.submit(&page, &[("decision", "allow")]).await;
    assert_eq!(back.location_parameter("iss").as_deref(), Some(ISSUER));
    let code = back.location_parameter("code").unwrap_or_else(|| panic!("{back:?}"));
    let mut program = Walker::new(&server).0;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
        ("client_id", "app"),
    ];
    let tokens = program.post("/t1/oauth2/token", &fields).await;
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    let tokens = tokens.json();
    let refresh = [("grant_type", "refresh_token"), ("client_id", "app"), ("refresh_token", tokens["refresh_token"].as_str().unwrap())];
    let fresh = program.post("/t1/oauth2/token", &refresh).await;
    assert_eq!(fresh.status, 200, "{}", fresh.body);
    let verified = server.chabi.verify(fresh.json()["access_token"].as_str().unwrap()).await.unwrap();
    assert_eq!(verified.client_id(), "app");
    // the page with frames, and back to the application
    let hint = tokens["id_token"].as_str().unwrap();
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("id_token_hint", hint), ("post_logout_redirect_uri", AFTER_LOGOUT), ("state", "s")])
        .finish();
    let page = person.visit(&format!("/t1/oauth2/logout?{query}")).await;
    assert!(page.body.contains("https://app.example/front"), "{}", page.body);
    assert!(page.body.contains("https://app.example/bye"), "{}", page.body);
    assert!(person.visit("/t1/accounts/").await.url.starts_with("/t1/accounts/login/"));
}

// req: md.path
#[tokio::test]
async fn userinfo_and_introspection_know_the_tokens_of_an_issuer_with_a_path() {
    let server = start().await;
    let mut person = Walker::new(&server);
    let page = person.visit(&below(&authorize_url(&[("scope", "openid profile")]))).await;
    let page = person.sign_in(&page).await;
    let back = person.submit(&page, &[("decision", "allow")]).await;
    let code = back.location_parameter("code").unwrap();
    let mut program = Walker::new(&server).0;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
        ("client_id", "app"),
    ];
    let tokens = program.post("/t1/oauth2/token", &fields).await.json();
    program.headers.insert("authorization", format!("Bearer {}", tokens["access_token"].as_str().unwrap()).parse().unwrap());
    let userinfo = program.get("/t1/oauth2/userinfo").await;
    assert_eq!((userinfo.status.as_u16(), userinfo.json()["name"].as_str().map(str::to_owned)), (200, Some("Ada Lovelace".to_owned())));
}

// req: md.path
#[tokio::test]
async fn every_page_and_static_file_is_below_the_path_and_links_stay_there() {
    let server = start().await;
    let mut person = Walker::new(&server);
    for path in [
        "/accounts/login/",
        "/accounts/login/?next=%2Ft1%2Faccounts%2F&ui_locales=bn",
        "/accounts/signup/",
        "/accounts/password/reset/",
        "/accounts/password/reset/done/",
        "/accounts/password/reset/key/x/",
        "/accounts/confirm-email/x/",
        "/accounts/signed-out/",
        "/accounts/nothing/",
        "/accounts",
        "/oauth2/authorize?client_id=nobody",
        "/.well-known/change-password",
        "/device",
    ] {
        person.visit(&below(path)).await;
    }
    let page = person.visit("/t1/accounts/").await;
    let style = page.body.split("rel=\"stylesheet\" href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&#x2f;", "/");
    assert_eq!(person.get(&style).await.headers["content-type"], "text/css; charset=utf-8");
    assert!(person.get("/t1/oauth2/session/check").await.body.contains("src=\"/t1/static/chabi/check-session."));
    let page = person.sign_in(&page).await;
    assert_eq!(page.url, "/t1/accounts/");
    for path in ["/accounts/", "/accounts/email/", "/accounts/password/change/", "/accounts/logout/", "/accounts/login/?again=1", "/device"]
    {
        person.visit(&below(path)).await;
    }
    let page = person.visit("/t1/accounts/logout/").await;
    assert!(person.submit(&page, &[]).await.url.starts_with("/t1/accounts/signed-out/"));
}

// req: md.path
#[tokio::test]
async fn a_device_is_connected_below_the_path() {
    let server = start().await;
    let mut tv = Walker::new(&server).0;
    let begun = tv.post("/t1/oauth2/device_authorization", &[("client_id", "tv"), ("scope", "openid notes:read")]).await.json();
    assert_eq!(begun["verification_uri"], "https://id.example/t1/device");
    let complete = begun["verification_uri_complete"].as_str().unwrap().strip_prefix("https://id.example").unwrap();
    let mut person = Walker::new(&server);
    let page = person.visit(complete).await;
    let page = person.sign_in(&page).await;
    let page = person.submit(&page, &[("code", begun["user_code"].as_str().unwrap())]).await;
    let done = person.submit(&page, &[("decision", "allow"), ("scope", "notes:read")]).await;
    assert!(done.body.contains("The device is connected"), "{}", done.body);
    let poll = [("grant_type", DEVICE_GRANT), ("client_id", "tv"), ("device_code", begun["device_code"].as_str().unwrap())];
    let tokens = tv.post("/t1/oauth2/token", &poll).await;
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    assert_eq!(server.chabi.verify(tokens.json()["access_token"].as_str().unwrap()).await.unwrap().client_id(), "tv");
}

// req: md.path
#[tokio::test]
async fn links_in_mails_are_below_the_path() {
    let server = start().await;
    let mut person = Walker::new(&server);
    let page = person.visit("/t1/accounts/password/reset/").await;
    person.submit(&page, &[("email", ADA)]).await;
    let page = person.visit("/t1/accounts/signup/").await;
    person.submit(&page, &[("email", "new@example.test"), ("password1", "lantern-orbit-mango-72"), ("name", "New")]).await;
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    let mails: Vec<_> = server.mailbox.0.lock().unwrap().iter().map(|mail| mail.text.clone()).collect();
    assert!(!mails.is_empty());
    for mail in mails {
        let links: Vec<_> = mail.split("https://").skip(1).map(|rest| rest.split_whitespace().next().unwrap_or_default()).collect();
        assert!(!links.is_empty(), "{mail}");
        for link in links {
            assert!(link.starts_with("id.example/t1/accounts/"), "{link}");
        }
    }
}

#[tokio::test]
async fn a_path_with_characters_that_a_router_reads_otherwise_is_refused() {
    let (env, _) = chabi_testkit::env(1);
    for issuer in ["https://id.example/{t}", "https://id.example/*x", "https://id.example/a%2Fb"] {
        let store = databases::sqlite_in_memory(&env).await;
        let refused = Chabi::builder(issuer).master_secret(secret()).env(env.clone()).store(store).build().await;
        assert!(refused.is_err(), "{issuer}");
    }
}
