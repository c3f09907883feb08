//! Against a server of our own on loopback that counts who asks.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::{Router, extract::State, http::StatusCode, response::IntoResponse, routing::get};
use chabi_testkit::ManualClock;
use chabi_token::Seconds;

use super::*;
use crate::HttpSettings;

#[derive(Default)]
struct Asked {
    times: AtomicUsize,
    failing: std::sync::atomic::AtomicBool,
}

struct Site {
    base: String,
    asked: Arc<Asked>,
    clock: Arc<ManualClock>,
    env: Env,
    documents: Arc<Documents>,
}

async fn site(limits: DocumentLimits) -> Site {
    let asked = Arc::new(Asked::default());
    let router = Router::new()
        .route("/large", get(async || vec![b'x'; 10_241]))
        .route("/moved", get(async || (StatusCode::FOUND, [("location", "/elsewhere")])))
        .route("/slow", get(async || std::future::pending::<()>().await))
        .route("/{name}", get(answer))
        .with_state(Arc::clone(&asked));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let http = GuardedHttp::new(HttpSettings { allowed_hosts: vec![address.to_string()], ..HttpSettings::default() });
    let (env, clock) = chabi_testkit::env(1);
    Site { base: format!("http://{address}"), asked, clock, env, documents: Arc::new(Documents::new(Arc::new(http), limits)) }
}

async fn answer(State(asked): State<Arc<Asked>>) -> impl IntoResponse {
    let times = asked.times.fetch_add(1, Ordering::SeqCst);
    let status = if asked.failing.load(Ordering::SeqCst) { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    (status, [("content-type", "Application/JSON; charset=utf-8"), ("cache-control", "max-age=120")], times.to_string())
}

impl Site {
    async fn get(&self, name: &str) -> Result<String, DocumentTrouble> {
        let found = self.documents.get(&format!("{}/{name}", self.base), &self.env).await;
        found.map(|document| String::from_utf8(document.body.clone()).unwrap())
    }

    fn times(&self) -> usize {
        self.asked.times.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_document_is_fetched_once_while_it_is_fresh_whoever_asks() {
    let site = Arc::new(site(DocumentLimits::default()).await);
    let together = (0..20).map(|_| {
        let site = Arc::clone(&site);
        tokio::spawn(async move { site.get("a").await })
    });
    for answer in together.collect::<Vec<_>>() {
        assert_eq!(answer.await.unwrap().unwrap(), "0");
    }
    assert_eq!(site.times(), 1);
    site.clock.advance(Seconds(119));
    assert_eq!(site.get("a").await.unwrap(), "0");
    site.clock.advance(Seconds(1));
    assert_eq!(site.get("a").await.unwrap(), "1");
    let document = site.documents.get(&format!("{}/a", site.base), &site.env).await.unwrap();
    assert_eq!(document.media_type, "application/json");
}

#[tokio::test]
async fn what_cannot_be_fetched_anew_serves_for_a_while_and_a_failure_is_remembered_for_a_moment() {
    let site = site(DocumentLimits::default()).await;
    site.get("a").await.unwrap();
    site.asked.failing.store(true, Ordering::SeqCst);
    site.clock.advance(Seconds::hours(1));
    assert_eq!(site.get("a").await.unwrap(), "0", "stale, but better than nothing");
    assert_eq!(site.get("b").await, Err(DocumentTrouble::Status(503)));
    let times = site.times();
    assert_eq!(site.get("b").await, Err(DocumentTrouble::Status(503)));
    assert_eq!(site.times(), times, "not asked again at once");
    site.clock.advance(Seconds(5));
    site.asked.failing.store(false, Ordering::SeqCst);
    assert!(site.get("b").await.is_ok());
    site.asked.failing.store(true, Ordering::SeqCst);
    site.clock.advance(Seconds::days(2));
    assert_eq!(site.get("a").await, Err(DocumentTrouble::Status(503)), "nothing is believed for ever");
}

#[tokio::test]
async fn who_misses_something_has_it_fetched_again_once_a_minute() {
    let site = site(DocumentLimits::default()).await;
    let url = format!("{}/a", site.base);
    let first = site.documents.get(&url, &site.env).await.unwrap();
    let second = site.documents.again(&url, &first, &site.env).await.unwrap();
    assert_eq!(second.body, b"1");
    assert_eq!(site.documents.again(&url, &first, &site.env).await.unwrap().body, b"1", "who saw the older one is given the newer one");
    assert!(site.documents.again(&url, &second, &site.env).await.is_none());
    site.clock.advance(Seconds(60));
    assert_eq!(site.documents.again(&url, &second, &site.env).await.unwrap().body, b"2");
}

#[tokio::test]
async fn entries_and_bytes_are_bounded_and_what_gave_nothing_goes_first() {
    let site = site(DocumentLimits { most_entries: 3, ..DocumentLimits::default() }).await;
    site.get("good").await.unwrap();
    site.asked.failing.store(true, Ordering::SeqCst);
    for name in 0..50 {
        site.get(&format!("bad{name}")).await.unwrap_err();
    }
    assert_eq!(site.documents.len(), 3);
    let times = site.times();
    assert_eq!(site.get("good").await.unwrap(), "0");
    assert_eq!(site.times(), times, "it was not driven out");

    let site = self::site(DocumentLimits { most_bytes: 2, ..DocumentLimits::default() }).await;
    for name in ["a", "b", "c"] {
        site.get(name).await.unwrap();
    }
    assert_eq!(site.documents.len(), 2);
    assert_eq!(site.get("c").await.unwrap(), "2", "the one that nobody asked for the longest time went");
}

// req: dos.map
#[tokio::test]
async fn so_many_are_fetched_at_once_and_who_comes_then_is_told_so() {
    let site = Arc::new(site(DocumentLimits { fetches_at_once: 1, timeout: Duration::from_secs(20), ..DocumentLimits::default() }).await);
    let first = Arc::clone(&site);
    let waiting = tokio::spawn(async move { first.get("slow").await });
    for _ in 0..1_000 {
        if site.documents.under_way.available_permits() == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(site.get("a").await, Err(HttpTrouble::NotAsked("too many documents are being fetched").into()));
    assert_eq!(site.times(), 0);
    waiting.abort();
}

// req: sr.guard
#[tokio::test]
async fn too_large_too_slow_moved_and_forbidden_documents_are_none() {
    let limits = DocumentLimits { largest: 10_240, timeout: Duration::from_millis(200), ..DocumentLimits::default() };
    let site = site(limits).await;
    assert_eq!(site.get("large").await, Err(HttpTrouble::TooLarge.into()));
    assert_eq!(site.get("slow").await, Err(HttpTrouble::TimedOut.into()));
    assert_eq!(site.get("moved").await, Err(DocumentTrouble::Status(302)));
    assert_eq!(site.get("a#b").await, Err(DocumentTrouble::Url));
    for url in ["https://127.0.0.1/keys", "http://example.com/keys", "file:///etc/passwd"] {
        let trouble = site.documents.get(url, &site.env).await.unwrap_err();
        assert!(matches!(trouble, DocumentTrouble::Http(HttpTrouble::Forbidden(_))), "{url}: {trouble}");
    }
    assert_eq!(site.documents.get("keys", &site.env).await.unwrap_err(), DocumentTrouble::Url);
}
