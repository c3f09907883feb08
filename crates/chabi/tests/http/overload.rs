//! More people than the machine can serve.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use crate::server::TestServer;

/// More than are hashed at once (one a processor) and may wait for it (64) by default.
fn crowd_size() -> usize {
    200 + 4 * std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}

// req: dos.load
// req: pw.sem
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_crowd_that_signs_in_at_once_some_are_told_when_to_come_back_and_the_rest_of_the_server_goes_on() {
    let server = Arc::new(TestServer::start().await);
    let size = crowd_size();
    let (served, waiting) = (Arc::new(AtomicUsize::new(0)), Arc::new(tokio::sync::Barrier::new(size)));
    let mut crowd = Vec::new();
    for number in 0..size {
        let (server, served, waiting) = (Arc::clone(&server), Arc::clone(&served), Arc::clone(&waiting));
        crowd.push(tokio::spawn(async move {
            let mut browser = server.browser();
            let page = browser.get("/accounts/login/").await;
            waiting.wait().await;
            let username = format!("person-{number}@example.test");
            let answer = browser.submit(&page, &[("username", &username), ("password", "a guess that costs a hash")]).await;
            let before = served.fetch_add(1, Ordering::SeqCst);
            (answer.status.as_u16(), answer.headers.contains_key("retry-after"), before)
        }));
    }
    // while they push
    let health = server.chabi.ready().await;
    let keys = server.browser().get("/oauth2/jwks").await;
    assert!(health.is_ok() && keys.status == 200, "{health:?}");
    let (mut refused, mut compared, mut first_refusal) = (0, 0, size);
    for person in crowd {
        match person.await.unwrap() {
            (503, true, before) => {
                refused += 1;
                first_refusal = first_refusal.min(before);
            }
            (422, ..) => compared += 1,
            other => panic!("{other:?}"),
        }
    }
    // at most as many wait as the settings say, two or more are hashed meanwhile; nobody is refused only after all others were served
    assert!(refused > 0 && compared > 0, "{refused} refused, {compared} compared");
    assert!(first_refusal < compared, "the first refusal came after {first_refusal} answers");
    let calm = server.browser().get("/accounts/login/").await;
    assert_eq!(calm.status, 200);
}
