//! RFC 9101 and OpenID Connect Core §6 on the whole stack: request objects are not taken, and never fetched.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::Router;
use chabi_testkit::BoundPort;

use crate::server::{TestServer, authorize_url};

// req: jar.ns
#[tokio::test]
async fn a_request_object_is_refused_by_its_own_code_and_never_ignored() {
    let server = TestServer::start().await;
    let mut browser = server.browser();
    let metadata = browser.get("/.well-known/openid-configuration").await.json();
    for (name, member, error) in [
        ("request", "request_parameter_supported", "request_not_supported"),
        ("request_uri", "request_uri_parameter_supported", "request_uri_not_supported"),
    ] {
        assert_eq!(metadata[member], false, "{member}: absent would mean true for one of them");
        // one that looks like ours is looked for among the requests that were pushed
        for value in ["eyJhbGciOiJub25lIn0.e30.", "https://app.example/request.jwt", "urn:example:request", "x"] {
            let answer = browser.get(&authorize_url(&[(name, value)])).await;
            assert_eq!(answer.location_parameter("error").as_deref(), Some(error), "{name}={value}");
            assert_eq!(answer.location_parameter("code"), None);
        }
    }
}

// req: jar.ext
#[tokio::test]
async fn nothing_is_fetched_from_where_a_request_uri_points() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let listener = Router::new().fallback(move || {
        counter.fetch_add(1, Ordering::SeqCst);
        std::future::ready("eyJhbGciOiJub25lIn0.e30.")
    });
    let port = BoundPort::free().await;
    let url = port.url();
    // also where calls to that very place are allowed
    let address = port.address();
    let _listening = port.serve(listener);
    let server = TestServer::start_with(|builder| builder.allow_outgoing(address.to_string())).await;
    let mut browser = server.browser();
    server.sign_in(&mut browser, &[]).await;
    for name in ["request_uri", "request", "registration", "claims"] {
        browser.get(&authorize_url(&[(name, &format!("{url}/{name}"))])).await;
        browser.post("/oauth2/authorize", &[("client_id", "app"), (name, &format!("{url}/{name}"))]).await;
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    // the listener does listen
    let _ = tokio::net::TcpStream::connect(address).await.unwrap();
}
