//! The browser: its binding cookie, the CSRF token of its forms, its session cookie, and whether an account was used in it before.

use chabi_spec::cookie::{self, SetCookie};
use chabi_store::account::AccountId;
use chabi_token::{
    Seconds, base64url, csrf,
    hash::{constant_time_eq, hmac_sha256},
};
use http::{HeaderMap, HeaderValue, header::COOKIE};

use crate::{ResourceOwner, Visit};

/// Cookie that tells one browser from another, before and after anybody signs in.
pub const BINDING_COOKIE: &str = "chabi_browser";
/// Cookie by which a browser is known to an account that signed in here.
const KNOWN_COOKIE: &str = "chabi_known";
/// The purpose of the CSRF token of every form here, save consent, whose token is bound to its transaction besides.
pub const FORMS: &str = "accounts";

const YEAR: Seconds = Seconds::days(365);

/// A value for `Set-Cookie`.
#[derive(Clone, Debug)]
pub struct Cookie(pub HeaderValue);

/// A cookie of ours, by its name without prefix.
#[must_use]
pub fn cookie<'h>(owner: &ResourceOwner, headers: &'h HeaderMap, base: &str) -> Option<&'h str> {
    let name = cookie::name(base, owner.settings.secure);
    headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok()).find_map(|header| cookie::find(header, &name))
}

/// The cookie of a session: as long as the session can last at the most.
#[must_use]
pub fn session_cookie(owner: &ResourceOwner, value: &str) -> Cookie {
    set(owner, crate::session::COOKIE, value, owner.settings.session.absolute)
}

/// Takes the session's cookie away.
#[must_use]
pub fn no_session_cookie(owner: &ResourceOwner) -> Cookie {
    set(owner, crate::session::COOKIE, "", Seconds(0))
}

/// The binding cookie of a browser that had none.
#[must_use]
pub fn binding_cookie(owner: &ResourceOwner, visit: &Visit) -> Cookie {
    set(owner, BINDING_COOKIE, &visit.browser.cookie_value(), YEAR)
}

/// After a sign-in: this browser is known to the account.
#[must_use]
pub fn known_cookie(owner: &ResourceOwner, visit: &Visit, account: AccountId) -> Cookie {
    set(owner, KNOWN_COOKIE, &base64url::encode(known_mac(owner, visit, account)), YEAR)
}

/// True when this account signed in here before, by a cookie that only we can make, and only for this browser.
pub(crate) fn is_known(owner: &ResourceOwner, visit: &Visit, account: AccountId) -> bool {
    let presented = visit.known.as_deref().and_then(|text| base64url::decode_array::<32>(text).ok());
    presented.is_some_and(|presented| constant_time_eq(&presented, &known_mac(owner, visit, account)))
}

/// Reads the cookie for [`is_known`].
pub(crate) fn known(owner: &ResourceOwner, headers: &HeaderMap) -> Option<String> {
    cookie(owner, headers, KNOWN_COOKIE).map(str::to_owned)
}

fn known_mac(owner: &ResourceOwner, visit: &Visit, account: AccountId) -> [u8; 32] {
    hmac_sha256(&owner.known_browser_key, &[&visit.browser.hash(), account.0.as_bytes()])
}

/// The CSRF token for a form of this browser and its session.
#[must_use]
pub fn csrf_token(owner: &ResourceOwner, visit: &Visit, purpose: &str) -> String {
    csrf::token(&owner.csrf_key, &visit.browser, visit.session_text().as_deref(), purpose)
}

/// True when the token is this browser's, its session's, and for this purpose.
#[must_use]
pub fn csrf_is_right(owner: &ResourceOwner, visit: &Visit, presented: &str, purpose: &str) -> bool {
    csrf::check(&owner.csrf_key, presented, &visit.browser, visit.session_text().as_deref(), purpose)
}

fn set(owner: &ResourceOwner, base: &str, value: &str, max_age: Seconds) -> Cookie {
    let text = SetCookie::new(base, value, owner.settings.secure).max_age(max_age.0).to_string();
    Cookie(HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("")))
}
