//! A server with a provider, and people with browsers.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::Router;
use chabi_client::{
    HttpSettings, Provider, ProviderSettings, Upstream,
    provider::{EmailTrust, OpenIdSettings, Protocol},
    settings::TrustEmail,
};
use chabi_pages::{
    Pages, PagesSettings,
    mail::{Mail, Mailer},
};
use chabi_resource_owner::{
    Parts, ResourceOwner, Settings,
    accounts::{self, NewPerson},
    router, router_from_elsewhere,
    social::Linking,
};
use chabi_spec::Fault;
use chabi_store::{
    Store,
    account::{Account, AccountEmail, Realm},
};
use chabi_testkit::{Browser, Page, databases};
use chabi_token::{MasterSecret, seal::Sealer};
use futures_util::future::BoxFuture;
use serde_json::json;

use crate::{
    applications::{self, SocialApplicationDraft},
    fixture::{CLIENT_ID, CLIENT_SECRET, Fixture},
};

pub const ORIGIN: &str = "https://login.example";
pub const PASSWORD: &str = "tamarind umbrella quartz 47";
pub const SESSION: &str = "__Host-chabi_session";

#[derive(Clone, Default)]
pub struct Inbox(Arc<Mutex<Vec<Mail>>>);

impl Inbox {
    pub fn clear(&self) {
        self.0.lock().unwrap().clear();
    }
}

impl Mailer for Inbox {
    fn send(&self, mail: Mail) -> BoxFuture<'_, Result<(), Fault>> {
        self.0.lock().unwrap().push(mail);
        Box::pin(async { Ok(()) })
    }
}

pub struct World {
    pub fixture: Fixture,
    pub store: Store,
    pub owner: ResourceOwner,
    pub secret_text: String,
    pub inbox: Inbox,
}

impl World {
    pub async fn start() -> Self {
        let fixture = Fixture::start().await;
        let store = databases::sqlite_in_memory(&fixture.env).await;
        Self::with_store(fixture, store)
    }

    pub fn with_store(fixture: Fixture, store: Store) -> Self {
        let secret = MasterSecret::generate(&fixture.env);
        let inbox = Inbox::default();
        let owner = owner(&fixture, &store, &inbox, &secret, providers(&fixture));
        Self { fixture, store, owner, secret_text: secret.to_text().expose().to_owned(), inbox }
    }

    /// The same server after an operator switched all providers off.
    pub fn browser_after_switching_providers_off(&self, browser: &Browser) -> Browser {
        let secret = MasterSecret::parse(&self.secret_text).unwrap();
        let owner = owner(&self.fixture, &self.store, &self.inbox, &secret, Vec::new());
        browser.clone().with_router(routes(&owner))
    }

    /// The same server at which nobody signs in by a password any more.
    pub fn browser_where_passwords_are_off(&self, browser: &Browser) -> Browser {
        let secret = MasterSecret::parse(&self.secret_text).unwrap();
        let settings = Settings { password_sign_in: false, ..Settings::new(ORIGIN) };
        let owner = owner_with(&self.fixture, &self.store, &self.inbox, &secret, (providers(&self.fixture), settings));
        browser.clone().with_router(routes(&owner))
    }

    pub fn browser(&self) -> Browser {
        Browser::new(routes(&self.owner), ORIGIN)
    }

    /// A social application at the fixture, of an operator who trusts it; to be changed where the test wants it otherwise.
    pub fn draft(&self, id: &str) -> SocialApplicationDraft {
        self.fixture.script(|script| script.redirect_uri.clear());
        SocialApplicationDraft {
            id: id.to_owned(),
            settings: ProviderSettings {
                catalogue: "openid".to_owned(),
                name: Some("Workplace".to_owned()),
                client_id: CLIENT_ID.to_owned(),
                issuer: Some(self.fixture.inner.base.clone()),
                trust_email: TrustEmail::WhenVerified,
                ..ProviderSettings::default()
            },
            sites: vec!["main".to_owned()],
            sign_up: true,
            linking: Linking::Trusted,
            keep_tokens: false,
            position: 1,
            disabled_at: None,
        }
    }

    pub async fn add(&self, draft: SocialApplicationDraft) {
        applications::add(&self.store, &self.owner.client_secrets, draft, CLIENT_SECRET, &self.fixture.env).await;
    }

    pub async fn change(&self, draft: SocialApplicationDraft) {
        applications::change(&self.store, &self.owner.client_secrets, draft, CLIENT_SECRET, &self.fixture.env).await;
    }

    /// What the provider will say of the person.
    pub fn tells(&self, address: &str, verified: bool) {
        self.fixture.script(|script| {
            script.claims["email"] = json!(address);
            script.claims["email_verified"] = json!(verified);
        });
    }

    /// From our button to the provider's door: its URL.
    pub async fn depart(&self, browser: &mut Browser, start: &str) -> url::Url {
        let page = browser.get(start).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let sent = browser.submit(&page, &[]).await;
        assert_eq!(sent.status, 303, "{}", sent.body);
        sent.location().unwrap().parse().unwrap()
    }

    /// What the provider sends the browser back with, for a person of this subject.
    pub fn approve(&self, url: &url::Url, subject: &str) -> String {
        let code = self.fixture.authorize(url, Some(subject));
        format!("{}?code={code}&state={}", redirect_path(url), parameter(url, "state"))
    }

    /// The whole way by the fixture's provider.
    pub async fn sign_in(&self, browser: &mut Browser, subject: &str) -> Page {
        self.sign_in_at(browser, "fixture", subject).await
    }

    /// The whole way by this one.
    pub async fn sign_in_at(&self, browser: &mut Browser, provider: &str, subject: &str) -> Page {
        let url = self.depart(browser, &format!("/accounts/{provider}/login/")).await;
        browser.get(&self.approve(&url, subject)).await
    }

    /// A person with a password and a proven address.
    pub async fn person(&self, address: &str) -> Account {
        let person = NewPerson {
            email: address.to_owned(),
            name: "Ada".to_owned(),
            locale: "en".to_owned(),
            password: PASSWORD.to_owned(),
            address_verified: true,
        };
        accounts::create_person(&self.store, &self.owner.hasher, &Realm::SHARED, person, &self.fixture.env).await.unwrap()
    }

    /// Signs in by password.
    pub async fn sign_in_by_password(&self, browser: &mut Browser, address: &str) {
        let page = browser.get("/accounts/login/").await;
        let answer = browser.submit(&page, &[("username", address), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        assert!(browser.cookie(SESSION).is_some());
    }

    pub async fn holder(&self, canonical: &str) -> Option<(Account, AccountEmail)> {
        self.store.find_account_by_email(&Realm::SHARED, canonical).await.unwrap()
    }

    /// Subjects of links, by the account that has this address.
    pub async fn linked(&self, canonical: &str) -> Vec<String> {
        let (account, _) = self.holder(canonical).await.unwrap();
        let links = self.store.list_provider_links(account.id).await.unwrap();
        links.into_iter().map(|link| link.subject).collect()
    }

    /// Mails are handed over beside the answer: waits for one to this address.
    pub async fn mail_to(&self, address: &str) -> Mail {
        self.mail_about(address, "").await
    }

    /// The first mail to this address whose subject holds these words. Notices are sent beside the answer: one of an earlier step may
    /// come late.
    pub async fn mail_about(&self, address: &str, words: &str) -> Mail {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(mail) = self.inbox.0.lock().unwrap().iter().find(|mail| mail.to == address && mail.subject.contains(words)) {
                return mail.clone();
            }
            assert!(Instant::now() < deadline, "no mail to {address} about {words}");
            tokio::task::yield_now().await;
        }
    }
}

fn routes(owner: &ResourceOwner) -> Router {
    router(owner.clone()).merge(router_from_elsewhere(owner.clone()))
}

fn providers(fixture: &Fixture) -> Vec<Provider> {
    let trusted = Provider { email_trust: EmailTrust::WhenVerified, ..fixture.openid() };
    let untrusted = Provider { id: "stranger".to_owned(), email_trust: EmailTrust::Never, ..fixture.openid() };
    // as Apple: its answer comes as a form, and the person's name with it
    let posting = Provider {
        id: "posting".to_owned(),
        name: "Posting".to_owned(),
        auth_params: vec![("response_mode".to_owned(), "form_post".to_owned())],
        protocol: Protocol::OpenId(Box::new(OpenIdSettings { name_in_response: true, ..OpenIdSettings::at(&fixture.inner.base) })),
        ..fixture.openid()
    };
    vec![trusted, untrusted, fixture.facebook(), posting]
}

fn owner(fixture: &Fixture, store: &Store, inbox: &Inbox, secret: &MasterSecret, providers: Vec<Provider>) -> ResourceOwner {
    owner_with(fixture, store, inbox, secret, (providers, Settings::new(ORIGIN)))
}

fn owner_with(
    fixture: &Fixture,
    store: &Store,
    inbox: &Inbox,
    secret: &MasterSecret,
    (providers, settings): (Vec<Provider>, Settings),
) -> ResourceOwner {
    let pages = PagesSettings { site_name: "Chabi".to_owned(), prefix: "/accounts".to_owned(), development: false, secure: true };
    let address = fixture.inner.base.trim_start_matches("http://").to_owned();
    let parts = Parts {
        store: store.clone(),
        pages: Arc::new(Pages::new(pages).unwrap()),
        mailer: Arc::new(inbox.clone()),
        providers,
        client_secrets: Sealer::new(secret),
        upstream: Upstream::new(HttpSettings { allowed_hosts: vec![address], ..HttpSettings::default() }),
        settings,
        env: fixture.env.clone(),
    };
    ResourceOwner::new(parts, secret).unwrap()
}

pub fn parameter(url: &url::Url, name: &str) -> String {
    let query: HashMap<String, String> = url.query_pairs().into_owned().collect();
    query.get(name).cloned().unwrap_or_default()
}

fn redirect_path(url: &url::Url) -> String {
    parameter(url, "redirect_uri").strip_prefix(ORIGIN).unwrap().to_owned()
}
