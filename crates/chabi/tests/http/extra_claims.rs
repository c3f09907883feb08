//! Claims that an operator adds to tokens, such as `token_type`, which some frameworks ask for.

use chabi::{
    Api, RegisteredClient,
    operations::{
        RegistrationError, apis,
        applications::{self, Place},
    },
};
use serde_json::{Map, Value, json};

use crate::server::{SECRET, TestServer, api, application};

fn claims(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn payload(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&chabi_token::base64url::decode(payload).unwrap()).unwrap()
}

#[tokio::test]
async fn they_stand_in_tokens_and_in_introspection_and_an_api_has_the_last_word() {
    let mut app = application();
    app.settings.extra_claims = claims(json!({"tenant": "acme", "plan": {"name": "gold"}}));
    let mut notes = api();
    notes.settings.extra_claims = claims(json!({"token_type": "access", "tenant": "notes"}));
    let server = TestServer::start_with(|builder| builder.api(notes).application(app)).await;
    let tokens = server.tokens("openid notes:read").await;
    let (access, id) = (payload(&tokens["access_token"]), payload(&tokens["id_token"]));
    assert_eq!((&access["token_type"], &access["tenant"], &access["plan"]["name"]), (&json!("access"), &json!("notes"), &json!("gold")));
    assert_eq!((&id["tenant"], id.get("token_type")), (&json!("acme"), None));
    assert_eq!(server.get_with_token("/notes", tokens["access_token"].as_str().unwrap()).await.status, 200);
    let machine = [("grant_type", "client_credentials"), ("client_id", "machine"), ("client_secret", SECRET)];
    let token = server.token(&machine).await.json();
    let fields = [("token", token["access_token"].as_str().unwrap()), ("client_id", "machine"), ("client_secret", SECRET)];
    let told = server.browser().post("/oauth2/introspect", &fields).await.json();
    // `token_type` of an introspection is RFC 7662's own, once
    assert_eq!((&told["tenant"], &told["token_type"]), (&json!("notes"), &json!("Bearer")), "{told}");
}

// req: at.reserved
#[tokio::test]
async fn a_setting_that_would_set_what_a_token_says_itself_is_refused_when_it_is_made() {
    let server = TestServer::start().await;
    let listed = "iss sub aud exp iat nbf jti azp client_id scope acr amr auth_time cnf sid nonce at_hash act events id";
    for name in listed.split(' ') {
        let mut notes = api();
        notes.settings.extra_claims = claims(json!({ name: "x" }));
        let mut app = application();
        app.settings.extra_claims = notes.settings.extra_claims.clone();
        let refused: [Result<(), RegistrationError>; 2] = [
            apis::put(server.chabi.store(), notes).await,
            applications::put(server.chabi.store(), app, Place::of(server.chabi.issuer())).await,
        ];
        assert!(
            refused.iter().all(|outcome| outcome.as_ref().is_err_and(|error| error.to_string().contains("reserved"))),
            "{name}: {refused:?}"
        );
    }
}

// req: at.reserved
#[tokio::test]
async fn what_stands_in_the_store_against_the_rules_is_not_issued() {
    let server = TestServer::start().await;
    let bad = claims(json!({"sub": "root", "scope": "admin", "nonce": "x", "id": 1, "plan": "gold"}));
    let store = server.chabi.store();
    store.put_api(Api { settings: chabi::ApiSettings { extra_claims: bad.clone(), ..Default::default() }, ..api() }).await.unwrap();
    let settings = chabi::ApplicationSettings { extra_claims: bad, ..application().settings };
    store.put_application(RegisteredClient { settings, ..application() }).await.unwrap();
    store.configuration_changed();
    let tokens = server.tokens("openid notes:read").await;
    for token in [payload(&tokens["access_token"]), payload(&tokens["id_token"])] {
        assert_eq!((token.get("id"), token.get("nonce"), &token["plan"]), (None, None, &json!("gold")));
        assert!(token["sub"] != "root" && token["scope"] != "admin", "{token}");
    }
    assert_eq!(server.get_with_token("/notes", tokens["access_token"].as_str().unwrap()).await.status, 200);
}
