//! A request as the endpoints see it: read once, with a cap on its body.

use axum::{
    extract::{FromRequest, Request},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use chabi_spec::{ClientAddress, ErrorCode, Failure, Refusal, cookie, form::Form};
use http::{HeaderMap, Method, StatusCode, Uri, header};
use http_body_util::{BodyExt, Limited};

/// No OAuth request is longer.
const LONGEST_BODY: usize = 64 * 1024;

/// Method, headers, query and body of a request.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Of the client, when the server knows it.
    address: Option<ClientAddress>,
}

impl<S: Send + Sync> FromRequest<S> for Incoming {
    type Rejection = Response;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let body = Limited::new(body, LONGEST_BODY).collect().await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE.into_response())?.to_bytes();
        Ok(Self {
            method: parts.method,
            address: parts.extensions.get::<ClientAddress>().copied(),
            uri: parts.uri,
            headers: parts.headers,
            body,
        })
    }
}

impl Incoming {
    /// A header's text; `None` when absent or not ASCII.
    pub(crate) fn header(&self, name: &header::HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The id that the outermost layer gave this request.
    pub(crate) fn request_id(&self) -> Option<String> {
        self.headers.get("x-request-id").and_then(|value| value.to_str().ok()).map(str::to_owned)
    }

    /// The client's network, as text: what throttles count by.
    pub(crate) fn network(&self) -> Option<String> {
        self.address.as_ref().map(ClientAddress::network)
    }

    /// The client's address, as the server found it behind its trusted proxies.
    pub(crate) fn address(&self) -> Option<std::net::IpAddr> {
        self.address.as_ref().map(|address| address.0)
    }

    /// True when the body says it is a form.
    pub(crate) fn is_form(&self) -> bool {
        let content_type = self.header(&header::CONTENT_TYPE).unwrap_or_default();
        content_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
    }

    /// Query and body as one list of parameters, so that a name in both counts as repeated.
    pub(crate) fn query_and_body(&self) -> Vec<u8> {
        joined(&self.method, &self.uri, &self.body)
    }

    /// The URL's query; empty when there is none.
    pub(crate) fn query(&self) -> &str {
        self.uri.query().unwrap_or_default()
    }

    /// The value of one of our cookies.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.header(&header::COOKIE).and_then(|cookies| cookie::find(cookies, name))
    }

    /// The `Authorization` header; empty when it is there and unreadable, or there twice.
    pub(crate) fn authorization(&self) -> Option<&str> {
        let mut all = self.headers.get_all(header::AUTHORIZATION).iter();
        let first = all.next()?;
        // RFC 6750 §2, OAuth 2.1 §2.4: one way, once; with two headers, another program on the way may have read the other one
        match all.next() {
            None => Some(first.to_str().unwrap_or_default()),
            Some(_) => Some(""),
        }
    }

    /// The body's parameters, for an endpoint that takes none in its URL.
    pub(crate) fn body_form(&self, repeatable: &[&str]) -> Result<Form, Failure> {
        check_nothing_in_the_url(self.query())?;
        Ok(Form::parse(&self.body, repeatable)?)
    }
}

/// See [`Incoming::query_and_body`].
pub(crate) fn joined(method: &Method, uri: &Uri, body: &Bytes) -> Vec<u8> {
    let mut raw = uri.query().unwrap_or_default().as_bytes().to_vec();
    if method == Method::POST && !body.is_empty() {
        if !raw.is_empty() {
            raw.push(b'&');
        }
        raw.extend_from_slice(body);
    }
    raw
}

/// OAuth 2.1 §2.4.1: credentials and tokens never travel in a URL, where logs and histories keep them.
fn check_nothing_in_the_url(query: &str) -> Result<(), Refusal> {
    let mut names = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name);
    match names.any(|name| BODY_ONLY.contains(&name.as_ref())) {
        false => Ok(()),
        true => Err(Refusal::new(
            ErrorCode::InvalidRequest,
            "parameters_in_the_url",
            "send the parameters in the body, not in the URL",
            "OAuth 2.1 §2.4.1",
        )),
    }
}

const BODY_ONLY: [&str; 16] = [
    "client_id",
    "client_secret",
    "client_assertion",
    "grant_type",
    "code",
    "code_verifier",
    "redirect_uri",
    "refresh_token",
    "scope",
    "resource",
    "token",
    "access_token",
    "device_code",
    "subject_token",
    "actor_token",
    "assertion",
];

#[cfg(test)]
mod tests {
    use super::*;

    // req: tk.form
    #[test]
    fn credentials_in_the_query_are_refused_and_foreign_parameters_are_not() {
        assert!(check_nothing_in_the_url("client_secret=x").is_err());
        assert!(check_nothing_in_the_url("a=b&co%64e=x").is_err());
        assert!(check_nothing_in_the_url("utm_source=x").is_ok());
        assert!(check_nothing_in_the_url("").is_ok());
    }
}
