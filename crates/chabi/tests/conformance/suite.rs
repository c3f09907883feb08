//! The suite's part: what every module of a plan does before and after what it is about.

use std::collections::BTreeMap;

use axum::body::Body;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chabi::{Builder, ClientAuthentication, Profile, RegisteredClient, Scope, client_secret_hash, operations::accounts};
use chabi_store::account::{self, Address};
use chabi_testkit::{Browser, Page};
use chabi_token::{JwkSet, id_token};
use http::{Request, header};
use serde_json::Value;

use crate::server::{ADA, ISSUER, PASSWORD, REDIRECT, SECRET, TestServer, application};

/// The first application of a plan.
pub const FIRST: &str = "suite-1";
/// Another one, for what one application must not do with what is another's.
pub const SECOND: &str = "suite-2";
/// Its query is part of what is registered.
pub const SECOND_REDIRECT: &str = "https://app.example/callback?dummy1=lorem&dummy2=ipsum";
/// Every scope of a person's claims.
pub const EVERYTHING: &str = "openid profile email address phone offline_access";

/// Registered with every plan: confidential, profile `oidc`, no API of its own.
pub fn applications() -> [RegisteredClient; 2] {
    let first = RegisteredClient {
        client_id: FIRST.into(),
        name: "The suite".into(),
        profile: Profile::Oidc,
        authentication: ClientAuthentication::Secret,
        secret_hashes: vec![client_secret_hash(SECRET)],
        scope: Scope::parse(EVERYTHING).unwrap(),
        default_audience: String::new(),
        ..application()
    };
    let second = RegisteredClient { client_id: SECOND.into(), redirect_uris: vec![SECOND_REDIRECT.into()], ..first.clone() };
    [first, second]
}

/// Every standard claim, none of them empty.
pub fn profile() -> account::Profile {
    account::Profile {
        given_name: "Ada".into(),
        family_name: "Lovelace".into(),
        middle_name: "King".into(),
        nickname: "Countess".into(),
        preferred_username: "ada.lovelace".into(),
        profile: "https://people.example/ada".into(),
        picture: "https://people.example/ada.png".into(),
        website: "https://ada.example/".into(),
        gender: "female".into(),
        birthdate: "1815-12-10".into(),
        zoneinfo: "Europe/London".into(),
        phone_number: "+44 20 7946 0123".into(),
        phone_number_verified: true,
        address: Some(Address {
            formatted: "12 St James's Square\nLondon SW1Y 4JH".into(),
            street_address: "12 St James's Square".into(),
            locality: "London".into(),
            region: "Greater London".into(),
            postal_code: "SW1Y 4JH".into(),
            country: "GB".into(),
        }),
    }
}

/// How an answer reached the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Query,
    Fragment,
    FormPost,
}

/// What the application got at its redirect URI.
#[derive(Clone, Debug)]
pub struct Callback {
    pub by: By,
    /// Without query and fragment that we added.
    pub uri: String,
    pub parameters: BTreeMap<String, String>,
}

impl Callback {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    pub fn code(&self) -> &str {
        self.get("code").unwrap_or_else(|| panic!("no code: {self:?}"))
    }
}

/// A module at work: its server, its browser, its application.
pub struct Suite {
    pub server: TestServer,
    pub browser: Browser,
    pub client_id: &'static str,
    /// Sent as `response_mode`; empty: not sent.
    pub mode: &'static str,
    /// How often a page to sign in was filled in, and a page to allow.
    pub sign_ins: usize,
    pub consents: usize,
}

impl Suite {
    /// For the plan whose module is at `path`: those of the form post plans send `response_mode=form_post`.
    pub async fn start(path: &str) -> Self {
        Self::start_with(path, |builder| builder).await
    }

    /// The same, with settings of the test's own.
    pub async fn start_with(path: &str, change: impl FnOnce(Builder) -> Builder) -> Self {
        let server = TestServer::start_with(|builder| change(applications().into_iter().fold(builder, Builder::application))).await;
        let ada = accounts::find(server.chabi.store(), ADA).await.unwrap();
        server.chabi.store().update_claims(ada.id, Some(Box::new(profile())), chabi::Timestamp(1)).await.unwrap();
        let browser = server.browser();
        let mode = if path.contains("form_post") { "form_post" } else { "" };
        Self { server, browser, client_id: FIRST, mode, sign_ins: 0, consents: 0 }
    }

    /// The URL of a request like those of the suite: no PKCE. What is empty in `more` is left out.
    pub fn url(&self, more: &[(&str, &str)]) -> String {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(self.parameters(more)).finish();
        format!("/oauth2/authorize?{query}")
    }

    /// The parameters of [`Self::url`].
    pub fn parameters<'a>(&self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let redirect = if self.client_id == SECOND { SECOND_REDIRECT } else { REDIRECT };
        let usual = [
            ("client_id", self.client_id),
            ("redirect_uri", redirect),
            ("scope", "openid"),
            ("state", "st-0~/?&=%+ä"),
            ("nonce", "n-0S6_WzA2Mj"),
            ("response_type", "code"),
            ("response_mode", self.mode),
        ];
        let kept = usual.into_iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
        kept.chain(more.iter().copied()).filter(|(_, value)| !value.is_empty()).collect()
    }

    /// Sends the browser there, and signs in and allows where a page asks for it.
    pub async fn authorize(&mut self, more: &[(&str, &str)]) -> Callback {
        let page = self.browser.visit(&self.url(more)).await;
        self.go_on(page).await
    }

    /// From whatever page to the application.
    pub async fn go_on(&mut self, mut page: Page) -> Callback {
        for _ in 0..4 {
            if let Some(callback) = callback(&page) {
                return callback;
            }
            let filled = if page.body.contains("id=\"login-submit\"") {
                self.sign_ins += 1;
                self.browser.submit(&page, &[("username", ADA), ("password", PASSWORD)]).await
            } else if page.body.contains("id=\"consent-allow\"") {
                self.consents += 1;
                self.browser.submit(&page, &[("decision", "allow"), ("remember", "on")]).await
            } else {
                break;
            };
            page = self.browser.follow(filled).await;
        }
        panic!("the browser is stuck at {} ({}): {}", page.url, page.status, page.body)
    }

    /// Asks the token endpoint by `client_secret_basic`.
    pub async fn token(&self, fields: &[(&str, &str)]) -> Page {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let basic = STANDARD.encode(format!("{}:{SECRET}", self.client_id));
        let request = Request::post("/oauth2/token")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::AUTHORIZATION, format!("Basic {basic}"));
        self.ask("/oauth2/token", request.body(Body::from(body)).unwrap()).await
    }

    /// Exchanges the callback's code.
    pub async fn exchange(&self, callback: &Callback) -> Page {
        let redirect = if self.client_id == SECOND { SECOND_REDIRECT } else { REDIRECT };
        self.token(&[("grant_type", "authorization_code"), ("code", callback.code()), ("redirect_uri", redirect)]).await
    }

    /// The same by `client_secret_post`.
    pub async fn exchange_by_post(&self, callback: &Callback) -> Page {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", callback.code()),
            ("redirect_uri", REDIRECT),
            ("client_id", self.client_id),
            ("client_secret", SECRET),
        ];
        self.server.browser().post("/oauth2/token", &fields).await
    }

    /// Goes on as the other application.
    pub fn as_second(&mut self) -> &mut Self {
        self.client_id = SECOND;
        self
    }

    /// The whole way to tokens, with the suite's checks of each answer.
    pub async fn tokens(&mut self, more: &[(&str, &str)]) -> Tokens {
        let callback = self.authorize(more).await;
        self.tokens_of(&callback).await
    }

    /// From a callback to tokens, with the suite's checks of each answer.
    pub async fn tokens_of(&mut self, callback: &Callback) -> Tokens {
        check_success(callback);
        let answer = self.exchange(callback).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert!(answer.headers["content-type"].to_str().unwrap().starts_with("application/json"));
        let answer = answer.json();
        let claims = self.verified(answer["id_token"].as_str().unwrap()).await;
        check_id_token(&claims, self.client_id, &self.server);
        Tokens { access_token: answer["access_token"].as_str().unwrap().to_owned(), id_token: claims, answer }
    }

    /// The claims of an ID token whose signature is good by the published keys.
    pub async fn verified(&mut self, token: &str) -> Value {
        let keys = self.browser.get("/oauth2/jwks").await;
        let keys = JwkSet::parse(keys.body.as_bytes()).unwrap();
        id_token::verify_hint(token, &keys, ISSUER).unwrap();
        let part = |index| {
            let text = token.split('.').nth(index).unwrap();
            serde_json::from_slice::<Value>(&chabi_token::base64url::decode(text).unwrap()).unwrap()
        };
        assert_eq!(part(0)["alg"], "RS256");
        assert!(part(0)["kid"].is_string());
        part(1)
    }

    /// Userinfo by GET, with the suite's checks.
    pub async fn userinfo(&self, access_token: &str) -> Value {
        let answer = self.server.get_with_token("/oauth2/userinfo", access_token).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(answer.headers["content-type"].to_str().unwrap().starts_with("application/json"));
        check_standard_claims(&answer.json());
        answer.json()
    }

    /// Userinfo by POST: with the token in the header, in the form, or both.
    pub async fn post_userinfo(&self, bearer: Option<&str>, form: &[(&str, &str)]) -> Page {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let mut request = Request::post("/oauth2/userinfo");
        if !form.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        if let Some(token) = bearer {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        self.ask("/oauth2/userinfo", request.body(Body::from(body)).unwrap()).await
    }

    async fn ask(&self, url: &str, request: Request<Body>) -> Page {
        let (status, headers, body) = chabi_testkit::browser::ask(&self.server.router, request).await;
        Page { url: url.into(), status, headers, body }
    }
}

/// What the token endpoint gave.
pub struct Tokens {
    pub answer: Value,
    pub access_token: String,
    pub id_token: Value,
}

/// What the browser brings to the application from this page; `None` while it still shows a page of ours.
pub fn callback(page: &Page) -> Option<Callback> {
    if let Some(target) = page.location() {
        assert_eq!(page.status, 303, "{target}");
        let (uri, by, encoded) = match (target.split_once('#'), target.split_once('?')) {
            (Some((uri, fragment)), _) => (uri, By::Fragment, fragment),
            (None, Some((uri, query))) => (uri, By::Query, query),
            (None, None) => panic!("a redirect that says nothing: {target}"),
        };
        let parameters = form_urlencoded::parse(encoded.as_bytes()).into_owned().collect();
        return Some(Callback { by, uri: uri.to_owned(), parameters });
    }
    let form = page.form_with("id=\"form-post\"")?;
    Some(Callback { by: By::FormPost, uri: form.form_action().unwrap(), parameters: form.hidden_fields().into_iter().collect() })
}

/// What every answer with a code has, and nothing else.
pub fn check_success(callback: &Callback) {
    assert_eq!(callback.get("state"), Some("st-0~/?&=%+ä"));
    assert_eq!(callback.get("iss"), Some(ISSUER));
    assert!(callback.code().len() >= 22);
    assert!(callback.get("error").is_none() && callback.get("access_token").is_none() && callback.get("id_token").is_none());
}

/// An error as the suite takes it: one of these codes, a description of the characters that are allowed, and no code beside it.
pub fn check_error(callback: &Callback, codes: &[&str]) {
    let error = callback.get("error").unwrap_or_else(|| panic!("no error: {callback:?}"));
    assert!(codes.contains(&error), "{error} is none of {codes:?}");
    let description = callback.get("error_description").unwrap_or_default();
    assert!(description.bytes().all(|byte| matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e)), "{description}");
    assert_eq!(callback.get("state"), Some("st-0~/?&=%+ä"));
    let known = ["error", "error_description", "error_uri", "state", "iss", "session_state"];
    for name in callback.parameters.keys() {
        assert!(known.contains(&name.as_str()), "{name} beside an error");
    }
}

/// `iss`, `aud`, times, `auth_time`, `acr`, `nonce`; and no standard claim that was not asked for by `claims`.
fn check_id_token(claims: &Value, client_id: &str, server: &TestServer) {
    let now = server.chabi.env().now().as_seconds();
    let number = |name: &str| claims[name].as_i64().unwrap_or_else(|| panic!("{name}: {claims}"));
    assert_eq!((&claims["iss"], &claims["aud"]), (&ISSUER.into(), &client_id.into()));
    assert!(number("exp") > now && (number("iat") - now).abs() <= 300 && number("auth_time") <= now);
    assert!(claims["acr"].as_str().is_some_and(|acr| !acr.is_empty()), "{claims}");
    let sub = claims["sub"].as_str().unwrap();
    assert!((1..=255).contains(&sub.len()) && sub.bytes().all(|byte| byte.is_ascii_graphic()));
    check_standard_claims(claims);
}

/// No null, nothing empty, and the types of OpenID Connect Core §5.1.
pub fn check_standard_claims(claims: &Value) {
    for (name, value) in claims.as_object().unwrap() {
        match name.as_str() {
            "updated_at" | "auth_time" | "exp" | "iat" => assert!(value.is_number(), "{name}: {value}"),
            "email_verified" | "phone_number_verified" => assert!(value.is_boolean(), "{name}: {value}"),
            "address" => assert!(value.as_object().is_some_and(|members| !members.is_empty()), "{value}"),
            "amr" => assert!(value.is_array()),
            _ => assert!(value.as_str().is_some_and(|text| !text.is_empty()), "{name}: {value}"),
        }
    }
    let address = claims["address"].as_object();
    assert!(address.into_iter().flatten().all(|(_, value)| value.as_str().is_some_and(|text| !text.is_empty())));
}
