//! What stands around every route of ours: one service, so that a request is boxed and cloned once. From the outside in:
//!
//! 1. `nesting`: refuses to run below a prefix;
//! 2. [`request_id`]: names the request;
//! 3. `address`: whose connection it came by, where nobody has said so;
//! 4. `headers`: headers that every answer carries;
//! 5. `limits`: length of the URL and the body;
//! 6. `public_host`: one cookie host in development;
//! 7. `limits` and `panics`: what takes too long is 503; a panic is a 500, and nobody else's trouble;
//! 8. `same_origin`: people's forms come from our own pages (a layer of its own, on people's pages alone).

mod address;
mod headers;
mod limits;
mod nesting;
mod panics;
mod public_host;
pub mod request_id;
pub(crate) mod same_origin;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::Response,
};
use chabi_token::Env;

use crate::{
    Chabi,
    trouble::{Asked, Trouble},
};
use public_host::PublicHost;

/// What the layers need to know.
struct Surroundings {
    public: PublicHost,
    secure: bool,
    trouble: Trouble,
    env: Env,
    /// Its background tasks go on for as long as a router is there.
    _chabi: Chabi,
}

/// Puts the layers around a router: ours, and in development mode the demo app's and the fakes'.
pub(crate) fn around(router: Router, chabi: Chabi, trouble: &Trouble) -> Router {
    let surroundings = Surroundings {
        public: PublicHost::of(chabi.issuer()),
        secure: chabi.issuer().starts_with("https://"),
        trouble: trouble.clone(),
        env: chabi.env().clone(),
        _chabi: chabi,
    };
    router.layer(middleware::from_fn_with_state(Arc::new(surroundings), pass))
}

async fn pass(State(surroundings): State<Arc<Surroundings>>, mut request: Request, next: Next) -> Response {
    if let Some(refusal) = nesting::refusal(&request) {
        return refusal;
    }
    let id = request_id::name(&mut request, &surroundings.env);
    address::of_the_connection(&mut request);
    let mut answer = within_bounds(&surroundings, request, next).await;
    headers::complete(answer.headers_mut(), surroundings.secure);
    answer.headers_mut().insert(request_id::HEADER, id);
    answer
}

async fn within_bounds(surroundings: &Surroundings, request: Request, next: Next) -> Response {
    let Surroundings { public, trouble, .. } = surroundings;
    let asked = Asked::by(&request);
    let refusal = limits::refusal(&request, trouble, &asked).or_else(|| public.answer_elsewhere(&request));
    match refusal {
        Some(refusal) => refusal,
        None => limits::in_time(panics::become_500(next.run(limits::cut_off(request)), trouble, &asked), trouble, &asked).await,
    }
}
