//! Social applications as an operator keeps them: what becomes of the provider's own tokens, the secret that is kept, and when it ends.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, routing::post};
use chabi::admin::{
    Actor, OperationError,
    operation::{
        accounts::{AccountPath, DeleteAccount, Unlink, UnlinkInput},
        social_applications::{
            CreateSocialApplication, DeleteSocialApplication, FindSocialApplication, SocialApplication, SocialApplicationId,
            UpdateSocialApplication,
        },
        statistics::{StatisticsInput, StatisticsOf},
    },
};
use chabi_store::{
    account::{Account, Insertion, Realm},
    provider_link::ProviderLink,
    upstream_tokens::UpstreamTokens,
};
use chabi_token::{base64url, hash::sha256};
use serde_json::{Value, json};

use super::server::{ADA, TestServer};

fn input<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

/// A vendor that takes tokens back.
struct Vendor {
    url: String,
    taken: Arc<Mutex<Vec<String>>>,
}

impl Vendor {
    async fn start() -> Self {
        let taken: Arc<Mutex<Vec<String>>> = Arc::default();
        let noted = Arc::clone(&taken);
        let revoke = post(async move |form: axum::extract::Form<std::collections::HashMap<String, String>>| {
            noted.lock().unwrap().push(form.0["token"].clone());
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/revoke", revoke)).await });
        Self { url, taken }
    }

    fn settings(&self, client_id: &str) -> Value {
        let url = &self.url;
        json!({ "catalogue": "oauth2", "client_id": client_id, "custom": {
            "authorize_url": format!("{url}/authorize"), "token_url": format!("{url}/token"), "revoke_url": format!("{url}/revoke"),
            "profile": { "url": format!("{url}/me") }, "mapping": { "subject": "/id" },
        } })
    }

    /// Waits for the calls that are made beside the answer.
    async fn took(&self, expected: &str) -> bool {
        for _ in 0..500 {
            if self.taken.lock().unwrap().iter().any(|token| token == expected) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        false
    }
}

/// Ada's token of a social application `work`, which is offered on these sites, at a vendor.
async fn kept(sites: &[&str]) -> (TestServer, Vendor, Account) {
    let vendor = Vendor::start().await;
    let address = vendor.url.trim_start_matches("http://").to_owned();
    let server = TestServer::start_with(|builder| builder.allow_outgoing(address)).await;
    for site in sites.iter().filter(|site| **site != "main") {
        let body = json!({ "id": site, "issuer": format!("https://{site}.example"), "name": "Shop" });
        let new = input(json!({ "body": body }));
        server.chabi.admin().run::<chabi::admin::operation::sites::CreateSite>(&Actor::operator(), new).await.unwrap();
    }
    let body = json!({ "id": "work", "client_secret": "s", "settings": vendor.settings("ours"), "sites": sites, "keep_tokens": true });
    server.chabi.admin().run::<CreateSocialApplication>(&Actor::operator(), input(json!({ "body": body }))).await.unwrap();
    let (ada, _) = server.chabi.store().find_account_by_email(&Realm::SHARED, ADA).await.unwrap().unwrap();
    keep(&server, &ada).await;
    (server, vendor, ada)
}

async fn keep(server: &TestServer, ada: &Account) {
    let (store, owner) = (server.chabi.store(), server.chabi.resource_owner());
    let now = owner.env.now();
    let link = ProviderLink {
        provider: "work".into(),
        issuer: "https://work.example".into(),
        subject: "ada".into(),
        account: ada.id,
        email: String::new(),
        created_at: now,
        used_at: now,
    };
    let place = base64url::encode(sha256(format!("work {} {} ada", link.issuer.len(), link.issuer).as_bytes()));
    let plain = json!({ "access_token": "access", "refresh_token": "refresh", "scopes": null }).to_string();
    let tokens = UpstreamTokens {
        account: ada.id,
        provider: link.provider.clone(),
        issuer: link.issuer.clone(),
        subject: link.subject.clone(),
        sealed_tokens: owner.client_secrets.seal("upstream_tokens", &place, plain.as_bytes(), &owner.env).unwrap(),
        expires_at: None,
        updated_at: now,
    };
    assert_eq!(store.insert_provider_link(link).await.unwrap(), Insertion::Done);
    store.put_upstream_tokens(tokens).await.unwrap();
}

async fn is_kept(server: &TestServer, ada: &Account) -> bool {
    !server.chabi.store().list_upstream_tokens(ada.id, "work").await.unwrap().is_empty()
}

async fn change(server: &TestServer, values: Value) -> Result<SocialApplication, OperationError> {
    let new = input(json!({ "id": "work", "body": values }));
    server.chabi.admin().run::<UpdateSocialApplication>(&Actor::operator(), new).await
}

#[tokio::test]
async fn a_removed_social_application_gives_its_tokens_back_whichever_site_it_was_of() {
    for sites in [["main"], ["shop"]] {
        let (server, vendor, ada) = kept(&sites).await;
        let id = SocialApplicationId { id: "work".into() };
        server.chabi.admin().run::<DeleteSocialApplication>(&Actor::operator(), id).await.unwrap();
        assert!(vendor.took("refresh").await, "{sites:?}");
        assert!(!is_kept(&server, &ada).await);
    }
}

#[tokio::test]
async fn a_removed_account_gives_its_tokens_back() {
    let (server, vendor, ada) = kept(&["shop"]).await;
    let path: AccountPath = input(json!({ "subject": ada.subject }));
    server.chabi.admin().run::<DeleteAccount>(&Actor::operator(), path).await.unwrap();
    assert!(vendor.took("refresh").await);
    assert!(!is_kept(&server, &ada).await);
}

#[tokio::test]
async fn what_an_operator_disconnects_gives_its_tokens_back() {
    let (server, vendor, ada) = kept(&["main"]).await;
    let input = UnlinkInput { subject: ada.subject.clone(), provider: "work".into() };
    server.chabi.admin().run::<Unlink>(&Actor::operator(), input).await.unwrap();
    assert!(vendor.took("refresh").await);
    assert!(!is_kept(&server, &ada).await);
}

#[tokio::test]
async fn tokens_that_shall_be_kept_no_more_are_given_back() {
    let (server, vendor, ada) = kept(&["main"]).await;
    change(&server, json!({ "settings": vendor.settings("ours"), "keep_tokens": true, "sign_up": false })).await.unwrap();
    assert!(is_kept(&server, &ada).await, "nothing was said against them");
    change(&server, json!({ "settings": vendor.settings("ours"), "keep_tokens": false })).await.unwrap();
    assert!(vendor.took("refresh").await);
    assert!(!is_kept(&server, &ada).await);
}

#[tokio::test]
async fn tokens_go_back_to_the_vendor_that_gave_them_when_the_settings_lead_elsewhere() {
    for part in ["client_id", "endpoint"] {
        let (server, vendor, ada) = kept(&["main"]).await;
        let stranger = Vendor::start().await;
        let settings = if part == "client_id" { vendor.settings("another") } else { stranger.settings("ours") };
        let values = json!({ "settings": settings, "keep_tokens": true, "client_secret": "another" });
        change(&server, values).await.unwrap();
        assert!(vendor.took("refresh").await, "{part}");
        assert!(!is_kept(&server, &ada).await, "{part}");
        assert!(stranger.taken.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn when_a_secret_ends_is_told_and_reminded_of() {
    let (server, vendor, _) = kept(&["main"]).await;
    let now = server.chabi.resource_owner().env.now().as_seconds();
    for (days, fine) in [(None, true), (Some(31), true), (Some(29), false), (Some(-1), false)] {
        let at = days.map(|days: i64| now + days * 86_400);
        change(&server, json!({ "settings": vendor.settings("ours"), "secret_expires_at": at })).await.unwrap();
        let id = SocialApplicationId { id: "work".into() };
        let found = server.chabi.admin().run::<FindSocialApplication>(&Actor::operator(), id).await.unwrap();
        assert_eq!(found.secret_expires_at, at);
        server.clock.advance(chabi::Seconds(61));
        let counted = server.chabi.admin().run::<StatisticsOf>(&Actor::operator(), StatisticsInput { days: 1 }).await.unwrap();
        let checked = counted.checklist.iter().find(|checked| checked.what == "social_secrets").unwrap();
        assert_eq!(checked.done, fine, "{days:?}");
    }
    let wrong = change(&server, json!({ "settings": vendor.settings("ours"), "secret_expires_at": -1 })).await;
    assert!(matches!(wrong, Err(OperationError::Invalid(_))), "{wrong:?}");
}

// a change without a secret, begun before another change that gave one, and finished after it
#[tokio::test]
async fn a_secret_that_is_given_meanwhile_is_not_overwritten_by_the_one_before() {
    let (server, vendor, _) = kept(&["main"]).await;
    let sealed = async || server.chabi.store().find_social_application("work").await.unwrap().unwrap().sealed_secret;
    let open = |sealed: Vec<u8>| server.chabi.resource_owner().client_secrets.open("social_application", "work", &sealed).unwrap().to_vec();
    for round in 0..20 {
        let secret = format!("new-{round}");
        let with = change(&server, json!({ "settings": vendor.settings("ours"), "client_secret": secret.clone() }));
        let without = change(&server, json!({ "settings": vendor.settings("ours"), "sign_up": round % 2 == 0 }));
        let (without, with) = tokio::join!(without, with);
        with.unwrap();
        without.unwrap();
        assert_eq!(open(sealed().await), secret.as_bytes());
    }
}
