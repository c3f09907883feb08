//! Development mode: a fake Google and Facebook, the demo app and its API, the mail inbox and the request inspector.
//!
//! The fakes share no code with what they test: this crate never uses the authorization server, the client or the resource server.
//! The binary guards the demo API with the real layer, and tells its handlers who calls by [`demo::Caller`].

pub mod demo;
mod expiring;
mod fake_facebook;
mod fake_google;
pub mod fixtures;
mod inspector;
mod mail_inbox;
mod moment;
mod parameters;
mod personas;
mod respond;
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

pub use fake_facebook::PERSONAS as FACEBOOK_PERSONAS;
pub use fake_google::PERSONAS as GOOGLE_PERSONAS;
pub use inspector::Inspector;
pub use mail_inbox::MailInbox;
pub use personas::Persona;

/// Chabi's own registration at a fake provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FakeApp {
    /// Client id, or app id.
    pub client_id: String,
    /// Client secret, or app secret.
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
        Self {
            public_url: public_url.to_owned(),
            google: app(fixtures::GOOGLE_CLIENT_ID, fixtures::GOOGLE_CLIENT_SECRET, fixtures::GOOGLE_CALLBACK),
            facebook: app(fixtures::FACEBOOK_APP_ID, fixtures::FACEBOOK_APP_SECRET, fixtures::FACEBOOK_CALLBACK),
            mail_inbox: MailInbox::new(env.clone()),
            inspector: Inspector::new(),
            env: env.clone(),
        }
    }
}

/// Everything but the demo API ([`demo::api`]), which goes behind the bearer layer: `/dev/…` and `/demo`, with full paths.
pub fn router(settings: DevSettings) -> Router<()> {
    let DevSettings { public_url, google, facebook, mail_inbox, inspector, env } = settings;
    Router::new()
        // the printed issuer leads somewhere
        .route("/", get(async || Redirect::to("/dev/")))
        .route("/dev", get(index))
        .route("/dev/", get(index))
        .route("/dev/static/dev.css", get(async || respond::file("text/css; charset=utf-8", include_str!("../static/dev.css"))))
        .route("/dev/static/icon.svg", get(async || respond::file("image/svg+xml", include_str!("../static/icon.svg"))))
        .merge(fake_google::router(&public_url, google, env.clone()))
        .merge(fake_facebook::router(facebook, env))
        .merge(mail_inbox::router(mail_inbox))
        .merge(inspector::router(inspector))
        .merge(demo::app(&public_url))
}

/// The page with the links to everything.
async fn index() -> Response {
    let people = fixtures::PEOPLE.map(|person| {
        json!({ "email": person.email, "name": person.name, "password": person.password, "locale": person.locale, "email_verified": person.email_verified })
    });
    respond::page(StatusCode::OK, "index.html", &json!({ "people": people }))
}
