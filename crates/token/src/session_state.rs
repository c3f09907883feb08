//! What tells an application whether the browser is still signed in as the same person (OpenID Connect Session Management 1.0).
//!
//! The browser has a cookie that scripts of ours can read, the *browser state*. It is made from the session's id, says nothing else, and
//! opens nothing. `session_state` is a hash of it, made for one application.

use crate::{Env, Id, base64url, hash};

/// Name of the browser state's cookie, without `__Host-`.
pub const COOKIE: &str = "chabi_browser_state";

/// The browser state while this session lives; without one it is `""`, and there is no cookie. Another session gives another one.
#[must_use]
pub fn of_browser(session: Id) -> String {
    base64url::encode(hash::sha256(format!("chabi browser state {session}").as_bytes()))
}

/// `session_state` (Session Management §2, §3.2): `<hash>.<salt>`, the hash being SHA-256 of `client_id origin browser_state salt`.
#[must_use]
pub fn session_state(client_id: &str, origin: &str, browser_state: &str, env: &Env) -> String {
    salted(client_id, origin, browser_state, &base64url::encode(env.random::<12>()))
}

fn salted(client_id: &str, origin: &str, browser_state: &str, salt: &str) -> String {
    let text = format!("{client_id} {origin} {browser_state} {salt}");
    format!("{}.{salt}", base64url::encode(hash::sha256(text.as_bytes())))
}

/// The origin of a redirect URI, as a browser writes it in `event.origin`: default ports are left out. `None` for what is no web page.
#[must_use]
pub fn origin(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let default_port = match scheme.as_str() {
        "https" => ":443",
        "http" => ":80",
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default().to_ascii_lowercase();
    let host = authority.strip_suffix(default_port).unwrap_or(&authority);
    (!host.is_empty() && !host.contains('@')).then(|| format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for (uri, expected) in [
            ("https://app.example/cb?x=1", Some("https://app.example")),
            ("https://App.example:443/cb", Some("https://app.example")),
            ("http://localhost:8080/cb", Some("http://localhost:8080")),
            ("https://app.example?x", Some("https://app.example")),
            ("http://[::1]:80/", Some("http://[::1]")),
            ("com.example.app:/cb", None),
            ("app://host/cb", None),
            ("https://user@app.example/", None),
        ] {
            assert_eq!(origin(uri).as_deref(), expected, "{uri}");
        }
    }

    // OpenID Connect Session Management §3.2
    #[test]
    fn session_state_differs_by_application_origin_and_session_and_names_its_salt() {
        let states = [
            salted("app", "https://a", "state", "salt"),
            salted("other", "https://a", "state", "salt"),
            salted("app", "https://b", "state", "salt"),
            salted("app", "https://a", "", "salt"),
            salted("app", "https://a", "state", "another"),
        ];
        for (number, state) in states.iter().enumerate() {
            assert!(state.ends_with(".salt") || state.ends_with(".another"));
            assert_eq!(state.split('.').next().unwrap().len(), 43);
            assert!(!states.iter().skip(number + 1).any(|other| other == state));
        }
        // `printf 'app https://a state salt' | openssl dgst -sha256 -binary | base64`
        assert_eq!(states[0], "waTkoLfaI18NDuSey1-jgs3zshUNkXj5Htx6r_VBIFk.salt");
        assert!(!states[0].contains(' '), "it travels in a message that is split at spaces");
    }

    #[test]
    fn the_browser_state_tells_sessions_apart() {
        assert_ne!(of_browser(Id::from_bytes([1; 16])), of_browser(Id::from_bytes([2; 16])));
    }
}
