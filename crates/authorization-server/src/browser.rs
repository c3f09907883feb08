//! Which browser a request came from: what transactions are bound to.

use axum::response::Response;
use chabi_spec::{
    Fault,
    cookie::{self, SetCookie},
};
use chabi_token::{BrowserBinding, Seconds};
use http::{HeaderValue, header};

use crate::{incoming::Incoming, server::Shared};

/// Name of the cookie, without `__Host-`.
pub(crate) const COOKIE: &str = "chabi_browser";
/// The longest that browsers keep one.
const LIFETIME: Seconds = Seconds::days(400);

/// The browser's binding; `None` when it has none of ours.
pub(crate) fn binding(incoming: &Incoming, shared: &Shared) -> Option<BrowserBinding> {
    let name = cookie::name(COOKIE, shared.settings.secure());
    incoming.cookie(&name).and_then(|value| BrowserBinding::parse(value, shared.settings.site))
}

/// Gives the browser its cookie, or a longer life to the one that it has.
pub(crate) fn remember(binding: &BrowserBinding, response: &mut Response, shared: &Shared) -> Result<(), Fault> {
    let cookie = SetCookie::new(COOKIE, binding.cookie_value(), shared.settings.secure()).max_age(LIFETIME.0);
    let value = HeaderValue::from_str(&cookie.to_string()).map_err(|error| Fault::internal("writing a cookie").because(error))?;
    response.headers_mut().append(header::SET_COOKIE, value);
    Ok(())
}
