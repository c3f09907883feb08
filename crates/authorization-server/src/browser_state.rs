//! What an application is told of the browser's state, and the cookie by which its frame sees that it changed (OpenID Connect Session
//! Management 1.0).

use axum::response::Response;
use chabi_spec::{
    Fault,
    cookie::{self, SetCookie},
};
use chabi_store::browser_session::SessionId;
use chabi_token::{Seconds, session_state};
use http::{HeaderValue, header};

use crate::{authorize::check::Trusted, incoming::Incoming, server::Shared};

/// The longest that browsers keep a cookie. The session ends sooner, and the cookie with it.
const LIFETIME: Seconds = Seconds::days(400);

/// `session_state` of an authorization response (Session Management §2): for an application that has web pages, in success and in error
/// alike. `session`: who is signed in. To be given for requests of OpenID Connect (`openid` in their scope).
pub(crate) fn session_state(trusted: &Trusted, session: Option<SessionId>, shared: &Shared) -> Option<String> {
    let origin = session_state::origin(trusted.redirect.uri())?;
    let state = session.map(|session| session_state::of_browser(session.0)).unwrap_or_default();
    Some(session_state::session_state(&trusted.client.client_id, &origin, &state, &shared.env))
}

/// Makes the cookie what it must be while this session lives, unless it is that already.
pub(crate) fn follow(session: Option<SessionId>, incoming: &Incoming, response: &mut Response, shared: &Shared) -> Result<(), Fault> {
    let secure = shared.settings.secure();
    let wanted = session.map(|session| session_state::of_browser(session.0));
    if incoming.cookie(&cookie::name(session_state::COOKIE, secure)) == wanted.as_deref() {
        return Ok(());
    }
    let cookie = match wanted {
        Some(state) => SetCookie::new(session_state::COOKIE, state, secure).max_age(LIFETIME.0),
        None => SetCookie::removal(session_state::COOKIE, secure),
    };
    // it says nothing and opens nothing: scripts of ours read it, in frames on other sites too
    let cookie = cookie.readable_by_scripts().for_frames().to_string();
    let value = HeaderValue::from_str(&cookie).map_err(|error| Fault::internal("writing a cookie").because(error))?;
    response.headers_mut().append(header::SET_COOKIE, value);
    Ok(())
}
