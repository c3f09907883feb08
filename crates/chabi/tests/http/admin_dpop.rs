//! RFC 9449 at `/api/v1`: an administrator's token that is bound to a key is good with a proof of that key for this request, once.

use axum::body::Body;
use chabi::admin::{
    Actor, Role,
    operation::{
        applications::{CreateApplication, CreateApplicationInput},
        roles::{GrantRole, GrantRoleInput, NewRole},
    },
};
use chabi_testkit::{browser, dpop::DpopKey};
use chabi_token::Timestamp;
use http::{HeaderMap, Request, StatusCode, header};
use serde_json::{Value, json};

use super::server::{ISSUER, TestServer};

const PATH: &str = "/api/v1/applications";

/// What is asked of `method` and `url`; `proofs`: none, one, or several.
async fn ask(server: &TestServer, scheme: &str, token: &str, proofs: &[&str]) -> (StatusCode, HeaderMap, Value) {
    let mut request = Request::get(PATH).header(header::HOST, "id.example").header(header::AUTHORIZATION, format!("{scheme} {token}"));
    for proof in proofs {
        request = request.header("dpop", *proof);
    }
    let (status, headers, body) = browser::ask(&server.router, request.body(Body::empty()).unwrap()).await;
    (status, headers, serde_json::from_str(&body).unwrap_or_default())
}

/// An owner's token that is bound to this key.
async fn bound_token(server: &TestServer, key: &DpopKey, now: Timestamp) -> String {
    let admin = server.chabi.admin();
    let new = json!({"body": {"purpose": "machine", "name": "Tool", "default_audience": format!("{ISSUER}/api/v1")}});
    let new: CreateApplicationInput = serde_json::from_value(new).unwrap();
    let made = admin.run::<CreateApplication>(&Actor::operator(), new).await.unwrap();
    let holder = format!("application:{}", made.application.client_id);
    let body = NewRole { holder, role: Role::Owner, site: None };
    admin.run::<GrantRole>(&Actor::operator(), GrantRoleInput { body }).await.unwrap();
    let (id, secret) = (&made.application.client_id, made.client_secret.unwrap());
    let form = format!("grant_type=client_credentials&scope=admin:read&client_id={id}&client_secret={secret}");
    let request = Request::post("/oauth2/token")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("dpop", key.proof("POST", &format!("{ISSUER}/oauth2/token"), now))
        .body(Body::from(form))
        .unwrap();
    let (status, _, body) = browser::ask(&server.router, request).await;
    assert_eq!(status, 200, "{body}");
    let answer: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(answer["token_type"], "DPoP");
    answer["access_token"].as_str().unwrap().to_owned()
}

// req: rs.dpop
#[tokio::test]
async fn an_administrators_token_that_is_bound_to_a_key_opens_the_api_with_a_fresh_proof_of_that_key_alone() {
    let server = TestServer::start().await;
    let (key, other) = (DpopKey::default(), DpopKey::default());
    let now = server.chabi.admin().env.now();
    let token = bound_token(&server, &key, now).await;
    let url = format!("{ISSUER}{PATH}");
    let proof = key.proof_for(&token, "GET", &url, now);

    let (status, _, body) = ask(&server, "DPoP", &token, &[&proof]).await;
    assert_eq!(status, 200, "{body}");
    assert!(body["items"].as_array().is_some_and(|items| !items.is_empty()), "{body}");

    let refused: [(&str, &str, Vec<String>); 9] = [
        ("a proof that came before", "DPoP", vec![proof.clone()]),
        ("no proof", "DPoP", vec![]),
        ("no proof, as if it were bound to nothing", "Bearer", vec![]),
        ("a proof, but not its scheme", "Bearer", vec![key.proof_for(&token, "GET", &url, now)]),
        ("two proofs", "DPoP", vec![key.proof_for(&token, "GET", &url, now), key.proof_for(&token, "GET", &url, now)]),
        ("a proof of another key", "DPoP", vec![other.proof_for(&token, "GET", &url, now)]),
        ("a proof for another token", "DPoP", vec![key.proof_for("another", "GET", &url, now)]),
        ("a proof for another method", "DPoP", vec![key.proof_for(&token, "POST", &url, now)]),
        ("a proof for another operation", "DPoP", vec![key.proof_for(&token, "GET", &format!("{ISSUER}/api/v1/apis"), now)]),
    ];
    for (what, scheme, proofs) in refused {
        let proofs: Vec<&str> = proofs.iter().map(String::as_str).collect();
        let (status, headers, body) = ask(&server, scheme, &token, &proofs).await;
        assert_eq!(status, 401, "{what}: {body}");
        assert!(headers[header::WWW_AUTHENTICATE].to_str().unwrap().contains("DPoP"), "{what}");
        assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json", "{what}");
        assert!(body["mend"].is_string(), "{what}: {body}");
    }
}
