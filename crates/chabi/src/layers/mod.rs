//! What stands around every route of ours, from the outside in.
//!
//! 1. [`nesting`]: refuses to run below a prefix;
//! 2. [`request_id`]: names the request;
//! 3. [`panics`]: a panic is a 500, and nobody else's trouble;
//! 4. [`headers`]: headers that every answer carries;
//! 5. [`limits`]: length of the URL and the body, time;
//! 6. [`public_host`]: one cookie host in development;
//! 7. [`same_origin`]: people's forms come from our own pages (on people's pages alone).

pub mod address;
pub mod headers;
pub mod limits;
pub mod nesting;
pub mod panics;
pub mod public_host;
pub mod request_id;
pub mod same_origin;

use axum::{Router, middleware};
use chabi_token::Env;

pub use public_host::PublicHost;

/// Puts the layers around a router: ours, and in development mode the demo app's and the fakes'.
pub fn around(router: Router, public_url: &str, env: &Env) -> Router {
    let secure = public_url.starts_with("https://");
    router
        .layer(middleware::from_fn_with_state(PublicHost::of(public_url), public_host::to_the_public_host))
        .layer(middleware::from_fn(limits::within))
        .layer(middleware::from_fn_with_state(secure, headers::on_every_answer))
        .layer(middleware::from_fn(panics::become_500))
        .layer(middleware::from_fn(address::of_the_connection))
        .layer(middleware::from_fn_with_state(env.clone(), request_id::named))
        .layer(middleware::from_fn(nesting::refused))
}
