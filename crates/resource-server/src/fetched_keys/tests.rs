use std::{
    collections::HashMap,
    sync::{
        Mutex as SyncMutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use chabi_token::SigningKey;
use tokio::sync::Semaphore;

use super::*;
use crate::{
    Reason, ResourceServer,
    tests::{AUDIENCE, ISSUER, ManualClock, good_token, new_key, set_of},
};

/// An issuer whose answers a test sets, and which counts how often its keys are asked for.
struct Issuing {
    jwks: SyncMutex<Result<String, u16>>,
    metadata: SyncMutex<String>,
    asked: AtomicUsize,
    /// Answers wait for a permit.
    gate: Semaphore,
}

impl Issuing {
    fn new(keys: &[&SigningKey]) -> Arc<Self> {
        let metadata = serde_json::json!({ "issuer": ISSUER, "jwks_uri": format!("{ISSUER}/jwks") }).to_string();
        Arc::new(Self {
            jwks: SyncMutex::new(Ok(set_of(keys).to_json())),
            metadata: SyncMutex::new(metadata),
            asked: AtomicUsize::new(0),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
        })
    }

    fn publish(&self, keys: &[&SigningKey]) {
        *self.jwks.lock().unwrap() = Ok(set_of(keys).to_json());
    }

    fn fail(&self) {
        *self.jwks.lock().unwrap() = Err(502);
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Download for Arc<Issuing> {
    fn get<'a>(&'a self, url: &'a Url) -> BoxFuture<'a, Result<Document, Trouble>> {
        Box::pin(async move {
            if url.path().ends_with("openid-configuration") {
                return Ok(Document { body: self.metadata.lock().unwrap().clone().into_bytes(), max_age: None });
            }
            self.asked.fetch_add(1, Ordering::SeqCst);
            let _permit = self.gate.acquire().await.unwrap();
            let answer = self.jwks.lock().unwrap().clone();
            answer.map(|text| Document { body: text.into_bytes(), max_age: Some(60) }).map_err(Trouble::Status)
        })
    }
}

fn api(issuing: &Arc<Issuing>) -> (Arc<ManualClock>, ResourceServer) {
    let (clock, env) = ManualClock::env();
    let issuer = Issuer::parse(ISSUER).unwrap();
    let source = FetchedKeys::downloading_with(&issuer, None, Box::new(Arc::clone(issuing)), FetchLimits::default(), &env).unwrap();
    // tokens are of the test's first moment; the clock moves on, so they get a long life below
    let api = ResourceServer::builder(ISSUER).audience(AUDIENCE).keys(source).env(&env).build().unwrap();
    (clock, api)
}

fn long_lived(key: &SigningKey) -> String {
    let claims = crate::tests::claims();
    crate::tests::token_of(&chabi_token::AccessTokenClaims { exp: claims.exp + 1_000_000, ..claims }, key)
}

/// Lets tasks that nobody waits for run.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn nothing_is_fetched_before_the_first_token_and_once_for_many_that_come_together() {
    let key = new_key();
    let issuing = Issuing::new(&[&key]);
    let (_, api) = api(&issuing);
    settle().await;
    assert_eq!(issuing.asked(), 0);
    issuing.gate.forget_permits(Semaphore::MAX_PERMITS);
    let many: Vec<_> = (0..64)
        .map(|_| {
            let (api, token) = (api.clone(), good_token(&key));
            tokio::spawn(async move { api.verify(&token).await.is_ok() })
        })
        .collect();
    settle().await;
    assert_eq!(issuing.asked(), 1);
    issuing.gate.add_permits(1_000);
    for one in many {
        assert!(one.await.unwrap());
    }
    assert_eq!(issuing.asked(), 1);
}

// req: rs.closed
#[tokio::test]
async fn with_nothing_known_and_the_issuer_away_nobody_passes_and_it_is_asked_once_a_second() {
    let key = new_key();
    let issuing = Issuing::new(&[&key]);
    issuing.fail();
    let (clock, api) = api(&issuing);
    for _ in 0..10 {
        assert_eq!(api.verify(&good_token(&key)).await.unwrap_err().reason(), &Reason::KeysUnavailable);
    }
    assert_eq!(issuing.asked(), 1);
    let answer = axum::response::IntoResponse::into_response(api.verify(&good_token(&key)).await.unwrap_err());
    assert_eq!(answer.status(), http::StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key(http::header::RETRY_AFTER));
    issuing.publish(&[&key]);
    clock.advance(1);
    assert!(api.verify(&good_token(&key)).await.is_ok());
}

#[tokio::test]
async fn stale_keys_stay_in_use_while_they_are_fetched_and_while_that_fails_but_not_for_ever() {
    let (key, next) = (new_key(), new_key());
    let issuing = Issuing::new(&[&key]);
    let (clock, api) = api(&issuing);
    assert!(api.verify(&good_token(&key)).await.is_ok());
    clock.advance(61);
    issuing.fail();
    issuing.gate.forget_permits(Semaphore::MAX_PERMITS);
    // the fetch hangs, and nobody waits for it
    for _ in 0..10 {
        assert!(api.verify(&good_token(&key)).await.is_ok());
    }
    settle().await;
    assert_eq!(issuing.asked(), 2);
    issuing.gate.add_permits(1_000);
    settle().await;
    assert!(api.verify(&good_token(&key)).await.is_ok());
    assert_eq!(issuing.asked(), 2, "not again within ten seconds");

    clock.advance(10);
    issuing.publish(&[&next]);
    assert!(api.verify(&long_lived(&key)).await.is_ok(), "this one is served by the stale keys");
    settle().await;
    assert_eq!(api.verify(&long_lived(&key)).await.unwrap_err().reason(), &Reason::Token(chabi_token::TokenError::UnknownKey));

    issuing.fail();
    clock.advance(86_400);
    assert_eq!(api.verify(&long_lived(&next)).await.unwrap_err().reason(), &Reason::KeysUnavailable);
}

#[tokio::test]
async fn an_unknown_kid_fetches_again_and_invented_ones_do_so_once_in_ten_seconds() {
    let (key, next) = (new_key(), new_key());
    let issuing = Issuing::new(&[&key]);
    let (clock, api) = api(&issuing);
    assert!(api.verify(&good_token(&key)).await.is_ok());
    clock.advance(10);
    issuing.publish(&[&key, &next]);
    assert!(api.verify(&good_token(&next)).await.is_ok());
    assert_eq!(issuing.asked(), 2);
    for _ in 0..100 {
        assert!(api.verify(&good_token(&new_key())).await.is_err());
    }
    assert_eq!(issuing.asked(), 2);
    clock.advance(10);
    for _ in 0..100 {
        assert!(api.verify(&good_token(&new_key())).await.is_err());
    }
    assert_eq!(issuing.asked(), 3);
}

#[tokio::test]
async fn while_an_unknown_kid_is_looked_up_others_pass() {
    let key = new_key();
    let issuing = Issuing::new(&[&key]);
    let (clock, api) = api(&issuing);
    assert!(api.verify(&good_token(&key)).await.is_ok());
    clock.advance(10);
    issuing.gate.forget_permits(Semaphore::MAX_PERMITS);
    let (waiting_api, unknown) = (api.clone(), good_token(&new_key()));
    let waiting = tokio::spawn(async move { waiting_api.verify(&unknown).await.is_ok() });
    settle().await;
    assert_eq!(issuing.asked(), 2);
    assert!(api.verify(&good_token(&key)).await.is_ok());
    assert!(!waiting.is_finished());
    issuing.gate.add_permits(1);
    assert!(!waiting.await.unwrap());
}

#[tokio::test]
async fn a_caller_who_hangs_up_does_not_spoil_the_fetch_for_the_others() {
    let key = new_key();
    let issuing = Issuing::new(&[&key]);
    let (_, api) = api(&issuing);
    issuing.gate.forget_permits(Semaphore::MAX_PERMITS);
    let (impatient_api, token) = (api.clone(), good_token(&key));
    let impatient = tokio::spawn(async move { impatient_api.verify(&token).await.is_ok() });
    settle().await;
    impatient.abort();
    issuing.gate.add_permits(1_000);
    assert!(api.verify(&good_token(&key)).await.is_ok());
    assert_eq!(issuing.asked(), 1);
}

// req: rs.iss
#[tokio::test]
async fn metadata_of_another_issuer_and_keys_by_plain_http_are_not_used() {
    let key = new_key();
    for metadata in [
        serde_json::json!({ "issuer": "https://evil.test", "jwks_uri": format!("{ISSUER}/jwks") }),
        serde_json::json!({ "issuer": format!("{ISSUER}/"), "jwks_uri": format!("{ISSUER}/jwks") }),
        serde_json::json!({ "issuer": ISSUER, "jwks_uri": "http://id.example.test/jwks" }),
        serde_json::json!({ "issuer": ISSUER, "jwks_uri": "http://localhost/jwks" }),
        serde_json::json!({ "issuer": ISSUER }),
    ] {
        let issuing = Issuing::new(&[&key]);
        *issuing.metadata.lock().unwrap() = metadata.to_string();
        let (_, api) = api(&issuing);
        assert_eq!(api.verify(&good_token(&key)).await.unwrap_err().reason(), &Reason::KeysUnavailable, "{metadata}");
        assert_eq!(issuing.asked(), 0);
    }
}

/// Serves paths on loopback until it is dropped.
struct Serving {
    origin: String,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(pages: impl FnOnce(&str) -> HashMap<&'static str, String>) -> Serving {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let pages = pages(&origin);
    let moved = axum::response::Redirect::temporary("/jwks");
    let app = axum::Router::new()
        .route("/moved", axum::routing::get(async move || moved))
        .fallback(async move |uri: http::Uri| pages.get(uri.path()).cloned().ok_or(http::StatusCode::NOT_FOUND));
    let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    Serving { origin, task }
}

#[tokio::test]
async fn keys_come_over_http_from_an_issuer_on_loopback() {
    let key = new_key();
    let serving = serve(|origin| {
        let metadata = serde_json::json!({ "issuer": origin, "jwks_uri": format!("{origin}/jwks") }).to_string();
        HashMap::from([("/.well-known/openid-configuration", metadata), ("/jwks", set_of(&[&key]).to_json())])
    })
    .await;
    let (_, env) = ManualClock::env();
    let api = ResourceServer::builder(&serving.origin).audience(AUDIENCE).env(&env).build().unwrap();
    let claims = chabi_token::AccessTokenClaims { iss: serving.origin.clone(), ..crate::tests::claims() };
    assert!(api.verify(&crate::tests::token_of(&claims, &key)).await.is_ok());
}

#[tokio::test]
async fn no_redirect_is_followed_and_no_endless_answer_read() {
    let key = new_key();
    let serving = serve(|_| HashMap::from([("/jwks", set_of(&[&key]).to_json()), ("/large", " ".repeat(300 * 1024))])).await;
    let issuer = Issuer::parse(&serving.origin).unwrap();
    let download = HttpDownload::new(&issuer);
    let get = async |path: &str| {
        let url = Url::parse(&format!("{}{path}", serving.origin)).unwrap();
        download.get(&url).await.map(|document| document.body.len())
    };
    assert!(get("/jwks").await.is_ok());
    assert!(matches!(get("/moved").await, Err(Trouble::Status(307))));
    assert!(matches!(get("/large").await, Err(Trouble::TooLarge)));
    assert!(matches!(get("/missing").await, Err(Trouble::Status(404))));
}
