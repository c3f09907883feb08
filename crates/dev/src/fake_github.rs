//! A fake GitHub under `/dev/idp/github`: OAuth 2 without OpenID Connect, whose errors have status 200.
//!
//! | path | |
//! |---|---|
//! | `/login/oauth/authorize` | the page with the personas |
//! | `/login/oauth/access_token` | codes; the answer is a form unless one asks for JSON |
//! | `/api/v3/user`, `/api/v3/user/emails` | the profile and the addresses, for who says which program asks |

mod api;
mod authorize;
mod persona;
mod token;

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{get, post},
};
use chabi_token::{Env, Seconds};

pub use persona::PERSONAS;

use self::persona::Person;
use crate::{
    FakeApp,
    expiring::Expiring,
    fixtures::GITHUB_PATH,
    switches::{self, Switches},
};

/// Shared by the handlers.
#[derive(Clone)]
struct GitHub(Arc<Inner>);

struct Inner {
    app: FakeApp,
    env: Env,
    switches: Switches,
    codes: Expiring<Code>,
    access: Expiring<Access>,
}

/// What a code stands for.
#[derive(Clone)]
struct Code {
    persona: &'static str,
    person: Person,
    redirect_uri: String,
    scopes: Vec<String>,
    challenge: Option<String>,
}

/// What an access token stands for.
#[derive(Clone)]
struct Access {
    persona: &'static str,
    person: Person,
    scopes: Vec<String>,
}

/// The routes, with their full paths.
pub(crate) fn router(app: FakeApp, env: Env, switches: Switches) -> Router {
    let github = GitHub(Arc::new(Inner {
        app,
        env,
        switches: switches.clone(),
        codes: Expiring::new(Seconds::minutes(10)),
        // tokens of OAuth apps do not expire
        access: Expiring::new(Seconds::days(3_650)),
    }));
    let for_servers = Router::new()
        .route("/login/oauth/access_token", post(token::exchange))
        .route("/api/v3/user", get(api::user))
        .route("/api/v3/user/emails", get(api::emails))
        .route_layer(middleware::from_fn_with_state(switches, switches::trouble));
    let for_people = Router::new().route("/login/oauth/authorize", get(authorize::show).post(authorize::picked));
    Router::new().nest(GITHUB_PATH, for_servers.merge(for_people).with_state(github))
}
