//! Ada in her browser, and what the application gets by her.

use chabi::Env;
use chabi_testkit::{Browser, Page};

use crate::{
    http,
    installation::{ADA, CALLBACK, Installation, PASSWORD, SHOP},
};

/// What redeems a code.
#[derive(Clone)]
pub struct Code {
    code: String,
    verifier: String,
}

/// What the token endpoint gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    pub access: String,
    pub refresh: String,
    pub id: String,
}

impl Tokens {
    /// Of a successful answer.
    pub fn of(answer: &Page) -> Self {
        let body = answer.json();
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        Self { access: text("access_token"), refresh: text("refresh_token"), id: text("id_token") }
    }
}

/// A browser without cookies, at this port: the proxy's, or a node's.
pub fn browser(installation: &Installation, port: u16) -> Browser {
    Browser::new(http::router(port), installation.issuer())
}

/// Types the password. Ends wherever the server sends her.
pub async fn type_password(browser: &mut Browser, page: &Page, password: &str) -> Page {
    let answer = browser.submit(page, &[("username", ADA), ("password", password)]).await;
    browser.follow(answer).await
}

/// A code for the application, with this scope; she signs in and consents if she must.
pub async fn code(browser: &mut Browser, scope: &str) -> Code {
    code_with(browser, scope, PASSWORD).await
}

/// The same, after she changed her password.
pub async fn code_with(browser: &mut Browser, scope: &str, password: &str) -> Code {
    let (verifier, challenge) = chabi::pkce::generate(&Env::system());
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("response_type", "code"), ("client_id", SHOP), ("redirect_uri", CALLBACK), ("scope", scope)])
        .extend_pairs([("state", "s"), ("code_challenge", &challenge), ("code_challenge_method", "S256")])
        .finish();
    let mut page = browser.visit(&format!("/oauth2/authorize?{query}")).await;
    if page.body.contains("login-submit") {
        page = type_password(browser, &page, password).await;
    }
    if page.body.contains("consent-allow") {
        page = browser.submit(&page, &[("decision", "allow")]).await;
        page = browser.follow(page).await;
    }
    let code = page.location_parameter("code").unwrap_or_else(|| panic!("no code: {} {:?} {}", page.status, page.headers, page.body));
    Code { code, verifier: verifier.expose().to_owned() }
}

/// The request that redeems a code.
pub fn redemption(host: u16, code: &Code) -> Vec<u8> {
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", SHOP),
        ("redirect_uri", CALLBACK),
        ("code", &code.code),
        ("code_verifier", &code.verifier),
    ];
    http::post(host, "/oauth2/token", &fields)
}

/// The request that refreshes.
pub fn refreshment(host: u16, refresh_token: &str) -> Vec<u8> {
    http::post(host, "/oauth2/token", &[("grant_type", "refresh_token"), ("client_id", SHOP), ("refresh_token", refresh_token)])
}

/// The request that revokes.
pub fn revocation(host: u16, token: &str) -> Vec<u8> {
    http::post(host, "/oauth2/revoke", &[("client_id", SHOP), ("token", token)])
}

/// Redeems it at this port, where nothing is in the way.
pub async fn redeem(installation: &Installation, port: u16, code: &Code) -> Tokens {
    let answer = http::ask(port, &redemption(installation.proxy.port, code)).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.body);
    Tokens::of(&answer)
}

/// The status of a refresh at this port, and its answer.
pub async fn refresh(installation: &Installation, port: u16, refresh_token: &str) -> Page {
    http::ask(port, &refreshment(installation.proxy.port, refresh_token)).await.unwrap()
}
