//! Administration: how far a role at one site reaches where people are shared, what a token names, what an input may hold.

use axum::body::Body;
use chabi::admin::{
    Actor, ActorKind, OperationError, Role, RoleGrant,
    operation::{
        self, Operation,
        accounts::CreateAccount,
        applications::{CreateApplication, FindApplication, UpdateApplication},
        revoke::Revoke,
        roles::GrantRole,
        sites::CreateSite,
        social_applications::{CreateSocialApplication, UpdateSocialApplication},
    },
};
use chabi_store::account::Realm;
use chabi_testkit::browser;
use http::{Request, header};
use serde_json::{Map, Value, json};

use super::server::{ADA, SECRET, TestServer};

async fn run<O: Operation>(server: &TestServer, actor: &Actor, input: Value) -> Result<O::Output, OperationError> {
    server.chabi.admin().run::<O>(actor, serde_json::from_value(input).unwrap()).await
}

fn administrator(site: Option<&str>) -> Actor {
    let kind = ActorKind::Application { client_id: "other".into() };
    Actor { kind, grants: vec![RoleGrant { role: Role::Administrator, site: site.map(str::to_owned) }], address: None }
}

async fn with_sites() -> TestServer {
    let server = TestServer::start().await;
    for (id, accounts) in [("shop", "shared"), ("club", "separate")] {
        let new = json!({ "body": { "id": id, "issuer": format!("https://{id}.example"), "name": id, "accounts": accounts } });
        run::<CreateSite>(&server, &Actor::operator(), new).await.unwrap();
    }
    server
}

fn work(id: &str, site: &str, settings: &Value) -> Value {
    let mut all = json!({ "catalogue": "openid", "name": "Work", "client_id": "ours", "issuer": "https://work.example" });
    for (name, value) in settings.as_object().unwrap() {
        all[name] = value.clone();
    }
    json!({ "body": { "id": id, "client_secret": "s", "sites": [site], "settings": all } })
}

/// Their own provider says of a stranger that they have somebody's address, and all sites that share accounts believe it.
#[tokio::test]
async fn who_has_a_role_at_one_site_lets_nobody_of_the_others_be_joined_by_the_word_of_a_provider_of_their_own() {
    let server = with_sites().await;
    let shop = administrator(Some("shop"));
    let google = json!({ "catalogue": "google", "issuer": null });
    let rogue_google = json!({ "catalogue": "google" });
    for (number, (settings, may)) in [
        (json!({ "trust_email": "when_verified" }), false),
        (json!({}), false),
        (json!({ "catalogue": "google", "issuer": null, "trust_email": "when_verified" }), false),
        (rogue_google, false),
        (json!({ "trust_email": "never" }), true),
        (google, true),
    ]
    .into_iter()
    .enumerate()
    {
        let made = run::<CreateSocialApplication>(&server, &shop, work(&format!("w{number}"), "shop", &settings)).await;
        match may {
            true => assert!(made.is_ok(), "{settings}: {made:?}"),
            false => assert!(
                matches!(&made, Err(OperationError::Above(words)) if words.contains("`shop` shares its accounts")),
                "{settings}: {made:?}"
            ),
        }
    }
    let mut change = work("w4", "shop", &json!({ "trust_email": "when_verified" }));
    change["body"].as_object_mut().unwrap().remove("id");
    let changed = run::<UpdateSocialApplication>(&server, &shop, json!({ "id": "w4", "body": change["body"] })).await;
    assert!(matches!(changed, Err(OperationError::Above(_))), "{changed:?}");
    // people of a site with accounts of its own are its own, and whoever has the role for all sites answers for all
    let trusting = json!({ "trust_email": "when_verified" });
    run::<CreateSocialApplication>(&server, &administrator(Some("club")), work("club", "club", &trusting)).await.unwrap();
    run::<CreateSocialApplication>(&server, &administrator(None), work("all", "shop", &trusting)).await.unwrap();
}

/// Who runs the application at the vendor that ID tokens are for has those of everybody who signs in there.
#[tokio::test]
async fn who_has_a_role_at_one_site_does_not_say_whose_id_tokens_are_brought_to_accounts_of_all() {
    let server = with_sites().await;
    let google = json!({ "catalogue": "google", "issuer": null });
    for (site, may) in [("shop", false), ("club", true)] {
        let keeper = administrator(Some(site));
        let id = format!("google-{site}");
        run::<CreateSocialApplication>(&server, &keeper, work(&id, site, &google)).await.unwrap();
        let app = format!("app-{site}");
        let new = json!({ "body": { "client_id": app, "purpose": "mobile_or_desktop", "name": "App", "first_party": true, "sites": [site],
            "redirect_uris": ["http://127.0.0.1/callback"] } });
        run::<CreateApplication>(&server, &keeper, new).await.unwrap();
        let shown = run::<FindApplication>(&server, &keeper, json!({ "client_id": app })).await.unwrap();
        let mut values = serde_json::to_value(&shown.values).unwrap();
        values["grant_types"].as_array_mut().unwrap().push(json!("urn:ietf:params:oauth:grant-type:token-exchange"));
        values["settings"] = json!({ "native_sign_in": [id] });
        let bringing = json!({ "client_id": app, "body": values });
        let brought = run::<UpdateApplication>(&server, &keeper, bringing.clone()).await;
        let mut change = work(&id, site, &json!({ "catalogue": "google", "issuer": null, "audiences": ["of-my-own-website"] }));
        change["body"].as_object_mut().unwrap().remove("id");
        let changed = run::<UpdateSocialApplication>(&server, &keeper, json!({ "id": id, "body": change["body"] })).await;
        if may {
            assert!(brought.is_ok() && changed.is_ok(), "{brought:?} {changed:?}");
        } else {
            assert!(matches!(brought, Err(OperationError::Above(_))), "{brought:?}");
            assert!(matches!(changed, Err(OperationError::Above(_))), "{changed:?}");
            run::<UpdateApplication>(&server, &administrator(None), bringing.clone()).await.unwrap();
            // and it goes on as it was then, whoever changes the rest of it
            run::<UpdateApplication>(&server, &keeper, bringing).await.unwrap();
        }
    }
}

async fn own(server: &TestServer, holder: String) {
    run::<GrantRole>(server, &Actor::operator(), json!({ "body": { "holder": holder, "role": "owner" } })).await.unwrap();
}

async fn take(server: &TestServer, actor: &Actor, token: &str) -> Result<i64, OperationError> {
    run::<Revoke>(server, actor, json!({ "body": { "kind": "token", "id": token } })).await.map(|revoked| revoked.ended)
}

#[tokio::test]
async fn a_whole_token_is_not_taken_back_from_who_is_mightier() {
    let server = with_sites().await;
    let of_ada = server.tokens("openid notes:read").await["access_token"].as_str().unwrap().to_owned();
    let fields = [("grant_type", "client_credentials"), ("client_id", "machine"), ("client_secret", SECRET)];
    let of_machine = server.token(&fields).await.json()["access_token"].as_str().unwrap().to_owned();
    let subject = server.chabi.store().find_account_by_email(&Realm::SHARED, ADA).await.unwrap().unwrap().0.subject;
    own(&server, format!("account:{subject}")).await;
    own(&server, "application:machine".to_owned()).await;
    for token in [&of_ada, &of_machine] {
        let taken = take(&server, &administrator(None), token).await;
        assert!(matches!(taken, Err(OperationError::Above(_))), "{taken:?}");
        // a role at a site reaches nothing that was issued, whoever has it
        let taken = take(&server, &administrator(Some("shop")), token).await;
        assert!(matches!(taken, Err(OperationError::Forbidden(_))), "{taken:?}");
        assert_eq!(take(&server, &Actor::operator(), token).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn an_address_counts_as_proven_when_an_administrator_says_so_and_not_before() {
    let server = with_sites().await;
    let make = async |body: Value| run::<CreateAccount>(&server, &administrator(None), json!({ "body": body })).await.unwrap();
    let verified = async |address: &str| {
        let (_, email) = server.chabi.store().find_account_by_email(&Realm::SHARED, address).await.unwrap().unwrap();
        email.verified_at.is_some()
    };
    for (number, password) in [None, Some("tumble weather casino plinth")].into_iter().enumerate() {
        let (said, unsaid) = (format!("said{number}@example.test"), format!("unsaid{number}@example.test"));
        make(json!({ "email": said, "password": password, "address_verified": true })).await;
        make(json!({ "email": unsaid, "password": password })).await;
        assert!(verified(&said).await && !verified(&unsaid).await, "{password:?}");
        let role = json!({ "body": { "holder": unsaid, "role": "auditor" } });
        assert!(run::<GrantRole>(&server, &Actor::operator(), role).await.is_err(), "who merely claims an address gets no role");
    }
    let told = server.chabi.store().list_audit_events(50).await.unwrap();
    let told = told.iter().find(|event| event.kind == "admin.accounts.create" && event.detail.contains("unsaid0")).unwrap();
    let after: Value = serde_json::from_str::<Value>(&told.detail).unwrap()["after"].clone();
    assert_eq!(after["emails"][0]["verified_at"], Value::Null, "{after}");
}

/// What a flattened type cannot refuse by itself.
// req: ad.mass
#[tokio::test]
async fn every_operation_refuses_a_member_that_it_does_not_know_by_its_name() {
    let server = with_sites().await;
    for entry in operation::table() {
        let mut input: Map<String, Value> = entry.path_names().map(|name| (name.to_owned(), json!("x"))).collect();
        let has_body = serde_json::to_value((entry.input)(&mut Vec::new())).unwrap()["properties"].get("body").is_some();
        let field = match has_body {
            true => {
                input.insert("body".into(), json!({ "no_such_member": 1 }));
                "no_such_member"
            }
            false => {
                input.insert("no_such_member".into(), json!(1));
                "no_such_member"
            }
        };
        let refused = entry.run(server.chabi.admin(), &Actor::operator(), None, Value::Object(input)).await;
        let Err(OperationError::Invalid(problems)) = refused else { panic!("{}: {refused:?}", entry.name) };
        assert!(problems.iter().any(|problem| problem.field == field), "{}: {problems:?}", entry.name);
    }
}

/// PostgreSQL takes none, and what it refuses would be our own trouble.
#[tokio::test]
async fn a_zero_character_is_refused_by_the_name_of_its_member_in_every_operation() {
    let server = with_sites().await;
    let mut tried = 0;
    for entry in operation::table() {
        for name in entry.path_names() {
            let input: Map<String, Value> = entry.path_names().map(|name| (name.to_owned(), json!("a\0b"))).collect();
            let refused = entry.run(server.chabi.admin(), &Actor::operator(), None, Value::Object(input)).await;
            let Err(OperationError::Invalid(problems)) = refused else { panic!("{}: {refused:?}", entry.name) };
            assert!(problems.iter().any(|problem| problem.field == name), "{}: {problems:?}", entry.name);
            tried += 1;
        }
    }
    assert!(tried > 20, "{tried}");
    let entry = operation::table().into_iter().find(|entry| entry.name == "initial_access_tokens.create").unwrap();
    for (body, field) in [(json!({ "label": "a\0b" }), "label"), (json!({ "label": "a", "site": "ma\0in" }), "site")] {
        let refused = entry.run(server.chabi.admin(), &Actor::operator(), None, json!({ "body": body })).await;
        let Err(OperationError::Invalid(problems)) = refused else { panic!("{refused:?}") };
        assert_eq!(problems.iter().map(|problem| problem.field.as_str()).collect::<Vec<_>>(), [field]);
    }
}

#[tokio::test]
async fn a_member_that_nobody_knows_is_pointed_at() {
    let server = with_sites().await;
    let new = json!({ "body": { "purpose": "machine", "name": "Tool", "default_audience": "https://id.example/api/v1" } });
    let tool = run::<CreateApplication>(&server, &Actor::operator(), new).await.unwrap();
    own(&server, format!("application:{}", tool.application.client_id)).await;
    let secret = tool.client_secret.unwrap();
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", tool.application.client_id.as_str()),
        ("client_secret", secret.as_str()),
        ("scope", "admin:write"),
    ];
    let token = server.token(&fields).await.json()["access_token"].as_str().unwrap().to_owned();
    let body = json!({ "id": "new", "issuer": "https://new.example", "name": "New", "acounts": "separate" });
    let request = Request::post("/api/v1/sites")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()));
    let (status, headers, told) = browser::ask(&server.router, request.unwrap()).await;
    assert_eq!((status.as_u16(), headers[header::CONTENT_TYPE].to_str().unwrap()), (422, "application/problem+json"));
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["problems"], json!([{ "field": "acounts", "pointer": "#/acounts", "words": "there is no such member: leave it out" }]));
    assert_eq!(server.chabi.store().find_site("new").await.unwrap(), None);
}
