//! A fake Microsoft under `/dev/idp/microsoft`: one server, many tenants, and addresses that nobody proved.
//!
//! | path | |
//! |---|---|
//! | `/{tenant}/v2.0/.well-known/openid-configuration` | discovery; `common` and `organizations` have the literal `{tenantid}` in their issuer |
//! | `/{tenant}/discovery/v2.0/keys` | keys, the same for every tenant |
//! | `/{tenant}/oauth2/v2.0/authorize` | the page with the personas |
//! | `/{tenant}/oauth2/v2.0/token` | codes and refresh tokens |
//! | `/graph/oidc/userinfo`, `/graph/v1.0/me` | the person, of a directory |
//!
//! Anybody is let in at any tenant's page, so that whoever keeps people of some tenants out has to do it themselves.

mod authorize;
mod graph;
mod id_token;
mod persona;
mod token;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use chabi_token::{Env, Seconds};
use http::StatusCode;
use serde_json::{Value, json};

pub use persona::PERSONAS;

use self::persona::{PERSONAL_TENANT, Person};
use crate::{
    FakeApp,
    expiring::Expiring,
    fixtures::MICROSOFT_PATH,
    respond,
    signing::Keys,
    switches::{self, Switch, Switches},
};

/// A tenant that nobody here is of.
const OTHER_TENANT: &str = "bbbbcccc-1111-dddd-2222-eeee3333ffff";

/// Shared by the handlers.
#[derive(Clone)]
struct Microsoft(Arc<Inner>);

struct Inner {
    /// What stands in front of the tenant.
    place: String,
    app: FakeApp,
    env: Env,
    switches: Switches,
    keys: Keys,
    codes: Expiring<Code>,
    access: Expiring<Granted>,
    refresh: Expiring<Granted>,
}

/// What a code stands for.
#[derive(Clone)]
struct Code {
    granted: Granted,
    redirect_uri: String,
    challenge: Option<String>,
}

/// What a token stands for.
#[derive(Clone)]
struct Granted {
    person: Person,
    persona: &'static str,
    scope: String,
    nonce: Option<String>,
}

/// The routes, with their full paths.
pub(crate) fn router(public_url: &str, app: FakeApp, env: Env, switches: Switches) -> Router {
    let microsoft = Microsoft(Arc::new(Inner {
        place: format!("{public_url}{MICROSOFT_PATH}"),
        app,
        env,
        switches: switches.clone(),
        keys: Keys::default(),
        codes: Expiring::new(Seconds::minutes(10)),
        access: Expiring::new(Seconds::minutes(75)),
        refresh: Expiring::new(Seconds::days(90)),
    }));
    let for_servers = Router::new()
        .route("/{tenant}/v2.0/.well-known/openid-configuration", get(discovery))
        .route("/{tenant}/discovery/v2.0/keys", get(keys))
        .route("/{tenant}/oauth2/v2.0/token", post(token::exchange))
        .route("/graph/oidc/userinfo", get(graph::userinfo).post(graph::userinfo))
        .route("/graph/v1.0/me", get(graph::me))
        .route_layer(middleware::from_fn_with_state(switches, switches::trouble));
    let for_people = Router::new().route("/{tenant}/oauth2/v2.0/authorize", get(authorize::show).post(authorize::picked));
    Router::new().nest(MICROSOFT_PATH, for_servers.merge(for_people).with_state(microsoft))
}

/// What a tenant's discovery document calls its issuer; `None`: no such tenant.
fn issuer_in_discovery(tenant: &str) -> Option<&str> {
    match tenant {
        // the literal text: each token has its own tenant there
        "common" | "organizations" => Some("{tenantid}"),
        "consumers" => Some(PERSONAL_TENANT),
        id if id.len() == 36 => Some(id),
        _ => None,
    }
}

async fn discovery(State(microsoft): State<Microsoft>, Path(tenant): Path<String>) -> Response {
    let place = &microsoft.0.place;
    let Some(issuer) = issuer_in_discovery(&tenant) else {
        let about = format!("AADSTS90002: Tenant '{tenant}' not found.");
        return respond::json(StatusCode::BAD_REQUEST, &json!({ "error": "invalid_tenant", "error_description": about }));
    };
    let document = json!({
        "issuer": format!("{place}/{issuer}/v2.0"),
        "authorization_endpoint": format!("{place}/{tenant}/oauth2/v2.0/authorize"),
        "token_endpoint": format!("{place}/{tenant}/oauth2/v2.0/token"),
        "userinfo_endpoint": format!("{place}/graph/oidc/userinfo"),
        "jwks_uri": format!("{place}/{tenant}/discovery/v2.0/keys"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver", "email"],
    });
    respond::json(StatusCode::OK, &document)
}

async fn keys(State(microsoft): State<Microsoft>, Path(tenant): Path<String>) -> Response {
    if issuer_in_discovery(&tenant).is_none() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let Ok(key) = microsoft.0.keys.current(&microsoft.0.switches).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut jwk = key.public_jwk();
    if let Some(members) = jwk.as_object_mut() {
        // the vendor's keys name no algorithm, and say for whose issuers they are
        members.remove("alg");
        let whose = if microsoft.0.switches.is_on(Switch::OtherTenantsKeys) { OTHER_TENANT } else { "{tenantid}" };
        members.insert("issuer".to_owned(), Value::from(format!("{}/{whose}/v2.0", microsoft.0.place)));
    }
    respond::json(StatusCode::OK, &json!({ "keys": [jwk] }))
}
