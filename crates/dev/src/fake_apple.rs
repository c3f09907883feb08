//! A fake Apple under `/dev/idp/apple`: nearly OpenID Connect, with everything that makes it Apple.
//!
//! | path | |
//! |---|---|
//! | `/.well-known/openid-configuration` | discovery, without userinfo: there is none |
//! | `/auth/keys` | keys |
//! | `/auth/authorize` | the page with the personas; who asks for a name or an address is answered by a form that posts itself |
//! | `/auth/token` | codes and refresh tokens, for who signs its secret |
//! | `/auth/revoke` | after it, the next sign-in is a first one again |
//!
//! The form posts from a page without an origin, so the browser takes it for another site's, as it is in the world.

mod authorize;
mod client_secret;
mod id_token;
mod persona;
mod token;

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    extract::State,
    middleware,
    response::Response,
    routing::{get, post},
};
use chabi_token::{Env, Seconds};
use http::StatusCode;
use serde_json::json;

pub(crate) use client_secret::new_key;
pub use persona::PERSONAS;

use self::{client_secret::SecretCheck, persona::Person};
use crate::{
    FakeApp,
    expiring::Expiring,
    fixtures::APPLE_PATH,
    respond,
    signing::Keys,
    switches::{self, Switches},
};

/// Shared by the handlers.
#[derive(Clone)]
struct Apple(Arc<Inner>);

struct Inner {
    issuer: String,
    app: FakeApp,
    secret: SecretCheck,
    env: Env,
    switches: Switches,
    keys: Keys,
    codes: Expiring<Code>,
    refresh: Expiring<Code>,
    /// `sub` of those who were here before: their name is not told again.
    known: Mutex<HashSet<String>>,
}

/// What a code stands for, and later a refresh token.
#[derive(Clone)]
struct Code {
    person: Person,
    persona: &'static str,
    redirect_uri: String,
    scope: String,
    nonce: Option<String>,
    /// Seconds since 1970.
    signed_in_at: i64,
}

/// The routes, with their full paths. The app's secret is the text of its `.p8` file.
pub(crate) fn router(public_url: &str, app: FakeApp, env: Env, switches: Switches) -> Router {
    let apple = Apple(Arc::new(Inner {
        issuer: format!("{public_url}{APPLE_PATH}"),
        secret: SecretCheck::of(&app),
        app,
        env,
        switches: switches.clone(),
        keys: Keys::default(),
        codes: Expiring::new(Seconds::minutes(5)),
        refresh: Expiring::new(Seconds::days(180)),
        known: Mutex::default(),
    }));
    let for_servers = Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/auth/keys", get(keys))
        .route("/auth/token", post(token::exchange))
        .route("/auth/revoke", post(token::revoke))
        .route_layer(middleware::from_fn_with_state(switches, switches::trouble));
    let for_people = Router::new().route("/auth/authorize", get(authorize::show).post(authorize::picked));
    Router::new().nest(APPLE_PATH, for_servers.merge(for_people).with_state(apple))
}

impl Apple {
    /// True the first time that this person signs in.
    fn is_first(&self, sub: &str) -> bool {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner).insert(sub.to_owned())
    }

    fn forget(&self, sub: &str) {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner).remove(sub);
    }
}

async fn discovery(State(apple): State<Apple>) -> Response {
    let issuer = &apple.0.issuer;
    let document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/auth/authorize"),
        "token_endpoint": format!("{issuer}/auth/token"),
        "revocation_endpoint": format!("{issuer}/auth/revoke"),
        "jwks_uri": format!("{issuer}/auth/keys"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "name"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "claims_supported": [
            "aud", "email", "email_verified", "exp", "iat", "is_private_email", "iss", "nonce", "nonce_supported", "sub",
        ],
    });
    respond::json(StatusCode::OK, &document)
}

async fn keys(State(apple): State<Apple>) -> Response {
    match apple.0.keys.current(&apple.0.switches).await {
        Ok(key) => respond::json(StatusCode::OK, &json!({ "keys": [key.public_jwk()] })),
        Err(_) => respond::json(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "error": "server_error" })),
    }
}
