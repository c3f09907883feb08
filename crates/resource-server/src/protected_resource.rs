//! The API's own metadata (RFC 9728): which issuer its tokens come from, for clients that know nothing but its URL, such as MCP's.

use std::sync::Arc;

use axum::{Router, routing::get};
use chabi_spec::protected_resource::{ProtectedResourceMetadata, location};
use http::{HeaderValue, header};

/// What an API tells of itself beside its audience and its issuer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AboutApi {
    /// To be shown; empty: nothing.
    pub name: String,
    /// Scopes that may be asked for, separated by spaces.
    pub scopes: String,
    /// Page for developers; empty: none.
    pub documentation: String,
}

/// The rendered document and where it is.
#[derive(Clone, Debug)]
pub(crate) struct Published {
    pub(crate) url: Arc<str>,
    path: String,
    json: Arc<str>,
}

impl Published {
    /// `None` when the audience is no http(s) URL, or one with a query, which no route can tell apart.
    pub(crate) fn of(audience: &str, issuer: &str, about: &AboutApi) -> Option<Self> {
        let (origin, path) = location(audience).filter(|(_, path)| !path.contains(['?', '{', '}', '*']))?;
        let some = |text: &String| (!text.is_empty()).then(|| text.clone());
        let metadata = ProtectedResourceMetadata {
            scopes_supported: about.scopes.split_whitespace().map(str::to_owned).collect(),
            resource_name: some(&about.name),
            resource_documentation: some(&about.documentation),
            ..ProtectedResourceMetadata::new(audience, issuer)
        };
        Some(Self { url: format!("{origin}{path}").into(), path, json: metadata.to_json().into() })
    }

    /// RFC 9728 §3.2: JSON, for everybody, scripts of other origins included: there is nothing secret in it.
    pub(crate) fn router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let json = Arc::clone(&self.json);
        let answer = move || {
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
                (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
                (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
                (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            ];
            std::future::ready((headers, json.to_string()))
        };
        Router::new().route(&self.path, get(answer))
    }
}
