//! The stream of what is taken back (server-sent events, HTML §9.2).

use std::time::Duration;

use axum::body::Body;
use chabi_spec::ClientAddress;
use chabi_store::revocation::Revocation;
use chabi_token::{Seconds, StatusIndex};
use http::{HeaderMap, Request};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::{
    rig::{Rig, claims},
    status_list::{insert_revoked, own_token, place},
};

/// One event.
#[derive(Debug)]
struct Event {
    name: String,
    id: Option<i64>,
    data: Value,
}

impl Event {
    fn positions(&self, list: &str) -> Vec<u64> {
        self.data["lists"][list].as_array().into_iter().flatten().map(|position| position.as_u64().unwrap()).collect()
    }
}

struct Listener {
    headers: HeaderMap,
    body: Body,
}

impl Listener {
    async fn new(rig: &Rig, path: &str, last: Option<i64>) -> Self {
        let (status, listener) = Self::try_new(rig, path, last).await;
        assert_eq!(status, 200);
        listener
    }

    async fn try_new(rig: &Rig, path: &str, last: Option<i64>) -> (u16, Self) {
        let mut request = Request::get(path).extension(ClientAddress([192, 0, 2, 1].into()));
        if let Some(last) = last {
            request = request.header("last-event-id", last.to_string());
        }
        let response = rig.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        (parts.status.as_u16(), Self { headers: parts.headers, body })
    }

    /// The next event; `None` when the stream ended.
    async fn next(&mut self) -> Option<Event> {
        let frame = tokio::time::timeout(Duration::from_secs(30), self.body.frame()).await.unwrap()?;
        let text = String::from_utf8(frame.unwrap().into_data().unwrap().to_vec()).unwrap();
        let text = text.strip_suffix("\n\n").unwrap();
        let mut event = Event { name: String::new(), id: None, data: Value::Null };
        for line in text.lines() {
            match line.split_once(": ").unwrap() {
                ("event", name) => event.name = name.to_owned(),
                ("id", id) => event.id = Some(id.parse().unwrap()),
                ("data", data) => event.data = serde_json::from_str(data).unwrap(),
                (other, _) => panic!("{other}"),
            }
        }
        Some(event)
    }

    async fn expect(&mut self, name: &str) -> Event {
        let event = self.next().await.unwrap();
        assert_eq!(event.name, name, "{event:?}");
        event
    }
}

const CHANGES: &str = "/oauth2/status/changes";

/// A rig whose feed runs since a while, so that streams can go on.
async fn running(seed: u64) -> Rig {
    let rig = Rig::new(seed).await;
    rig.server.feed().refresh().await.unwrap();
    rig.clock.advance(Seconds(90));
    rig.server.feed().refresh().await.unwrap();
    rig
}

// req: rs.revoke
#[tokio::test]
async fn a_stream_begins_with_all_and_goes_on_with_what_is_new() {
    let mut rig = running(1).await;
    let (before, after) = (rig.tokens("").await, rig.tokens("").await);
    let revoke = async |rig: &Rig, token: &str| {
        assert_eq!(rig.post("/oauth2/revoke", &[("client_id", "spa"), ("token", token)], None).await.status, 200);
        rig.server.feed().refresh().await.unwrap();
    };
    revoke(&rig, &before.text("access_token")).await;
    let mut listener = Listener::new(&rig, CHANGES, None).await;
    assert_eq!(listener.headers["content-type"], "text/event-stream");
    assert_eq!(
        (&listener.headers["cache-control"], &listener.headers["x-accel-buffering"]),
        (&"no-store".parse().unwrap(), &"no".parse().unwrap())
    );
    let snapshot = listener.expect("snapshot").await;
    assert_eq!(snapshot.positions("0"), [u64::try_from(place(&before.text("access_token")).1).unwrap()]);
    let alive = listener.expect("alive").await;
    assert_eq!((alive.data["fresh"].as_i64(), alive.id), (Some(rig.env.now().0), Some(rig.env.now().0)));
    revoke(&rig, &after.text("access_token")).await;
    let revoked = listener.expect("revoked").await;
    assert_eq!(revoked.positions("0"), [u64::try_from(place(&after.text("access_token")).1).unwrap()]);
    let last = rig.env.now() + Seconds::hours(1);
    assert!(revoked.data["until"].as_i64().unwrap() > last.as_seconds(), "no token of before may outlive it");
}

// a sign of life comes each five seconds
#[tokio::test]
async fn who_waits_is_told_at_once() {
    let rig = running(9).await;
    let mut listener = Listener::new(&rig, CHANGES, None).await;
    listener.expect("snapshot").await;
    listener.expect("alive").await;
    let waiting = tokio::spawn(async move { listener.expect("revoked").await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    insert_revoked(&rig, 7, 1).await;
    rig.server.feed().refresh().await.unwrap();
    assert_eq!(waiting.await.unwrap().positions("0"), [7]);
}

#[tokio::test]
async fn a_single_token_is_told_by_its_jti() {
    let rig = running(2).await;
    let token = own_token(&rig).await;
    let jti = claims(&token)["jti"].clone();
    let mut listener = Listener::new(&rig, CHANGES, None).await;
    listener.expect("snapshot").await;
    listener.expect("alive").await;
    let (jti, expires_at) = (jti.as_str().unwrap(), rig.env.now() + Seconds(300));
    rig.store.revoke(Revocation::Token { jti, status: Some(StatusIndex(0)), expires_at }, "test", rig.env.now()).await.unwrap();
    rig.server.feed().refresh().await.unwrap();
    let revoked = listener.expect("revoked").await;
    assert_eq!(revoked.data["jti"], serde_json::json!([jti]));
    assert!(revoked.data["until"].as_i64().unwrap() > expires_at.as_seconds());
    let mut later = Listener::new(&rig, CHANGES, None).await;
    assert_eq!(later.expect("snapshot").await.data["jti"], serde_json::json!([jti]));
}

#[tokio::test]
async fn who_was_away_for_a_while_is_told_what_it_missed_and_who_was_away_too_long_all() {
    let rig = running(3).await;
    let mut listener = Listener::new(&rig, CHANGES, None).await;
    listener.expect("snapshot").await;
    let last = listener.expect("alive").await.id;
    drop(listener);
    rig.clock.advance(Seconds(5));
    insert_revoked(&rig, 7, 1).await;
    rig.server.feed().refresh().await.unwrap();
    let by_query = format!("{CHANGES}?since={}", last.unwrap());
    for (path, header) in [(CHANGES, last), (&by_query, None)] {
        let mut listener = Listener::new(&rig, path, header).await;
        assert_eq!(listener.expect("revoked").await.positions("0"), [7]);
        listener.expect("alive").await;
    }
    for too_old in [0, i64::MIN, last.unwrap() - 60_000_000] {
        Listener::new(&rig, CHANGES, Some(too_old)).await.expect("snapshot").await;
    }
    Listener::new(&rig, &format!("{CHANGES}?since=nonsense"), None).await.expect("snapshot").await;
    rig.clock.advance(Seconds::minutes(11));
    insert_revoked(&rig, 8, 1).await;
    rig.server.feed().refresh().await.unwrap();
    assert_eq!(Listener::new(&rig, CHANGES, last).await.expect("snapshot").await.positions("0"), [7, 8]);
}

#[tokio::test]
async fn a_row_that_becomes_visible_late_is_told_all_the_same() {
    let rig = running(4).await;
    let mut listener = Listener::new(&rig, CHANGES, None).await;
    listener.expect("snapshot").await;
    let known = listener.expect("alive").await.id;
    let revoked_at = rig.env.now();
    for (late, position) in [(Seconds(1), 1), (Seconds(50), 2), (Seconds::minutes(6), 3)] {
        // a transaction that began at `revoked_at` and committed after so long
        rig.clock.set(revoked_at);
        let status = StatusIndex(position);
        insert_revoked(&rig, status.0, 1).await;
        rig.clock.set(revoked_at + late);
        rig.server.feed().refresh().await.unwrap();
        assert_eq!(listener.expect("revoked").await.positions("0"), [u64::try_from(position).unwrap()], "{late:?}");
        let mut resumed = Listener::new(&rig, CHANGES, known).await;
        let told: Vec<u64> = resumed.expect("revoked").await.positions("0");
        assert_eq!(told, [1], "any node can go on with another's stream");
    }
}

#[tokio::test]
async fn a_crowd_comes_in_events_of_a_thousand_and_only_the_whole_has_an_id() {
    let rig = running(5).await;
    let mut listener = Listener::new(&rig, CHANGES, None).await;
    listener.expect("snapshot").await;
    listener.expect("alive").await;
    insert_revoked(&rig, (1 << 17) - 500, 2_300).await;
    for _ in 0..2 {
        rig.server.feed().refresh().await.unwrap();
    }
    let count = |event: &Event| event.positions("0").len() + event.positions("1").len();
    let mut told = 0;
    while told < 2_300 {
        let event = listener.expect("revoked").await;
        assert!(count(&event) <= 1_000);
        told += count(&event);
    }
    let mut later = Listener::new(&rig, CHANGES, None).await;
    let events = [later.expect("snapshot").await, later.expect("revoked").await, later.expect("revoked").await];
    assert_eq!(events.each_ref().map(count), [1_000, 1_000, 300]);
    assert_eq!(events[0].positions("0").len(), 500);
    assert_eq!(events.each_ref().map(|event| event.id.is_some()), [false, false, true]);
    later.expect("alive").await;
}

#[tokio::test]
async fn a_stream_ends_when_the_process_is_about_to() {
    let rig = running(6).await;
    let mut listener = Listener::new(&rig, CHANGES, None).await;
    listener.expect("snapshot").await;
    listener.expect("alive").await;
    rig.closing.send_replace(true);
    assert!(listener.next().await.is_none());
    assert!(Listener::new(&rig, CHANGES, None).await.next().await.is_none());
}

// req: dos.map
#[tokio::test]
async fn one_network_has_64_streams_at_the_most_and_a_place_is_given_back() {
    let rig = running(7).await;
    let mut listeners = Vec::new();
    for _ in 0..64 {
        listeners.push(Listener::new(&rig, CHANGES, None).await);
    }
    let (status, refused) = Listener::try_new(&rig, CHANGES, None).await;
    assert_eq!((status, refused.headers["retry-after"].to_str().unwrap()), (503, "1"));
    listeners.pop();
    Listener::new(&rig, CHANGES, None).await;
}

#[tokio::test]
async fn before_the_first_look_nothing_is_told() {
    let rig = Rig::new(8).await;
    assert_eq!(Listener::try_new(&rig, CHANGES, None).await.0, 503);
}
