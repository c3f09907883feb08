//! Finds the token in a request.

use chabi_spec::bearer::Authorization;
use http::{HeaderMap, Uri, header};

use crate::Reason;

/// A token as it came, not verified.
#[derive(Clone, Copy)]
pub(crate) struct Presented<'a> {
    pub(crate) text: &'a str,
    /// By the scheme `DPoP` (RFC 9449 §7.1), else `Bearer`.
    pub(crate) by_dpop: bool,
}

/// The access token of a request, not verified; `None` when it has none.
///
/// # Errors
/// When it has one, or several, in a form or a place that is not accepted. That is never the same as having none.
pub(crate) fn unverified_token<'a>(headers: &'a HeaderMap, uri: &Uri) -> Result<Option<Presented<'a>>, Reason> {
    // RFC 9700 §4.3.2, OAuth 2.1 §5.1: a token in a URL ends up in logs and in the Referer header, so it is not accepted there
    if uri.query().is_some_and(|query| query.split('&').any(|pair| pair == "access_token" || pair.starts_with("access_token="))) {
        return Err(Reason::TokenInQuery);
    }
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = all.next() else { return Ok(None) };
    // RFC 6750 §2: one token by one method; with two headers, another program on the way may have read the other one
    if all.next().is_some() {
        return Err(Reason::SeveralHeaders);
    }
    match Authorization::parse(value.to_str().map_err(|_| Reason::MalformedHeader)?) {
        Authorization::Bearer(text) => Ok(Some(Presented { text, by_dpop: false })),
        Authorization::Dpop(text) => Ok(Some(Presented { text, by_dpop: true })),
        Authorization::MalformedBearer => Err(Reason::MalformedHeader),
        Authorization::Other => Ok(None),
    }
}
