//! A server of people's pages, with one person in it.

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{Extension, Router};
use chabi_client::{HttpSettings, Upstream};
use chabi_pages::{
    Pages, PagesSettings,
    mail::{Mail, Mailer},
};
use chabi_resource_owner::{
    Parts, PasswordSettings, ResourceOwner, Settings,
    accounts::{NewPerson, create_person},
    router,
};
use chabi_spec::{ClientAddress, Fault};
use chabi_store::{Store, account::Account};
use chabi_testkit::{Browser, ManualClock, Page, databases};
use chabi_token::{Env, MasterSecret, seal::Sealer};
use futures_util::future::BoxFuture;
use tokio::sync::{Mutex, mpsc};

pub const ORIGIN: &str = "http://localhost:8000";
pub const ADA: &str = "ada@example.test";
pub const PASSWORD: &str = "orchid lantern gravel monsoon";

pub struct House {
    pub owner: ResourceOwner,
    pub env: Env,
    pub clock: Arc<ManualClock>,
    pub ada: Account,
    mails: Mutex<mpsc::UnboundedReceiver<Mail>>,
}

struct Outbox(mpsc::UnboundedSender<Mail>);

impl Mailer for Outbox {
    fn send(&self, mail: Mail) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async move { self.0.send(mail).map_err(|_| Fault::unavailable("posting a mail")) })
    }
}

impl House {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let (env, clock) = chabi_testkit::env(1);
        let store = databases::sqlite_in_memory(&env).await;
        let mut settings = Settings::new(ORIGIN);
        settings.password = PasswordSettings { memory_kib: 64, passes: 1, ..PasswordSettings::default() };
        change(&mut settings);
        let (sender, mails) = mpsc::unbounded_channel();
        let owner = people(store, settings, Arc::new(Outbox(sender)), &env);
        let ada =
            NewPerson { email: ADA.into(), name: "Ada".into(), locale: "en".into(), password: PASSWORD.into(), address_verified: true };
        let ada = create_person(&owner.store, &owner.hasher, &owner.settings.realm, ada, &env).await.unwrap();
        Self { owner, env, clock, ada, mails: Mutex::new(mails) }
    }

    pub fn router_from(&self, address: &str) -> Router {
        let address: IpAddr = address.parse().unwrap();
        router(self.owner.clone()).layer(Extension(ClientAddress(address)))
    }

    /// A new browser at one address.
    pub fn browser(&self) -> Browser {
        self.browser_from("192.0.2.1")
    }

    pub fn browser_from(&self, address: &str) -> Browser {
        Browser::new(self.router_from(address), self.owner.settings.public_url.clone())
    }

    /// The same server at a moment when nobody gets a turn to hash.
    pub fn browser_of_busy_server(&self) -> Browser {
        let mut settings = self.owner.settings.clone();
        settings.password.at_once = 0;
        settings.password.patience = Duration::from_millis(1);
        let owner = people(self.owner.store.clone(), settings, Arc::clone(&self.owner.mailer), &self.env);
        Browser::new(router(owner), ORIGIN)
    }

    /// The next mail.
    pub async fn mail(&self) -> Mail {
        let mut mails = self.mails.lock().await;
        tokio::time::timeout(Duration::from_secs(20), mails.recv()).await.expect("no mail came").unwrap()
    }

    /// The next mail to this address.
    pub async fn mail_to(&self, address: &str) -> Mail {
        let mail = self.mail().await;
        assert_eq!(mail.to, address, "{}", mail.subject);
        mail
    }

    pub async fn audit_kinds(&self) -> Vec<String> {
        self.owner.store.list_audit_events(100).await.unwrap().into_iter().map(|event| event.kind).collect()
    }
}

fn people(store: Store, settings: Settings, mailer: Arc<dyn Mailer>, env: &Env) -> ResourceOwner {
    let pages = PagesSettings {
        site_name: settings.site_name.clone(),
        prefix: settings.prefix.clone(),
        development: false,
        secure: settings.secure,
    };
    let secret = MasterSecret::generate(env);
    let parts = Parts {
        store,
        pages: Arc::new(Pages::new(pages).unwrap()),
        mailer,
        providers: vec![],
        client_secrets: Sealer::new(&secret),
        upstream: Upstream::new(HttpSettings::default()),
        settings,
        env: env.clone(),
    };
    ResourceOwner::new(parts, &secret).unwrap()
}

/// Opens the sign-in page and sends it.
pub async fn sign_in(browser: &mut Browser, username: &str, password: &str) -> Page {
    sign_in_at(browser, "/accounts/login/", username, password).await
}

pub async fn sign_in_at(browser: &mut Browser, url: &str, username: &str, password: &str) -> Page {
    let page = browser.get(url).await;
    assert_eq!(page.status, 200, "{}", page.body);
    browser.submit(&page, &[("username", username), ("password", password)]).await
}

pub async fn sign_up(browser: &mut Browser, email: &str, password: &str) -> Page {
    let page = browser.get("/accounts/signup/").await;
    browser.submit(&page, &[("email", email), ("name", "Somebody"), ("password", password)]).await
}

/// The link and the code of a mail.
pub fn proof(mail: &Mail) -> (String, String) {
    let link = mail.text.split_whitespace().find(|word| word.contains("/confirm-email/")).expect("a link").to_owned();
    let digits = |word: &str| word.chars().filter(char::is_ascii_digit).count();
    let code = mail.text.lines().map(str::trim).find(|line| digits(line) == 8 && line.len() <= 9).expect("a code");
    (link, code.to_owned())
}

pub fn without_csrf(page: &Page) -> String {
    let token = page.hidden_fields().into_iter().find(|(name, _)| name == "csrf").expect("a token").1;
    page.body.replace(&token, "…")
}
