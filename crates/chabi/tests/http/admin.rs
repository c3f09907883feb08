//! Administration: the REST API, roles, the set-up link, the audit log.

use axum::body::Body;
use chabi::{
    Chabi, RegisteredClient,
    admin::{
        Actor, ActorKind, OperationError, Reach, Role, RoleGrant, chain,
        installation::setup,
        operation::{
            self,
            accounts::{AccountPath, BlockAccount, DeleteAccount, FindAccount, ListAccounts, ListAccountsInput},
            applications::{
                ApplicationId, CreateApplication, CreateApplicationInput, FindApplication, ListApplications, ListApplicationsInput,
                RotateSecret, UpdateApplication, UpdateApplicationInput,
            },
            roles::{GrantRole, GrantRoleInput, NewRole, TakeRole, TakeRoleInput},
        },
    },
    operations::accounts,
};
use chabi_store::{
    audit::AuditEvent,
    audit_chain::{AuditChain, ChainPlace},
    installation::CONFIGURATION,
};
use chabi_testkit::{Browser, browser};
use http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};

use super::server::{ADA, ISSUER, TestServer, application};

const API: &str = "https://id.example/api/v1";

pub fn input<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

async fn tool(chabi: &Chabi, role: Option<Role>) -> (String, String) {
    let new = json!({ "body": { "purpose": "machine", "name": "Tool", "default_audience": API } });
    let made = chabi.admin().run::<CreateApplication>(&Actor::operator(), input(new)).await.unwrap();
    let id = made.application.client_id;
    if let Some(role) = role {
        grant(chabi, &format!("application:{id}"), role, None).await;
    }
    (id, made.client_secret.unwrap())
}

async fn grant(chabi: &Chabi, holder: &str, role: Role, site: Option<&str>) {
    let body = NewRole { holder: holder.to_owned(), role, site: site.map(str::to_owned) };
    chabi.admin().run::<GrantRole>(&Actor::operator(), GrantRoleInput { body }).await.unwrap();
}

async fn token(server: &TestServer, (id, secret): &(String, String), scope: &str) -> String {
    let fields = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret), ("scope", scope)];
    let page = server.token(&fields).await;
    assert_eq!(page.status, 200, "{}", page.body);
    page.json()["access_token"].as_str().unwrap().to_owned()
}

struct Answer {
    status: StatusCode,
    headers: http::HeaderMap,
    body: Value,
    text: String,
}

async fn ask(server: &TestServer, token: &str, method: Method, path: &str, headers: &[(&str, &str)], body: Option<Value>) -> Answer {
    let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
    if !token.is_empty() {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = match body {
        None => Body::empty(),
        Some(body) => {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Body::from(body.to_string())
        }
    };
    let (status, headers, text) = browser::ask(&server.router, request.body(body).unwrap()).await;
    Answer { status, headers, body: serde_json::from_str(&text).unwrap_or_default(), text }
}

async fn owner_token(server: &TestServer) -> String {
    let tool = tool(&server.chabi, Some(Role::Owner)).await;
    token(server, &tool, "admin:read admin:write").await
}

#[tokio::test]
async fn the_api_takes_our_own_tokens_with_its_scope_of_who_has_a_role() {
    let server = TestServer::start().await;
    let nobody = tool(&server.chabi, None).await;
    let answer = ask(&server, "", Method::GET, "/applications", &[], None).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json");
    assert!(answer.headers[header::WWW_AUTHENTICATE].to_str().unwrap().starts_with("Bearer"));
    assert!(answer.body["mend"].as_str().unwrap().contains("access token"));
    let without_role = token(&server, &nobody, "admin:read admin:write").await;
    let answer = ask(&server, &without_role, Method::GET, "/applications", &[], None).await;
    assert_eq!((answer.status, answer.body["type"].as_str().unwrap()), (StatusCode::FORBIDDEN, "urn:chabi:problem:forbidden"));
    grant(&server.chabi, &format!("application:{}", nobody.0), Role::Auditor, None).await;
    assert_eq!(ask(&server, &without_role, Method::GET, "/applications", &[], None).await.status, 200);
    let reading = token(&server, &nobody, "admin:read").await;
    let answer = ask(&server, &reading, Method::POST, "/keys/rotate", &[], None).await;
    assert_eq!((answer.status, answer.body["type"].as_str().unwrap()), (StatusCode::FORBIDDEN, "urn:chabi:problem:insufficient-scope"));
    let of_another_api = server.tokens("openid notes:read").await["access_token"].as_str().unwrap().to_owned();
    assert_eq!(ask(&server, &of_another_api, Method::GET, "/applications", &[], None).await.status, 401);
}

#[tokio::test]
async fn an_application_that_registered_itself_gets_nothing_whatever_an_owner_consented_to() {
    let server = TestServer::start().await;
    let tool = tool(&server.chabi, Some(Role::Owner)).await;
    let token = token(&server, &tool, "admin:read").await;
    let store = server.chabi.store();
    let mut stranger = store.find_application(&tool.0).await.unwrap().unwrap();
    stranger.settings.registered_by = chabi::RegisteredBy::Itself;
    store.put_application(stranger).await.unwrap();
    assert_eq!(ask(&server, &token, Method::GET, "/applications", &[], None).await.status, 403);
}

/// Each role, at all sites and at one, on each operation of the table.
#[tokio::test]
async fn each_role_may_run_exactly_the_operations_that_its_permissions_name() {
    let server = TestServer::start().await;
    let admin = server.chabi.admin();
    for role in Role::ALL {
        for site in [None, Some("main".to_owned())] {
            let grants = vec![RoleGrant { role, site: site.clone() }];
            let kind = ActorKind::Application { client_id: "tool".into() };
            let actor = Actor { kind, grants, address: None };
            for entry in operation::table() {
                let expected = role.may(entry.permission) && (site.is_none() || !entry.permission.is_of_the_installation());
                // an input that no operation takes: nothing runs, and who may not is told before it is read
                let outcome = entry.run(admin, &actor, None, json!("no input")).await;
                let forbidden = matches!(outcome, Err(OperationError::Forbidden(_)));
                assert_eq!(forbidden, !expected, "{role} at {site:?}: {entry:?}: {outcome:?}");
                assert_eq!(Reach::of(&actor, entry.permission).is_some(), expected);
            }
        }
    }
    let nobody = Actor { kind: ActorKind::Application { client_id: "tool".into() }, grants: Vec::new(), address: None };
    for entry in operation::table() {
        assert!(matches!(entry.run(admin, &nobody, None, json!({})).await, Err(OperationError::Forbidden(_))), "{entry:?}");
    }
}

#[tokio::test]
async fn what_was_changed_meanwhile_is_not_written_over() {
    let server = TestServer::start().await;
    let token = owner_token(&server).await;
    let first = ask(&server, &token, Method::GET, "/applications/app", &[], None).await;
    assert_eq!(first.status, 200, "{}", first.text);
    let tag = first.headers[header::ETAG].to_str().unwrap().to_owned();
    assert_eq!(ask(&server, &token, Method::GET, "/applications/app", &[("if-none-match", &tag)], None).await.status, 304);
    let mut body = first.body.clone();
    body["name"] = json!("Another");
    let changed = ask(&server, &token, Method::PUT, "/applications/app", &[("if-match", &tag)], Some(body.clone())).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!(
        (&changed.body["name"], &changed.body["client_id"]),
        (&json!("Another"), &json!("app")),
        "what is only shown is sent back as well"
    );
    let mut renamed = changed.body.clone();
    renamed["client_id"] = json!("other");
    let refused = ask(&server, &token, Method::PUT, "/applications/app", &[], Some(renamed)).await;
    assert_eq!((refused.status, &refused.body["problems"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("#/client_id")));
    body["name"] = json!("A third");
    let late = ask(&server, &token, Method::PUT, "/applications/app", &[("if-match", &tag)], Some(body)).await;
    assert_eq!((late.status, late.body["type"].as_str().unwrap()), (StatusCode::PRECONDITION_FAILED, "urn:chabi:problem:changed"));
    assert_eq!(ask(&server, &token, Method::DELETE, "/applications/app", &[("if-match", &tag)], None).await.status, 412);
    assert_eq!(ask(&server, &token, Method::DELETE, "/applications/app", &[], None).await.status, 204);
}

#[tokio::test]
async fn a_post_that_is_sent_again_is_answered_as_the_first_time() {
    let server = TestServer::start().await;
    let token = owner_token(&server).await;
    let new = json!({ "purpose": "web_server", "name": "Shop", "redirect_uris": ["https://shop.example/callback"] });
    let key = [("idempotency-key", "\"one\"")];
    let first = ask(&server, &token, Method::POST, "/applications", &key, Some(new.clone())).await;
    assert_eq!(first.status, 201, "{}", first.text);
    let again = ask(&server, &token, Method::POST, "/applications", &key, Some(new)).await;
    assert_eq!((again.status, &again.body), (StatusCode::CREATED, &first.body));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let other = json!({ "purpose": "web_server", "name": "Other", "redirect_uris": ["https://shop.example/callback"] });
    let refused = ask(&server, &token, Method::POST, "/applications", &key, Some(other)).await;
    assert_eq!(
        (refused.status, refused.body["type"].as_str().unwrap()),
        (StatusCode::UNPROCESSABLE_ENTITY, "urn:chabi:problem:idempotency-key")
    );
    let wrong = json!({ "purpose": "web_server", "name": "Shop", "redirect_uris": ["http://shop.example/#a"] });
    let refused = ask(&server, &token, Method::POST, "/applications", &[], Some(wrong)).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert_eq!(refused.body["problems"][0]["field"], "redirect_uris");
}

#[tokio::test]
async fn two_secrets_are_good_at_once_and_the_older_one_is_retired() {
    let server = TestServer::start().await;
    let token = owner_token(&server).await;
    let path = "/applications/confidential/secrets";
    let new = ask(&server, &token, Method::POST, path, &[], None).await;
    assert_eq!((new.status, &new.body["secrets"]), (StatusCode::CREATED, &json!(2)), "{}", new.text);
    let kept = server.chabi.store().find_application("confidential").await.unwrap().unwrap();
    assert_eq!(kept.secret_hashes.len(), 2);
    assert_eq!(ask(&server, &token, Method::DELETE, &format!("{path}/older"), &[], None).await.status, 204);
    let kept: RegisteredClient = server.chabi.store().find_application("confidential").await.unwrap().unwrap();
    assert_eq!(kept.secret_hashes, [chabi::client_secret_hash(new.body["client_secret"].as_str().unwrap())]);
    assert_eq!(ask(&server, &token, Method::DELETE, &format!("{path}/older"), &[], None).await.status, 409);
}

#[tokio::test]
async fn people_are_listed_found_blocked_and_deleted() {
    let server = TestServer::start().await;
    let token = owner_token(&server).await;
    for number in 0..5 {
        let new = json!({ "email": format!("person{number}@example.test"), "name": "Somebody" });
        let made = ask(&server, &token, Method::POST, "/accounts", &[], Some(new)).await;
        assert_eq!(made.status, 201, "{}", made.text);
    }
    let first = ask(&server, &token, Method::GET, "/accounts?limit=4", &[], None).await;
    assert_eq!(first.body["items"].as_array().unwrap().len(), 4);
    let cursor = first.body["next_cursor"].as_str().unwrap().to_owned();
    let second = ask(&server, &token, Method::GET, &format!("/accounts?limit=4&cursor={cursor}"), &[], None).await;
    assert_eq!(second.body["items"].as_array().unwrap().len(), 2);
    assert!(second.body.get("next_cursor").is_none());
    // the background does the same within a second
    server.chabi.store().index_addresses(100).await.unwrap();
    let found = ask(&server, &token, Method::GET, "/accounts?search=person&limit=3", &[], None).await;
    assert_eq!(found.body["items"].as_array().unwrap().len(), 3, "{}", found.text);
    let found = ask(&server, &token, Method::GET, "/accounts?search=person3%40example.test", &[], None).await;
    let subject = found.body["items"][0]["subject"].as_str().unwrap().to_owned();
    assert_eq!(ask(&server, &token, Method::POST, &format!("/accounts/{subject}/block"), &[], None).await.status, 204);
    let blocked = ask(&server, &token, Method::GET, "/accounts?state=blocked", &[], None).await;
    assert_eq!(blocked.body["items"].as_array().unwrap().len(), 1);
    assert_eq!(ask(&server, &token, Method::DELETE, &format!("/accounts/{subject}"), &[], None).await.status, 204);
    assert_eq!(ask(&server, &token, Method::GET, &format!("/accounts/{subject}"), &[], None).await.status, 404);
    let mailed = server.mailbox.0.lock().unwrap().len();
    let ada = accounts::find(server.chabi.store(), ADA).await.unwrap().subject;
    assert_eq!(ask(&server, &token, Method::POST, &format!("/accounts/{ada}/password-reset"), &[], None).await.status, 204);
    assert_eq!(server.mailbox.0.lock().unwrap().len(), mailed + 1);
}

#[tokio::test]
async fn the_set_up_link_makes_one_owner_who_cannot_be_the_last_to_go() {
    let server = TestServer::start().await;
    let admin = server.chabi.admin();
    let link = admin.setup_link().await.unwrap().unwrap();
    assert_eq!(admin.setup_link().await.unwrap().unwrap().expose(), link.expose(), "it can be printed again");
    let secret = link.expose().strip_prefix(&format!("{ISSUER}/admin/setup/")).unwrap().to_owned();
    let ada = accounts::find(server.chabi.store(), ADA).await.unwrap();
    assert!(setup::is_usable(admin, &secret).await.unwrap());
    let forged = format!("{}x", &secret[..secret.len() - 1]);
    assert!(!setup::redeem(admin, &forged, &ada, None).await.unwrap());
    assert!(setup::redeem(admin, &secret, &ada, None).await.unwrap());
    assert!(!setup::redeem(admin, &secret, &ada, None).await.unwrap());
    assert!(admin.setup_link().await.unwrap().is_none());
    let holder = format!("account:{}", ada.subject);
    let take = TakeRoleInput { holder: holder.clone(), role: Role::Owner, site: None };
    let operator = Actor::operator();
    assert!(matches!(admin.run::<TakeRole>(&operator, take.clone()).await, Err(OperationError::Conflict(_))));
    let path = || AccountPath { subject: ada.subject.clone() };
    assert!(matches!(admin.run::<BlockAccount>(&operator, path()).await, Err(OperationError::Conflict(_))));
    assert!(matches!(admin.run::<DeleteAccount>(&operator, path()).await, Err(OperationError::Conflict(_))));
    // whoever helps people does nothing to who is mightier
    let kind = ActorKind::Application { client_id: "helper".into() };
    let helper = Actor { kind, grants: vec![RoleGrant { role: Role::Support, site: None }], address: None };
    assert!(matches!(admin.run::<BlockAccount>(&helper, path()).await, Err(OperationError::Above(_))));
    let other = accounts::NewPerson {
        email: "bob@example.test".into(),
        name: String::new(),
        locale: String::new(),
        password: "lantern-orbit-mango-71".into(),
        address_verified: true,
    };
    let bob = accounts::add(server.chabi.resource_owner(), other).await.unwrap();
    grant(&server.chabi, "bob@example.test", Role::Owner, None).await;
    admin.run::<TakeRole>(&operator, take).await.unwrap();
    // by the words by which it was given
    grant(&server.chabi, ADA, Role::Support, None).await;
    let by_address = TakeRoleInput { holder: ADA.to_owned(), role: Role::Support, site: None };
    admin.run::<TakeRole>(&operator, by_address).await.unwrap();
    assert!(admin.run::<FindAccount>(&operator, path()).await.unwrap().roles.is_empty());
    assert!(admin.run::<FindAccount>(&operator, AccountPath { subject: bob.subject }).await.unwrap().roles.len() == 1);
}

#[tokio::test]
async fn a_role_at_one_site_shows_and_changes_what_is_of_that_site_alone() {
    let server = TestServer::start().await;
    let admin = server.chabi.admin();
    let operator = Actor::operator();
    let site = json!({ "body": { "id": "shop", "issuer": "https://shop.example", "name": "Shop", "accounts": "separate" } });
    admin.run::<operation::sites::CreateSite>(&operator, input(site)).await.unwrap();
    let at_shop = json!({ "body": { "purpose": "device", "name": "Till", "client_id": "till", "sites": ["shop"] } });
    admin.run::<CreateApplication>(&operator, input::<CreateApplicationInput>(at_shop)).await.unwrap();
    let kind = ActorKind::Application { client_id: "tool".into() };
    let keeper = Actor { kind, grants: vec![RoleGrant { role: Role::Administrator, site: Some("shop".into()) }], address: None };
    let seen = admin.run::<ListApplications>(&keeper, ListApplicationsInput::default()).await.unwrap().items;
    assert_eq!(seen.iter().map(|application| application.client_id.as_str()).collect::<Vec<_>>(), ["till"]);
    let app = ApplicationId { client_id: "app".into() };
    assert!(matches!(admin.run::<FindApplication>(&keeper, app).await, Err(OperationError::NotFound(_))));
    let mut values = admin.run::<FindApplication>(&keeper, ApplicationId { client_id: "till".into() }).await.unwrap().values;
    values.sites.push("main".into());
    let wider = UpdateApplicationInput { client_id: "till".into(), body: values };
    assert!(matches!(admin.run::<UpdateApplication>(&keeper, wider).await, Err(OperationError::Above(_))));
    assert!(admin.run::<ListAccounts>(&keeper, ListAccountsInput::default()).await.unwrap().items.is_empty());
    let ada = accounts::find(server.chabi.store(), ADA).await.unwrap().subject;
    assert!(matches!(admin.run::<FindAccount>(&keeper, AccountPath { subject: ada }).await, Err(OperationError::NotFound(_))));
}

/// What an administrator could become an owner by.
#[tokio::test]
async fn an_administrator_gets_at_no_application_that_speaks_for_an_owner() {
    let server = TestServer::start().await;
    let admin = server.chabi.admin();
    let (owned, _) = tool(&server.chabi, Some(Role::Owner)).await;
    let kind = ActorKind::Application { client_id: "other".into() };
    let administrator = Actor { kind, grants: vec![RoleGrant { role: Role::Administrator, site: None }], address: None };
    let path = || ApplicationId { client_id: owned.clone() };
    assert!(matches!(admin.run::<RotateSecret>(&administrator, path()).await, Err(OperationError::Above(_))));
    let new = json!({ "body": { "purpose": "web_server", "name": "Trap", "redirect_uris": ["https://trap.example/callback"],
        "first_party": true, "scope": "openid admin:write", "default_audience": API } });
    assert!(matches!(admin.run::<CreateApplication>(&administrator, input(new)).await, Err(OperationError::Above(_))));
    let exchange = json!({ "body": { "purpose": "machine", "name": "Trap", "scope": "notes:read",
        "settings": { "exchange": { "audiences": [API], "scope": "admin:write" } } } });
    assert!(matches!(admin.run::<CreateApplication>(&administrator, input(exchange)).await, Err(OperationError::Above(_))));
    let harmless = json!({ "body": { "purpose": "machine", "name": "Tool", "scope": "notes:read" } });
    admin.run::<CreateApplication>(&administrator, input(harmless)).await.unwrap();
}

fn event(server: &TestServer, kind: &str) -> AuditEvent {
    let env = server.chabi.env();
    let (id, at) = (env.new_id(), env.now());
    AuditEvent { id, at, kind: kind.into(), actor: None, account: None, client_id: None, address: None, detail: String::new() }
}

#[tokio::test]
async fn the_chain_of_the_audit_log_names_its_first_break() {
    let server = TestServer::start().await;
    let (store, env) = (server.chabi.store(), server.chabi.env());
    let tool = tool(&server.chabi, Some(Role::Auditor)).await;
    while chain::seal(store).await.unwrap() > 0 {}
    let whole = chain::verify(store, env).await.unwrap();
    assert!(whole.whole && whole.events >= 3 && whole.unchained == 0, "{whole:?}");
    // what came late gets a later place
    store.insert_audit_event(AuditEvent { at: env.now() - chabi::Seconds(5), ..event(&server, "late") }).await.unwrap();
    assert_eq!(chain::seal(store).await.unwrap(), 1);
    assert!(chain::verify(store, env).await.unwrap().whole);
    let AuditChain { head, anchor } = store.find_audit_chain().await.unwrap();
    let forged = event(&server, "forged");
    store.insert_audit_event(forged.clone()).await.unwrap();
    let place = ChainPlace { sequence: head.sequence + 1, hash: [7; 32] };
    store.chain_audit_event(forged.id, place).await.unwrap();
    let inserted = chain::verify(store, env).await.unwrap().first_break.unwrap();
    assert_eq!((inserted.what.as_str(), inserted.sequence), ("inserted", head.sequence + 1));
    store.move_audit_chain(AuditChain { head: place, anchor }).await.unwrap();
    let changed = chain::verify(store, env).await.unwrap().first_break.unwrap();
    assert_eq!((changed.what.as_str(), changed.event), ("changed", Some(forged.id.to_string())));
    store.move_audit_chain(AuditChain { head: ChainPlace { sequence: place.sequence + 5, hash: [7; 32] }, anchor: place }).await.unwrap();
    let missing = chain::verify(store, env).await.unwrap().first_break.unwrap();
    assert_eq!((missing.what.as_str(), missing.sequence), ("missing", place.sequence + 1));
    let token = token(&server, &tool, "admin:read admin:write").await;
    let told = ask(&server, &token, Method::POST, "/audit-events/verify", &[], None).await;
    assert_eq!((told.status, &told.body["whole"]), (StatusCode::OK, &json!(false)), "{}", told.text);
    assert!(store.find_version(CONFIGURATION).await.unwrap() > 0);
}

#[tokio::test]
async fn what_is_too_old_is_cut_off_and_the_rest_still_holds() {
    let server = TestServer::start().await;
    let (store, env) = (server.chabi.store(), server.chabi.env());
    store.insert_audit_event(event(&server, "old")).await.unwrap();
    while chain::seal(store).await.unwrap() > 0 {}
    server.clock.advance(chabi::Seconds::days(401));
    store.insert_audit_event(event(&server, "new")).await.unwrap();
    while chain::seal(store).await.unwrap() > 0 {}
    assert!(chain::cut(store, env.now() - chabi::Seconds::days(400)).await.unwrap() >= 1);
    let verdict = chain::verify(store, env).await.unwrap();
    assert!(verdict.whole, "{verdict:?}");
    assert!(verdict.sequence > verdict.events);
}

#[tokio::test]
async fn operations_are_in_the_log_with_who_what_before_and_after_and_without_secrets() {
    let server = TestServer::start().await;
    let tool = tool(&server.chabi, Some(Role::Owner)).await;
    let token = token(&server, &tool, "admin:read admin:write").await;
    let new = json!({ "purpose": "web_server", "name": "Shop", "client_id": "shop", "redirect_uris": ["https://shop.example/callback"] });
    let made = ask(&server, &token, Method::POST, "/applications", &[], Some(new)).await;
    let secret = made.body["client_secret"].as_str().unwrap().to_owned();
    let path = "/audit-events?kind=admin.applications.create&client_id=shop";
    let log = ask(&server, &token, Method::GET, path, &[], None).await;
    let event = &log.body["items"][0];
    assert_eq!(event["actor"], format!("application:{}", tool.0), "{}", log.text);
    assert_eq!((&event["object"], &event["after"]["name"]), (&json!("application shop"), &json!("Shop")));
    assert!(!log.text.contains(&secret));
    let csv = ask(&server, &token, Method::GET, path, &[("accept", "text/csv")], None).await;
    assert!(
        csv.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/csv")
            && csv.text.lines().next().unwrap().split(',').any(|column| column == "kind"),
        "{}",
        csv.text
    );
    let lines = ask(&server, &token, Method::GET, "/audit-events?limit=2", &[("accept", "application/jsonl")], None).await;
    assert_eq!(lines.text.lines().count(), 2);
    assert!(lines.headers[header::LINK].to_str().unwrap().contains("cursor="));
}

#[tokio::test]
async fn names_with_slashes_stand_in_a_path_encoded_and_the_page_shows_all_operations() {
    let server = TestServer::start().await;
    let token = owner_token(&server).await;
    let encoded = chabi_token_base64url(API.as_bytes());
    let api = ask(&server, &token, Method::GET, &format!("/apis/~{encoded}"), &[], None).await;
    assert_eq!((api.status, &api.body["audience"]), (StatusCode::OK, &json!(API)), "{}", api.text);
    assert_eq!(ask(&server, &token, Method::DELETE, &format!("/apis/~{encoded}"), &[], None).await.status, 409);
    let document = ask(&server, "", Method::GET, "/openapi.json", &[], None).await;
    assert_eq!((document.status, &document.body["openapi"]), (StatusCode::OK, &json!("3.1.0")));
    let page = Browser::new(server.router.clone(), ISSUER).visit("/api/v1/").await;
    assert_eq!(page.status, 200);
    for entry in operation::table() {
        assert!(page.body.contains(&format!("id=\"{}\"", entry.name)), "{entry:?}");
    }
    assert!(!page.body.contains("<script") && !page.body.contains("style="));
    let elsewhere = ask(&server, &token, Method::PATCH, "/applications", &[], None).await;
    assert_eq!((elsewhere.status, elsewhere.headers[header::ALLOW].to_str().unwrap()), (StatusCode::METHOD_NOT_ALLOWED, "GET, POST"));
}

fn chabi_token_base64url(bytes: &[u8]) -> String {
    chabi_token::base64url::encode(bytes)
}

#[tokio::test]
async fn a_preview_shows_claims_and_issues_nothing() {
    let server = TestServer::start().await;
    let token = owner_token(&server).await;
    let answer =
        ask(&server, &token, Method::GET, &format!("/applications/app/token-preview?account={}", ADA.replace('@', "%40")), &[], None).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.body["access_token"]["client_id"], application().client_id);
    assert_eq!(answer.body["id_token"]["email"], ADA);
}
