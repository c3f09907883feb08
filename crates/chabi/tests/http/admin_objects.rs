//! Administration, object by object: who has a role at one site gets at nothing of another, whichever operation of the table they try,
//! and no answer tells a secret that is kept.

use std::collections::BTreeMap;

use chabi::{
    admin::{
        Actor, ActorKind, OperationError, Role, RoleGrant,
        installation::setup,
        operation::{
            self, Entry, Method, accounts::DeleteAccount, applications::CreateApplication, initial_access_tokens::CreateInitialAccessToken,
            roles::GrantRole, sites::CreateSite, social_applications::CreateSocialApplication,
        },
        rest::openapi,
    },
    operations::accounts,
};
use chabi_store::{
    account::{Account, Insertion},
    provider_link::ProviderLink,
};
use serde_json::{Map, Value, json};

use super::{
    admin::input,
    server::{ADA, AUDIENCE, ISSUER, PASSWORD, SECRET, TestServer},
};

/// One object of each kind at the main site, by the name that it has in paths, and the secrets that were told once.
struct World {
    server: TestServer,
    objects: BTreeMap<&'static str, String>,
    secrets: Vec<String>,
    /// Of the holder of the main site's objects.
    ada: Account,
}

impl World {
    async fn new() -> Self {
        let server = TestServer::start().await;
        let tokens = server.tokens("openid offline_access").await;
        let mut secrets = vec![SECRET.to_owned(), PASSWORD.to_owned()];
        secrets.extend(["access_token", "refresh_token"].map(|name| tokens[name].as_str().unwrap().to_owned()));
        let (admin, operator) = (server.chabi.admin(), Actor::operator());
        secrets.push(setup_secret(&server).await);
        let site = json!({ "body": { "id": "shop", "issuer": "https://shop.example", "name": "Shop", "accounts": "separate" } });
        admin.run::<CreateSite>(&operator, input(site)).await.unwrap();
        let web =
            json!({ "body": { "purpose": "web_server", "client_id": "web", "name": "Web", "redirect_uris": ["https://web.example/cb"] } });
        let made = admin.run::<CreateApplication>(&operator, input(web)).await.unwrap();
        secrets.push(made.client_secret.unwrap());
        let settings = json!({ "catalogue": "google", "name": "Google", "client_id": "ours" });
        let google = json!({ "body": { "id": "google", "client_secret": "the-vendors-secret-of-ours", "settings": settings } });
        admin.run::<CreateSocialApplication>(&operator, input(google)).await.unwrap();
        secrets.push("the-vendors-secret-of-ours".to_owned());
        let first = json!({ "body": { "label": "partners" } });
        let first = admin.run::<CreateInitialAccessToken>(&operator, input(first)).await.unwrap();
        secrets.push(first.text);
        let ada = accounts::find(server.chabi.store(), ADA).await.unwrap();
        let now = server.chabi.env().now();
        let link = ProviderLink {
            provider: "google".into(),
            issuer: "https://accounts.google.com".into(),
            subject: "1".into(),
            account: ada.id,
            email: String::new(),
            created_at: now,
            used_at: now,
        };
        assert_eq!(server.chabi.store().insert_provider_link(link).await.unwrap(), Insertion::Done);
        let mut world = Self { server, objects: BTreeMap::new(), secrets, ada };
        world.find_objects().await;
        world
    }

    async fn find_objects(&mut self) {
        let subject = self.ada.subject.clone();
        let first = |list: Value, member: &str| list["items"][0][member].as_str().unwrap().to_owned();
        let of_ada = json!({ "subject": subject });
        let session = first(self.run("sessions.list", of_ada.clone()).await, "id");
        let grant = first(self.run("grants.list", of_ada).await, "id");
        let token = first(self.run("initial_access_tokens.list", json!({})).await, "id");
        let event = first(self.run("audit.list", json!({})).await, "id");
        let objects = [
            ("subject", subject),
            ("session", session),
            ("grant", grant),
            ("provider", "google".to_owned()),
            ("client_id", "web".to_owned()),
            ("audience", AUDIENCE.to_owned()),
            ("initial_access_tokens", token),
            ("audit", event),
            ("sites", "main".to_owned()),
            ("social_applications", "google".to_owned()),
        ];
        self.objects.extend(objects);
    }

    async fn run(&self, name: &str, input: Value) -> Value {
        let entry = operation::table().into_iter().find(|entry| entry.name == name).unwrap_or_else(|| panic!("no {name}"));
        entry.run(self.server.chabi.admin(), &Actor::operator(), None, input).await.unwrap()
    }

    /// The parts of an entry's path, leading to the main site's objects: an `id` is of the noun of the operation.
    fn path_of(&self, entry: &Entry) -> Map<String, Value> {
        let noun = entry.name.split('.').next().unwrap();
        let object = |name: &'static str| {
            let key = if name == "id" { noun } else { name };
            self.objects.get(key).unwrap_or_else(|| panic!("{entry:?}: no object for `{name}`"))
        };
        entry.path_names().map(|name| (name.to_owned(), json!(object(name)))).collect()
    }

    /// An input that would do it, were the actor allowed: what is there now, so far as the body takes it.
    async fn input_of(&self, entry: &Entry, document: &Value) -> Value {
        let mut input = self.path_of(entry);
        let body = match entry.name {
            "applications.preview_tokens" => {
                input.insert("account".into(), json!(ADA));
                None
            }
            "accounts.create" => Some(json!({ "email": "eve@example.test", "site": "main" })),
            "applications.create" => Some(json!({ "purpose": "machine", "name": "Trap", "sites": ["main"] })),
            "applications.check_redirect_uri" => Some(json!({ "redirect_uri": "https://a.example/", "kind": "web" })),
            "apis.create" => Some(json!({ "audience": "https://trap.example", "name": "Trap", "sites": ["main"] })),
            "initial_access_tokens.create" => Some(json!({ "label": "trap", "site": "main" })),
            "revoke" => Some(json!({ "kind": "account", "id": ADA })),
            "roles.grant" => Some(json!({ "holder": ADA, "role": "auditor", "site": "main" })),
            "roles.take" => Some(json!({ "holder": ADA, "role": "auditor", "site": "main" })),
            "sites.create" => Some(json!({ "id": "trap", "issuer": "https://trap.example", "name": "Trap" })),
            "social_applications.create" => {
                let settings = json!({ "catalogue": "google", "name": "Trap", "client_id": "trap" });
                Some(json!({ "id": "trap", "client_secret": "trap", "sites": ["main"], "settings": settings }))
            }
            "social_applications.order" => Some(json!({ "ids": ["google"] })),
            _ => self.body_as_it_is(entry, document).await,
        };
        if entry.name == "roles.take" {
            input.extend(body.unwrap().as_object().unwrap().clone());
        } else if let Some(body) = body {
            input.insert("body".into(), body);
        }
        Value::Object(input)
    }

    async fn body_as_it_is(&self, entry: &Entry, document: &Value) -> Option<Value> {
        let told = &document["paths"][format!("/api/v1{}", entry.path)][entry.method.as_str().to_lowercase()];
        let schema = told.pointer("/requestBody/content/application~1json/schema")?;
        let mut taken = Vec::new();
        members(document, schema, &mut taken);
        let reading = operation::table().into_iter().find(|other| other.path == entry.path && other.method == Method::Get);
        let reading = reading.unwrap_or_else(|| panic!("{entry:?} has a body: say which"));
        let mut shown = self.run(reading.name, Value::Object(self.path_of(&reading))).await;
        shown.as_object_mut().unwrap().retain(|name, _| taken.contains(name));
        Some(shown)
    }
}

/// The names of all members that a schema takes, those of its parts too.
fn members(document: &Value, schema: &Value, taken: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        members(document, document.pointer(reference.trim_start_matches('#')).unwrap(), taken);
    }
    if let Some(own) = schema["properties"].as_object() {
        taken.extend(own.keys().cloned());
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        members(document, part, taken);
    }
}

async fn setup_secret(server: &TestServer) -> String {
    let link = server.chabi.admin().setup_link().await.unwrap().unwrap();
    link.expose().strip_prefix(&format!("{ISSUER}/admin/setup/")).unwrap().to_owned()
}

fn at_shop(role: Role) -> Actor {
    let kind = ActorKind::Application { client_id: "tool".into() };
    Actor { kind, grants: vec![RoleGrant { role, site: Some("shop".into()) }], address: None }
}

/// Refused for whose it is, and not for how it was asked.
fn is_refused(error: &OperationError) -> bool {
    match error {
        OperationError::Forbidden(_) | OperationError::NotFound(_) | OperationError::Above(_) => true,
        // a site that they have no role at is none
        OperationError::Invalid(problems) => {
            problems.iter().all(|problem| problem.field == "site" && problem.words == "there is no such site")
        }
        _ => false,
    }
}

/// What names no object of a site: it judges an address, or shows an API, which is of all sites.
const OF_NO_SITE: [&str; 2] = ["applications.check_redirect_uri", "apis.get"];

// req: ad.idor
#[tokio::test]
async fn a_role_at_one_site_gets_at_no_object_of_another_by_any_operation() {
    let world = World::new().await;
    let document = openapi::document(&operation::table(), ISSUER);
    let admin = world.server.chabi.admin();
    let mut tried = 0;
    for entry in operation::table() {
        if OF_NO_SITE.contains(&entry.name) || (entry.method == Method::Get && entry.path_names().next().is_none()) {
            continue;
        }
        let input = world.input_of(&entry, &document).await;
        for role in Role::ALL {
            let outcome = entry.run(admin, &at_shop(role), None, input.clone()).await;
            assert!(outcome.as_ref().is_err_and(is_refused), "{role} of the shop: {entry:?}: {outcome:?}");
            tried += 1;
        }
    }
    assert!(tried > 100, "{tried}");
    // the inputs were good: it was the role that was missing
    for entry in operation::table() {
        if entry.method == Method::Put && entry.path_names().next().is_some() {
            let input = world.input_of(&entry, &document).await;
            let outcome = entry.run(admin, &Actor::operator(), None, input).await;
            assert!(outcome.is_ok(), "{entry:?}: {outcome:?}");
        }
    }
}

// req: ad.idor
#[tokio::test]
async fn a_list_shows_a_role_at_one_site_nothing_of_another() {
    let world = World::new().await;
    let admin = world.server.chabi.admin();
    let hidden = ["subject", "session", "grant", "client_id", "initial_access_tokens"].map(|name| format!("\"{}\"", world.objects[name]));
    for entry in operation::table().into_iter().filter(|entry| entry.method == Method::Get && entry.path_names().next().is_none()) {
        let everything = entry.run(admin, &Actor::operator(), None, json!({})).await;
        assert!(everything.is_ok(), "{entry:?}: {everything:?}");
        for role in Role::ALL {
            match entry.run(admin, &at_shop(role), None, json!({})).await {
                Ok(shown) => {
                    let text = shown.to_string();
                    assert!(!hidden.iter().any(|object| text.contains(object)), "{role} of the shop: {entry:?}: {text}");
                }
                Err(error) => assert!(matches!(error, OperationError::Forbidden(_)), "{entry:?}: {error:?}"),
            }
        }
    }
}

// req: ad.secret
#[tokio::test]
async fn no_answer_shows_a_secret_that_is_kept() {
    let world = World::new().await;
    let document = openapi::document(&operation::table(), ISSUER);
    let admin = world.server.chabi.admin();
    let mut seen = 0;
    for entry in operation::table() {
        if !matches!(entry.method, Method::Get | Method::Put) || entry.name.starts_with("roles.") {
            continue;
        }
        let input = world.input_of(&entry, &document).await;
        let shown = entry.run(admin, &Actor::operator(), None, input).await.unwrap_or_else(|error| panic!("{entry:?}: {error:?}"));
        let text = shown.to_string();
        for secret in &world.secrets {
            assert!(!text.contains(secret.as_str()), "{entry:?} shows a secret");
        }
        seen += 1;
    }
    assert!(seen > 20, "{seen}");
}

// req: bs.admin
#[tokio::test]
async fn the_set_up_link_closes_for_ever_and_an_owner_who_is_gone_does_not_open_it_again() {
    let server = TestServer::start().await;
    let admin = server.chabi.admin();
    let no_role: Vec<_> = server.chabi.store().list_role_grants().await.unwrap();
    assert!(no_role.is_empty(), "nobody is an administrator by default");
    let secret = setup_secret(&server).await;
    let ada = accounts::find(server.chabi.store(), ADA).await.unwrap();
    assert!(setup::redeem(admin, &secret, &ada, None).await.unwrap());
    let bob = accounts::NewPerson {
        email: "bob@example.test".into(),
        name: String::new(),
        locale: String::new(),
        password: "lantern-orbit-mango-71".into(),
        address_verified: true,
    };
    let bob = accounts::add(server.chabi.resource_owner(), bob).await.unwrap();
    assert!(!setup::redeem(admin, &secret, &bob, None).await.unwrap(), "there is an owner");
    let owner = json!({ "body": { "holder": "bob@example.test", "role": "owner" } });
    admin.run::<GrantRole>(&Actor::operator(), input(owner)).await.unwrap();
    admin.run::<DeleteAccount>(&Actor::operator(), input(json!({ "subject": ada.subject }))).await.unwrap();
    // even with every row of a role gone from under it, a link that was used is used
    let bobs = server.chabi.store().list_role_grants_of(&format!("account:{}", bob.subject)).await.unwrap();
    for grant in bobs {
        server.chabi.store().delete_role_grant(grant.id).await.unwrap();
    }
    assert!(!setup::is_usable(admin, &secret).await.unwrap());
    assert!(!setup::redeem(admin, &secret, &bob, None).await.unwrap());
    assert!(server.chabi.store().list_role_grants_of(&format!("account:{}", bob.subject)).await.unwrap().is_empty());
}
