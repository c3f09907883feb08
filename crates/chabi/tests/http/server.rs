//! What every test here begins with: a server with an application, an API and a person.

use std::sync::{Arc, Mutex};

use axum::{Router, body::Body, routing::get};
use chabi::{
    AccessTokenType, Api, ApplicationKind, Builder, Chabi, ClientAuthentication, Env, Fault, Mail, Mailer, MasterSecret, Profile,
    RegisteredClient, Scope, Seconds, Store, client_secret_hash,
    operations::accounts::{self, NewPerson},
    resource_server::Bearer,
};
use chabi_store::signing_key::SigningKeyRecord;
use chabi_testkit::{Browser, ManualClock, Page, databases};
use futures_util::future::BoxFuture;
use http::{Request, header};
use tokio::sync::OnceCell;

pub const ISSUER: &str = "https://id.example";
pub const AUDIENCE: &str = "https://api.example";
pub const REDIRECT: &str = "https://app.example/callback";
pub const AFTER_LOGOUT: &str = "https://app.example/bye";
pub const ADA: &str = "ada@example.test";
pub const PASSWORD: &str = "lantern-orbit-mango-71";
pub const SECRET: &str = "chabi_cs_for-tests-alone-000000000000000000000000000";
/// RFC 7636, appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Everything that was mailed.
#[derive(Default)]
pub struct Mailbox(pub Mutex<Vec<Mail>>);

impl Mailer for Mailbox {
    fn send(&self, mail: Mail) -> BoxFuture<'_, Result<(), Fault>> {
        self.0.lock().unwrap().push(mail);
        Box::pin(std::future::ready(Ok(())))
    }
}

/// A server, its clock, and what it mailed.
pub struct TestServer {
    pub chabi: Chabi,
    pub router: Router,
    pub clock: Arc<ManualClock>,
    pub mailbox: Arc<Mailbox>,
}

impl TestServer {
    /// With the fixtures: `app` (public), `confidential`, `machine`, one API, Ada.
    pub async fn start() -> Self {
        Self::start_with(|builder| builder).await
    }

    /// The same, with settings of the test's own.
    pub async fn start_with(change: impl FnOnce(Builder) -> Builder) -> Self {
        let (env, clock) = chabi_testkit::env(1);
        let mailbox = Arc::new(Mailbox::default());
        let store = databases::sqlite_in_memory(&env).await;
        put_keys(&store).await;
        let builder = builder(&env).store(store).mailer(mailbox.clone()).api(api());
        let builder = applications().into_iter().fold(builder, Builder::application);
        let chabi = change(builder).build().await.unwrap();
        chabi.until_ready().await.unwrap();
        let ada = NewPerson {
            email: ADA.into(),
            name: "Ada Lovelace".into(),
            locale: "en".into(),
            password: PASSWORD.into(),
            address_verified: true,
        };
        accounts::add(chabi.resource_owner(), ada).await.unwrap();
        let notes = Router::new().route("/notes", get(async |caller: Bearer| caller.subject().to_owned()));
        let router = chabi.router().merge(notes.route_layer(chabi.bearer_layer(AUDIENCE).unwrap()));
        Self { chabi, router, clock, mailbox }
    }

    /// A browser without cookies.
    pub fn browser(&self) -> Browser {
        Browser::new(self.router.clone(), ISSUER)
    }

    /// Signs Ada in and allows what `app` asks for; ends at the redirect to the application.
    pub async fn sign_in(&self, browser: &mut Browser, parameters: &[(&str, &str)]) -> Page {
        let page = browser.visit(&authorize_url(parameters)).await;
        let page = if page.body.contains("login-submit") {
            let page = browser.submit(&page, &[("username", ADA), ("password", PASSWORD)]).await;
            browser.follow(page).await
        } else {
            page
        };
        if page.location().is_some() {
            return page;
        }
        assert!(page.body.contains("consent-allow"), "{} {}", page.status, page.body);
        let page = browser.submit(&page, &[("decision", "allow")]).await;
        browser.follow(page).await
    }

    /// Exchanges a code of `app` with the verifier of the fixtures.
    pub async fn exchange(&self, code: &str) -> Page {
        self.token(&[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT), ("code_verifier", VERIFIER)]).await
    }

    /// Asks the token endpoint, as `app` unless a `client_id` is given.
    pub async fn token(&self, fields: &[(&str, &str)]) -> Page {
        let mut all = fields.to_vec();
        if !fields.iter().any(|(name, _)| *name == "client_id") {
            all.push(("client_id", "app"));
        }
        Browser::new(self.router.clone(), ISSUER).post("/oauth2/token", &all).await
    }

    /// The whole way to tokens.
    pub async fn tokens(&self, scope: &str) -> serde_json::Value {
        let back = self.sign_in(&mut self.browser(), &[("scope", scope)]).await;
        let code = back.location_parameter("code").unwrap_or_else(|| panic!("no code: {back:?}"));
        let answer = self.exchange(&code).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    /// GET with an access token.
    pub async fn get_with_token(&self, path: &str, token: &str) -> Page {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}")).body(Body::empty()).unwrap();
        let (status, headers, body) = chabi_testkit::browser::ask(&self.router, request).await;
        Page { url: path.into(), status, headers, body }
    }
}

/// `/oauth2/authorize` with the fixtures' parameters; `parameters` replace them or, when empty, remove them.
pub fn authorize_url(parameters: &[(&str, &str)]) -> String {
    let defaults = [
        ("response_type", "code"),
        ("client_id", "app"),
        ("redirect_uri", REDIRECT),
        ("scope", "openid notes:read"),
        ("state", "the-state"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let kept = defaults.into_iter().filter(|(name, _)| !parameters.iter().any(|(other, _)| other == name));
    let given = parameters.iter().copied().filter(|(_, value)| !value.is_empty());
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(kept.chain(given)).finish();
    format!("/oauth2/authorize?{query}")
}

/// A builder with the secret of these tests, and nothing else.
pub fn builder(env: &Env) -> Builder {
    Chabi::builder(ISSUER).master_secret(secret()).env(env.clone())
}

pub fn secret() -> MasterSecret {
    MasterSecret::parse(&format!("chabi_master_{}", "A".repeat(43))).unwrap()
}

pub fn api() -> Api {
    Api {
        audience: AUDIENCE.into(),
        name: "Notes".into(),
        scope: Scope::of(["notes:read", "notes:write"]),
        access_token_lifetime: Seconds::minutes(5),
        token_type: AccessTokenType::AtJwt,
        signing_alg: "ES256".into(),
        settings: Default::default(),
    }
}

/// The public application `app`, from which others are made.
pub fn application() -> RegisteredClient {
    RegisteredClient {
        client_id: "app".into(),
        name: "The app".into(),
        profile: Profile::OAuth21,
        kind: ApplicationKind::Web,
        authentication: ClientAuthentication::None,
        secret_hashes: Vec::new(),
        redirect_uris: vec![REDIRECT.into()],
        post_logout_redirect_uris: vec![AFTER_LOGOUT.into()],
        origins: vec!["https://app.example".into()],
        grant_types: ["authorization_code", "refresh_token"].map(str::to_owned).to_vec(),
        scope: Scope::of(["openid", "profile", "email", "offline_access", "notes:read", "notes:write"]),
        default_audience: AUDIENCE.into(),
        id_token_alg: "RS256".into(),
        first_party: false,
        disabled_at: None,
        created_at: chabi::Timestamp::default(),
        settings: Default::default(),
    }
}

fn applications() -> [RegisteredClient; 3] {
    let app = application();
    let confidential = RegisteredClient {
        client_id: "confidential".into(),
        authentication: ClientAuthentication::Secret,
        secret_hashes: vec![client_secret_hash(SECRET)],
        redirect_uris: vec!["https://server.example/callback".into()],
        origins: Vec::new(),
        ..app.clone()
    };
    let machine = RegisteredClient {
        client_id: "machine".into(),
        grant_types: vec!["client_credentials".into()],
        redirect_uris: Vec::new(),
        ..confidential.clone()
    };
    [app, confidential, machine]
}

/// Making an RSA key takes its time: all tests share the keys that the first one made, sealed with the secret that they share too.
pub async fn put_keys(store: &Store) {
    static KEYS: OnceCell<Vec<SigningKeyRecord>> = OnceCell::const_new();
    let keys = KEYS.get_or_init(|| async {
        let (env, _) = chabi_testkit::env(0);
        let chabi = builder(&env).store(databases::sqlite_in_memory(&env).await).build().await.unwrap();
        chabi.until_ready().await.unwrap();
        chabi.store().list_signing_keys(env.now()).await.unwrap()
    });
    for key in keys.await {
        assert!(store.insert_signing_key(key.clone(), true).await.unwrap());
    }
}
