//! Two sites that share their accounts (`main` and `b`) and one with its own (`c`); applications of one, and of all of them.

use axum::{Router, body::Body, routing::get};
use chabi::{
    AccessTokenType, Api, ClientAuthentication, RegisteredClient, RegistrationMode, RegistrationSettings, Scope, Site, SiteAccounts,
    SiteIds, SiteSettings, Theme, client_secret_hash, operations::sites, resource_server::Bearer,
};
use chabi_testkit::{Browser, Page, browser::ask};
use http::{Request, header};
use serde_json::Value;

use crate::server::{ADA, AUDIENCE, ISSUER, PASSWORD, REDIRECT, SECRET, TestServer, VERIFIER, api, application, authorize_url};

pub const B: &str = "https://b.example";
pub const C: &str = "https://c.example";
pub const OPAQUE: &str = "https://opaque.example";
pub const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

pub fn site(id: &str, accounts: SiteAccounts) -> Site {
    Site {
        id: id.into(),
        issuer: format!("https://{id}.example"),
        name: format!("Site {id}"),
        theme: Theme::default(),
        languages: vec![],
        accounts,
        settings: SiteSettings::default(),
        created_at: chabi::Timestamp::default(),
        disabled_at: None,
    }
}

/// An application of all three sites, which asks for codes and lives on a television too.
pub fn everywhere() -> RegisteredClient {
    let mut app = RegisteredClient {
        client_id: "everywhere".into(),
        grant_types: ["authorization_code", "refresh_token", DEVICE_GRANT].map(str::to_owned).to_vec(),
        ..application()
    };
    app.settings.sites = SiteIds(["main", "b", "c"].map(str::to_owned).to_vec());
    app
}

/// An API with credentials of its own, at all three sites, which may ask whether its tokens are good.
fn checker(client_id: &str, audience: &str) -> RegisteredClient {
    RegisteredClient {
        client_id: client_id.into(),
        authentication: ClientAuthentication::Secret,
        secret_hashes: vec![client_secret_hash(SECRET)],
        grant_types: vec![],
        redirect_uris: vec![],
        post_logout_redirect_uris: vec![],
        origins: vec![],
        default_audience: audience.into(),
        ..everywhere()
    }
}

pub struct Town {
    pub server: TestServer,
}

impl Town {
    pub async fn start() -> Self {
        Self::start_with(|builder| builder).await
    }

    pub async fn start_with(change: impl FnOnce(chabi::Builder) -> chabi::Builder) -> Self {
        let opaque = Api { audience: OPAQUE.into(), token_type: AccessTokenType::Opaque, ..api() };
        let registration = RegistrationSettings { mode: RegistrationMode::Open, ..RegistrationSettings::default() };
        let mut server = TestServer::start_with(|builder| {
            let of_b = {
                let mut app = RegisteredClient { client_id: "of-b".into(), ..application() };
                app.settings.sites = SiteIds(vec!["b".into()]);
                app
            };
            let builder = builder.api(opaque).registration(registration);
            change(
                [everywhere(), checker("notes", AUDIENCE), checker("opaque", OPAQUE), of_b]
                    .into_iter()
                    .fold(builder, chabi::Builder::application),
            )
        })
        .await;
        let store = server.chabi.store();
        sites::add(store, site("b", SiteAccounts::Shared), ISSUER).await.unwrap();
        sites::add(store, site("c", SiteAccounts::Separate), ISSUER).await.unwrap();
        // the first request sees what this process changed
        assert_eq!(Browser::new(server.router.clone(), B).get("/.well-known/openid-configuration").await.status, 200);
        for id in ["b", "c"] {
            let layer = server.chabi.site(id).unwrap().bearer_layer(AUDIENCE).unwrap();
            let api = Router::new().route(&format!("/notes-of-{id}"), get(async |caller: Bearer| caller.subject().to_owned()));
            server.router = server.router.clone().merge(api.route_layer(layer));
        }
        Self { server }
    }

    /// Somebody in front of a site.
    pub fn at(&self, issuer: &'static str) -> At {
        At { router: self.server.router.clone(), issuer }
    }
}

/// The installation, as it is seen at the host of one site.
#[derive(Clone)]
pub struct At {
    pub router: Router,
    pub issuer: &'static str,
}

impl At {
    pub fn browser(&self) -> Browser {
        Browser::new(self.router.clone(), self.issuer)
    }

    /// A browser that sends these cookies and no others.
    pub fn browser_with(&self, cookies: &[(&str, &str)]) -> Browser {
        let mut browser = self.browser();
        let text = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        browser.headers.insert(header::COOKIE, text.parse().unwrap());
        browser
    }

    pub async fn get(&self, path: &str) -> Page {
        self.browser().get(path).await
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.browser().post(path, fields).await
    }

    /// Signs somebody in, allows what is asked for, and ends at the redirect to the application.
    pub async fn sign_in_as(&self, browser: &mut Browser, (address, password): (&str, &str), parameters: &[(&str, &str)]) -> Page {
        let mut all = vec![("client_id", "everywhere")];
        all.extend(parameters);
        let mut page = browser.visit(&authorize_url(&all)).await;
        if page.body.contains("login-submit") {
            page = browser.submit(&page, &[("username", address), ("password", password)]).await;
            page = browser.follow(page).await;
        }
        if page.body.contains("consent-allow") {
            page = browser.submit(&page, &[("decision", "allow")]).await;
            page = browser.follow(page).await;
        }
        page
    }

    pub async fn code(&self, browser: &mut Browser, parameters: &[(&str, &str)]) -> String {
        let page = self.sign_in_as(browser, (ADA, PASSWORD), parameters).await;
        page.location_parameter("code").unwrap_or_else(|| panic!("no code at {}: {page:?}", self.issuer))
    }

    pub async fn exchange(&self, code: &str) -> Page {
        let fields = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT), ("code_verifier", VERIFIER)];
        self.token(&fields).await
    }

    pub async fn refresh(&self, token: &str) -> Page {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    pub async fn token(&self, fields: &[(&str, &str)]) -> Page {
        let mut all = vec![("client_id", "everywhere")];
        all.extend(fields);
        self.post("/oauth2/token", &all).await
    }

    /// The whole way to tokens.
    pub async fn tokens(&self, parameters: &[(&str, &str)]) -> Value {
        let code = self.code(&mut self.browser(), parameters).await;
        let answer = self.exchange(&code).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    pub async fn with_token(&self, path: &str, token: &str) -> http::StatusCode {
        let host = self.issuer.strip_prefix("https://").unwrap();
        let request = Request::get(path).header(header::HOST, host).header(header::AUTHORIZATION, format!("Bearer {token}"));
        ask(&self.router, request.body(Body::empty()).unwrap()).await.0
    }

    /// Whether the site says to an API that a token is good.
    pub async fn introspects(&self, api: &str, token: &str) -> bool {
        let fields = [("token", token), ("client_id", api), ("client_secret", SECRET)];
        let answer = self.post("/oauth2/introspect", &fields).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["active"] == true
    }

    pub async fn issuer_told(&self) -> String {
        text(&self.get("/.well-known/openid-configuration").await.json(), "issuer")
    }
}

/// A member of an answer.
pub fn text(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name}: {answer}")).to_owned()
}

/// The claims of a JWT, unverified.
pub fn claims(token: &str) -> Value {
    let body = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&chabi_token::base64url::decode(body).unwrap()).unwrap()
}

/// `error` of an answer.
pub fn error(page: &Page) -> String {
    text(&page.json(), "error")
}

pub fn scope_of_everything() -> String {
    Scope::of(["openid", "profile", "email", "offline_access", "notes:read"]).to_string()
}
