//! The authorization server on a store in memory, with a gate that believes a header, and a clock moved by hand.

use std::sync::{
    Arc, Mutex, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use axum::{Router, body::Body};
use chabi_authorization_server::gate::{BroughtToken, NotSignedIn};
use chabi_authorization_server::{
    Authentication, AuthorizationServer, ConsentQuestion, Parts, PersonClaims, ResourceOwnerGate, Settings, SignInHints, SigningKeys,
};
use chabi_outgoing::{GuardedHttp, HttpSettings};
use chabi_pages::{Pages, PagesSettings};
use chabi_spec::{Fault, Observer, RequestRecord, Scope};
use chabi_store::{
    Store,
    account::{Account, AccountId, Realm},
    api::{AccessTokenType, Api},
    application::{ApplicationKind, ClientAuthentication, Profile, RegisteredClient},
    authorization_transaction::{Decision, TransactionId, Verdict},
    browser_session::{BrowserSession, SessionId},
    signing_key::SigningKeyRecord,
};
use chabi_testkit::{Browser, ManualClock, Page, browser, databases};
use chabi_token::{BrowserBinding, Env, MasterSecret, Sealer, Seconds, SiteTag, Timestamp, client_secret};
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use serde_json::Value;
use tokio::sync::watch;

pub const ISSUER: &str = "http://localhost:8000";
pub const NOTES: &str = "https://notes.example/";
pub const MAIL: &str = "https://mail.example/";
pub const CALLBACK: &str = "https://app.example/cb";
pub const SECRET: &str = "chabi_cs_correct";
/// RFC 7636 appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub struct Rig {
    pub store: Store,
    pub env: Env,
    pub clock: Arc<ManualClock>,
    pub keys: Arc<SigningKeys>,
    pub sealer: Sealer,
    pub seen: Arc<Seen>,
    pub gate: Arc<TestGate>,
    pub server: AuthorizationServer,
    pub closing: watch::Sender<bool>,
    pub router: Router,
    pub browser: Browser,
}

/// Believes the header `x-test-session`: how people log in is not what is tested here.
pub struct TestGate {
    store: Store,
    env: Env,
    pub consented: AtomicBool,
    /// What was allowed before, whatever is asked now; `None`: what is asked.
    pub remembers: Mutex<Option<Scope>>,
    /// What becomes of the tokens that applications bring; `None`: as a gate that takes none.
    pub by_token: Mutex<Option<Result<Authentication, NotSignedIn>>>,
}

/// What an observer was told.
#[derive(Default)]
pub struct Seen(pub Mutex<Vec<RequestRecord>>);

impl Observer for Seen {
    fn observe(&self, record: RequestRecord) {
        self.0.lock().unwrap().push(record);
    }
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn text(&self, name: &str) -> String {
        self.body[name].as_str().unwrap_or_default().to_owned()
    }
    pub fn error(&self) -> (u16, String) {
        (self.status.as_u16(), self.text("error"))
    }
}

impl Rig {
    pub async fn new(seed: u64) -> Self {
        let rig = Self::without_keys(seed).await;
        rig.keys.prepare().await.unwrap();
        rig
    }

    /// As at the very first start, when the keys are still being made.
    pub async fn without_keys(seed: u64) -> Self {
        Self::built(seed, Settings::new(ISSUER), HttpSettings::default()).await
    }

    /// With settings of the test's own, and hosts of this machine that may be called.
    pub async fn with(seed: u64, change: impl FnOnce(&mut Settings), allowed_hosts: &[String]) -> Self {
        let mut settings = Settings::new(ISSUER);
        change(&mut settings);
        let rig = Self::built(seed, settings, HttpSettings { allowed_hosts: allowed_hosts.to_vec(), ..HttpSettings::default() }).await;
        rig.keys.prepare().await.unwrap();
        rig
    }

    async fn built(seed: u64, settings: Settings, http: HttpSettings) -> Self {
        let (env, clock) = chabi_testkit::env(seed);
        let store = databases::sqlite_in_memory(&env).await;
        let master = master();
        let sealer = Sealer::new(&master);
        for record in ready_made_keys(&sealer, &env).await {
            store.insert_signing_key(record, true).await.unwrap();
        }
        let keys = SigningKeys::new(store.clone(), sealer.clone(), env.clone());
        let seen = Arc::new(Seen::default());
        let gate = Arc::new(TestGate {
            store: store.clone(),
            env: env.clone(),
            consented: AtomicBool::new(true),
            remembers: Mutex::new(None),
            by_token: Mutex::new(None),
        });
        let pages = PagesSettings { site_name: "Test".into(), prefix: "/accounts".into(), development: false, secure: false };
        let closing = watch::Sender::new(false);
        let parts = Parts {
            store: store.clone(),
            gate: gate.clone(),
            pages: Arc::new(Pages::new(pages).unwrap()),
            keys: keys.clone(),
            http: Arc::new(GuardedHttp::new(http)),
            observer: Some(seen.clone()),
            closing: closing.subscribe(),
        };
        let server = AuthorizationServer::new(settings, parts, &master, env.clone()).unwrap();
        let router = server.router();
        let browser = Browser::new(router.clone(), ISSUER);
        let rig = Self { store, env, clock, keys, sealer, seen, gate, server, closing, router, browser };
        rig.register().await;
        rig
    }

    async fn register(&self) {
        for (audience, words) in [(NOTES, ["notes:read", "notes:write"]), (MAIL, ["mail:read", "mail:send"])] {
            let api = Api {
                audience: audience.into(),
                name: audience.into(),
                scope: Scope::of(words),
                access_token_lifetime: Seconds::minutes(5),
                token_type: AccessTokenType::AtJwt,
                signing_alg: "ES256".into(),
                settings: Default::default(),
            };
            self.store.put_api(api).await.unwrap();
        }
        let spa = application("spa");
        let secret_hashes = vec![client_secret::hash_of(SECRET)];
        let web = RegisteredClient {
            authentication: ClientAuthentication::Secret,
            secret_hashes,
            grant_types: ["authorization_code", "refresh_token", "client_credentials"].map(str::to_owned).to_vec(),
            ..application("web")
        };
        let classic = RegisteredClient { client_id: "classic".into(), profile: Profile::Oidc, ..web.clone() };
        let notes_api = RegisteredClient { client_id: "notes-api".into(), grant_types: Vec::new(), ..web.clone() };
        let disabled = RegisteredClient { client_id: "disabled".into(), disabled_at: Some(Timestamp(1)), ..web.clone() };
        for client in [spa, application("other"), web, classic, notes_api, disabled] {
            self.store.put_application(client).await.unwrap();
        }
    }

    /// Makes an account and signs it in, in the browser of this rig.
    pub async fn sign_in(&mut self) -> (AccountId, SessionId) {
        let account = AccountId(self.env.new_id());
        let subject = format!("person-{account}");
        let row = Account {
            id: account,
            subject,
            realm: Realm::SHARED,
            name: "Ada".into(),
            locale: "en".into(),
            created_at: self.env.now(),
            updated_at: Timestamp::default(),
            disabled_at: None,
            profile: None,
        };
        self.store.insert_account(row).await.unwrap();
        (account, self.sign_in_as(account).await)
    }

    /// Another sign-in of the same person.
    pub async fn sign_in_as(&mut self, account: AccountId) -> SessionId {
        let (id, now) = (SessionId(self.env.new_id()), self.env.now());
        let session = BrowserSession {
            id,
            secret_hash: [0; 32],
            account,
            auth_time: now,
            amr: vec!["pwd".into()],
            provider: String::new(),
            upstream_subject: String::new(),
            upstream_sid: String::new(),
            user_agent: String::new(),
            created_at: now,
            seen_at: now,
            expires_at: now + Seconds::days(365),
        };
        self.store.insert_session(session).await.unwrap();
        self.browser.headers.insert("x-test-session", HeaderValue::from_str(&id.to_string()).unwrap());
        id
    }

    /// `/oauth2/authorize` with PKCE and everything that is needed, and `more`; a parameter in `more` replaces ours.
    pub async fn authorize(&mut self, more: &str) -> Page {
        self.browser.get(&authorize_url("spa", more)).await
    }

    /// A code for an application, with PKCE.
    pub async fn code(&mut self, client_id: &str, more: &str) -> String {
        let page = self.browser.get(&authorize_url(client_id, more)).await;
        parameter(&page, "code").unwrap_or_else(|| panic!("no code: {:?} {}", page.location(), page.body))
    }

    /// Signs in and gives the whole answer of the token endpoint.
    pub async fn tokens(&mut self, more: &str) -> Answer {
        self.sign_in().await;
        let code = self.code("spa", more).await;
        let answer = self.redeem("spa", &code, &[]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer
    }

    pub async fn redeem(&self, client_id: &str, code: &str, more: &[(&str, &str)]) -> Answer {
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", client_id),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        self.post("/oauth2/token", &replaced(&fields, more), None).await
    }

    pub async fn refresh(&self, client_id: &str, token: &str, more: &[(&str, &str)]) -> Answer {
        let fields = [("grant_type", "refresh_token"), ("client_id", client_id), ("refresh_token", token)];
        self.post("/oauth2/token", &replaced(&fields, more), None).await
    }

    /// POSTs a form, with an `Authorization` header or without.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)], authorization: Option<&str>) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        self.ask(request.body(Body::from(body)).unwrap()).await
    }

    /// Sends JSON, with a bearer token or without.
    pub async fn send_json(&self, method: &str, path: &str, body: &Value, bearer: Option<&str>) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, "application/json");
        if let Some(bearer) = bearer {
            request = request.header(header::AUTHORIZATION, format!("Bearer {bearer}"));
        }
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        self.ask(request.body(body).unwrap()).await
    }

    pub async fn userinfo(&self, token: &str) -> Answer {
        let request = Request::get("/oauth2/userinfo").header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.ask(request.body(Body::empty()).unwrap()).await
    }

    pub async fn ask(&self, request: Request<Body>) -> Answer {
        let (status, headers, body) = browser::ask(&self.router, request).await;
        Answer { status, headers, body: serde_json::from_str(&body).unwrap_or(Value::Null) }
    }

    /// What the consent and sign-out pages do.
    pub async fn decide(&self, page: &Page, decision: Decision, account: AccountId) {
        let binding = BrowserBinding::parse(self.browser.cookie("chabi_browser").unwrap(), SiteTag::MAIN).unwrap();
        let id: TransactionId = transaction(page).parse().unwrap();
        let granted = Scope::of(["email", "mail:read", "notes:read", "notes:write", "offline_access", "openid", "profile"]);
        let verdict = Verdict { decision, account, granted };
        assert!(self.store.decide_transaction(id, binding.hash(), verdict, self.env.now()).await.unwrap());
    }
}

pub fn application(client_id: &str) -> RegisteredClient {
    RegisteredClient {
        client_id: client_id.into(),
        name: client_id.into(),
        profile: Profile::OAuth21,
        kind: ApplicationKind::Web,
        authentication: ClientAuthentication::None,
        secret_hashes: Vec::new(),
        redirect_uris: vec![CALLBACK.into()],
        post_logout_redirect_uris: vec!["https://app.example/bye".into()],
        origins: vec!["https://app.example".into()],
        grant_types: ["authorization_code", "refresh_token"].map(str::to_owned).to_vec(),
        scope: Scope::of(["openid", "profile", "email", "offline_access", "notes:read", "notes:write", "mail:read"]),
        default_audience: NOTES.into(),
        id_token_alg: "RS256".into(),
        first_party: false,
        disabled_at: None,
        created_at: Timestamp(0),
        settings: Default::default(),
    }
}

pub fn authorize_url(client_id: &str, more: &str) -> String {
    let given: Vec<(String, String)> = form_urlencoded::parse(more.as_bytes()).into_owned().collect();
    let ours = [
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", CALLBACK),
        ("scope", "openid notes:read"),
        ("state", "st"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(ours.iter().filter(|(name, _)| !given.iter().any(|(other, _)| other == name)));
    query.extend_pairs(&given);
    format!("/oauth2/authorize?{}", query.finish())
}

/// A parameter of the URL that the page redirects to.
pub fn parameter(page: &Page, name: &str) -> Option<String> {
    let location = page.location()?;
    let query = location.split_once('?')?.1;
    form_urlencoded::parse(query.as_bytes()).find(|(other, _)| other == name).map(|(_, value)| value.into_owned())
}

/// The id of the waiting request in a redirect to the gate.
pub fn transaction(page: &Page) -> String {
    parameter(page, "transaction").unwrap_or_else(|| panic!("no transaction: {:?} {}", page.location(), page.body))
}

/// The claims of a JWT, not verified.
pub fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&chabi_token::base64url::decode(payload).unwrap()).unwrap()
}

fn replaced<'a>(fields: &[(&'a str, &'a str)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = fields.iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
    kept.chain(more).filter(|(_, value)| !value.is_empty()).copied().collect()
}

pub fn master() -> MasterSecret {
    MasterSecret::parse(&format!("chabi_master_{}", chabi_token::base64url::encode([7; 32]))).unwrap()
}

/// RSA keys take a while to make: the tests of one run share them.
async fn ready_made_keys(sealer: &Sealer, env: &Env) -> Vec<SigningKeyRecord> {
    static KEYS: OnceLock<Vec<SigningKeyRecord>> = OnceLock::new();
    if let Some(keys) = KEYS.get() {
        return keys.clone();
    }
    let store = databases::sqlite_in_memory(env).await;
    SigningKeys::new(store.clone(), sealer.clone(), env.clone()).prepare().await.unwrap();
    let made = store.list_signing_keys(env.now()).await.unwrap();
    KEYS.get_or_init(|| made).clone()
}

impl ResourceOwnerGate for TestGate {
    fn present<'a>(&'a self, headers: &'a HeaderMap, env: &'a Env) -> BoxFuture<'a, Result<Option<Authentication>, Fault>> {
        Box::pin(async move {
            let Some(id) = headers.get("x-test-session") else { return Ok(None) };
            let id: SessionId = id.to_str().unwrap().parse().unwrap();
            let Some(session) = self.store.find_session(id, env.now()).await? else { return Ok(None) };
            let account = self.store.find_account(session.account).await?.filter(|account| account.disabled_at.is_none());
            Ok(account.map(|account| Authentication::proven(account.id, account.subject, id, session.auth_time, session.amr)))
        })
    }
    fn sign_in_url(&self, transaction: TransactionId, hints: &SignInHints) -> String {
        format!("/accounts/login/?transaction={transaction}&again={}&create={}", hints.again, hints.create)
    }
    fn consent_url(&self, transaction: TransactionId) -> String {
        format!("/accounts/consent/?transaction={transaction}")
    }
    fn sign_out_url(&self, transaction: TransactionId) -> String {
        format!("/accounts/logout/?transaction={transaction}")
    }
    fn signed_out_url(&self) -> String {
        "/accounts/signed-out/".into()
    }
    fn consented<'a>(&'a self, _account: AccountId, question: ConsentQuestion<'a>) -> BoxFuture<'a, Result<Option<Scope>, Fault>> {
        Box::pin(async move {
            let remembered = self.remembers.lock().unwrap().clone();
            Ok(self.consented.load(Ordering::SeqCst).then(|| remembered.unwrap_or_else(|| question.scope.clone())))
        })
    }
    fn claims(&self, account: AccountId) -> BoxFuture<'_, Result<Option<PersonClaims>, Fault>> {
        Box::pin(async move {
            let found = self.store.find_account(account).await?.filter(|account| account.disabled_at.is_none());
            Ok(found.map(|account| PersonClaims {
                subject: account.subject,
                name: account.name,
                preferred_username: "ada".into(),
                locale: account.locale,
                email: "ada@example.org".into(),
                email_verified: true,
                updated_at: account.created_at,
                profile: account.profile,
            }))
        })
    }
    fn sign_in_by_token<'a>(
        &'a self,
        _brought: BroughtToken<'a>,
        _env: &'a Env,
    ) -> BoxFuture<'a, Result<Result<Authentication, NotSignedIn>, Fault>> {
        let outcome = self.by_token.lock().unwrap().clone().unwrap_or(Err(NotSignedIn::NotSupported));
        Box::pin(std::future::ready(Ok(outcome)))
    }

    fn session_lives<'a>(&'a self, session: SessionId, env: &'a Env) -> BoxFuture<'a, Result<bool, Fault>> {
        Box::pin(async move { Ok(self.store.find_session(session, env.now()).await?.is_some()) })
    }
    fn sign_out<'a>(&'a self, session: SessionId, _env: &'a Env) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            let now = self.env.now();
            self.store.end_session(session).await?;
            self.store.delete_codes_of_session(session).await?;
            self.store.revoke(chabi_store::revocation::Revocation::Session(session), "logout", now).await?;
            Ok(())
        })
    }
}
