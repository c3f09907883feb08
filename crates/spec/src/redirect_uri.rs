//! Redirect URIs: what may be registered, and the byte-exact comparison (RFC 9700 §4.1.3, RFC 8252).

use std::net::{Ipv4Addr, Ipv6Addr};

use url::Url;

use crate::{ErrorCode, Refusal};

/// The longest one, in bytes.
const LONGEST: usize = 2_048;
/// Schemes that run in the browser or read its files (RFC 9700 §4.1.3), and those that are something else than an application's own.
const FORBIDDEN_SCHEMES: [&str; 12] =
    ["javascript", "data", "vbscript", "blob", "file", "filesystem", "about", "view-source", "ws", "wss", "ftp", "mailto"];
/// Names that our own answer adds: beside one of them, the application could read the wrong one.
const OUR_PARAMETERS: [&str; 9] =
    ["code", "state", "iss", "error", "error_description", "error_uri", "response", "id_token", "access_token"];

/// A redirect URI that keeps the rules of registration. Kept as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RegisteredRedirectUri(String);

impl RegisteredRedirectUri {
    /// Checks a URI that an application wants to register. `native` says whether it is an application installed on a device.
    ///
    /// # Errors
    /// `invalid_request`, with the rule that it breaks.
    pub fn parse(text: &str, native: bool) -> Result<Self, Refusal> {
        check_characters(text)?;
        let url = Url::parse(text).map_err(|_| broken("redirect_uri_not_absolute", "it is not an absolute URI", "RFC 6749 §3.1.2"))?;
        // the text must be what a browser makes of it, or what we compare is not where the browser goes
        let scheme = text.split(':').next().unwrap_or_default();
        if scheme != url.scheme() {
            return Err(broken("redirect_uri_scheme_case", "write the scheme in lower case", "RFC 9700 §4.1.3"));
        }
        match scheme {
            "https" => check_web(text, &url)?,
            "http" => {
                check_web(text, &url)?;
                check_loopback(text, native)?;
            }
            other => check_private_scheme(other, text, &url)?,
        }
        check_query(&url)?;
        Ok(Self(text.to_owned()))
    }

    /// As it was registered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// True when the URI of a request is the registered one: byte for byte, without decoding or folding anything. `native` applications
/// may use another port on loopback than they registered.
#[must_use]
pub fn matches(registered: &str, presented: &str, native: bool) -> bool {
    // RFC 9700 §4.1.3: exact string comparison
    if registered == presented {
        return true;
    }
    // RFC 8252 §7.3: a native application listens on whatever port it gets; everything else stays exact
    native
        && match (Loopback::read(registered), Loopback::read(presented)) {
            (Some(registered), Some(presented)) => registered.host == presented.host && registered.rest == presented.rest,
            _ => false,
        }
}

/// A loopback URI, cut without decoding anything.
struct Loopback<'a> {
    /// `127.0.0.1`, `[::1]` or `localhost`, as it stands there.
    host: &'a str,
    /// Path and query.
    rest: &'a str,
}

impl<'a> Loopback<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let after_scheme = text.strip_prefix("http://")?;
        let end = after_scheme.find(['/', '?', '#', '\\']).unwrap_or(after_scheme.len());
        let (authority, rest) = after_scheme.split_at_checked(end)?;
        let host = LOOPBACK_HOSTS.into_iter().find(|host| authority.starts_with(host))?;
        let port = authority.strip_prefix(host)?;
        (port.is_empty() || is_port(port)).then_some(Self { host, rest })
    }
}

const LOOPBACK_HOSTS: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];

/// `:` and a number from 1 to 65535, as browsers write it.
fn is_port(text: &str) -> bool {
    let Some(digits) = text.strip_prefix(':') else { return false };
    let canonical = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    canonical && digits.parse::<u16>().is_ok()
}

/// RFC 9700 §4.1.3, OAuth 2.1 §2.3: no fragment, no wildcard, and none of the bytes that two readers read in two ways.
fn check_characters(text: &str) -> Result<(), Refusal> {
    if text.is_empty() || text.len() > LONGEST {
        return Err(broken("redirect_uri_length", "it is empty or too long", "RFC 6749 §3.1.2"));
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(broken("redirect_uri_characters", "it has a space, a control character or one outside ASCII", "RFC 3986 §2"));
    }
    if text.contains('#') {
        return Err(broken("redirect_uri_fragment", "it has a fragment", "RFC 6749 §3.1.2"));
    }
    if text.contains(['*', '\\', '<', '>', '"', '^', '`', '{', '|', '}']) {
        let hint = "it has a wildcard, a backslash or another character that URIs do not have";
        return Err(broken("redirect_uri_characters", hint, "RFC 9700 §4.1.3"));
    }
    Ok(())
}

/// Rules of http and https: the text is the normal form, so that browser and comparison see the same place.
fn check_web(text: &str, url: &Url) -> Result<(), Refusal> {
    if !url.username().is_empty() || url.password().is_some() || authority(text).contains('@') {
        return Err(broken("redirect_uri_userinfo", "it has a user name or password", "RFC 9700 §4.1.3"));
    }
    let host = url.host_str().unwrap_or_default();
    if host.is_empty() || host.ends_with('.') {
        return Err(broken("redirect_uri_host", "it has no proper host", "RFC 6749 §3.1.2"));
    }
    // RFC 9700 §4.1.3: where the browser goes must be what we compare; a missing path is the one thing that may be left to it
    let normal = url.as_str();
    let same = normal == text || normal.strip_suffix('/') == Some(text);
    if !same {
        let hint = "write it in its normal form: lower case host, no default port, no dot segments";
        return Err(broken("redirect_uri_not_normal", hint, "RFC 9700 §4.1.3").explain(text, normal));
    }
    Ok(())
}

/// RFC 8252 §7.3 and §8.3, RFC 9700 §2.6: http stays on the machine, and is for installed applications.
fn check_loopback(text: &str, native: bool) -> Result<(), Refusal> {
    if Loopback::read(text).is_none() {
        let hint = "http is for 127.0.0.1, [::1] and localhost alone";
        return Err(broken("redirect_uri_http", hint, "RFC 9700 §2.6"));
    }
    if !native {
        return Err(broken("redirect_uri_http_not_native", "http is for native applications alone", "RFC 8252 §7.3"));
    }
    Ok(())
}

/// RFC 8252 §7.1: a scheme of one's own is a domain of one's own, backwards.
fn check_private_scheme(scheme: &str, text: &str, url: &Url) -> Result<(), Refusal> {
    if FORBIDDEN_SCHEMES.contains(&scheme) {
        return Err(broken("redirect_uri_scheme", "this scheme cannot be redirected to", "RFC 9700 §4.1.3"));
    }
    let labels: Vec<&str> = scheme.split('.').collect();
    if labels.len() < 2 || labels.iter().any(|label| label.is_empty()) {
        let hint = "a private-use scheme must be a domain name backwards, such as com.example.app";
        return Err(broken("redirect_uri_private_scheme", hint, "RFC 8252 §7.1"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(broken("redirect_uri_userinfo", "it has a user name or password", "RFC 9700 §4.1.3"));
    }
    if url.as_str() != text {
        return Err(broken("redirect_uri_not_normal", "write it in its normal form: no dot segments", "RFC 9700 §4.1.3"));
    }
    Ok(())
}

/// A query is allowed, but not with the names of our answer in it.
fn check_query(url: &Url) -> Result<(), Refusal> {
    if url.query_pairs().any(|(name, _)| OUR_PARAMETERS.contains(&name.as_ref())) {
        let hint = "its query has a name that our answer uses, such as code or state";
        return Err(broken("redirect_uri_query", hint, "RFC 9700 §4.1.3"));
    }
    Ok(())
}

/// What stands between `//` and the next delimiter.
fn authority(text: &str) -> &str {
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default()
}

fn broken(rule: &'static str, hint: &'static str, clause: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidRequest, rule, hint, clause)
}

/// True for an address of this machine, in whatever notation.
#[must_use]
pub fn is_loopback_address(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        || bare.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback())
}
