//! Frames by which applications end their own sessions in the person's browser (OpenID Connect Front-Channel Logout 1.0).

use chabi_spec::Fault;
use chabi_store::browser_session::SessionId;
use http::Uri;

use crate::server::Shared;

/// More frames than this no page opens.
const MOST: usize = 32;

/// What the page that says that one is signed out must open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Frames {
    /// Logout URIs, with `iss` and `sid`.
    pub urls: Vec<String>,
    /// Their origins, each once.
    pub origins: Vec<String>,
}

/// Of the applications that were given this session in an ID token, those with a page for it.
///
/// # Errors
/// A fault of the store.
pub(crate) async fn frames(session: SessionId, shared: &Shared) -> Result<Frames, Fault> {
    let mut frames = Frames::default();
    for told in shared.store.list_logout_deliveries(session).await? {
        let client = shared.registry.application(&told.client_id, &shared.store).await?;
        let Some(client) = client.filter(|client| client.disabled_at.is_none()) else { continue };
        let uri = &client.settings.frontchannel_logout_uri;
        let Some(origin) = origin(uri) else { continue };
        if frames.urls.len() < MOST {
            frames.urls.push(with_session(uri, &shared.settings.issuer, &told.sid));
            if !frames.origins.contains(&origin) {
                frames.origins.push(origin);
            }
        }
    }
    Ok(frames)
}

/// Front-Channel Logout §2: `iss` and `sid`, so that nobody else can sign a person out there by a link; a registered query stays.
fn with_session(uri: &str, issuer: &str, sid: &str) -> String {
    let separator = if uri.contains('?') { '&' } else { '?' };
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("iss", issuer).append_pair("sid", sid).finish();
    format!("{uri}{separator}{query}")
}

/// As a content security policy names it; `None` for what is no web page.
fn origin(uri: &str) -> Option<String> {
    let uri: Uri = uri.parse().ok()?;
    let (scheme, authority) = (uri.scheme_str()?, uri.authority()?.as_str());
    // no user name, and nothing that could end the policy's directive
    let plain = authority.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']' | '_'));
    (matches!(scheme, "https" | "http") && plain).then(|| format!("{scheme}://{authority}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    // OpenID Connect Front-Channel Logout §2
    #[test]
    fn a_frame_is_told_issuer_and_session_after_the_registered_query() {
        assert_eq!(
            with_session("https://app.example/out", "https://id.example", "s"),
            "https://app.example/out?iss=https%3A%2F%2Fid.example&sid=s"
        );
        assert!(with_session("https://app.example/out?a=b", "https://id.example", "s").starts_with("https://app.example/out?a=b&iss="));
    }

    #[test]
    fn only_web_origins_get_into_the_policy() {
        assert_eq!(origin("https://app.example:8443/out?x=1").as_deref(), Some("https://app.example:8443"));
        for uri in [
            "",
            "javascript:alert(1)",
            "app:/out",
            "https://user@app.example/",
            "https://a;b/",
            "/out",
            "data:text/html,x",
            "ftp://app.example/out",
        ] {
            assert_eq!(origin(uri), None, "{uri}");
        }
    }
}
