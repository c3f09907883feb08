//! OAuth Client ID Metadata Document: a client id that is the URL of the application's metadata.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    body::Body,
    response::{IntoResponse, Response},
    routing::get,
};
use chabi_authorization_server::{RegistrationMode, Settings};
use chabi_spec::Scope;
use chabi_store::application_settings::RegisteredBy;
use chabi_testkit::{BoundPort, TestServer};
use chabi_token::Seconds;
use http::{Request, StatusCode, header};
use serde_json::{Value, json};

use crate::{
    rfc7591::{public, register},
    rig::{CALLBACK, Rig, authorize_url, claims, parameter},
};

type Served = Box<dyn Fn() -> Response + Send + Sync>;
type Page = Arc<dyn Fn() -> Response + Send + Sync>;

/// Somebody's web server, with one document.
struct Site {
    _server: TestServer,
    authority: String,
    page: Arc<Mutex<Page>>,
    asked: Arc<AtomicUsize>,
}

impl Site {
    async fn start() -> Self {
        let port = BoundPort::free().await;
        let authority = port.address().to_string();
        let page: Arc<Mutex<Page>> = Arc::new(Mutex::new(Arc::new(|| StatusCode::NOT_FOUND.into_response())));
        let asked = Arc::new(AtomicUsize::new(0));
        let (served, counted) = (page.clone(), asked.clone());
        let serve = move || {
            counted.fetch_add(1, Ordering::SeqCst);
            let page = served.lock().unwrap().clone();
            async move { page() }
        };
        let router = Router::new().route("/client.json", get(serve));
        Self { _server: port.serve(router), authority, page, asked }
    }

    fn id(&self) -> String {
        format!("http://{}/client.json", self.authority)
    }

    fn document(&self) -> Value {
        json!({ "client_id": self.id(), "client_name": "Agent", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"] })
    }

    fn serves(&self, page: impl Fn() -> Response + Send + Sync + 'static) {
        *self.page.lock().unwrap() = Arc::new(page);
    }

    fn serves_json(&self, document: Value) {
        self.serves(move || as_json(&document.to_string()));
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    async fn rig(&self, seed: u64, change: impl FnOnce(&mut Settings)) -> Rig {
        Rig::with(seed, change, std::slice::from_ref(&self.authority)).await
    }
}

/// `None`: a page of ours that sends the browser nowhere.
async fn outcome(rig: &mut Rig, site: &Site, more: &str) -> Option<String> {
    let page = rig.browser.get(&authorize_url(&site.id(), more)).await;
    if page.location().is_none() {
        assert_eq!(page.status, 400, "{}", page.body);
    }
    page.location()
}

fn as_json(text: &str) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text.to_owned()).into_response()
}

mod section_3 {
    use super::*;

    // req: cimd
    #[tokio::test]
    async fn an_application_that_nobody_registered_signs_people_in() {
        let site = Site::start().await;
        site.serves_json(site.document());
        let mut rig = site.rig(1, |settings| settings.registration.scope = Scope::of(["notes:read"])).await;
        let (account, _) = rig.sign_in().await;
        let page = rig.browser.get(&authorize_url(&site.id(), "prompt=consent")).await;
        assert!(page.location().unwrap().contains("/accounts/consent/"), "{:?}", page.location());
        // the pages find it like any other
        let row = rig.store.find_application(&site.id()).await.unwrap().unwrap();
        assert_eq!((row.name.as_str(), row.settings.registered_by), ("Agent", RegisteredBy::Document));
        assert!(!row.first_party);
        let _ = account;
        let code = rig.code(&site.id(), "scope=openid notes:read offline_access&resource=https://notes.example/").await;
        let tokens = rig.redeem(&site.id(), &code, &[]).await;
        assert_eq!(tokens.status, 200, "{}", tokens.body);
        let access = claims(&tokens.text("access_token"));
        assert_eq!((access["client_id"].as_str(), access["aud"].as_str()), (Some(site.id().as_str()), Some("https://notes.example/")));
        assert_eq!(claims(&tokens.text("id_token"))["aud"], json!(site.id()));
        assert_eq!(rig.refresh(&site.id(), &tokens.text("refresh_token"), &[]).await.status, 200);
        assert_eq!(rig.userinfo(&tokens.text("access_token")).await.status, 200);
        assert_eq!(site.asked(), 1, "the document is fetched once and kept");
    }

    // req: cimd
    #[tokio::test]
    async fn a_document_that_is_not_good_leads_nowhere() {
        let site = Site::start().await;
        let mut seed = 10;
        let mut bad: Vec<(&str, Served)> = vec![
            ("404", Box::new(|| StatusCode::NOT_FOUND.into_response())),
            ("500", Box::new(|| StatusCode::INTERNAL_SERVER_ERROR.into_response())),
            ("a redirect", Box::new(|| (StatusCode::FOUND, [(header::LOCATION, "/client.json?again")]).into_response())),
            ("no JSON", Box::new(|| "<html>".into_response())),
            ("a list", Box::new(|| as_json("[]"))),
            ("nothing", Box::new(|| as_json(""))),
        ];
        let good = site.document().to_string();
        bad.push(("a good one that says it is text", Box::new(move || good.clone().into_response())));
        let large = json!({ "client_id": site.id(), "redirect_uris": [CALLBACK], "x": "x".repeat(10 * 1024) });
        bad.push(("more than 10 KiB", Box::new(move || as_json(&large.to_string()))));
        for (member, value) in [
            ("client_id", json!("http://127.0.0.1/other.json")),
            ("client_id", Value::Null),
            ("client_secret", json!("x")),
            ("client_secret_expires_at", json!(0)),
            ("token_endpoint_auth_method", json!("client_secret_basic")),
            ("token_endpoint_auth_method", json!("client_secret_post")),
            ("token_endpoint_auth_method", json!("private_key_jwt")),
            ("redirect_uris", json!([])),
            ("redirect_uris", json!(["https://app.example/cb#x"])),
            ("redirect_uris", json!(["http://app.example/cb"])),
            ("grant_types", json!(["authorization_code", "client_credentials"])),
            ("logo_uri", json!("javascript:alert(1)")),
            ("software_statement", json!("e30")),
        ] {
            let mut document = site.document();
            document[member] = value;
            bad.push((member, Box::new(move || as_json(&document.to_string()))));
        }
        assert_eq!(bad.len(), 21);
        for (what, page) in bad {
            site.serves(page);
            seed += 1;
            let mut rig = site.rig(seed, |_| {}).await;
            rig.sign_in().await;
            assert_eq!(outcome(&mut rig, &site, "scope=openid").await, None, "{what}");
            assert!(rig.store.find_application(&site.id()).await.unwrap().is_none(), "{what}");
            // and the developer who asks is told why
            let seen = rig.seen.0.lock().unwrap().pop().unwrap().refusal.unwrap();
            assert_eq!(seen.cause.rule, "client_unknown");
            assert_ne!(seen.cause.expected.as_deref(), Some("a registered application"), "{what}");
        }
    }

    // req: cimd
    #[tokio::test]
    async fn a_redirect_uri_is_one_of_the_documents_or_none() {
        let site = Site::start().await;
        site.serves_json(site.document());
        let mut rig = site.rig(40, |_| {}).await;
        rig.sign_in().await;
        assert_eq!(outcome(&mut rig, &site, "redirect_uri=https://evil.example/cb").await, None);
        assert!(outcome(&mut rig, &site, "scope=openid").await.unwrap().starts_with(CALLBACK));
    }

    #[tokio::test]
    async fn what_it_may_ask_for_is_the_operators_choice() {
        let site = Site::start().await;
        site.serves_json(site.document());
        let mut rig = site.rig(41, |_| {}).await;
        rig.sign_in().await;
        let code = rig.code(&site.id(), "scope=openid notes:read&resource=https://notes.example/").await;
        assert_eq!(rig.redeem(&site.id(), &code, &[]).await.text("scope"), "openid");
    }

    // OpenID Connect Registration §5: or whoever can write a document knows people by the name that a stranger's application has for them
    #[tokio::test]
    async fn a_document_joins_no_sector_that_does_not_list_it() {
        let (site, sector) = (Site::start().await, Site::start().await);
        let mut document = site.document();
        document["subject_type"] = json!("pairwise");
        document["sector_identifier_uri"] = json!(sector.id());
        site.serves_json(document);
        for (seed, listed, joins) in [(43, json!(["https://bank.example/cb"]), false), (44, json!([CALLBACK]), true)] {
            sector.serves_json(listed);
            let mut rig = Rig::with(seed, |_| {}, &[site.authority.clone(), sector.authority.clone()]).await;
            rig.sign_in().await;
            assert_eq!(outcome(&mut rig, &site, "scope=openid").await.is_some(), joins);
        }
    }

    // OpenID Connect Registration §5
    // req: dcr.upd
    #[tokio::test]
    async fn an_update_of_a_registration_joins_no_sector_that_does_not_list_it_either() {
        let sector = Site::start().await;
        let rig = sector.rig(45, |settings| settings.registration.mode = RegistrationMode::Open).await;
        let first = register(&rig, &public()).await;
        let (path, token) = (format!("/oauth2/register/{}", first.text("client_id")), first.text("registration_access_token"));
        let mut update = public();
        update["client_id"] = first.body["client_id"].clone();
        update["subject_type"] = json!("pairwise");
        update["sector_identifier_uri"] = json!(sector.id());
        for (listed, status) in [(json!(["https://bank.example/cb"]), 400), (json!([CALLBACK]), 200)] {
            sector.serves_json(listed);
            let answer = rig.send_json("PUT", &path, &update, Some(&token)).await;
            assert_eq!(answer.status, status, "{}", answer.body);
            rig.clock.advance(Seconds::days(2));
        }
    }

    #[tokio::test]
    async fn pkce_is_for_all_of_them() {
        let site = Site::start().await;
        site.serves_json(site.document());
        let mut rig = site.rig(42, |settings| settings.registration.profile = chabi_store::application::Profile::Oidc).await;
        rig.sign_in().await;
        let page = rig
            .browser
            .get(&format!("/oauth2/authorize?response_type=code&client_id={}&redirect_uri={CALLBACK}&scope=openid&nonce=n", site.id()))
            .await;
        assert_eq!(parameter(&page, "error").as_deref(), Some("invalid_request"));
    }
}

mod section_6 {
    use super::*;

    // req: cimd
    #[tokio::test]
    async fn a_host_of_this_machine_is_not_called_unless_the_operator_lists_it() {
        let site = Site::start().await;
        site.serves_json(site.document());
        let mut rig = Rig::new(50).await;
        rig.sign_in().await;
        assert_eq!(outcome(&mut rig, &site, "scope=openid").await, None);
        assert_eq!(site.asked(), 0);
    }

    // req: cimd
    #[tokio::test]
    async fn a_failure_is_remembered_for_a_while() {
        let site = Site::start().await;
        let mut rig = site.rig(51, |_| {}).await;
        rig.sign_in().await;
        for _ in 0..3 {
            assert_eq!(outcome(&mut rig, &site, "scope=openid").await, None);
        }
        assert_eq!(site.asked(), 1);
        site.serves_json(site.document());
        rig.clock.advance(Seconds::minutes(10));
        assert!(outcome(&mut rig, &site, "scope=openid").await.is_some());
    }

    #[tokio::test]
    async fn an_operator_can_switch_documents_off_or_allow_some_hosts_alone() {
        let site = Site::start().await;
        site.serves_json(site.document());
        type Change = fn(&mut Settings);
        let off: Change = |settings| settings.registration.client_id_documents = false;
        let elsewhere: Change = |settings| settings.registration.document_hosts = vec!["app.example".into()];
        for (seed, change) in [(52, off), (53, elsewhere)] {
            let mut rig = site.rig(seed, change).await;
            rig.sign_in().await;
            assert_eq!(outcome(&mut rig, &site, "scope=openid").await, None);
        }
        assert_eq!(site.asked(), 0);
        let mut rig = site.rig(54, |settings| settings.registration.document_hosts = vec!["127.0.0.1".into()]).await;
        rig.sign_in().await;
        assert!(outcome(&mut rig, &site, "scope=openid").await.is_some());
    }

    #[tokio::test]
    async fn where_documents_are_off_the_row_of_one_signs_nobody_in() {
        let site = Site::start().await;
        let mut rig = site.rig(57, |settings| settings.registration.client_id_documents = false).await;
        rig.sign_in().await;
        let mut row = chabi_registration::client_id_document::blank(&site.id());
        row.redirect_uris = vec![CALLBACK.into()];
        row.grant_types = vec!["authorization_code".into()];
        rig.store.put_application(row).await.unwrap();
        assert_eq!(outcome(&mut rig, &site, "scope=openid").await, None);
    }

    #[tokio::test]
    async fn a_document_that_an_operator_shut_out_is_not_even_fetched() {
        let site = Site::start().await;
        site.serves_json(site.document());
        let mut rig = site.rig(55, |_| {}).await;
        rig.sign_in().await;
        let mut row = chabi_registration::client_id_document::blank(&site.id());
        row.disabled_at = Some(rig.env.now());
        rig.store.put_application(row).await.unwrap();
        assert_eq!(outcome(&mut rig, &site, "scope=openid").await, None);
        assert_eq!(site.asked(), 0);
    }

    #[tokio::test]
    async fn the_row_that_is_kept_of_a_document_decides_nothing() {
        let site = Site::start().await;
        site.serves_json(site.document());
        let mut rig = site.rig(56, |_| {}).await;
        rig.sign_in().await;
        assert!(outcome(&mut rig, &site, "prompt=consent").await.is_some());
        let mut changed = site.document();
        changed["redirect_uris"] = json!(["https://app.example/new"]);
        site.serves_json(changed);
        rig.clock.advance(Seconds::days(2));
        assert_eq!(outcome(&mut rig, &site, "scope=openid").await, None, "the old redirect URI");
        assert!(outcome(&mut rig, &site, "scope=openid&redirect_uri=https://app.example/new").await.is_some());
    }
}

mod section_5 {
    use super::*;

    #[tokio::test]
    async fn the_metadata_say_whether_it_is_supported() {
        for (seed, on) in [(60, true), (61, false)] {
            let rig = Rig::with(seed, |settings| settings.registration.client_id_documents = on, &[]).await;
            let request = Request::get("/.well-known/oauth-authorization-server").body(Body::empty()).unwrap();
            let told = rig.ask(request).await.body;
            assert_eq!(told.get("client_id_metadata_document_supported"), on.then_some(&json!(true)));
        }
    }
}

mod security_considerations {
    use axum::Extension;
    use chabi_spec::ClientAddress;
    use chabi_testkit::Browser;

    use super::*;
    use crate::rig::ISSUER;

    // req: cimd, dos.map
    #[tokio::test]
    async fn a_network_that_names_endless_documents_is_told_to_come_back_later_and_known_ones_are_served() {
        let site = Site::start().await;
        site.serves_json(site.document());
        let rig = site.rig(90, |_| {}).await;
        let from = |address: &str| Browser::new(rig.router.clone().layer(Extension(ClientAddress(address.parse().unwrap()))), ISSUER);
        let (now, window) = (rig.env.now(), Seconds::minutes(15));
        for _ in 0..100 {
            let _ = rig.store.count_attempt("documents/from/2001:db8:0:1::/64", 100, window, now).await.unwrap();
        }
        let blocked = from("2001:db8:0:1::9").get(&authorize_url(&site.id(), "")).await;
        assert_eq!((blocked.location(), site.asked.load(Ordering::SeqCst)), (None, 0), "nothing is fetched for it");
        let served = from("2001:db8:0:2::9").get(&authorize_url(&site.id(), "")).await;
        assert!(served.location().unwrap().starts_with("/accounts/login/"), "{:?}", served.location());
        let known = from("2001:db8:0:1::9").get(&authorize_url(&site.id(), "")).await;
        assert!(known.location().unwrap().starts_with("/accounts/login/"), "{:?}", known.location());
    }
}
