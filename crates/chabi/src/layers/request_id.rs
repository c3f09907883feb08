//! Names every request: log lines, error pages and the answer carry `x-request-id`.

use axum::extract::Request;
use chabi_token::{Env, base64url};
use http::{HeaderName, HeaderValue};

/// The header, on the request for those within and on the answer for those without.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request a name of 16 characters, unless an outer layer of ours did. What a stranger sends is never taken: it would stand
/// in our logs.
pub(super) fn name(request: &mut Request, env: &Env) -> HeaderValue {
    let outer = request.extensions().get::<RequestId>().cloned();
    let id = outer.unwrap_or_else(|| {
        let id = RequestId::new(env);
        request.extensions_mut().insert(id.clone());
        id
    });
    request.headers_mut().insert(HEADER, id.0.clone());
    id.0
}

/// The name of a request, in its extensions.
#[derive(Clone, Debug)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// A new one.
    #[must_use]
    pub fn new(env: &Env) -> Self {
        let text = base64url::encode(env.random::<12>());
        Self(HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("unnamed")))
    }

    /// 16 characters of base64url.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }
}
