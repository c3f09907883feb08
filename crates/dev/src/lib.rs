//! Development mode: fake Google, Facebook, Apple, GitHub and Microsoft, the demo app and its API, the mail inbox and the request inspector.
//!
//! The fakes share no code with what they test: this crate never uses the authorization server, the client or the resource server.
//! The binary guards the demo API with the real layer, and tells its handlers who calls by [`demo::Caller`].

pub mod demo;
mod expiring;
mod fake_apple;
mod fake_facebook;
mod fake_github;
mod fake_google;
mod fake_microsoft;
pub mod fixtures;
mod inspector;
mod mail_inbox;
mod moment;
mod parameters;
mod personas;
mod presented;
mod providers;
mod respond;
mod signing;
mod switches;
#[cfg(test)]
mod tests;

use axum::{
    Router,
    response::{Redirect, Response},
    routing::get,
};
use chabi_token::Env;
use http::StatusCode;
use serde_json::json;

pub use fake_apple::PERSONAS as APPLE_PERSONAS;
pub use fake_facebook::PERSONAS as FACEBOOK_PERSONAS;
pub use fake_github::PERSONAS as GITHUB_PERSONAS;
pub use fake_google::PERSONAS as GOOGLE_PERSONAS;
pub use fake_microsoft::PERSONAS as MICROSOFT_PERSONAS;
pub use inspector::Inspector;
pub use mail_inbox::MailInbox;
pub use personas::Persona;

use providers::{Listed, Providers};
use switches::Switches;

/// Chabi's own registration at a fake provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FakeApp {
    /// Client id, or app id.
    pub client_id: String,
    /// Client secret, or app secret; at Apple the text of the `.p8` file that signs it.
    pub client_secret: String,
    /// Exact redirect URIs.
    pub redirect_uris: Vec<String>,
}

/// What the development pages need to know.
#[derive(Clone)]
pub struct DevSettings {
    /// Scheme, host and port at which people reach the server, without a trailing slash; equal to the issuer.
    pub public_url: String,
    /// Our registration at the fake Google.
    pub google: FakeApp,
    /// Our registration at the fake Facebook.
    pub facebook: FakeApp,
    /// Our registration at the fake Apple.
    pub apple: FakeApp,
    /// Our registration at the fake GitHub.
    pub github: FakeApp,
    /// Our registration at the fake Microsoft.
    pub microsoft: FakeApp,
    /// The same that Chabi has as its mailer.
    pub mail_inbox: MailInbox,
    /// The same that Chabi has as its observer.
    pub inspector: Inspector,
    /// Time and randomness of the fakes.
    pub env: Env,
}

impl DevSettings {
    /// The settings with the [`fixtures`] for this public URL.
    #[must_use]
    pub fn new(public_url: &str, env: &Env) -> Self {
        let app = |id: &str, secret: &str, callback: &str| FakeApp {
            client_id: id.to_owned(),
            client_secret: secret.to_owned(),
            redirect_uris: vec![format!("{public_url}{callback}")],
        };
        // without a key the fake Apple takes no secret, and the rest works
        let key = fake_apple::new_key().inspect_err(|error| tracing::error!(%error, "the fake Apple has no key")).unwrap_or_default();
        Self {
            public_url: public_url.to_owned(),
            google: app(fixtures::GOOGLE_CLIENT_ID, fixtures::GOOGLE_CLIENT_SECRET, fixtures::GOOGLE_CALLBACK),
            facebook: app(fixtures::FACEBOOK_APP_ID, fixtures::FACEBOOK_APP_SECRET, fixtures::FACEBOOK_CALLBACK),
            apple: app(fixtures::APPLE_CLIENT_ID, &key, fixtures::APPLE_CALLBACK),
            github: app(fixtures::GITHUB_CLIENT_ID, fixtures::GITHUB_CLIENT_SECRET, fixtures::GITHUB_CALLBACK),
            microsoft: app(fixtures::MICROSOFT_CLIENT_ID, fixtures::MICROSOFT_CLIENT_SECRET, fixtures::MICROSOFT_CALLBACK),
            mail_inbox: MailInbox::new(env.clone()),
            inspector: Inspector::new(),
            env: env.clone(),
        }
    }
}

/// Everything but the demo API ([`demo::api`]), which goes behind the bearer layer: `/dev/…` and `/demo`, with full paths.
pub fn router(settings: DevSettings) -> Router<()> {
    let DevSettings { public_url, google, facebook, apple, github, microsoft, mail_inbox, inspector, env } = settings;
    let all = listed([google, facebook, apple, github, microsoft]);
    let [google, facebook, apple, github, microsoft] = all.clone();
    let fakes = Router::new()
        .merge(fake_google::router(&public_url, google.app, env.clone(), google.switches))
        .merge(fake_facebook::router(facebook.app, env.clone(), facebook.switches))
        .merge(fake_apple::router(&public_url, apple.app, env.clone(), apple.switches))
        .merge(fake_github::router(github.app, env.clone(), github.switches))
        .merge(fake_microsoft::router(&public_url, microsoft.app, env, microsoft.switches))
        .merge(providers::router(Providers(all.to_vec())));
    Router::new()
        // the printed issuer leads somewhere
        .route("/", get(async || Redirect::to("/dev/")))
        .route("/dev", get(index))
        .route("/dev/", get(index))
        .route("/dev/static/dev.css", get(async || respond::file("text/css; charset=utf-8", include_str!("../static/dev.css"))))
        .route("/dev/static/icon.svg", get(async || respond::file("image/svg+xml", include_str!("../static/icon.svg"))))
        .route(
            "/dev/static/posting.js",
            get(async || respond::file("text/javascript; charset=utf-8", include_str!("../static/posting.js"))),
        )
        .merge(fakes)
        .merge(mail_inbox::router(mail_inbox))
        .merge(inspector::router(inspector))
        .merge(demo::app(&public_url))
}

/// What is peculiar about each vendor, for the page of the fakes.
fn listed([google, facebook, apple, github, microsoft]: [FakeApp; 5]) -> [Listed; 5] {
    let listed = |key, name, about, personas, signs, app| Listed { key, name, about, personas, app, signs, switches: Switches::default() };
    [
        listed(
            "google",
            "Google",
            "OpenID Connect. Speaks for addresses at gmail.com and of Workspace domains (hd), and for no others.",
            &fake_google::PERSONAS,
            true,
            google,
        ),
        listed(
            "facebook",
            "Facebook",
            "OAuth 2 and a Graph API that wants appsecret_proof. The e-mail may be missing, and is never verified.",
            &fake_facebook::PERSONAS,
            false,
            facebook,
        ),
        listed(
            "apple",
            "Apple",
            "The secret is signed for each call, the answer is posted from another site, the name comes once.",
            &fake_apple::PERSONAS,
            true,
            apple,
        ),
        listed(
            "github",
            "GitHub",
            "OAuth 2; errors have status 200, and addresses have an endpoint of their own.",
            &fake_github::PERSONAS,
            false,
            github,
        ),
        listed(
            "microsoft",
            "Microsoft",
            "One issuer for each tenant, and addresses that a directory’s administrator made up.",
            &fake_microsoft::PERSONAS,
            true,
            microsoft,
        ),
    ]
}

/// The page with the links to everything.
async fn index() -> Response {
    let people = fixtures::PEOPLE.map(|person| {
        json!({ "email": person.email, "name": person.name, "password": person.password, "locale": person.locale, "email_verified": person.email_verified })
    });
    respond::page(StatusCode::OK, "index.html", &json!({ "people": people }))
}
