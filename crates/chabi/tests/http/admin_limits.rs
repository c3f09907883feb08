//! Administration: what a role must not become another role by, and what must not outlive the role that it was for.

use axum::body::Body;
use chabi::{
    admin::{
        Actor, ActorKind, OperationError, Role, RoleGrant,
        operation::{
            Operation,
            apis::{FindApi, UpdateApi},
            applications::CreateApplication,
            revoke::Revoke,
            roles::{GrantRole, ListRoles, ListRolesInput, TakeRole},
            sites::{CreateSite, DeleteSite, UpdateSite},
            social_applications::{CreateSocialApplication, UpdateSocialApplication},
        },
    },
    operations::accounts,
};
use chabi_store::{
    account::{Account, Insertion},
    provider_link::ProviderLink,
};
use chabi_testkit::browser;
use http::{Request, header};
use serde_json::{Value, json};

use super::server::{ADA, TestServer};

const API: &str = "https://id.example/api/v1";

async fn run<O: Operation>(server: &TestServer, actor: &Actor, input: Value) -> Result<O::Output, OperationError> {
    server.chabi.admin().run::<O>(actor, serde_json::from_value(input).unwrap()).await
}

fn administrator() -> Actor {
    let kind = ActorKind::Application { client_id: "other".into() };
    Actor { kind, grants: vec![RoleGrant { role: Role::Administrator, site: None }], address: None }
}

/// Ada, who owns it all.
async fn owner(server: &TestServer) -> Account {
    let ada = accounts::find(server.chabi.store(), ADA).await.unwrap();
    let role = json!({ "body": { "holder": format!("account:{}", ada.subject), "role": "owner" } });
    run::<GrantRole>(server, &Actor::operator(), role).await.unwrap();
    ada
}

fn work(issuer: &str, more: &Value) -> Value {
    let mut body = json!({ "settings": { "catalogue": "openid", "name": "Work", "client_id": "ours", "issuer": issuer } });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// Whoever speaks for a provider enters as each person who is tied to it.
#[tokio::test]
async fn an_administrator_does_not_become_the_provider_that_an_owner_comes_by() {
    let server = TestServer::start().await;
    let ada = owner(&server).await;
    let now = server.chabi.env().now();
    let link = ProviderLink {
        provider: "work".into(),
        issuer: "https://work.example".into(),
        subject: "ada".into(),
        account: ada.id,
        email: String::new(),
        created_at: now,
        used_at: now,
    };
    assert_eq!(server.chabi.store().insert_provider_link(link).await.unwrap(), Insertion::Done);
    let new = json!({ "body": work("https://work.example", &json!({ "id": "work", "client_secret": "first" })) });
    let made = run::<CreateSocialApplication>(&server, &administrator(), new.clone()).await;
    assert!(matches!(made, Err(OperationError::Above(_))), "{made:?}");
    run::<CreateSocialApplication>(&server, &Actor::operator(), new).await.unwrap();
    let renamed = json!({ "id": "work", "body": work("https://work.example", &json!({ "position": 3 })) });
    run::<UpdateSocialApplication>(&server, &administrator(), renamed).await.unwrap();
    let elsewhere = json!({ "id": "work", "body": work("https://trap.example", &json!({ "client_secret": "mine" })) });
    let moved = run::<UpdateSocialApplication>(&server, &administrator(), elsewhere.clone()).await;
    assert!(matches!(moved, Err(OperationError::Above(_))), "{moved:?}");
    run::<UpdateSocialApplication>(&server, &Actor::operator(), elsewhere).await.unwrap();
}

/// A token that the vendor made for another application, which an administrator runs, is as good as the person's own word there.
#[tokio::test]
async fn an_administrator_does_not_have_tokens_taken_that_an_owner_left_at_another_application() {
    let server = TestServer::start().await;
    let ada = owner(&server).await;
    let now = server.chabi.env().now();
    let link = ProviderLink {
        provider: "work".into(),
        issuer: "https://work.example".into(),
        subject: "ada".into(),
        account: ada.id,
        email: String::new(),
        created_at: now,
        used_at: now,
    };
    assert_eq!(server.chabi.store().insert_provider_link(link).await.unwrap(), Insertion::Done);
    let settled = work("https://work.example", &json!({}));
    let mut new = settled.clone();
    new["id"] = json!("work");
    new["client_secret"] = json!("first");
    new["settings"]["audiences"] = json!(["our-own-phone"]);
    run::<CreateSocialApplication>(&server, &Actor::operator(), json!({ "body": new })).await.unwrap();
    for (member, value, may) in [
        ("audiences", json!(["our-own-phone", "of-the-administrator"]), false),
        ("client_id", json!("of-the-administrator"), false),
        ("name", json!("Workplace"), true),
        ("audiences", json!([]), true),
    ] {
        let mut body = settled.clone();
        body["settings"]["audiences"] = json!(["our-own-phone"]);
        body["settings"][member] = value;
        let changed = run::<UpdateSocialApplication>(&server, &administrator(), json!({ "id": "work", "body": body })).await;
        match may {
            true => assert!(changed.is_ok(), "{member}: {changed:?}"),
            false => assert!(matches!(changed, Err(OperationError::Above(_))), "{member}: {changed:?}"),
        }
    }
}

/// Passwords that are switched off at the site of the console keep out whoever would switch them on.
#[tokio::test]
async fn passwords_of_the_main_site_stay_until_an_owner_comes_in_by_a_provider() {
    let server = TestServer::start().await;
    let ada = owner(&server).await;
    let site = json!({ "id": "main", "body": { "name": "Main", "settings": { "password_sign_in": false } } });
    let refused = async || {
        let changed = run::<UpdateSite>(&server, &administrator(), site.clone()).await;
        assert!(matches!(&changed, Err(OperationError::Conflict(words)) if words.contains("no owner comes in")), "{changed:?}");
    };
    refused().await;
    let new = json!({ "body": work("https://work.example", &json!({ "id": "work", "client_secret": "s" })) });
    run::<CreateSocialApplication>(&server, &Actor::operator(), new).await.unwrap();
    refused().await;
    let now = server.chabi.env().now();
    let link = ProviderLink {
        provider: "work".into(),
        issuer: "https://work.example".into(),
        subject: "ada".into(),
        account: ada.id,
        email: String::new(),
        created_at: now,
        used_at: now,
    };
    assert_eq!(server.chabi.store().insert_provider_link(link).await.unwrap(), Insertion::Done);
    let off = json!({ "id": "work", "body": work("https://work.example", &json!({ "disabled": true })) });
    run::<UpdateSocialApplication>(&server, &Actor::operator(), off).await.unwrap();
    refused().await;
    // who owns the machine has the command line to change it back
    run::<UpdateSite>(&server, &Actor::operator(), site.clone()).await.unwrap();
    let on = json!({ "id": "work", "body": work("https://work.example", &json!({ "disabled": false })) });
    run::<UpdateSocialApplication>(&server, &Actor::operator(), on).await.unwrap();
    run::<UpdateSite>(&server, &administrator(), site.clone()).await.unwrap();
}

/// Nobody gets a secret to read: not by having it sent to themselves either.
#[tokio::test]
async fn the_secret_of_a_social_application_is_not_sent_elsewhere_by_who_does_not_know_it() {
    let server = TestServer::start().await;
    let new = json!({ "body": work("https://work.example", &json!({ "id": "work", "client_secret": "kept" })) });
    run::<CreateSocialApplication>(&server, &administrator(), new).await.unwrap();
    let elsewhere = json!({ "id": "work", "body": work("https://trap.example", &json!({})) });
    let moved = run::<UpdateSocialApplication>(&server, &administrator(), elsewhere).await;
    let Err(OperationError::Invalid(problems)) = moved else { panic!("{moved:?}") };
    assert_eq!(problems[0].field, "client_secret");
    let with_one = json!({ "id": "work", "body": work("https://trap.example", &json!({ "client_secret": "another" })) });
    run::<UpdateSocialApplication>(&server, &administrator(), with_one).await.unwrap();
}

#[tokio::test]
async fn a_role_at_a_site_goes_with_the_site_and_no_other_site_gets_its_id() {
    let server = TestServer::start().await;
    let ada = accounts::find(server.chabi.store(), ADA).await.unwrap();
    let operator = Actor::operator();
    let site = json!({ "body": { "id": "shop", "issuer": "https://shop.example", "name": "Shop" } });
    run::<CreateSite>(&server, &operator, site.clone()).await.unwrap();
    let role = json!({ "body": { "holder": format!("account:{}", ada.subject), "role": "administrator", "site": "shop" } });
    run::<GrantRole>(&server, &operator, role).await.unwrap();
    run::<DeleteSite>(&server, &operator, json!({ "id": "shop" })).await.unwrap();
    let again = run::<CreateSite>(&server, &operator, site).await;
    assert!(matches!(&again, Err(OperationError::Conflict(words)) if words.contains("`shop` was removed")), "{again:?}");
    let roles = run::<ListRoles>(&server, &operator, json!(ListRolesInput::default())).await.unwrap();
    assert_eq!(roles.items, []);
}

#[tokio::test]
async fn an_administrator_takes_nothing_back_that_is_of_an_owner() {
    let server = TestServer::start().await;
    let ada = owner(&server).await;
    let mut browser = server.browser();
    server.sign_in(&mut browser, &[]).await;
    let session = server.chabi.store().list_sessions(ada.id, server.chabi.env().now()).await.unwrap()[0].id.to_string();
    for (kind, id) in [("account", ADA), ("session", &session)] {
        let input = json!({ "body": { "kind": kind, "id": id } });
        let taken = run::<Revoke>(&server, &administrator(), input).await;
        assert!(matches!(taken, Err(OperationError::Above(_))), "{kind}: {taken:?}");
    }
    let by_operator = json!({ "body": { "kind": "account", "id": ADA } });
    assert!(run::<Revoke>(&server, &Actor::operator(), by_operator).await.unwrap().ended > 0);
}

#[tokio::test]
async fn the_api_by_which_owners_speak_is_theirs_to_change() {
    let server = TestServer::start().await;
    let api = run::<FindApi>(&server, &Actor::operator(), json!({ "audience": API })).await.unwrap();
    let mut body = json!(api.values);
    body["scope_words"]["admin:write"] = json!("See your name");
    let input = json!({ "audience": API, "body": body });
    let changed = run::<UpdateApi>(&server, &administrator(), input.clone()).await;
    assert!(matches!(changed, Err(OperationError::Above(_))), "{changed:?}");
    run::<UpdateApi>(&server, &Actor::operator(), input).await.unwrap();
}

async fn post(server: &TestServer, token: &str, key: &str, body: &Value) -> (http::StatusCode, String) {
    let request = Request::post("/api/v1/applications")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", key)
        .body(Body::from(body.to_string()));
    let (status, _, text) = browser::ask(&server.router, request.unwrap()).await;
    (status, text)
}

#[tokio::test]
async fn an_answer_with_a_secret_is_not_given_again_to_who_lost_the_role() {
    let server = TestServer::start().await;
    let operator = Actor::operator();
    let new = json!({ "body": { "purpose": "machine", "name": "Tool", "default_audience": API } });
    let tool = run::<CreateApplication>(&server, &operator, new).await.unwrap();
    let (id, secret) = (tool.application.client_id, tool.client_secret.unwrap());
    let role = json!({ "holder": format!("application:{id}"), "role": "administrator" });
    run::<GrantRole>(&server, &operator, json!({ "body": role })).await.unwrap();
    let fields = [("grant_type", "client_credentials"), ("client_id", &*id), ("client_secret", &*secret), ("scope", "admin:write")];
    let page = server.token(&fields).await;
    let token = page.json()["access_token"].as_str().unwrap().to_owned();
    let shop = json!({ "purpose": "web_server", "name": "Shop", "redirect_uris": ["https://shop.example/callback"] });
    let (status, text) = post(&server, &token, "one", &shop).await;
    assert_eq!(status, 201, "{text}");
    run::<TakeRole>(&server, &operator, role).await.unwrap();
    let (status, text) = post(&server, &token, "one", &shop).await;
    assert_eq!(status, 403, "{text}");
    assert!(!text.contains("client_secret"));
}
