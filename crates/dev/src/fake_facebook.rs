//! A fake Facebook under `/dev/idp/facebook`: OAuth 2 without OpenID Connect, and a Graph API that wants `appsecret_proof`.
//!
//! | path | |
//! |---|---|
//! | `/v24.0/dialog/oauth` | the page with the personas |
//! | `/v24.0/oauth/access_token` | codes, `fb_exchange_token`, and the app's own token; GET or POST |
//! | `/v24.0/me?fields=…` | the profile, with proof |
//! | `/v24.0/debug_token`, `/debug_token` | whose token is this? |

mod dialog;
mod graph;
mod persona;
mod token;

use std::sync::Arc;

use axum::{Router, middleware, routing::get};
use chabi_token::{Env, Seconds};

pub use persona::PERSONAS;

use self::persona::Person;
use crate::{
    FakeApp,
    expiring::Expiring,
    fixtures::{FACEBOOK_PATH, FACEBOOK_VERSION},
    switches::{self, Switches},
};

/// Shared by the handlers.
#[derive(Clone)]
struct Facebook(Arc<Inner>);

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
    permissions: Vec<String>,
}

/// What an access token stands for.
#[derive(Clone)]
struct Access {
    persona: &'static str,
    person: Person,
    permissions: Vec<String>,
    /// Seconds since 1970.
    issued_at: i64,
}

/// The routes, with their full paths.
pub(crate) fn router(app: FakeApp, env: Env, switches: Switches) -> Router {
    let facebook = Facebook(Arc::new(Inner {
        app,
        env,
        switches: switches.clone(),
        codes: Expiring::new(Seconds::minutes(10)),
        access: Expiring::new(Seconds::days(60)),
    }));
    let versioned = |path: &str| format!("/{FACEBOOK_VERSION}{path}");
    let for_servers = Router::new()
        .route(&versioned("/oauth/access_token"), get(token::exchange_by_query).post(token::exchange_by_form))
        .route(&versioned("/me"), get(graph::me))
        .route(&versioned("/debug_token"), get(graph::debug_token))
        .route("/debug_token", get(graph::debug_token))
        .route_layer(middleware::from_fn_with_state(switches, switches::trouble));
    let for_people = Router::new().route(&versioned("/dialog/oauth"), get(dialog::show).post(dialog::picked));
    Router::new().nest(FACEBOOK_PATH, for_servers.merge(for_people).with_state(facebook))
}
