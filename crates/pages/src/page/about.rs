//! What an application says of itself: its picture and its links, as far as a page may show them.

use serde::Serialize;
use url::Url;

/// Cleaned where it is made: what is left is an https picture, and links that are web addresses. Empty: not there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct About {
    logo: String,
    site: String,
    policy: String,
    terms: String,
}

/// What it registered, as it stands in the store.
#[derive(Clone, Copy, Debug, Default)]
pub struct AboutLinks<'a> {
    /// `logo_uri`.
    pub logo_uri: &'a str,
    /// `client_uri`.
    pub client_uri: &'a str,
    /// `policy_uri`.
    pub policy_uri: &'a str,
    /// `tos_uri`.
    pub tos_uri: &'a str,
}

impl About {
    /// Leaves out what a page must not show: a picture that is not https, and links that are no web addresses, such as `javascript:`.
    #[must_use]
    pub fn new(links: AboutLinks<'_>) -> Self {
        let with = |text: &str, schemes: &[&str]| {
            let parsed = Url::parse(text).ok().filter(|url| schemes.contains(&url.scheme()) && origin_of(url).is_some());
            parsed.map(String::from).unwrap_or_default()
        };
        let link = |text| with(text, &["https", "http"]);
        Self {
            logo: with(links.logo_uri, &["https"]),
            site: link(links.client_uri),
            policy: link(links.policy_uri),
            terms: link(links.tos_uri),
        }
    }

    /// The one origin from which the page may load a picture, for its Content-Security-Policy.
    #[must_use]
    pub fn image_source(&self) -> Option<String> {
        Url::parse(&self.logo).ok().as_ref().and_then(origin_of)
    }
}

/// Scheme, host and port; `None` where the host could be read as more than a host in a policy.
fn origin_of(url: &Url) -> Option<String> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | ':' | '[' | ']');
    url.host_str().filter(|host| !host.is_empty() && host.chars().all(plain))?;
    let origin = url.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    // req: wb.csp
    #[test]
    fn a_picture_comes_from_the_one_https_origin_that_the_application_named() {
        let about = |logo_uri| About::new(AboutLinks { logo_uri, ..AboutLinks::default() });
        assert_eq!(about("https://app.example:8443/logo.png?x=1").image_source().as_deref(), Some("https://app.example:8443"));
        for hostile in [
            "http://app.example/logo.png",
            "data:image/png;base64,x",
            "javascript:alert(1)",
            "https://a;script-src",
            "https://a'b/",
            "",
            "x",
        ] {
            assert_eq!(about(hostile), About::default(), "{hostile}");
        }
    }

    // req: wb.xss
    #[test]
    fn links_are_web_addresses_and_nothing_else() {
        let hostile = "javascript:alert(1)";
        let about = About::new(AboutLinks { client_uri: hostile, policy_uri: "data:text/html,x", tos_uri: "//x", logo_uri: hostile });
        assert_eq!(about, About::default());
        let about = About::new(AboutLinks { policy_uri: "https://app.example/a\"b", ..AboutLinks::default() });
        assert_eq!(about.policy, "https://app.example/a%22b");
    }
}
