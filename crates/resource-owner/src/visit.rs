//! One request of a browser: which browser, who is signed in there, from where, in which language. Made once a request, by a layer.

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use chabi_pages::Frame;
use chabi_spec::ClientAddress;
use chabi_store::{account::Account, browser_session::BrowserSession};
use chabi_token::browser_binding::BrowserBinding;
use http::{HeaderMap, header::USER_AGENT};

use crate::{ResourceOwner, browser, browser_state, respond, session, user_agent};

/// A person who is signed in, with the session that says so.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session.
    pub session: BrowserSession,
    /// Whose.
    pub account: Account,
}

/// What every handler here knows of its request; an axum `Extension`.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Which browser.
    pub browser: Arc<BrowserBinding>,
    /// Who is signed in there.
    pub signed_in: Option<Arc<SignedIn>>,
    /// From where, as the server found it behind its trusted proxies.
    pub address: Option<IpAddr>,
    /// Label such as `Firefox on Linux`; empty when unknown.
    pub user_agent: String,
    /// Language and the rest of what stands around a page.
    pub frame: Frame,
    /// `x-request-id`.
    pub request_id: String,
    /// The cookie by which this browser is known to an account.
    pub(crate) known: Option<String>,
}

impl Visit {
    /// The session's id, to which CSRF tokens are bound.
    #[must_use]
    pub fn session_text(&self) -> Option<String> {
        self.signed_in.as_ref().map(|signed_in| signed_in.session.id.to_string())
    }
}

/// The layer around every route here: makes the [`Visit`], binds a new browser, and draws the pages of faults.
pub(crate) async fn around(State(owner): State<ResourceOwner>, mut request: Request, next: Next) -> Response {
    let bound = browser::cookie(&owner, request.headers(), browser::BINDING_COOKIE);
    let bound = bound.and_then(|value| BrowserBinding::parse(value, owner.settings.site));
    let is_new = bound.is_none();
    let state = browser_state::presented(&owner, request.headers());
    let browser = Arc::new(bound.unwrap_or_else(|| BrowserBinding::new(owner.settings.site, &owner.env)));
    let mut visit = stranger(&owner, &request, browser);
    let response = match session::find(&owner, request.headers()).await {
        Ok(signed_in) => {
            visit.signed_in = signed_in.map(Arc::new);
            visit.frame.signed_in = visit.signed_in.as_ref().map(|signed_in| shown_name(signed_in));
            request.extensions_mut().insert(visit.clone());
            next.run(request).await
        }
        Err(fault) => respond::Halt::from(fault).into_response(),
    };
    let response = respond::draw(&owner, &visit, response);
    let response = browser_state::settle(&owner, state.as_deref(), &visit, response);
    match is_new {
        true => respond::with_cookie(response, browser::binding_cookie(&owner, &visit)),
        false => response,
    }
}

/// The layer around what comes without our cookies, whoever it comes from: draws the pages of faults, and gives the browser no cookie, which
/// would take the place of the one that it kept back.
pub(crate) async fn around_without_cookies(State(owner): State<ResourceOwner>, request: Request, next: Next) -> Response {
    let visit = stranger(&owner, &request, Arc::new(BrowserBinding::new(owner.settings.site, &owner.env)));
    let response = next.run(request).await;
    respond::draw(&owner, &visit, response)
}

/// The visit of a person whom an application speaks for, from wherever it runs: no browser, no session, the application's name in place of
/// the browser's.
pub(crate) fn by_application(owner: &ResourceOwner, name: &str, address: Option<IpAddr>) -> Visit {
    let headers = HeaderMap::new();
    Visit {
        browser: Arc::new(BrowserBinding::new(owner.settings.site, &owner.env)),
        signed_in: None,
        address,
        user_agent: name.to_owned(),
        frame: owner.pages.frame(&http::Uri::default(), &headers),
        request_id: String::new(),
        known: None,
    }
}

/// In the frame of every page, so without another look into the store: the name, and for who gave none the beginning of their `sub`.
fn shown_name(signed_in: &SignedIn) -> String {
    match signed_in.account.name.is_empty() {
        true => signed_in.account.subject.chars().take(8).collect(),
        false => signed_in.account.name.clone(),
    }
}

fn stranger(owner: &ResourceOwner, request: &Request, browser: Arc<BrowserBinding>) -> Visit {
    let headers = request.headers();
    Visit {
        browser,
        signed_in: None,
        address: request.extensions().get::<ClientAddress>().map(|address| address.0),
        user_agent: header(headers, USER_AGENT.as_str()).map(user_agent::label).unwrap_or_default(),
        frame: owner.pages.frame(request.uri(), headers),
        request_id: header(headers, "x-request-id").unwrap_or_default().to_owned(),
        known: browser::known(owner, headers),
    }
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
