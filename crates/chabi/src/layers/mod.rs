//! What stands around every route of ours, from the outside in.
//!
//! 1. `nesting`: refuses to run below a prefix;
//! 2. [`request_id`]: names the request;
//! 3. `address`: whose connection it came by, where nobody has said so;
//! 4. `headers`: headers that every answer carries;
//! 5. `panics`: a panic is a 500, and nobody else's trouble;
//! 6. `limits`: length of the URL and the body, time;
//! 7. `public_host`: one cookie host in development;
//! 8. `same_origin`: people's forms come from our own pages (on people's pages alone).

mod address;
mod headers;
mod limits;
mod nesting;
mod panics;
mod public_host;
pub mod request_id;
pub(crate) mod same_origin;

use axum::{Router, middleware};
use chabi_token::Env;

use crate::trouble::Trouble;
use public_host::PublicHost;

/// Puts the layers around a router: ours, and in development mode the demo app's and the fakes'.
pub(crate) fn around(router: Router, public_url: &str, trouble: &Trouble, env: &Env) -> Router {
    let secure = public_url.starts_with("https://");
    router
        .layer(middleware::from_fn_with_state(PublicHost::of(public_url), public_host::to_the_public_host))
        .layer(middleware::from_fn_with_state(trouble.clone(), limits::within))
        .layer(middleware::from_fn_with_state(trouble.clone(), panics::become_500))
        .layer(middleware::from_fn_with_state(secure, headers::on_every_answer))
        .layer(middleware::from_fn(address::of_the_connection))
        .layer(middleware::from_fn_with_state(env.clone(), request_id::named))
        .layer(middleware::from_fn(nesting::refused))
}
