//! What stands around every route of ours: one service, so that a request is boxed and cloned once. From the outside in:
//!
//! 1. `nesting`: refuses to run below a prefix that is not the issuer's (`mount` puts it below that one);
//! 2. `site`: a request for the host of another site goes to that site's routes, which have all that follows around them too;
//! 3. [`request_id`]: names the request;
//! 4. `address`: whose connection it came by, where nobody has said so;
//! 5. `headers`: headers that every answer carries;
//! 6. `limits`: length of the URL and the body;
//! 7. `public_host`: one cookie host in development;
//! 8. `limits` and `panics`: what takes too long is 503; a panic is a 500, and nobody else's trouble;
//! 9. `same_origin`: people's forms come from our own pages (a layer of its own, on people's pages alone).

mod address;
mod headers;
mod limits;
pub(crate) mod mount;
mod nesting;
mod panics;
mod public_host;
pub mod request_id;
pub(crate) mod same_origin;
pub(crate) mod site;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::Response,
};
use chabi_spec::issuer;
use chabi_token::Env;

use crate::{
    Chabi,
    trouble::{Asked, Trouble},
};
use public_host::PublicHost;

/// What the layers need to know.
struct Surroundings {
    /// The issuer's path.
    mount: String,
    public: PublicHost,
    secure: bool,
    trouble: Trouble,
    env: Env,
    ours: Option<Ours>,
}

/// Around what routers.
pub(crate) struct Around<'a> {
    /// Of the site.
    pub issuer: &'a str,
    /// In its words.
    pub trouble: &'a Trouble,
    /// Time and randomness.
    pub env: &'a Env,
    /// Around the routers of the installation as a whole, and not of one of its other sites.
    pub ours: Option<Ours>,
}

/// The installation.
pub(crate) struct Ours {
    /// Its background tasks go on for as long as a router is there.
    pub chabi: Chabi,
    /// Whether requests for other sites leave here: routes that others put beside ours are at all hosts.
    pub dispatch: bool,
}

/// Puts the layers around a router: ours, and in development mode the demo app's and the fakes'.
pub(crate) fn around(router: Router, around: Around<'_>) -> Router {
    let Around { issuer, trouble, env, ours } = around;
    let surroundings = Surroundings {
        mount: issuer::split(issuer).1.to_owned(),
        public: PublicHost::of(issuer),
        secure: issuer.starts_with("https://"),
        trouble: trouble.clone(),
        env: env.clone(),
        ours,
    };
    router.layer(middleware::from_fn_with_state(Arc::new(surroundings), pass))
}

async fn pass(State(surroundings): State<Arc<Surroundings>>, mut request: Request, next: Next) -> Response {
    if let Some(refusal) = nesting::refusal(&request, &surroundings.mount) {
        return refusal;
    }
    if let Some(Ours { chabi, dispatch: true }) = &surroundings.ours {
        match site::answer(chabi.sites(), request).await {
            Ok(answer) => return answer,
            Err(ours) => request = ours,
        }
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
