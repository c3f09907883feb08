//! One cookie host on a developer's machine: what is asked for at 127.0.0.1 or ::1 is sent to the public URL.
//!
//! Only where the public URL is of this machine. Behind a proxy the `Host` that reaches us may be anything, and is never looked at.

use axum::{
    extract::{OriginalUri, Request},
    response::{IntoResponse, Response},
};
use chabi_spec::issuer;
use http::{HeaderValue, Method, StatusCode, header, uri::Authority};

/// The public URL, as far as this rule needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PublicHost {
    origin: String,
    authority: String,
    is_of_this_machine: bool,
}

const LOOPBACK: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];
/// What a program calls, at whichever name of this machine it likes; all else is opened by people's browsers, which keep cookies.
const FOR_PROGRAMS: [&str; 13] = [
    "/api/v1/",
    "/.well-known/",
    "/oauth2/jwks",
    "/oauth2/token",
    "/oauth2/device_authorization",
    "/oauth2/userinfo",
    "/oauth2/introspect",
    "/oauth2/revoke",
    "/oauth2/status",
    "/demo/api",
    "/healthz",
    "/readyz",
    "/dev/idp/",
];

impl PublicHost {
    /// `url` has no trailing slash.
    #[must_use]
    pub fn of(url: &str) -> Self {
        let (origin, _) = issuer::split(url);
        let authority = origin.split("://").nth(1).unwrap_or_default().to_owned();
        let is_of_this_machine = authority.parse::<Authority>().is_ok_and(|authority| LOOPBACK.contains(&authority.host()));
        Self { origin: origin.to_owned(), authority, is_of_this_machine }
    }

    /// True for a name that a stranger may have pointed at this machine to read our pages from pages of their own (DNS rebinding).
    /// Browsers resolve `localhost` and everything below it themselves.
    fn is_foreign(&self, host: &str, path_and_query: &str) -> bool {
        let Ok(authority) = host.parse::<Authority>() else { return false };
        let name = authority.host().to_ascii_lowercase();
        let by_browser = !FOR_PROGRAMS.iter().any(|path| path_and_query.starts_with(path));
        self.is_of_this_machine && by_browser && !LOOPBACK.contains(&name.as_str()) && !name.ends_with(".localhost")
    }

    /// Where to send a request for this host and path, `asked` for below the issuer's path; `None`: it is right where it is.
    fn elsewhere(&self, host: &str, path_and_query: &str, asked: &str) -> Option<String> {
        let is_loopback = host.parse::<Authority>().is_ok_and(|authority| LOOPBACK.contains(&authority.host()));
        let by_browser = !FOR_PROGRAMS.iter().any(|path| path_and_query.starts_with(path));
        (self.is_of_this_machine && is_loopback && host != self.authority && by_browser).then(|| format!("{}{asked}", self.origin))
    }

    /// 303 to the same path and query at the public URL; 421 for a host that is not of this machine (RFC 9110 §7.4).
    pub(super) fn answer_elsewhere(&self, request: &Request) -> Option<Response> {
        let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        if !self.is_of_this_machine || host == self.authority {
            return None;
        }
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        if self.is_foreign(host, path) {
            return Some((StatusCode::MISDIRECTED_REQUEST, "This server answers at its public URL alone.\n").into_response());
        }
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        let asked = request.extensions().get::<OriginalUri>().and_then(|OriginalUri(uri)| uri.path_and_query());
        let asked = asked.map_or(path, |asked| asked.as_str());
        let elsewhere = reads.then(|| self.elsewhere(host, path, asked)).flatten()?;
        let location = HeaderValue::from_str(&elsewhere).ok()?;
        Some((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_at_127_0_0_1_is_sent_to_localhost_with_its_query() {
        let public = PublicHost::of("http://localhost:8000");
        let expected = "http://localhost:8000/accounts/google/login/callback/?code=a&state=b";
        assert_eq!(
            public
                .elsewhere(
                    "127.0.0.1:8000",
                    "/accounts/google/login/callback/?code=a&state=b",
                    "/accounts/google/login/callback/?code=a&state=b"
                )
                .as_deref(),
            Some(expected)
        );
        assert!(public.elsewhere("[::1]:8000", "/accounts/login/", "/accounts/login/").is_some());
        assert_eq!(public.elsewhere("localhost:8000", "/accounts/login/", "/accounts/login/"), None);
    }

    // req: md.path
    #[test]
    fn who_asked_below_the_issuers_path_is_sent_back_below_it() {
        let public = PublicHost::of("http://localhost:8000/t1");
        let sent = public.elsewhere("127.0.0.1:8000", "/accounts/login/", "/t1/accounts/login/");
        assert_eq!(sent.as_deref(), Some("http://localhost:8000/t1/accounts/login/"));
        assert_eq!(public.elsewhere("127.0.0.1:8000", "/oauth2/jwks", "/t1/oauth2/jwks"), None);
    }

    #[test]
    fn programs_are_answered_at_every_name() {
        assert_eq!(
            PublicHost::of("http://localhost:8000").elsewhere(
                "127.0.0.1:8000",
                "/.well-known/openid-configuration",
                "/.well-known/openid-configuration"
            ),
            None
        );
    }

    #[test]
    fn a_strangers_name_for_this_machine_gets_no_page_and_programs_may_call_it_as_they_like() {
        let public = PublicHost::of("http://localhost:8000");
        for host in ["evil.example:8000", "localhost.evil.example:8000", "127.0.0.1.evil.example", "LOCALHOST.evil.example"] {
            assert!(public.is_foreign(host, "/dev/mail.json"), "{host}");
            assert!(!public.is_foreign(host, "/oauth2/jwks"), "{host}");
        }
        for host in ["localhost:8000", "LocalHost:8000", "127.0.0.1:8000", "[::1]:8000", "app.localhost:8000", ""] {
            assert!(!public.is_foreign(host, "/dev/mail.json"), "{host}");
        }
        assert!(!PublicHost::of("https://id.example").is_foreign("10.0.0.7:8000", "/accounts/login/"));
    }

    #[test]
    fn a_public_server_does_not_look_at_the_host() {
        assert_eq!(PublicHost::of("https://id.example").elsewhere("127.0.0.1:8000", "/accounts/login/", "/accounts/login/"), None);
    }
}
