//! "Nothing is possible in one and not in the others": each member of what an operation takes has a field on a page of the console.
//!
//! The members come from the OpenAPI document, and the fields from the pages themselves. A new operation without a page, or a new member
//! without a field, fails here.

use std::collections::BTreeSet;

use chabi::{
    admin::{
        Actor,
        operation::{
            self,
            initial_access_tokens::{CreateInitialAccessToken, CreateInitialAccessTokenInput, NewInitialAccessToken},
            sites::{CreateSite, CreateSiteInput, NewSite, SiteValues},
            social_applications::{CreateSocialApplication, CreateSocialApplicationInput, NewSocialApplication, SocialApplicationValues},
        },
        rest::openapi,
    },
    operations::accounts,
};
use chabi_client::{CustomOAuth2, ProviderSettings, TrustEmail};
use chabi_store::site::{SiteSettings, Theme};
use chabi_testkit::Browser;
use serde_json::{Value, json};

use crate::{
    console::browser_of,
    server::{ADA, TestServer},
};

/// Where each operation is run, and what of it has no field, with the reason.
struct Place {
    operation: &'static str,
    /// Several, where what is asked depends on what it is about.
    pages: &'static [&'static str],
    /// Members without a field, each with why.
    elsewhere: &'static [(&'static str, &'static str)],
}

const fn at(operation: &'static str, pages: &'static [&'static str]) -> Place {
    Place { operation, pages, elsewhere: &[] }
}

const PLACES: &[Place] = &[
    at("accounts.list", &["/admin/accounts/"]),
    at("accounts.create", &["/admin/accounts/new/"]),
    at("accounts.get", &["/admin/accounts/{ada}/"]),
    at("accounts.update", &["/admin/accounts/{ada}/edit/"]),
    at("accounts.delete", &["/admin/accounts/{ada}/delete/"]),
    at("accounts.block", &["/admin/accounts/{ada}/block/"]),
    at("accounts.unblock", &["/admin/accounts/{ada}/unblock/"]),
    at("accounts.send_password_reset", &["/admin/accounts/{ada}/reset/"]),
    at("accounts.unlink", &["/admin/accounts/{ada}/disconnect/?provider=google"]),
    at("sessions.list", &["/admin/accounts/{ada}/"]),
    at("sessions.list_all", &["/admin/sessions/"]),
    at("sessions.end", &["/admin/accounts/{ada}/sessions/{session}/"]),
    at("sessions.end_all", &["/admin/accounts/{ada}/end-sessions/"]),
    at("grants.list", &["/admin/accounts/{ada}/"]),
    at("grants.list_all", &["/admin/grants/"]),
    at("grants.revoke", &["/admin/accounts/{ada}/grants/{grant}/"]),
    at("apis.list", &["/admin/apis/"]),
    at("apis.get", &["/admin/apis/edit/?audience=https%3A%2F%2Fapi.example"]),
    at("apis.create", &["/admin/apis/new/"]),
    at("apis.update", &["/admin/apis/edit/?audience=https%3A%2F%2Fapi.example"]),
    at("apis.delete", &["/admin/apis/remove/?audience=https%3A%2F%2Fapi.example"]),
    at("applications.list", &["/admin/applications/"]),
    at("applications.get", &["/admin/applications/show/?id=app"]),
    Place {
        operation: "applications.create",
        pages: &["/admin/applications/new/web-server/"],
        elsewhere: &[("purpose", "the address: each kind has a page of its own")],
    },
    at("applications.update", &["/admin/applications/edit/?id=app"]),
    at("applications.delete", &["/admin/applications/remove/?id=app"]),
    at("applications.rotate_secret", &["/admin/applications/secret/?id=confidential"]),
    at("applications.retire_secret", &["/admin/applications/secret/retire/?id=confidential"]),
    at("applications.check_redirect_uri", &["/admin/applications/show/?id=app"]),
    at("applications.preview_tokens", &["/admin/preview/?id=app&account=ada%40example.test"]),
    at("audit.list", &["/admin/audit/"]),
    at("audit.get", &["/admin/audit/{event}/"]),
    at("audit.verify", &["/admin/audit/verify/"]),
    at("initial_access_tokens.list", &["/admin/applications/initial-access-tokens/"]),
    at("initial_access_tokens.create", &["/admin/applications/initial-access-tokens/"]),
    at("initial_access_tokens.delete", &["/admin/applications/initial-access-tokens/{token}/remove/"]),
    at("keys.list", &["/admin/keys/"]),
    at("keys.rotate", &["/admin/keys/rotate/"]),
    at("keys.replace_compromised", &["/admin/keys/replace/"]),
    at("providers.list", &["/admin/social/new/"]),
    at("revoke", &["/admin/revoke/"]),
    at("roles.list", &["/admin/roles/"]),
    at("roles.grant", &["/admin/roles/"]),
    at("roles.take", &["/admin/roles/take/?holder=account%3Ax&role=owner&site=shop"]),
    at("sites.list", &["/admin/settings/"]),
    at("sites.get", &["/admin/settings/sites/shop/"]),
    at("sites.create", &["/admin/settings/sites/new/"]),
    at("sites.update", &["/admin/settings/sites/shop/"]),
    at("sites.delete", &["/admin/settings/sites/shop/remove/"]),
    at("social_applications.list", &["/admin/social/"]),
    at("social_applications.get", &["/admin/social/google/"]),
    Place {
        operation: "social_applications.create",
        pages: &["/admin/social/new/google/", "/admin/social/new/microsoft/", "/admin/social/new/oauth2/"],
        elsewhere: &[("settings.catalogue", "the address: each provider has a page of its own")],
    },
    Place {
        operation: "social_applications.update",
        pages: &["/admin/social/google/", "/admin/social/microsoft/", "/admin/social/ours/"],
        elsewhere: &[("settings.catalogue", "it is another provider's then: that is another social application")],
    },
    at("social_applications.delete", &["/admin/social/google/remove/"]),
    Place {
        operation: "social_applications.order",
        pages: &["/admin/social/"],
        elsewhere: &[("ids", "the buttons that move one up or down")],
    },
    at("statistics.get", &["/admin/"]),
];

/// Of every operation.
const PAGING: [(&str, &str); 2] = [("cursor", "the links below a list"), ("limit", "a page of the console has one size")];

/// Fields that have another name than the member.
fn field_of(operation: &str, member: &str) -> String {
    match (operation, member) {
        // a scope and its words are one line
        ("apis.create" | "apis.update", "scope" | "scope_words") => "scopes".to_owned(),
        // each provider has places of its own
        (_, "settings.values") => "values-tenant".to_owned(),
        // this one has all for which a provider of the catalogue has no place, but what has fields of its own
        (_, member) => member.rsplit('.').next().unwrap_or_default().to_owned(),
    }
}

/// What stands in members that the document calls objects of any kind. The literals name every field: a new one does not compile here.
fn within(operation: &str, member: &str) -> Option<Value> {
    let noun = operation.split('.').next().unwrap_or_default();
    let value = match (noun, member) {
        ("sites", "settings") => json!(SiteSettings {
            sign_up_open: Some(true),
            password_sign_in: Some(true),
            session_idle: Some(1),
            session_absolute: Some(1),
            session_fresh: Some(1),
            require_pushed_authorization_requests: Some(true),
            require_dpop_nonces: Some(true),
            unknown: Default::default(),
        }),
        ("sites", "theme") => {
            json!(Theme { accent_light: "x".into(), accent_dark: "x".into(), logo: "x".into(), unknown: Default::default() })
        }
        ("social_applications", "settings") => json!(ProviderSettings {
            catalogue: "x".into(),
            name: Some("x".into()),
            client_id: "x".into(),
            issuer: Some("x".into()),
            values: [("x".to_owned(), "x".to_owned())].into(),
            scopes: Some(vec!["x".into()]),
            auth_params: [("x".to_owned(), "x".to_owned())].into(),
            audiences: vec!["x".into()],
            hosted_domain: Some("x".into()),
            trust_email: TrustEmail::Never,
            custom: Some(CustomOAuth2::default()),
        }),
        _ => return None,
    };
    Some(value)
}

/// The members of what an operation takes, but those of its path, which the address of the page has.
fn members(document: &Value, entry: &operation::Entry) -> Vec<String> {
    let told = &document["paths"][format!("/api/v1{}", entry.path)][entry.method.as_str().to_lowercase()];
    let parameters = told["parameters"].as_array().cloned().unwrap_or_default();
    let of_query = parameters.iter().filter(|parameter| parameter["in"] == "query").filter_map(|it| it["name"].as_str());
    let mut members: Vec<String> = of_query.map(str::to_owned).collect();
    of_schema(document, &told["requestBody"]["content"]["application/json"]["schema"], "", &mut members);
    members.into_iter().flat_map(|member| expanded(entry.name, member)).collect()
}

fn expanded(operation: &str, member: String) -> Vec<String> {
    match within(operation, &member) {
        Some(Value::Object(inner)) => inner.keys().map(|name| format!("{member}.{name}")).collect(),
        _ => vec![member],
    }
}

fn of_schema(document: &Value, schema: &Value, before: &str, members: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let schema = document.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null);
        return of_schema(document, schema, before, members);
    }
    for part in ["allOf", "oneOf", "anyOf"] {
        for schema in schema[part].as_array().into_iter().flatten() {
            of_schema(document, schema, before, members);
        }
    }
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        let (name, count) = (format!("{before}{name}"), members.len());
        of_schema(document, inner, &format!("{name}."), members);
        if members.len() == count {
            members.push(name);
        }
    }
}

/// The names of the fields of a page's forms, and of what its links and forms ask for.
fn fields(body: &str) -> BTreeSet<String> {
    let main = body.split("<main").nth(1).unwrap_or_default();
    let named = main.split(" name=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let of_query = main.split("href=\"").chain(main.split("action=\"")).filter_map(|rest| {
        let (_, query) = rest.split('"').next()?.split_once('?')?;
        Some(query.split('&').filter_map(|pair| pair.split('=').next()).map(|name| name.trim_start_matches("amp;")).collect::<Vec<_>>())
    });
    named.chain(of_query.flatten()).map(str::to_owned).collect()
}

/// Something of every kind, so that every page is there: two sites, three social applications, a session, a grant, a token.
async fn furnished(server: &TestServer) -> Vec<(&'static str, String)> {
    let (admin, operator) = (server.chabi.admin(), Actor::operator());
    let values =
        SiteValues { name: "Shop".into(), languages: vec![], theme: Theme::default(), settings: SiteSettings::default(), disabled: false };
    let body = NewSite { id: "shop".into(), issuer: "https://shop.example".into(), accounts: "shared".into(), values };
    admin.run::<CreateSite>(&operator, CreateSiteInput { body }).await.unwrap();
    for id in ["google", "microsoft", "ours"] {
        let body = social_application(id);
        admin.run::<CreateSocialApplication>(&operator, CreateSocialApplicationInput { body }).await.unwrap();
    }
    let body = NewInitialAccessToken { label: "x".into(), uses: 1, lifetime: 60, site: "main".into() };
    let token = admin.run::<CreateInitialAccessToken>(&operator, CreateInitialAccessTokenInput { body }).await.unwrap();
    let mut ada = server.browser();
    let back = server.sign_in(&mut ada, &[]).await;
    assert_eq!(server.exchange(&back.location_parameter("code").unwrap()).await.status, 200);
    let store = server.chabi.store();
    let account = accounts::find(store, ADA).await.unwrap();
    let session = store.list_sessions(account.id, server.chabi.env().now()).await.unwrap().remove(0);
    let grant = store.list_all_families(account.id, 1).await.unwrap().remove(0);
    vec![("{ada}", account.subject), ("{session}", session.id.to_string()), ("{grant}", grant.id.to_string()), ("{token}", token.token.id)]
}

fn social_application(id: &str) -> NewSocialApplication {
    let text = |text: &str| text.to_owned();
    let custom = CustomOAuth2 {
        authorize_url: "https://ours.example/authorize".into(),
        token_url: "https://ours.example/token".into(),
        profile: serde_json::from_value(json!({ "url": "https://ours.example/me" })).unwrap(),
        mapping: serde_json::from_value(json!({ "subject": "/id" })).unwrap(),
        ..CustomOAuth2::default()
    };
    let settings = ProviderSettings {
        catalogue: if id == "ours" { text("oauth2") } else { text(id) },
        client_id: text("client"),
        values: match id {
            "microsoft" => [(text("tenant"), text("organizations"))].into(),
            _ => Default::default(),
        },
        custom: (id == "ours").then_some(custom),
        ..ProviderSettings::default()
    };
    NewSocialApplication {
        id: text(id),
        client_secret: text("secret"),
        values: SocialApplicationValues {
            settings,
            sites: vec![text("main")],
            sign_up: true,
            linking: text("trusted"),
            keep_tokens: false,
            position: 0,
            disabled: false,
            secret_expires_at: None,
        },
    }
}

async fn fields_of(browser: &mut Browser, place: &Place, known: &[(&str, String)], writes: bool) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for path in place.pages {
        let path = known.iter().fold((*path).to_owned(), |path, (name, value)| path.replace(name, value));
        let page = browser.get(&path).await;
        assert_eq!(page.status, 200, "{} {path}: {}", place.operation, page.body);
        assert!(!writes || page.body.contains("method=\"post\""), "{} {path}: nothing is posted there", place.operation);
        found.extend(fields(&page.body));
    }
    found
}

#[tokio::test]
async fn each_member_of_what_an_operation_takes_has_a_field_in_the_console() {
    let server = TestServer::start().await;
    let mut known = furnished(&server).await;
    let mut browser = browser_of(&server, Some(chabi::admin::Role::Owner)).await;
    let log = browser.visit("/admin/audit/").await;
    let event = log.body.split("<tbody>").nth(1).unwrap().split("/admin/audit/").nth(1).unwrap().split('/').next().unwrap().to_owned();
    known.push(("{event}", event));
    let table = operation::table();
    let document = openapi::document(&table, "https://id.example");
    let mut missing = Vec::new();
    for entry in &table {
        let Some(place) = PLACES.iter().find(|place| place.operation == entry.name) else {
            missing.push(format!("{}: no page", entry.name));
            continue;
        };
        let found = fields_of(&mut browser, place, &known, !entry.permission.is_reading()).await;
        for member in members(&document, entry) {
            let excused = place.elsewhere.iter().chain(&PAGING).any(|(name, _)| *name == member);
            let field = field_of(entry.name, &member);
            if excused == found.contains(&field) && !(excused && member == "cursor") {
                missing.push(format!("{}: {member} ({})", entry.name, if excused { "has a field by now" } else { "no field" }));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    let unknown: Vec<_> = PLACES.iter().filter(|place| !table.iter().any(|entry| entry.name == place.operation)).collect();
    assert!(unknown.is_empty(), "{:?}", unknown.iter().map(|place| place.operation).collect::<Vec<_>>());
}
