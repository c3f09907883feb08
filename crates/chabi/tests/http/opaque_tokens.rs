//! APIs that want no JWTs: their tokens say nothing to whoever holds them, and go wherever a JWT of ours goes.

use chabi::{AccessTokenType, Api, ClientAuthentication, RegisteredClient, Seconds};
use chabi_testkit::Page;
use serde_json::{Value, json};

use crate::server::{AUDIENCE, SECRET, TestServer, api, application};

const OTHER_AUDIENCE: &str = "https://other.example";

/// The API of the fixtures is opaque; `checker` asks for it, and `other-checker` for the other API.
async fn start() -> TestServer {
    let opaque = Api { token_type: AccessTokenType::Opaque, ..api() };
    let other = Api { audience: OTHER_AUDIENCE.into(), ..api() };
    let checker = RegisteredClient {
        client_id: "checker".into(),
        authentication: ClientAuthentication::Secret,
        secret_hashes: vec![chabi::client_secret_hash(SECRET)],
        grant_types: Vec::new(),
        redirect_uris: Vec::new(),
        ..application()
    };
    let other_checker = RegisteredClient { client_id: "other-checker".into(), default_audience: OTHER_AUDIENCE.into(), ..checker.clone() };
    TestServer::start_with(|builder| builder.api(opaque).api(other).application(checker).application(other_checker)).await
}

async fn introspect(server: &TestServer, client_id: &str, token: &str) -> Page {
    server.browser().post("/oauth2/introspect", &[("token", token), ("client_id", client_id), ("client_secret", SECRET)]).await
}

async fn access_token(server: &TestServer) -> (String, Value) {
    let tokens = server.tokens("openid profile notes:read offline_access").await;
    (tokens["access_token"].as_str().unwrap().to_owned(), tokens)
}

// req: at.typ
// req: in.auth
#[tokio::test]
async fn the_api_asks_what_a_token_stands_for_and_nobody_else_is_told() {
    let server = start().await;
    let (token, _) = access_token(&server).await;
    assert!(token.starts_with("chabi_at_") && !token.contains('.'), "{token}");
    let told = introspect(&server, "checker", &token).await.json();
    assert_eq!((&told["active"], &told["aud"], &told["client_id"]), (&json!(true), &json!(AUDIENCE), &json!("app")));
    assert_eq!(
        (&told["scope"], &told["token_type"], &told["acr"]),
        (&json!("notes:read offline_access openid profile"), &json!("Bearer"), &json!("1"))
    );
    assert_eq!(introspect(&server, "other-checker", &token).await.json(), json!({ "active": false }));
}

// req: ui.tok
#[tokio::test]
async fn userinfo_and_an_api_in_the_same_process_take_it() {
    let server = start().await;
    let (token, _) = access_token(&server).await;
    let person = server.get_with_token("/oauth2/userinfo", &token).await;
    assert_eq!((person.status.as_u16(), &person.json()["name"]), (200, &json!("Ada Lovelace")), "{}", person.body);
    assert_eq!(server.get_with_token("/notes", &token).await.body, person.json()["sub"].as_str().unwrap());
    let mut changed = token.clone();
    changed.pop();
    for bad in [changed.as_str(), "chabi_at_AAAA"] {
        assert_eq!(server.get_with_token("/notes", bad).await.status, 401);
        assert_eq!(server.get_with_token("/oauth2/userinfo", bad).await.status, 401);
    }
}

// req: rv.cascade
// req: in.kind
#[tokio::test]
async fn it_is_revoked_like_any_other_and_expires() {
    let server = start().await;
    let (token, _) = access_token(&server).await;
    server.browser().post("/oauth2/revoke", &[("token", &token), ("client_id", "app")]).await;
    assert_eq!(introspect(&server, "checker", &token).await.json(), json!({ "active": false }));
    assert_eq!(server.get_with_token("/oauth2/userinfo", &token).await.status, 401);
    let (token, _) = access_token(&server).await;
    assert_eq!(introspect(&server, "checker", &token).await.json()["active"], true);
    server.clock.advance(Seconds::minutes(6));
    assert_eq!(introspect(&server, "checker", &token).await.json(), json!({ "active": false }));
}

#[tokio::test]
async fn an_applications_own_token_is_opaque_too_and_single_ones_can_be_revoked() {
    let server = start().await;
    let machine = [("grant_type", "client_credentials"), ("client_id", "machine"), ("client_secret", SECRET)];
    let tokens = [server.token(&machine).await.json(), server.token(&machine).await.json()];
    let [one, two] = tokens.each_ref().map(|answer| answer["access_token"].as_str().unwrap());
    assert!(one.starts_with("chabi_at_"));
    server.browser().post("/oauth2/revoke", &[("token", one), ("client_id", "machine"), ("client_secret", SECRET)]).await;
    assert_eq!(introspect(&server, "checker", one).await.json(), json!({ "active": false }));
    assert_eq!(introspect(&server, "checker", two).await.json()["active"], true);
}

// RFC 8707 §2
#[tokio::test]
async fn a_token_for_several_apis_is_opaque_if_one_of_them_wants_no_jwt() {
    let server = start().await;
    for (resources, opaque) in [(vec![OTHER_AUDIENCE], false), (vec![AUDIENCE, OTHER_AUDIENCE], true)] {
        let mut fields = vec![("grant_type", "client_credentials"), ("client_id", "machine"), ("client_secret", SECRET)];
        fields.extend(resources.iter().map(|audience| ("resource", *audience)));
        let answer = server.token(&fields).await.json();
        assert_eq!(answer["access_token"].as_str().unwrap().starts_with("chabi_at_"), opaque, "{resources:?}: {answer}");
    }
}

// OpenID Connect Core §3.1.3.6
#[tokio::test]
async fn the_id_token_holds_the_hash_of_the_opaque_text() {
    let server = start().await;
    let (token, tokens) = access_token(&server).await;
    let payload = tokens["id_token"].as_str().unwrap().split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&chabi_token::base64url::decode(payload).unwrap()).unwrap();
    assert_eq!(claims["at_hash"], chabi_token::id_token::at_hash(chabi_token::Algorithm::RS256, &token).as_str());
}
