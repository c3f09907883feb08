//! Against an issuer on loopback that says what each test lets it say.

mod rules;
mod stream;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, atomic::AtomicUsize, atomic::Ordering},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::get,
};
use chabi_spec::Issuer;
use chabi_token::{
    AccessTokenClaims, AccessTokenProfile, Env, SigningKey, StatusIndex, StatusList, StatusListTokenClaims, Timestamp, VerifiedAccessToken,
    status_list_token, verify_access_token,
};
use futures_util::stream::unfold;
use http::{HeaderMap, StatusCode, header};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{FollowLimits, FollowedRevocations, streaming::Pace};
use crate::{
    FixedKeys, ResourceServer, RevocationSource as _, Standing,
    tests::{AUDIENCE, ManualClock, NOW, claims, new_key, set_of, token_of},
};

/// An open stream: what it was asked to go on from, and its pen.
struct Stream {
    last_id: Option<String>,
    pen: UnboundedSender<String>,
}

impl Stream {
    fn send(&self, name: &str, id: i64, data: &str) {
        self.raw(&format!("id: {id}\nevent: {name}\ndata: {data}\n\n"));
    }
    fn raw(&self, text: &str) {
        self.pen.send(text.to_owned()).unwrap();
    }
    fn alive(&self, fresh: i64) {
        self.send("alive", fresh, &format!("{{\"fresh\":{fresh}}}"));
    }
    fn revoke(&self, list: i64, position: i64, until: i64) {
        self.send("revoked", 2, &format!(r#"{{"lists":{{"{list}":[{position}]}},"jti":[],"until":{until}}}"#));
    }
}

struct Shown {
    issuer: String,
    key: SigningKey,
    stream: Mutex<Option<String>>,
    opened: UnboundedSender<Stream>,
    lists: Mutex<HashMap<i64, String>>,
    asked: AtomicUsize,
    unchanged: AtomicUsize,
}

/// The issuer, a follower of it with a clock, and the streams as they are opened.
struct Rig {
    shown: Arc<Shown>,
    streams: UnboundedReceiver<Stream>,
    clock: Arc<ManualClock>,
    env: Env,
    serving: tokio::task::JoinHandle<()>,
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Rig {
    async fn new() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let (opened, streams) = unbounded_channel();
        let stream = Mutex::new(Some(format!("{issuer}/oauth2/status/changes")));
        let (lists, asked, unchanged) = Default::default();
        let shown = Arc::new(Shown { issuer, key: new_key(), stream, opened, lists, asked, unchanged });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/.well-known/oauth-authorization-server", get(metadata))
            .route("/jwks", get(async |State(shown): State<Arc<Shown>>| set_of(&[&shown.key]).to_json()))
            .route("/oauth2/status/changes", get(open))
            .route("/oauth2/status/{list}", get(list))
            .with_state(Arc::clone(&shown));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let (clock, env) = ManualClock::env();
        Self { shown, streams, clock, env, serving }
    }

    fn without_stream(self) -> Self {
        *self.shown.stream.lock().unwrap() = None;
        self
    }

    fn followed(&self, limits: FollowLimits) -> FollowedRevocations {
        let issuer = Issuer::parse(&self.shown.issuer).unwrap();
        let keys = Arc::new(FixedKeys::new(set_of(&[&self.shown.key])));
        let ms = Duration::from_millis;
        let pace = Pace { silence: ms(300), first_wait: ms(2), longest_wait: ms(8), without_stream: ms(20), between_looks: ms(2) };
        FollowedRevocations::with_pace(&issuer, keys, limits, pace, &self.env)
    }

    /// A follower that follows.
    fn following(&self) -> FollowedRevocations {
        let followed = self.followed(FollowLimits::default());
        followed.begin();
        followed
    }

    async fn next_stream(&mut self) -> Stream {
        tokio::time::timeout(Duration::from_secs(20), self.streams.recv()).await.expect("a stream").unwrap()
    }

    fn token_text(&self, index: i64, jti: &str) -> String {
        let status = Some(StatusIndex(index).claim(&self.shown.issuer));
        token_of(&AccessTokenClaims { iss: self.shown.issuer.clone(), jti: jti.to_owned(), status, ..claims() }, &self.shown.key)
    }

    fn token(&self, index: i64, jti: &str) -> VerifiedAccessToken {
        let profile = AccessTokenProfile::new(self.shown.issuer.clone(), AUDIENCE);
        verify_access_token(&self.token_text(index, jti), &set_of(&[&self.shown.key]), &profile, Timestamp::from_seconds(NOW)).unwrap()
    }

    fn publish(&self, list: i64, revoked: &[i64], denied: &[&str]) {
        let claims = StatusListTokenClaims {
            sub: chabi_token::status::list_uri(&self.shown.issuer, list),
            iat: NOW,
            exp: None,
            ttl: Some(10),
            status_list: StatusList::of(revoked.iter().copied()).claim(),
            denied_jti: denied.iter().map(|jti| (*jti).to_owned()).collect(),
        };
        self.shown.lists.lock().unwrap().insert(list, status_list_token::issue(&claims, &self.shown.key).unwrap());
    }

    fn standing(&self, followed: &FollowedRevocations, token: &VerifiedAccessToken) -> Standing {
        followed.standing(token, self.env.now())
    }

    /// Waits until the follower says so of the token.
    async fn until(&self, followed: &FollowedRevocations, token: &VerifiedAccessToken, expected: Standing) {
        until(followed, || self.standing(followed, token) == expected).await;
    }
}

/// Waits, from change to change, until it is so.
async fn until(followed: &FollowedRevocations, so: impl Fn() -> bool) {
    let mut changes = followed.shared.changes.subscribe();
    let waiting = async {
        while !so() {
            changes.changed().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("a change");
}

async fn metadata(State(shown): State<Arc<Shown>>) -> axum::Json<serde_json::Value> {
    let (issuer, stream) = (&shown.issuer, shown.stream.lock().unwrap().clone());
    axum::Json(serde_json::json!({ "issuer": issuer, "jwks_uri": format!("{issuer}/jwks"), "status_changes_endpoint": stream }))
}

async fn open(State(shown): State<Arc<Shown>>, headers: HeaderMap) -> Response {
    let last_id = headers.get("last-event-id").map(|value| value.to_str().unwrap().to_owned());
    let (pen, paper) = unbounded_channel::<String>();
    shown.opened.send(Stream { last_id, pen }).unwrap();
    let body = unfold(paper, async |mut paper| Some((Ok::<_, std::io::Error>(paper.recv().await?), paper)));
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(body)).into_response()
}

async fn list(State(shown): State<Arc<Shown>>, Path(list): Path<i64>, headers: HeaderMap) -> Response {
    shown.asked.fetch_add(1, Ordering::SeqCst);
    let Some(text) = shown.lists.lock().unwrap().get(&list).cloned() else { return StatusCode::NOT_FOUND.into_response() };
    let etag = format!("\"{}\"", text.len());
    if headers.get(header::IF_NONE_MATCH).is_some_and(|value| value == etag.as_str()) {
        shown.unchanged.fetch_add(1, Ordering::SeqCst);
        return StatusCode::NOT_MODIFIED.into_response();
    }
    ([(header::CONTENT_TYPE, status_list_token::MEDIA_TYPE.to_owned()), (header::ETAG, etag)], text).into_response()
}
