//! RFC 7009 §2.2.1 on the whole stack: what cannot be done is never said to be done.

use chabi_testkit::databases::Cluster;

use crate::server::TestServer;

// req: rv.err
#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_nothing_is_revoked_redeemed_or_refreshed_and_nobody_is_told_so() {
    let cluster = tokio::task::spawn_blocking(Cluster::start).await.unwrap();
    cluster.create_database("away");
    let (env, _) = chabi_testkit::env(1);
    let store = chabi_store_sql::open(&cluster.url("away"), &env).await.unwrap();
    let server = TestServer::start_with(|builder| builder.store(store)).await;
    let mut browser = server.browser();
    let back = server.sign_in(&mut browser, &[]).await;
    let tokens = server.exchange(&back.location_parameter("code").unwrap()).await.json();
    let unspent = server.sign_in(&mut browser, &[]).await.location_parameter("code").unwrap();
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    tokio::task::spawn_blocking(move || drop(cluster)).await.unwrap();

    let mut public = server.browser();
    for answer in [
        public.post("/oauth2/revoke", &[("client_id", "app"), ("token", refresh_token)]).await,
        server.token(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await,
        server.exchange(&unspent).await,
        server.get_with_token("/oauth2/userinfo", tokens["access_token"].as_str().unwrap()).await,
    ] {
        assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (503, &"temporarily_unavailable".into()), "{}", answer.url);
        assert!(answer.headers.contains_key("retry-after"));
    }
    let page = public.get(&crate::server::authorize_url(&[])).await;
    assert_eq!((page.status.as_u16(), page.location()), (503, None));
    // an API checks tokens offline, and goes on
    assert_eq!(server.get_with_token("/notes", tokens["access_token"].as_str().unwrap()).await.status, 200);
}
