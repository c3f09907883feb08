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

use std::{
    convert::Infallible,
    future::ready,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{Router, extract::Request, response::Response};
use chabi_spec::issuer;
use chabi_token::Env;
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Either},
};
use tower::{Service, layer::layer_fn};

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
    let surroundings = Arc::new(surroundings);
    router.layer(layer_fn(move |within| Surrounded { within, surroundings: Arc::clone(&surroundings) }))
}

/// A route with all of this around it. A service by hand: each request goes through it, and so pays for one box and for no copy of what is
/// within.
#[derive(Clone)]
struct Surrounded<S> {
    within: S,
    surroundings: Arc<Surroundings>,
}

type Answer = BoxFuture<'static, Result<Response, Infallible>>;

impl<S> Service<Request> for Surrounded<S>
where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.within.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Answer {
        if let Some(refusal) = nesting::refusal(&request, &self.surroundings.mount) {
            return ready(Ok(refusal)).boxed();
        }
        match &self.surroundings.ours {
            Some(Ours { chabi, dispatch: true }) if !chabi.sites().are_one() => self.clone().at_its_site(chabi.clone(), request).boxed(),
            _ => self.here(request),
        }
    }
}

impl<S> Surrounded<S>
where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static,
{
    /// At another site of the installation, or here.
    async fn at_its_site(mut self, chabi: Chabi, request: Request) -> Result<Response, Infallible> {
        match site::answer(chabi.sites(), request).await {
            Ok(answer) => Ok(answer),
            Err(request) => self.here(request).await,
        }
    }

    fn here(&mut self, mut request: Request) -> Answer {
        let surroundings = Arc::clone(&self.surroundings);
        let id = request_id::name(&mut request, &surroundings.env);
        address::of_the_connection(&mut request);
        let asked = Asked::by(&request);
        let refusal = limits::refusal(&request, &surroundings.trouble, &asked).or_else(|| surroundings.public.answer_elsewhere(&request));
        // a route of axum's does nothing before it is polled, and then within what catches its panics
        let answer = match refusal {
            Some(refusal) => Either::Left(ready(Ok(refusal))),
            None => Either::Right(self.within.call(limits::cut_off(request))),
        };
        let finished = async move {
            let trouble = &surroundings.trouble;
            let mut answer = limits::in_time(panics::become_500(answer, trouble, &asked), trouble, &asked).await;
            headers::complete(answer.headers_mut(), surroundings.secure);
            answer.headers_mut().insert(request_id::HEADER, id);
            Ok(answer)
        };
        finished.boxed()
    }
}
