//! The issuer: one configured string, compared byte for byte everywhere (RFC 8414 §2, RFC 9207 §2.4).

use std::fmt;

use url::{Host, Url};

/// `https://` and a host, perhaps a port and a path; `http://` for loopback alone. No query, no fragment, no trailing slash.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Issuer(String);

/// Why it cannot be an issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnIssuer {
    /// Not an absolute URL.
    #[error("the issuer must be an absolute URL such as https://id.example.com")]
    NotAUrl,
    /// Not https, and not http on loopback.
    #[error("the issuer must begin with https:// (http:// is for localhost, 127.0.0.1 and [::1] alone)")]
    NotHttps,
    /// It ends in `/`.
    #[error("the issuer must not end in a slash: clients compare it byte for byte")]
    TrailingSlash,
    /// It has a query or a fragment.
    #[error("the issuer must have neither query nor fragment")]
    QueryOrFragment,
    /// It has a user name or password.
    #[error("the issuer must have neither user name nor password")]
    UserInfo,
    /// Another text means the same, such as one in lower case or without the default port.
    #[error("the issuer must be written in its normal form: lower case host, no default port, no dot segments")]
    NotNormal,
}

impl Issuer {
    /// Checks the text; it is kept as it is.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, NotAnIssuer> {
        let url = Url::parse(text).map_err(|_| NotAnIssuer::NotAUrl)?;
        // RFC 8414 §2: https, no query, no fragment; http only where nothing leaves the machine
        match (url.scheme(), url.host()) {
            ("https", Some(_)) => {}
            ("http", Some(host)) if is_of_this_machine(&host) => {}
            ("http" | "https", _) => return Err(NotAnIssuer::NotHttps),
            _ => return Err(NotAnIssuer::NotHttps),
        }
        if text.contains(['?', '#']) {
            return Err(NotAnIssuer::QueryOrFragment);
        }
        if text.contains('@') {
            return Err(NotAnIssuer::UserInfo);
        }
        // OpenID Connect Discovery §4.3: it is compared byte for byte, so that there must be one way to write it
        if text.ends_with('/') {
            return Err(NotAnIssuer::TrailingSlash);
        }
        let normal = url.as_str();
        if normal.strip_suffix('/').unwrap_or(normal) != text {
            return Err(NotAnIssuer::NotNormal);
        }
        Ok(Self(text.to_owned()))
    }

    /// As it was configured.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True for https: then cookies are `Secure` and named `__Host-…`.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// Scheme, host and port, as browsers send it in `Origin`.
    #[must_use]
    pub fn origin(&self) -> &str {
        let (origin, _) = self.split();
        origin
    }

    /// What follows the origin: empty, or `/…`.
    #[must_use]
    pub fn path(&self) -> &str {
        let (_, path) = self.split();
        path
    }

    /// True when it names this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        Url::parse(&self.0).is_ok_and(|url| url.host().is_some_and(|host| is_of_this_machine(&host)))
    }

    fn split(&self) -> (&str, &str) {
        split(&self.0)
    }
}

/// An issuer's text as its origin (no slash at the end) and the path below which all of it lives: empty, or `/…`.
#[must_use]
pub fn split(issuer: &str) -> (&str, &str) {
    let authority = issuer.find("://").map_or(0, |position| position + 3);
    let end = issuer.get(authority..).and_then(|rest| rest.find('/')).map_or(issuer.len(), |position| authority + position);
    issuer.split_at_checked(end).unwrap_or((issuer, ""))
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The same, and names below `localhost`, which RFC 6761 §6.3 keeps on this machine too: an installation has several sites there.
fn is_of_this_machine(host: &Host<&str>) -> bool {
    is_loopback(host) || matches!(host, Host::Domain(name) if name.to_ascii_lowercase().ends_with(".localhost"))
}

/// `localhost`, 127.0.0.0/8 or `::1`.
pub(crate) fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}
