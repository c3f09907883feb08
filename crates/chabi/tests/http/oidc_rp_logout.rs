//! RP-Initiated Logout §3 on the whole stack: where the browser goes afterwards.

use chabi::{
    RegisteredClient, Timestamp,
    operations::applications::{self, Place},
};

use crate::server::{AFTER_LOGOUT, TestServer};

// req: lo.redir
#[tokio::test]
async fn nobody_is_sent_back_to_an_application_that_was_shut() {
    let server = TestServer::start().await;
    let url = format!("/oauth2/logout?client_id=app&post_logout_redirect_uri={AFTER_LOGOUT}");
    let open = server.browser().get(&url).await;
    assert_eq!(open.location().as_deref(), Some(AFTER_LOGOUT), "nobody is signed in");
    let store = server.chabi.store();
    let app = store.find_application("app").await.unwrap().unwrap();
    let shut = RegisteredClient { disabled_at: Some(Timestamp(1)), ..app };
    applications::put(store, shut, Place::Public).await.unwrap();
    let shut = server.browser().get(&url).await;
    assert_eq!((shut.status.as_u16(), shut.location()), (400, None), "{}", shut.body);
}
