//! What an API tells of itself (RFC 9728).

use serde::Serialize;
use url::Url;

/// The document. Empty lists and `None` are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProtectedResourceMetadata {
    /// The API, byte for byte as tokens have it in `aud`.
    pub resource: String,
    /// Issuers whose tokens it takes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorization_servers: Vec<String>,
    /// What may be asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes_supported: Vec<String>,
    /// `header` alone: tokens in bodies and URLs end up in logs.
    pub bearer_methods_supported: Vec<String>,
    /// What its answers may be signed with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource_signing_alg_values_supported: Vec<String>,
    /// To be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_name: Option<String>,
    /// Page for developers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_documentation: Option<String>,
    /// RFC 9449: what proofs may be signed with; empty: no DPoP.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dpop_signing_alg_values_supported: Vec<String>,
    /// True: bearer tokens are not taken.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dpop_bound_access_tokens_required: bool,
}

impl ProtectedResourceMetadata {
    /// Of the API with this audience, which takes tokens of this issuer, in the header alone.
    #[must_use]
    pub fn new(resource: impl Into<String>, issuer: impl Into<String>) -> Self {
        Self {
            resource: resource.into(),
            authorization_servers: vec![issuer.into()],
            bearer_methods_supported: vec!["header".to_owned()],
            ..Self::default()
        }
    }

    /// The document, JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Before the path of the resource.
pub const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// Origin, and path with query, of the document about a resource: the well-known path stands between the host and the resource's own path
/// (RFC 9728 §3.1). `None` when the resource is no http(s) URL, such as `urn:…`: then it has no document.
#[must_use]
pub fn location(resource: &str) -> Option<(String, String)> {
    let url = Url::parse(resource).ok().filter(|url| matches!(url.scheme(), "https" | "http") && url.fragment().is_none())?;
    let origin = url.origin().ascii_serialization();
    // RFC 9728 §3.1: a slash that follows the host is not doubled; any other belongs to the path
    let path = if url.path() == "/" { "" } else { url.path() };
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    Some((origin, format!("{WELL_KNOWN}{path}{query}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 9728 §3.1
    // req: rs.prm
    #[test]
    fn the_well_known_path_stands_between_host_and_path() {
        for (resource, path) in [
            ("https://api.example", "/.well-known/oauth-protected-resource"),
            ("https://api.example/", "/.well-known/oauth-protected-resource"),
            ("https://api.example/notes", "/.well-known/oauth-protected-resource/notes"),
            ("https://api.example/notes/", "/.well-known/oauth-protected-resource/notes/"),
            ("https://api.example/notes?tenant=1", "/.well-known/oauth-protected-resource/notes?tenant=1"),
        ] {
            assert_eq!(location(resource), Some(("https://api.example".to_owned(), path.to_owned())));
        }
        assert_eq!(location("http://localhost:8000/mcp").unwrap().0, "http://localhost:8000");
        for resource in ["urn:example:api", "notes", "https://api.example/#a"] {
            assert_eq!(location(resource), None, "{resource}");
        }
    }
}
