//! The layer over HTTP in process, and the corpus of tokens that must be refused.

mod corpus;
mod deny_by_default;
mod issuers;
mod remembered;
mod revocation;
mod rfc6750;
mod rfc9449;
mod rfc9470;
mod rfc9728;

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use axum::{Router, body::Body, routing::get};
use chabi_token::{
    AccessTokenClaims, Algorithm, Env, JwkSet, SigningKey, Timestamp, access_token,
    env::{Clock, Randomness},
};
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::{Bearer, FixedKeys, ResourceServer};

pub(crate) const ISSUER: &str = "https://id.example.test";
pub(crate) const AUDIENCE: &str = "https://api.example.test";
/// When these tests happen: seconds since 1970.
pub(crate) const NOW: i64 = 1_800_000_000;

/// A clock that is moved by hand.
pub(crate) struct ManualClock(AtomicI64);

impl ManualClock {
    pub(crate) fn env() -> (Arc<Self>, Env) {
        let clock = Arc::new(Self(AtomicI64::new(NOW)));
        (Arc::clone(&clock), Env::new(clock, Arc::new(Zeros)))
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.0.load(Ordering::Relaxed))
    }
}

struct Zeros;

impl Randomness for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

pub(crate) fn new_key() -> SigningKey {
    SigningKey::generate(Algorithm::ES256).unwrap()
}

pub(crate) fn set_of(keys: &[&SigningKey]) -> JwkSet {
    JwkSet::new(keys.iter().map(|key| key.public_jwk().clone()).collect())
}

pub(crate) fn claims() -> AccessTokenClaims {
    AccessTokenClaims {
        iss: ISSUER.into(),
        sub: "ada".into(),
        aud: vec![AUDIENCE.into()],
        exp: NOW + 300,
        iat: NOW,
        jti: "j".into(),
        client_id: "demo".into(),
        scope: Some("notes:read openid".into()),
        ..AccessTokenClaims::default()
    }
}

pub(crate) fn good_token(key: &SigningKey) -> String {
    token_of(&claims(), key)
}

pub(crate) fn token_of(claims: &AccessTokenClaims, key: &SigningKey) -> String {
    access_token::issue(claims, key, access_token::AT_JWT).unwrap()
}

fn server(key: &SigningKey) -> ResourceServer {
    let (_, env) = ManualClock::env();
    ResourceServer::builder(ISSUER).audience(AUDIENCE).keys(FixedKeys::new(set_of(&[key]))).env(&env).build().unwrap()
}

/// `/strict` wants a token, `/guest` takes none, `/scoped` wants `notes:read`, `/bare` has no layer.
fn app(server: &ResourceServer) -> Router {
    let strict = async |caller: Bearer| caller.subject().to_owned();
    let guest = async |caller: Option<Bearer>| caller.map_or("guest".to_owned(), |caller| caller.subject().to_owned());
    Router::new()
        .route("/strict", get(strict).layer(server.bearer_layer()))
        .route("/guest", get(guest).layer(server.bearer_layer().optional()))
        .route("/guest-to-strict", get(strict).layer(server.bearer_layer().optional()))
        .route("/scoped", get(strict).layer(server.require_scope("notes:read")))
        .route("/two-scopes", get(strict).layer(server.require_scope("notes:read notes:write")))
        .route("/bare", get(strict))
        .route("/bare-guest", get(guest))
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn challenge(&self) -> &str {
        self.headers.get(header::WWW_AUTHENTICATE).map_or("", |value| value.to_str().unwrap())
    }
}

async fn ask(app: &Router, path: &str, authorizations: &[&[u8]]) -> Answer {
    let mut request = Request::get(path);
    for value in authorizations {
        request = request.header(header::AUTHORIZATION, *value);
    }
    let (parts, body) = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status, headers: parts.headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
}

async fn with_token(app: &Router, path: &str, token: &str) -> Answer {
    ask(app, path, &[format!("Bearer {token}").as_bytes()]).await
}
