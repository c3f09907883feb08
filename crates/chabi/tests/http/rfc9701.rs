//! Signed introspection.

use axum::body::Body;
use chabi::RegisteredClient;
use chabi_token::{AccessTokenProfile, Algorithm, JwkSet, id_token, verify_access_token};
use http::{HeaderMap, Request, StatusCode, header};
use serde_json::{Value, json};

use crate::server::{ISSUER, SECRET, TestServer, application};

const MEDIA_TYPE: &str = "application/token-introspection+jwt";

async fn introspect(server: &TestServer, token: &str, accept: &str, secret: &str) -> (StatusCode, HeaderMap, String) {
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("token", token), ("client_id", "machine"), ("client_secret", secret)])
        .finish();
    let request = Request::post("/oauth2/introspect")
        .header(header::ACCEPT, accept)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    chabi_testkit::browser::ask(&server.router, request.body(Body::from(body)).unwrap()).await
}

async fn own_token(server: &TestServer) -> String {
    let fields = [("grant_type", "client_credentials"), ("client_id", "machine"), ("client_secret", SECRET)];
    server.token(&fields).await.json()["access_token"].as_str().unwrap().to_owned()
}

fn part(token: &str, index: usize) -> Value {
    serde_json::from_slice(&chabi_token::base64url::decode(token.split('.').nth(index).unwrap()).unwrap()).unwrap()
}

// RFC 9701 §5
#[tokio::test]
async fn the_answer_is_a_jwt_of_its_own_type_for_the_one_who_asked() {
    let server = TestServer::start().await;
    let token = own_token(&server).await;
    let (status, headers, signed) = introspect(&server, &token, &format!("application/json;q=0.5, {MEDIA_TYPE}"), SECRET).await;
    assert_eq!((status.as_u16(), headers["content-type"].to_str().unwrap()), (200, MEDIA_TYPE));
    assert_eq!(headers["cache-control"], "no-store");
    let (head, claims) = (part(&signed, 0), part(&signed, 1));
    assert_eq!((&head["typ"], &head["alg"]), (&json!("token-introspection+jwt"), &json!("RS256")));
    assert_eq!(
        (&claims["iss"], &claims["aud"], &claims["iat"]),
        (&json!(ISSUER), &json!("machine"), &json!(server.chabi.env().now().as_seconds()))
    );
    assert_eq!((&claims["token_introspection"]["active"], &claims["token_introspection"]["client_id"]), (&json!(true), &json!("machine")));
    let names: Vec<_> = claims.as_object().unwrap().keys().collect();
    assert_eq!(names, ["aud", "iat", "iss", "token_introspection"], "nothing that would make it pass for a token");
}

// RFC 9701 §5, §8.1
// req: at.cross
#[tokio::test]
async fn it_passes_for_no_other_kind_of_token() {
    let server = TestServer::start().await;
    let (_, _, signed) = introspect(&server, &own_token(&server).await, MEDIA_TYPE, SECRET).await;
    let keys = JwkSet::parse(server.browser().get("/oauth2/jwks").await.body.as_bytes()).unwrap();
    assert!(verify_access_token(&signed, &keys, &AccessTokenProfile::of_issuer(ISSUER), server.chabi.env().now()).is_err());
    assert!(id_token::verify_hint(&signed, &keys, ISSUER).is_err());
    assert_eq!(server.get_with_token("/notes", &signed).await.status, 401);
}

// RFC 9701 §5; RFC 7662 §2.2
// req: in.kind
#[tokio::test]
async fn a_token_that_is_not_good_is_inactive_and_nothing_else_also_when_signed() {
    let server = TestServer::start().await;
    let (status, _, signed) = introspect(&server, "x", MEDIA_TYPE, SECRET).await;
    assert_eq!((status.as_u16(), &part(&signed, 1)["token_introspection"]), (200, &json!({ "active": false })));
    let (status, headers, body) = introspect(&server, "x", MEDIA_TYPE, "wrong").await;
    assert_eq!((status.as_u16(), headers["content-type"].to_str().unwrap()), (401, "application/json"), "{body}");
    let (_, headers, body) = introspect(&server, "x", "application/json", SECRET).await;
    assert_eq!((headers["content-type"].to_str().unwrap(), body.as_str()), ("application/json", "{\"active\":false}"));
}

// RFC 9701 §6; OpenID Connect Core §5.3.2
#[tokio::test]
async fn an_application_chooses_the_algorithm_of_introspection_and_of_userinfo() {
    let server = TestServer::start().await;
    let machine = server.chabi.store().find_application("machine").await.unwrap().unwrap();
    for algorithm in Algorithm::ALL {
        let mut other = machine.clone();
        other.settings.introspection_signed_response_alg = algorithm.as_str().to_owned();
        server.chabi.store().put_application(other).await.unwrap();
        let mut app = application();
        app.settings.userinfo_signed_response_alg = algorithm.as_str().to_owned();
        server.chabi.store().put_application(RegisteredClient { ..app }).await.unwrap();
        server.chabi.store().configuration_changed();
        let (_, _, signed) = introspect(&server, &own_token(&server).await, MEDIA_TYPE, SECRET).await;
        assert_eq!(part(&signed, 0)["alg"], algorithm.as_str());

        let tokens = server.tokens("openid email").await;
        let answer = server.get_with_token("/oauth2/userinfo", tokens["access_token"].as_str().unwrap()).await;
        assert_eq!((answer.status.as_u16(), answer.headers["content-type"].to_str().unwrap()), (200, "application/jwt"));
        let (head, claims) = (part(&answer.body, 0), part(&answer.body, 1));
        assert_eq!(head["alg"], algorithm.as_str());
        assert_eq!((&claims["iss"], &claims["aud"], &claims["email"]), (&json!(ISSUER), &json!("app"), &json!("ada@example.test")));
        assert_eq!(claims["sub"], part(tokens["id_token"].as_str().unwrap(), 1)["sub"]);
        let keys = JwkSet::parse(server.browser().get("/oauth2/jwks").await.body.as_bytes()).unwrap();
        assert!(id_token::verify_hint(&answer.body, &keys, ISSUER).is_err(), "userinfo is no ID token");
        let key = keys.find(head["kid"].as_str().unwrap()).unwrap();
        let (signed, signature) = answer.body.rsplit_once('.').unwrap();
        assert!(key.verify(algorithm, signed.as_bytes(), &chabi_token::base64url::decode(signature).unwrap()), "{algorithm}");
    }
}
