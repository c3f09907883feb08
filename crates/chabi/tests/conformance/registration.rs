//! Dynamic registration, as the Basic plan and the plan of third-party-initiated login use it: every module registers an application of
//! its own and removes it at the end.

use std::sync::{Arc, Mutex};

use axum::{Router, body::Body, routing::get};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chabi::{Builder, Profile, RegistrationMode, RegistrationSettings};
use chabi_testkit::{BoundPort, Page, TestServer as Site};
use chabi_token::{Algorithm, SigningKey, jws};
use http::{Request, header};
use serde_json::{Value, json};

use crate::{
    conformance::suite::Suite,
    server::{ISSUER, REDIRECT},
};

/// Registration as a certification needs it: open, and without PKCE for applications with a secret.
fn open(builder: Builder) -> Builder {
    let settings = RegistrationSettings { mode: RegistrationMode::Open, profile: Profile::Oidc, ..RegistrationSettings::default() };
    builder.registration(settings)
}

/// The suite's own application, registered a moment ago.
struct Registered {
    suite: Suite,
    answer: Value,
}

impl Registered {
    /// Registers what is sent, and holds the answer to the suite's checks.
    async fn new(suite: Suite, metadata: &Value) -> Self {
        let answer = register(&suite, metadata).await;
        // EnsureHttpStatusCodeIs201
        assert_eq!(answer.status, 201, "{}", answer.body);
        let answer = answer.json();
        // VerifyClientManagementCredentials: both or neither
        assert!(answer["registration_access_token"].is_string());
        assert!(answer["registration_client_uri"].as_str().unwrap().starts_with(ISSUER));
        for (name, sent) in metadata.as_object().unwrap() {
            assert_eq!(&answer[name], sent, "{name}");
        }
        Self { suite, answer }
    }

    fn text(&self, name: &str) -> &str {
        self.answer[name].as_str().unwrap_or_else(|| panic!("{name}: {}", self.answer))
    }

    /// From the browser to the token endpoint, whose answer is given.
    async fn exchange(&mut self, authenticate: &[(&str, &str)]) -> Page {
        let id = self.text("client_id").to_owned();
        let callback = self.suite.authorize(&[("client_id", &id), ("scope", "openid")]).await;
        let mut fields = vec![("grant_type", "authorization_code"), ("code", callback.code()), ("redirect_uri", REDIRECT)];
        fields.extend_from_slice(authenticate);
        let mut request = Request::post("/oauth2/token").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if authenticate.is_empty() {
            request =
                request.header(header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(format!("{id}:{}", self.text("client_secret")))));
        }
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        ask(&self.suite, request.body(Body::from(body)).unwrap()).await
    }

    async fn manage(&self, method: &str) -> Page {
        let path = self.text("registration_client_uri").strip_prefix(ISSUER).unwrap();
        let request = Request::builder().method(method).uri(path);
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.text("registration_access_token")));
        ask(&self.suite, request.body(Body::empty()).unwrap()).await
    }

    /// UnregisterDynamicallyRegisteredClient.
    async fn unregister(self) {
        assert_eq!(self.manage("DELETE").await.status, 204);
        assert_eq!(self.manage("GET").await.status, 401);
    }
}

async fn register(suite: &Suite, metadata: &Value) -> Page {
    let request = Request::post("/oauth2/register").header(header::CONTENT_TYPE, "application/json");
    ask(suite, request.body(Body::from(metadata.to_string())).unwrap()).await
}

async fn ask(suite: &Suite, request: Request<Body>) -> Page {
    let url = request.uri().to_string();
    let (status, headers, body) = chabi_testkit::browser::ask(&suite.server.router, request).await;
    Page { url, status, headers, body }
}

fn metadata(more: Value) -> Value {
    let mut metadata = json!({ "redirect_uris": [REDIRECT], "client_name": "The suite", "contacts": ["suite@example.org"] });
    metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    metadata
}

/// The suite's own web server, with one document that it can change.
struct SuiteSite {
    site: Site,
    document: Arc<Mutex<String>>,
}

impl SuiteSite {
    async fn start() -> Self {
        let document = Arc::new(Mutex::new(String::new()));
        let served = document.clone();
        let router = Router::new().route("/document", get(async move || served.lock().unwrap().clone()));
        Self { site: BoundPort::free().await.serve(router), document }
    }

    fn url(&self) -> String {
        format!("{}/document", self.site.url)
    }

    fn holds(&self, document: &Value) {
        *self.document.lock().unwrap() = document.to_string();
    }

    /// A server of this machine, which may call it by plain http.
    async fn suite(&self, path: &str) -> Suite {
        let address = self.site.url.strip_prefix("http://").unwrap().to_owned();
        Suite::start_with(path, |builder| open(builder).development(true).allow_outgoing(address)).await
    }
}

mod oidcc_server {
    use super::*;

    #[tokio::test]
    async fn an_application_that_registered_itself_goes_the_whole_way_and_is_removed() {
        let suite = Suite::start_with(module_path!(), open).await;
        let mut registered = Registered::new(suite, &metadata(json!({}))).await;
        let answer = registered.exchange(&[]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let claims = registered.suite.verified(answer.json()["id_token"].as_str().unwrap()).await;
        assert_eq!(claims["aud"], registered.text("client_id"));
        registered.unregister().await;
    }
}

mod oidcc_redirect_uri_regfrag {
    use super::*;

    #[tokio::test]
    async fn a_redirect_uri_with_a_fragment_is_invalid_redirect_uri() {
        let suite = Suite::start_with(module_path!(), open).await;
        let answer = register(&suite, &metadata(json!({ "redirect_uris": [format!("{REDIRECT}#foobar=hello")] }))).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (400, &json!("invalid_redirect_uri")));
    }
}

mod oidcc_registration_sector_uri {
    use super::*;

    #[tokio::test]
    async fn a_sector_that_lists_the_redirect_uri_gives_pairwise_subjects() {
        let site = SuiteSite::start().await;
        site.holds(&json!([REDIRECT]));
        let suite = site.suite(module_path!()).await;
        let sent = metadata(json!({ "sector_identifier_uri": site.url(), "subject_type": "pairwise" }));
        let mut registered = Registered::new(suite, &sent).await;
        let answer = registered.exchange(&[]).await.json();
        let claims = registered.suite.verified(answer["id_token"].as_str().unwrap()).await;
        let userinfo = registered.suite.userinfo(answer["access_token"].as_str().unwrap()).await;
        assert_eq!(userinfo["sub"], claims["sub"]);
        let public = registered.suite.tokens(&[]).await;
        assert_ne!(public.id_token["sub"], claims["sub"]);
        registered.unregister().await;
    }
}

mod oidcc_registration_sector_bad {
    use super::*;

    #[tokio::test]
    async fn a_sector_that_does_not_list_the_redirect_uri_is_invalid_client_metadata() {
        for document in [json!(["https://app.example/not-mine"]), json!([]), json!({ "redirect_uris": [REDIRECT] })] {
            let site = SuiteSite::start().await;
            site.holds(&document);
            let suite = site.suite(module_path!()).await;
            let answer = register(&suite, &metadata(json!({ "sector_identifier_uri": site.url() }))).await;
            assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (400, &json!("invalid_client_metadata")), "{document}");
        }
    }

    #[tokio::test]
    async fn a_sector_that_cannot_be_fetched_is_too() {
        let suite = Suite::start_with(module_path!(), open).await;
        for uri in ["http://app.example/sector", "https://127.0.0.1/sector", "https://[::1]:1/sector"] {
            let answer = register(&suite, &metadata(json!({ "sector_identifier_uri": uri }))).await;
            assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (400, &json!("invalid_client_metadata")), "{uri}");
        }
    }
}

/// `private_key_jwt` (RFC 7523 §2.2).
fn assertion(key: &SigningKey, client_id: &str, suite: &Suite) -> String {
    let now = suite.server.chabi.env().now().as_seconds();
    let jti = chabi_token::base64url::encode(suite.server.chabi.env().random::<16>());
    let claims = json!({ "iss": client_id, "sub": client_id, "aud": ISSUER, "iat": now, "exp": now + 60, "jti": jti });
    jws::sign("JWT", &claims, key).unwrap()
}

const BY_ASSERTION: (&str, &str) = ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");

fn key_set(key: &SigningKey) -> Value {
    json!({ "keys": [serde_json::from_str::<Value>(&key.public_jwk().to_json()).unwrap()] })
}

mod oidcc_registration_jwks_uri {
    use super::*;

    #[tokio::test]
    async fn keys_at_a_uri_are_fetched_when_they_are_needed() {
        let site = SuiteSite::start().await;
        let key = SigningKey::generate(Algorithm::ES256).unwrap();
        let suite = site.suite(module_path!()).await;
        let sent = metadata(json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": site.url() }));
        let mut registered = Registered::new(suite, &sent).await;
        assert!(registered.answer.get("client_secret").is_none());
        site.holds(&key_set(&key));
        let assertion = assertion(&key, registered.text("client_id"), &registered.suite);
        let answer = registered.exchange(&[BY_ASSERTION, ("client_assertion", &assertion)]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        registered.unregister().await;
    }

    #[tokio::test]
    async fn keys_in_the_metadata_are_taken_as_well() {
        let key = SigningKey::generate(Algorithm::ES256).unwrap();
        let suite = Suite::start_with(module_path!(), open).await;
        let sent = metadata(json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": key_set(&key) }));
        let mut registered = Registered::new(suite, &sent).await;
        let assertion = assertion(&key, registered.text("client_id"), &registered.suite);
        let answer = registered.exchange(&[BY_ASSERTION, ("client_assertion", &assertion)]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        registered.unregister().await;
    }
}

/// The page to sign in shows what the application says of itself.
async fn shown(path: &str, member: &str) {
    let suite = Suite::start_with(path, open).await;
    let uri = format!("https://app.example/{member}");
    let mut registered = Registered::new(suite, &metadata(json!({ member: uri }))).await;
    let url = registered.suite.url(&[("client_id", registered.text("client_id"))]);
    let page = registered.suite.browser.visit(&url).await;
    assert!(page.body.contains("login-submit") && page.body.contains(&uri), "{}", page.body);
    registered.unregister().await;
}

mod oidcc_registration_logo_uri {
    #[tokio::test]
    async fn the_logo_is_on_the_page_to_sign_in() {
        super::shown(module_path!(), "logo_uri").await;
    }
}

mod oidcc_registration_policy_uri {
    #[tokio::test]
    async fn the_policy_is_on_the_page_to_sign_in() {
        super::shown(module_path!(), "policy_uri").await;
    }
}

mod oidcc_registration_tos_uri {
    #[tokio::test]
    async fn the_terms_are_on_the_page_to_sign_in() {
        super::shown(module_path!(), "tos_uri").await;
    }
}

mod oidcc_3rd_party_init_login {
    use super::*;

    #[tokio::test]
    async fn initiate_login_uri_is_told_at_registration_and_by_the_configuration_endpoint() {
        let suite = Suite::start_with(module_path!(), open).await;
        let sent = metadata(json!({ "initiate_login_uri": "https://app.example/initiate" }));
        let registered = Registered::new(suite, &sent).await;
        let read = registered.manage("GET").await;
        assert_eq!((read.status.as_u16(), &read.json()["initiate_login_uri"]), (200, &sent["initiate_login_uri"]));
        registered.unregister().await;
    }
}

mod oidcc_3rd_party_init_login_nohttps {
    use super::*;

    #[tokio::test]
    async fn initiate_login_uri_by_plain_http_is_refused() {
        let suite = Suite::start_with(module_path!(), open).await;
        let answer = register(&suite, &metadata(json!({ "initiate_login_uri": "http://app.example/initiate" }))).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (400, &json!("invalid_client_metadata")));
    }
}
