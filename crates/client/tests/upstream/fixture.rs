//! A provider for these tests, written apart from the code under test: it signs with the crypto library directly.

use std::{
    collections::HashMap,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_lc_rs::{
    digest, hmac,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use axum::{
    Router,
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chabi_client::{
    Callback, HttpSettings, Provider, Upstream, UpstreamRefusal, VerifiedIdentity,
    provider::{FacebookSettings, facebook, openid},
};
use chabi_token::{
    Env, SecretText, Timestamp,
    env::{Clock, Randomness},
};
use serde_json::{Value, json};

use crate::recorder::{self, Call};

pub const NOW: i64 = 1_800_000_000;
pub const CLIENT_ID: &str = "chabi-at-fixture";
pub const CLIENT_SECRET: &str = "s3cret: with/odd+characters";
pub const REDIRECT_URI: &str = "https://login.example/accounts/fixture/login/callback/";
pub const ACCESS_TOKEN: &str = "upstream-access-token";

static RSA: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());
static EC: LazyLock<EcdsaKeyPair> = LazyLock::new(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap());
static FOREIGN: LazyLock<EcdsaKeyPair> = LazyLock::new(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap());

/// How the next ID token is signed.
#[derive(Clone, Copy, PartialEq)]
pub enum Signing {
    Es256,
    Rs256,
    WithAForeignKey,
    Not,
    HmacWithThePublicKey,
    HmacWithTheSecret,
}

/// What the provider does. Tests change it.
pub struct Script {
    pub header: Value,
    pub claims: Value,
    pub signing: Signing,
    pub discovery: Value,
    pub userinfo: Value,
    pub profile: Value,
    pub keys_status: u16,
    pub token_answer: Option<Answer>,
    pub without_id_token: bool,
    pub refresh_token: Option<String>,
    pub extra_kid: Option<String>,
    pub begun: HashMap<String, Begun>,
    pub codes: usize,
    /// How the redirect URI must end.
    pub redirect_uri: String,
    pub last_profile_query: String,
    pub last_profile_authorization: String,
    /// The token endpoint asks nobody for a secret, and remembers what it was shown.
    pub any_secret: bool,
    pub last_token_form: HashMap<String, String>,
    /// What other paths answer, and who called them.
    pub answers: HashMap<String, Answer>,
    pub calls: Vec<Call>,
}

#[derive(Clone)]
pub struct Begun {
    pub nonce: String,
    pub challenge: String,
    pub subject: Option<String>,
}

#[derive(Clone)]
pub enum Answer {
    Json(u16, Value),
    Text(String),
    Huge(usize),
    Endless,
    Never,
    Redirect(String),
}

#[derive(Default)]
pub struct Counts {
    pub keys: AtomicUsize,
    pub discovery: AtomicUsize,
    pub token: AtomicUsize,
    pub elsewhere: AtomicUsize,
}

pub struct Inner {
    pub base: String,
    pub script: Mutex<Script>,
    pub counts: Counts,
}

pub struct Fixture {
    pub inner: Arc<Inner>,
    pub upstream: Upstream,
    pub env: Env,
    clock: Arc<ManualClock>,
}

struct ManualClock(AtomicI64);
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

struct Counting(AtomicI64);
impl Randomness for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let seed = self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        let digest = digest::digest(&digest::SHA256, &seed);
        bytes.iter_mut().zip(digest.as_ref().iter().cycle()).for_each(|(to, from)| *to = *from);
    }
}

impl Fixture {
    pub async fn start() -> Self {
        Self::start_with(HttpSettings::default()).await
    }

    pub async fn start_with(settings: HttpSettings) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let base = format!("http://{address}");
        let script = Mutex::new(Script::new(&base));
        let inner = Arc::new(Inner { base, script, counts: Counts::default() });
        let app = routes().with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        let clock = Arc::new(ManualClock(AtomicI64::new(NOW * 1_000_000)));
        let settings = HttpSettings { allowed_hosts: vec![address.to_string()], ..settings };
        let env = Env::new(clock.clone(), Arc::new(Counting(AtomicI64::new(0))));
        Self { inner, upstream: Upstream::new(settings), env, clock }
    }

    pub fn advance(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    pub fn script(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.inner.script.lock().unwrap());
    }

    pub fn openid(&self) -> Provider {
        openid("fixture", "Fixture", (CLIENT_ID.to_owned(), SecretText::new(CLIENT_SECRET.to_owned())), &self.inner.base)
    }

    pub fn facebook(&self) -> Provider {
        let base = self.inner.base.clone();
        let settings = FacebookSettings { www: base.clone(), graph: base, version: "v24.0".to_owned() };
        facebook(CLIENT_ID, SecretText::new(CLIENT_SECRET.to_owned()), &settings)
    }

    /// The whole way, with an honest browser.
    pub async fn sign_in(&self, provider: &Provider) -> Result<VerifiedIdentity, UpstreamRefusal> {
        self.sign_in_with(provider, "").await
    }

    /// As [`Fixture::sign_in`], with more in the callback's query.
    pub async fn sign_in_with(&self, provider: &Provider, more: &str) -> Result<VerifiedIdentity, UpstreamRefusal> {
        let begun = self.upstream.begin(provider, REDIRECT_URI, "the-state", &self.env).await?;
        let code = self.authorize(&begun.url, None);
        let callback = Callback::parse(&format!("code={code}&state=the-state{more}")).unwrap();
        self.upstream.finish(provider, &callback, begun.pending, REDIRECT_URI, &self.env).await
    }

    /// What the provider does when the browser arrives: remembers nonce and challenge under a new code.
    pub fn authorize(&self, url: &url::Url, subject: Option<&str>) -> String {
        let query: HashMap<String, String> = url.query_pairs().into_owned().collect();
        assert!(query.get("code_challenge_method").is_none_or(|method| method == "S256"));
        let mut script = self.inner.script.lock().unwrap();
        script.codes += 1;
        let code = format!("code-{}", script.codes);
        let begun = Begun {
            nonce: query.get("nonce").cloned().unwrap_or_default(),
            challenge: query.get("code_challenge").cloned().unwrap_or_default(),
            subject: subject.map(str::to_owned),
        };
        script.begun.insert(code.clone(), begun);
        code
    }
}

impl Script {
    fn new(base: &str) -> Self {
        Self {
            header: json!({ "typ": "JWT", "alg": "ES256", "kid": "ec" }),
            claims: json!({
                "iss": base, "aud": CLIENT_ID, "sub": "person-1", "exp": NOW + 300, "iat": NOW,
                "email": "ada@example.com", "email_verified": true, "name": "Ada Lovelace",
            }),
            signing: Signing::Es256,
            discovery: json!({
                "issuer": base,
                "authorization_endpoint": format!("{base}/authorize"),
                "token_endpoint": format!("{base}/token"),
                "userinfo_endpoint": format!("{base}/userinfo"),
                "jwks_uri": format!("{base}/keys"),
            }),
            userinfo: json!({ "sub": "person-1", "email": "info@example.com", "email_verified": true }),
            profile: json!({ "id": "10001", "name": "Rahima Begum", "first_name": "Rahima", "last_name": "Begum" }),
            keys_status: 200,
            token_answer: None,
            without_id_token: false,
            refresh_token: None,
            extra_kid: None,
            begun: HashMap::new(),
            codes: 0,
            redirect_uri: REDIRECT_URI.to_owned(),
            last_profile_query: String::new(),
            last_profile_authorization: String::new(),
            any_secret: false,
            last_token_form: HashMap::new(),
            answers: HashMap::new(),
            calls: Vec::new(),
        }
    }

    /// A token that nobody redeemed a code for: with the usual claims, changed by these.
    pub fn token_with(&self, changes: Value) -> String {
        let mut script = json!({ "claims": self.claims });
        for (name, value) in changes.as_object().unwrap() {
            script["claims"][name] = value.clone();
        }
        script["claims"].as_object_mut().unwrap().retain(|_, value| *value != json!("<absent>"));
        let signed = format!("{}.{}", encode(&self.header.to_string()), encode(&script["claims"].to_string()));
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(sign(&signed, self.signing)))
    }

    fn id_token(&self, begun: &Begun) -> String {
        let mut claims = self.claims.clone();
        let members = claims.as_object_mut().unwrap();
        members.entry("nonce").or_insert_with(|| json!(begun.nonce));
        if let Some(subject) = &begun.subject {
            members.insert("sub".to_owned(), json!(subject));
        }
        members.retain(|_, value| *value != json!("<absent>"));
        let signed = format!("{}.{}", encode(&self.header.to_string()), encode(&claims.to_string()));
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(sign(&signed, self.signing)))
    }

    pub fn keys(&self) -> Value {
        let mut keys = vec![ec_key("ec", &EC), rsa_key()];
        keys.extend(self.extra_kid.iter().map(|kid| ec_key(kid, &FOREIGN)));
        json!({ "keys": keys })
    }
}

fn routes() -> Router<Arc<Inner>> {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/keys", get(keys))
        .route("/token", post(token))
        .route("/v24.0/oauth/access_token", post(token))
        .route("/userinfo", get(userinfo))
        .route("/v24.0/me", get(profile))
        .route("/elsewhere", get(elsewhere).post(elsewhere))
        .fallback(recorder::record)
}

async fn discovery(State(inner): State<Arc<Inner>>) -> Response {
    inner.counts.discovery.fetch_add(1, Ordering::SeqCst);
    json_answer(200, &inner.script.lock().unwrap().discovery)
}

async fn keys(State(inner): State<Arc<Inner>>) -> Response {
    inner.counts.keys.fetch_add(1, Ordering::SeqCst);
    let script = inner.script.lock().unwrap();
    json_answer(script.keys_status, &script.keys())
}

async fn token(State(inner): State<Arc<Inner>>, headers: HeaderMap, body: Bytes) -> Response {
    inner.counts.token.fetch_add(1, Ordering::SeqCst);
    inner.script.lock().unwrap().last_token_form = form_urlencoded::parse(&body).into_owned().collect();
    let scripted = inner.script.lock().unwrap().token_answer.clone();
    match scripted {
        Some(answer) => answer.respond().await,
        None => inner.script.lock().unwrap().redeem(&headers, &body),
    }
}

impl Script {
    fn redeem(&mut self, headers: &HeaderMap, body: &[u8]) -> Response {
        let form: HashMap<String, String> = form_urlencoded::parse(body).into_owned().collect();
        let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        let authorized = match headers.get(header::AUTHORIZATION) {
            Some(basic) => basic.to_str().unwrap() == expected_basic(),
            None => field("client_id") == CLIENT_ID && field("client_secret") == CLIENT_SECRET,
        };
        self.last_token_form.clone_from(&form);
        if !authorized && !self.any_secret {
            return json_answer(401, &json!({ "error": "invalid_client" }));
        }
        let Some(begun) = self.begun.remove(field("code")) else {
            return json_answer(400, &json!({ "error": "invalid_grant" }));
        };
        let hash = digest::digest(&digest::SHA256, field("code_verifier").as_bytes());
        if URL_SAFE_NO_PAD.encode(hash.as_ref()) != begun.challenge || !field("redirect_uri").ends_with(&self.redirect_uri) {
            return json_answer(400, &json!({ "error": "invalid_grant" }));
        }
        let mut answer = json!({ "access_token": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": "3600" });
        if let Some(token) = &self.refresh_token {
            answer["refresh_token"] = json!(token);
        }
        if !self.without_id_token && !begun.nonce.is_empty() {
            answer["id_token"] = json!(self.id_token(&begun));
        }
        json_answer(200, &answer)
    }
}

async fn userinfo(State(inner): State<Arc<Inner>>, headers: HeaderMap) -> Response {
    assert_eq!(headers.get(header::AUTHORIZATION).unwrap(), &format!("Bearer {ACCESS_TOKEN}"));
    json_answer(200, &inner.script.lock().unwrap().userinfo)
}

async fn profile(State(inner): State<Arc<Inner>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let mut script = inner.script.lock().unwrap();
    script.last_profile_query = query.unwrap_or_default();
    script.last_profile_authorization = headers.get(header::AUTHORIZATION).unwrap().to_str().unwrap().to_owned();
    json_answer(200, &script.profile)
}

async fn elsewhere(State(inner): State<Arc<Inner>>) -> Response {
    inner.counts.elsewhere.fetch_add(1, Ordering::SeqCst);
    json_answer(200, &json!({ "access_token": ACCESS_TOKEN, "token_type": "Bearer" }))
}

impl Answer {
    pub async fn respond(self) -> Response {
        match self {
            Self::Json(status, body) => json_answer(status, &body),
            Self::Text(text) => text.into_response(),
            Self::Huge(bytes) => vec![b' '; bytes].into_response(),
            Self::Endless => {
                let drip = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 4096])));
                axum::body::Body::from_stream(drip).into_response()
            }
            Self::Never => std::future::pending().await,
            Self::Redirect(to) => (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to)]).into_response(),
        }
    }
}

fn json_answer(status: u16, body: &Value) -> Response {
    (StatusCode::from_u16(status).unwrap(), [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

fn expected_basic() -> String {
    use base64::engine::general_purpose::STANDARD;
    format!("Basic {}", STANDARD.encode("chabi-at-fixture:s3cret%3A+with%2Fodd%2Bcharacters"))
}

pub fn encode(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// The left half of the SHA-256, as `at_hash` wants it.
pub fn at_hash(access_token: &str) -> String {
    let hash = digest::digest(&digest::SHA256, access_token.as_bytes());
    URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16])
}

/// `appsecret_proof`, computed here by another path than in the code under test.
pub fn appsecret_proof() -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, CLIENT_SECRET.as_bytes());
    hmac::sign(&key, ACCESS_TOKEN.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sign(signed: &str, signing: Signing) -> Vec<u8> {
    let random = SystemRandom::new();
    match signing {
        Signing::Es256 => EC.sign(&random, signed.as_bytes()).unwrap().as_ref().to_vec(),
        Signing::WithAForeignKey => FOREIGN.sign(&random, signed.as_bytes()).unwrap().as_ref().to_vec(),
        Signing::Rs256 => {
            let mut signature = vec![0; RSA.public_modulus_len()];
            RSA.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).unwrap();
            signature
        }
        Signing::Not => Vec::new(),
        Signing::HmacWithTheSecret => {
            let key = hmac::Key::new(hmac::HMAC_SHA256, CLIENT_SECRET.as_bytes());
            hmac::sign(&key, signed.as_bytes()).as_ref().to_vec()
        }
        Signing::HmacWithThePublicKey => {
            let key = hmac::Key::new(hmac::HMAC_SHA256, EC.public_key().as_ref());
            hmac::sign(&key, signed.as_bytes()).as_ref().to_vec()
        }
    }
}

fn ec_key(kid: &str, pair: &EcdsaKeyPair) -> Value {
    let point = pair.public_key().as_ref();
    json!({
        "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid,
        "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..65]),
    })
}

fn rsa_key() -> Value {
    let key = RSA.public_key();
    json!({
        "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "rsa",
        "n": URL_SAFE_NO_PAD.encode(key.modulus().big_endian_without_leading_zero()),
        "e": URL_SAFE_NO_PAD.encode(key.exponent().big_endian_without_leading_zero()),
    })
}

/// For servers that hold their answers back: limits that make a test short.
pub fn impatient() -> HttpSettings {
    HttpSettings { total_timeout: Duration::from_millis(200), connect_timeout: Duration::from_millis(100), ..HttpSettings::default() }
}
