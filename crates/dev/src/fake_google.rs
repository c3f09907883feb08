//! A fake Google under `/dev/idp/google`: a real server of the real protocol, on which one picks who one is.
//!
//! Written from what the vendor's documents and answers say, and on purpose without any code of the parts that it tests.
//!
//! | path | |
//! |---|---|
//! | `/.well-known/openid-configuration` | discovery; the issuer is the public URL and `/dev/idp/google` |
//! | `/oauth2/v3/certs` | keys |
//! | `/o/oauth2/v2/auth` | the page with the personas |
//! | `/token` | codes and refresh tokens |
//! | `/v1/userinfo`, `/revoke` | |

mod authorize;
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
use http::{HeaderMap, StatusCode, header};
use serde_json::json;

pub use persona::PERSONAS;

use self::persona::Person;
use crate::{
    FakeApp,
    expiring::Expiring,
    fixtures::GOOGLE_PATH,
    presented, respond,
    signing::Keys,
    switches::{self, Switch, Switches},
};

/// Shared by the handlers.
#[derive(Clone)]
struct Google(Arc<Inner>);

struct Inner {
    issuer: String,
    app: FakeApp,
    env: Env,
    switches: Switches,
    keys: Keys,
    codes: Expiring<Code>,
    access: Expiring<Access>,
    refresh: Expiring<Access>,
    /// `sub` of those who consented before: they get no second refresh token without `prompt=consent`.
    consented: Mutex<HashSet<String>>,
}

/// What a code stands for.
#[derive(Clone)]
struct Code {
    person: Person,
    persona: &'static str,
    redirect_uri: String,
    scope: String,
    nonce: Option<String>,
    challenge: Option<String>,
    offline: bool,
}

/// What an access or refresh token stands for.
#[derive(Clone)]
struct Access {
    person: Person,
    scope: String,
}

/// The routes, with their full paths.
pub(crate) fn router(public_url: &str, app: FakeApp, env: Env, switches: Switches) -> Router {
    let google = Google(Arc::new(Inner {
        issuer: format!("{public_url}{GOOGLE_PATH}"),
        app,
        env,
        switches: switches.clone(),
        keys: Keys::default(),
        codes: Expiring::new(Seconds::minutes(5)),
        access: Expiring::new(Seconds(3_599)),
        refresh: Expiring::new(Seconds::days(7)),
        consented: Mutex::default(),
    }));
    let for_servers = Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/oauth2/v3/certs", get(certs))
        .route("/token", post(token::exchange))
        .route("/v1/userinfo", get(userinfo).post(userinfo))
        .route("/revoke", post(token::revoke))
        .route_layer(middleware::from_fn_with_state(switches, switches::trouble));
    let for_people = Router::new().route("/o/oauth2/v2/auth", get(authorize::show).post(authorize::picked));
    Router::new().nest(GOOGLE_PATH, for_servers.merge(for_people).with_state(google))
}

impl Google {
    /// True the first time that this person consents.
    fn first_consent(&self, sub: &str) -> bool {
        self.0.consented.lock().unwrap_or_else(PoisonError::into_inner).insert(sub.to_owned())
    }

    fn forget_consent(&self, sub: &str) {
        self.0.consented.lock().unwrap_or_else(PoisonError::into_inner).remove(sub);
    }
}

async fn discovery(State(google): State<Google>) -> Response {
    let issuer = &google.0.issuer;
    let document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/o/oauth2/v2/auth"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/v1/userinfo"),
        "revocation_endpoint": format!("{issuer}/revoke"),
        "jwks_uri": format!("{issuer}/oauth2/v3/certs"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": ["aud", "email", "email_verified", "exp", "family_name", "given_name", "iat", "iss", "name", "picture", "sub"],
        "code_challenge_methods_supported": ["plain", "S256"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "authorization_response_iss_parameter_supported": true,
    });
    cacheable(respond::json(StatusCode::OK, &document), "public, max-age=3600")
}

async fn certs(State(google): State<Google>) -> Response {
    match google.0.keys.current(&google.0.switches).await {
        Ok(key) => cacheable(respond::json(StatusCode::OK, &json!({ "keys": [key.public_jwk()] })), "public, max-age=600"),
        Err(_) => respond::json(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "error": "internal_failure" })),
    }
}

fn cacheable(mut answer: Response, for_how_long: &'static str) -> Response {
    answer.headers_mut().insert(header::CACHE_CONTROL, http::HeaderValue::from_static(for_how_long));
    answer
}

async fn userinfo(State(google): State<Google>, headers: HeaderMap) -> Response {
    let found = presented::token(&headers, &["Bearer"]).and_then(|token| google.0.access.find(token, &google.0.env));
    match found.filter(|_| !google.0.switches.is_on(Switch::Revoked)) {
        Some(access) => respond::json(StatusCode::OK, &access.person.claims(&access.scope)),
        None => {
            let body = json!({ "error": "invalid_request", "error_description": "Invalid Credentials" });
            let mut answer = respond::json(StatusCode::UNAUTHORIZED, &body);
            let challenge = http::HeaderValue::from_static("Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"");
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            answer
        }
    }
}
