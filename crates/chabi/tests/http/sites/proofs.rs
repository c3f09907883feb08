//! Proofs that are made for one site prove nothing at another: nonces, assertions, tokens that are exchanged, sign-ins at providers.

use axum::{
    Json, Router,
    body::Body,
    routing::{get, post},
};
use chabi::{
    Chabi, ClientAuthentication, RegisteredClient, SiteAccounts,
    admin::{Actor, operation::social_applications::CreateSocialApplication},
    client_secret_hash,
    operations::{accounts, sites},
};
use chabi_store::application_settings::ExchangeRule;
use chabi_testkit::{Browser, Page, browser::ask, databases, dpop::DpopKey};
use chabi_token::{Algorithm, JwkSet, SigningKey, jws};
use http::{Request, header};
use serde_json::{Value, json};

use super::town::{At, B, Town, claims, error, everywhere, site, text};
use crate::server::{ADA, AUDIENCE, ISSUER, PASSWORD, REDIRECT, SECRET, VERIFIER, api, authorize_url, put_keys, secret};

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn both_ways(town: &Town) -> [(At, At); 2] {
    [(town.at(ISSUER), town.at(B)), (town.at(B), town.at(ISSUER))]
}

#[tokio::test]
async fn a_dpop_nonce_is_good_where_it_was_given_alone() {
    let town = Town::start_with(|builder| builder.require_dpop_nonces(true)).await;
    let key = DpopKey::default();
    let now = town.server.chabi.env().now();
    let present = async |at: &At, nonce: &str| {
        let url = format!("{}/oauth2/token", at.issuer);
        let mut proof = key.claims("POST", &url, now);
        if !nonce.is_empty() {
            proof["nonce"] = nonce.into();
        }
        let request = Request::post("/oauth2/token")
            .header(header::HOST, at.issuer.strip_prefix("https://").unwrap())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("dpop", key.sign(&proof));
        let fields = "grant_type=refresh_token&client_id=everywhere&refresh_token=none";
        let (_, headers, body) = ask(&at.router, request.body(Body::from(fields)).unwrap()).await;
        let nonce = headers.get("dpop-nonce").map(|nonce| nonce.to_str().unwrap().to_owned()).unwrap_or_default();
        (text(&serde_json::from_str(&body).unwrap(), "error"), nonce)
    };
    for (here, there) in both_ways(&town) {
        let (asked, nonce) = present(&here, "").await;
        assert_eq!(asked, "use_dpop_nonce");
        assert_eq!(present(&there, &nonce).await.0, "use_dpop_nonce");
        assert_eq!(present(&here, &nonce).await.0, "invalid_grant", "the nonce is good; the refresh token is none");
    }
}

#[tokio::test]
async fn an_applications_assertion_is_for_the_issuer_of_one_site() {
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let mut keyed = RegisteredClient {
        client_id: "keyed".into(),
        authentication: ClientAuthentication::PrivateKeyJwt,
        grant_types: vec!["client_credentials".into()],
        redirect_uris: vec![],
        post_logout_redirect_uris: vec![],
        origins: vec![],
        ..everywhere()
    };
    keyed.settings.jwks = JwkSet::new(vec![key.public_jwk().clone()]).to_json();
    let town = Town::start_with(|builder| builder.application(keyed)).await;
    let now = town.server.chabi.env().now().as_seconds();
    let sign = |audience: &str, jti: &str| {
        let claims = json!({"iss": "keyed", "sub": "keyed", "aud": audience, "exp": now + 60, "iat": now, "jti": jti});
        jws::sign("JWT", &claims, &key).unwrap()
    };
    let present = async |at: &At, assertion: &str| {
        let fields = [
            ("client_id", "keyed"),
            ("grant_type", "client_credentials"),
            ("client_assertion_type", ASSERTION),
            ("client_assertion", assertion),
        ];
        at.post("/oauth2/token", &fields).await
    };
    for (number, (here, there)) in both_ways(&town).into_iter().enumerate() {
        let assertion = sign(here.issuer, &format!("jti-{number}"));
        assert_eq!(error(&present(&there, &assertion).await), "invalid_client");
        let answer = present(&here, &assertion).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(claims(&text(&answer.json(), "access_token"))["iss"], here.issuer);
    }
}

#[tokio::test]
async fn a_token_is_exchanged_at_the_site_that_issued_it_alone() {
    let mut service = RegisteredClient {
        client_id: "service".into(),
        authentication: ClientAuthentication::Secret,
        secret_hashes: vec![client_secret_hash(SECRET)],
        grant_types: vec![EXCHANGE.into()],
        redirect_uris: vec![],
        post_logout_redirect_uris: vec![],
        origins: vec![],
        default_audience: AUDIENCE.into(),
        ..everywhere()
    };
    service.settings.exchange =
        Some(ExchangeRule { subjects_of: vec!["everywhere".into()], audiences: vec![AUDIENCE.into()], ..ExchangeRule::default() });
    let town = Town::start_with(|builder| builder.application(service)).await;
    for (here, there) in both_ways(&town) {
        let token = text(&here.tokens(&[("scope", "openid notes:read")]).await, "access_token");
        let fields = [
            ("grant_type", EXCHANGE),
            ("client_id", "service"),
            ("client_secret", SECRET),
            ("subject_token", token.as_str()),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ];
        let refused = there.post("/oauth2/token", &fields).await;
        assert_eq!(error(&refused), "invalid_request", "{}", refused.body);
        let answer = here.post("/oauth2/token", &fields).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
}

/// A vendor of OAuth 2 that knows one person, whatever code comes.
async fn vendor() -> String {
    let token = post(async || Json(json!({ "access_token": "upstream", "token_type": "Bearer" })));
    let me = get(async || Json(json!({ "id": "1234", "name": "Bina" })));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/token", token).route("/me", me)).await });
    url
}

/// The answer of the vendor to a sign-in that began with this redirect.
fn answer_to(begun: &Page, code: &str) -> String {
    let state = begun.location_parameter("state").unwrap_or_else(|| panic!("no state: {begun:?}"));
    format!("/accounts/work/login/callback/?code={code}&state={state}")
}

#[tokio::test]
async fn a_sign_in_at_a_provider_comes_back_to_the_site_where_it_began() {
    let url = vendor().await;
    let address = url.trim_start_matches("http://").to_owned();
    let town = Town::start_with(|builder| builder.allow_outgoing(address)).await;
    let settings = json!({ "catalogue": "oauth2", "client_id": "ours", "name": "Work", "custom": {
        "authorize_url": format!("{url}/authorize"), "token_url": format!("{url}/token"),
        "profile": { "url": format!("{url}/me") }, "mapping": { "subject": "/id", "name": "/name" },
    } });
    let body = json!({ "id": "work", "client_secret": "s", "settings": settings, "sites": ["main", "b"] });
    let new = serde_json::from_value(json!({ "body": body })).unwrap();
    town.server.chabi.admin().run::<CreateSocialApplication>(&Actor::operator(), new).await.unwrap();
    for (here, there) in both_ways(&town) {
        let mut browser = here.browser();
        let login = browser.visit("/accounts/login/").await;
        assert!(login.body.contains("Work"), "{}", login.body);
        let begun = begin(&mut browser).await;
        let back = begun.location_parameter("redirect_uri").unwrap();
        assert_eq!(back, format!("{}/accounts/work/login/callback/", here.issuer), "each site has a callback of its own");
        // the answer is brought to another site, with all cookies that there are
        let binding = browser.cookie("__Host-chabi_browser").unwrap().to_owned();
        let answer = answer_to(&begun, "one");
        let mut elsewhere = there.browser_with(&[("__Host-chabi_browser", &binding)]);
        let refused = elsewhere.visit(&answer).await;
        assert!(elsewhere.cookie("__Host-chabi_session").is_none(), "{refused:?}");
        assert!(there.browser_with(&[("__Host-chabi_browser", &binding)]).get("/accounts/").await.location().is_some());
        // and nothing of it was spent
        let page = browser.visit(&answer).await;
        assert!(browser.cookie("__Host-chabi_session").is_some(), "{page:?}");
        assert_eq!(browser.get("/accounts/").await.status, 200);
    }
    // one person, since the sites share them, whichever they come by
    assert_eq!(town.server.chabi.store().count_accounts().await.unwrap(), 2);
}

async fn begin(browser: &mut Browser) -> Page {
    let asks = browser.get("/accounts/work/login/").await;
    if asks.location().is_some() {
        return asks;
    }
    browser.submit(&asks, &[]).await
}

/// An installation at an issuer with a path.
async fn below(issuer: &str) -> (Chabi, Router) {
    let (env, _) = chabi_testkit::env(1);
    let store = databases::sqlite_in_memory(&env).await;
    put_keys(&store).await;
    let builder = Chabi::builder(issuer).master_secret(secret()).env(env).store(store).api(api()).application(everywhere());
    let chabi = builder.build().await.unwrap();
    chabi.until_ready().await.unwrap();
    let ada = accounts::NewPerson {
        email: ADA.into(),
        name: "Ada".into(),
        locale: "en".into(),
        password: PASSWORD.into(),
        address_verified: true,
    };
    accounts::add(chabi.resource_owner(), ada).await.unwrap();
    let router = chabi.router();
    (chabi, router)
}

async fn sign_in(browser: &mut Browser, path: &str) -> Page {
    let url = format!("{path}{}", authorize_url(&[("client_id", "everywhere")]));
    let page = browser.visit(&url).await;
    let page = browser.submit(&page, &[("username", ADA), ("password", PASSWORD)]).await;
    let page = browser.follow(page).await;
    let page = browser.submit(&page, &[("decision", "allow")]).await;
    browser.follow(page).await
}

async fn redeem(browser: &mut Browser, path: &str, code: &str) -> Page {
    let fields = [
        ("client_id", "everywhere"),
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    browser.post(&format!("{path}/oauth2/token"), &fields).await
}

#[tokio::test]
async fn a_second_site_below_a_path_is_as_far_away_as_one_at_the_root() {
    let (chabi, router) = below("https://id.example/auth").await;
    let mut b = site("b", SiteAccounts::Shared);
    b.issuer = "https://b.example/auth".into();
    sites::add(chabi.store(), b, "https://id.example/auth").await.unwrap();
    let mut main = Browser::new(router.clone(), "https://id.example");
    let mut other = Browser::new(router.clone(), "https://b.example");
    let told = other.get("/auth/.well-known/openid-configuration").await.json();
    assert_eq!(told["issuer"], "https://b.example/auth");
    let (here, there) = (sign_in(&mut main, "/auth").await, sign_in(&mut other, "/auth").await);
    let (of_main, of_b) = (here.location_parameter("code").unwrap(), there.location_parameter("code").unwrap());
    assert_eq!(there.location_parameter("iss").as_deref(), Some("https://b.example/auth"));
    assert_eq!(error(&redeem(&mut other, "/auth", &of_main).await), "invalid_grant");
    let tokens = redeem(&mut other, "/auth", &of_b).await.json();
    assert_eq!(claims(&text(&tokens, "access_token"))["iss"], "https://b.example/auth");
    let session = main.cookie("__Host-chabi_session").unwrap().to_owned();
    let binding = main.cookie("__Host-chabi_browser").unwrap().to_owned();
    let mut thief = Browser::new(router, "https://b.example");
    let cookies = format!("__Host-chabi_session={session}; __Host-chabi_browser={binding}");
    thief.headers.insert(header::COOKIE, cookies.parse().unwrap());
    assert!(thief.get("/auth/accounts/").await.location().unwrap().contains("/auth/accounts/login/"));
}

/// One host is one jar of cookies: what one issuer set there is shown to the other, and must be nothing to it.
#[tokio::test]
async fn the_cookies_of_an_issuer_below_one_path_are_nothing_to_the_one_below_another_at_the_same_host() {
    let (_one, first) = below("https://id.example/t1").await;
    let (_two, second) = below("https://id.example/t2").await;
    let mut browser = Browser::new(first, "https://id.example");
    let code = sign_in(&mut browser, "/t1").await.location_parameter("code").unwrap();
    assert_eq!(browser.get("/t1/accounts/").await.status, 200);
    let cookies: Value = ["__Host-chabi_session", "__Host-chabi_browser"].map(|name| browser.cookie(name).unwrap().to_owned()).into();
    let cookies = format!("__Host-chabi_session={}; __Host-chabi_browser={}", cookies[0].as_str().unwrap(), cookies[1].as_str().unwrap());
    let mut other = Browser::new(second, "https://id.example");
    other.headers.insert(header::COOKIE, cookies.parse().unwrap());
    assert!(other.get("/t2/accounts/").await.location().unwrap().contains("/t2/accounts/login/"), "signed in by another issuer's session");
    assert_eq!(error(&redeem(&mut other, "/t2", &code).await), "invalid_grant");
}
