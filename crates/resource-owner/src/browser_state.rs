//! The cookie by which frames of applications see that somebody signed in or out (OpenID Connect Session Management 1.0 §3): it follows
//! the session's cookie, in every answer of these pages.

use axum::response::Response;
use chabi_spec::cookie::{self, SetCookie};
use chabi_token::{Id, IdSecret, session_state};
use http::{HeaderMap, HeaderValue, header::SET_COOKIE};

use crate::{ResourceOwner, Visit, browser, session};

/// What the browser has now.
pub(crate) fn presented(owner: &ResourceOwner, headers: &HeaderMap) -> Option<String> {
    browser::cookie(owner, headers, session_state::COOKIE).map(str::to_owned)
}

/// Sets, changes or removes it, where it is not what it should be.
pub(crate) fn settle(owner: &ResourceOwner, presented: Option<&str>, visit: &Visit, mut response: Response) -> Response {
    let before = visit.signed_in.as_ref().map(|signed_in| signed_in.session.id.0);
    let wanted = after(owner, response.headers(), before).map(session_state::of_browser);
    if wanted.as_deref() != presented
        && let Ok(value) = HeaderValue::from_str(&set_cookie(owner, wanted).to_string())
    {
        response.headers_mut().append(SET_COOKIE, value);
    }
    response
}

/// The session that the browser will have once it has read the answer.
fn after(owner: &ResourceOwner, answer: &HeaderMap, before: Option<Id>) -> Option<Id> {
    let name = cookie::name(session::COOKIE, owner.settings.secure);
    let mut set = answer.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()).filter_map(|text| cookie::find(text, &name));
    set.next_back().map_or(before, |value| IdSecret::parse("", value, owner.settings.site).map(|secret| secret.id))
}

fn set_cookie(owner: &ResourceOwner, wanted: Option<String>) -> SetCookie {
    let secure = owner.settings.secure;
    let cookie = match wanted {
        Some(state) => SetCookie::new(session_state::COOKIE, state, secure).max_age(owner.settings.session.absolute.0),
        None => SetCookie::removal(session_state::COOKIE, secure),
    };
    // it says nothing and opens nothing: scripts of ours read it, in frames on other sites too
    cookie.readable_by_scripts().for_frames()
}
