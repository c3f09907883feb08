//! Sending the browser somewhere: always 303, so that a POST with a password in it is never sent on (RFC 9700 §4.12).

use axum::response::Response;
use chabi_spec::Fault;
use http::{HeaderValue, StatusCode, header};

use crate::{authorize::check::redirect_uri::TrustedRedirect, logout::check::TrustedReturn};

/// Back to the application, with the parameters of an answer in the query. Only a redirect URI that was checked can be a target.
pub(crate) fn by_query(redirect: &TrustedRedirect, pairs: &[(&str, &str)]) -> Result<Response, Fault> {
    // RFC 6749 §4.1.2: what is registered keeps its query, and gains ours
    see_other(&with_parameters(redirect.uri(), pairs))
}

/// The same, in the fragment (OAuth 2.0 Multiple Response Types §2.1): what is registered has none (RFC 6749 §3.1.2).
pub(crate) fn by_fragment(redirect: &TrustedRedirect, pairs: &[(&str, &str)]) -> Result<Response, Fault> {
    see_other(&with_fragment(redirect.uri(), pairs))
}

/// Back to the application after signing out: `target` is of [`url_after_logout`].
pub(crate) fn after_logout(target: &UrlAfterLogout) -> Result<Response, Fault> {
    see_other(&target.0)
}

/// Where an application gets the browser back.
pub(crate) struct UrlAfterLogout(pub String);

/// RP-Initiated Logout §3: `state` as it came, and nothing else.
pub(crate) fn url_after_logout(target: &TrustedReturn, state: Option<&str>) -> UrlAfterLogout {
    let pairs: Vec<_> = state.map(|state| ("state", state)).into_iter().collect();
    UrlAfterLogout(with_parameters(target.uri(), &pairs))
}

/// To a page of ours: a path, or a path and a query.
pub(crate) fn to_own_page(path: &str) -> Result<Response, Fault> {
    // a path of ours, and not a host in disguise
    if !path.starts_with('/') || path.starts_with("//") || path.starts_with("/\\") {
        return Err(Fault::internal("the gate gave a URL that is not a path of ours"));
    }
    see_other(path)
}

/// `ui_locales` goes with the browser to our page.
pub(crate) fn in_their_language(path: String, ui_locales: Option<&str>) -> String {
    let Some(wished) = ui_locales else { return path };
    let separator = if path.contains('?') { '&' } else { '?' };
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("ui_locales", wished).finish();
    format!("{path}{separator}{query}")
}

fn see_other(target: &str) -> Result<Response, Fault> {
    let location = HeaderValue::from_str(target).map_err(|error| Fault::internal("writing a Location header").because(error))?;
    let mut response = Response::new(axum::body::Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, location);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}

fn with_parameters(uri: &str, pairs: &[(&str, &str)]) -> String {
    let mut target = uri.to_owned();
    let mut separator = if uri.contains('?') { '&' } else { '?' };
    for (name, value) in pairs {
        target.push(separator);
        target.push_str(name);
        target.push('=');
        target.push_str(&percent_encoded(value));
        separator = '&';
    }
    target
}

fn with_fragment(uri: &str, pairs: &[(&str, &str)]) -> String {
    let parameters = with_parameters("", pairs);
    format!("{uri}#{}", parameters.trim_start_matches('?'))
}

/// Spaces become `%20`: every decoder reads that, and not every one reads `+`.
fn percent_encoded(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>().replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    // req: az.state
    #[test]
    fn every_byte_of_a_state_comes_back() {
        let state: String = (1_u32..0x180).filter_map(char::from_u32).collect();
        let target = with_parameters("https://app.example/cb", &[("state", &state)]);
        let query = target.split_once('?').unwrap().1;
        let back: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        assert_eq!(back, [("state".into(), state.into())]);
        assert!(HeaderValue::from_str(&target).is_ok());
        assert!(!target.contains('+'));
    }

    #[test]
    fn a_registered_query_is_kept() {
        assert_eq!(with_parameters("https://a/cb?x=1", &[("code", "c"), ("iss", "i")]), "https://a/cb?x=1&code=c&iss=i");
        assert_eq!(with_parameters("com.example.app:/cb", &[("code", "c")]), "com.example.app:/cb?code=c");
    }

    #[test]
    fn a_fragment_holds_all_and_leaves_a_registered_query_alone() {
        assert_eq!(with_fragment("https://a/cb?x=1", &[("code", "c"), ("state", "?#&")]), "https://a/cb?x=1#code=c&state=%3F%23%26");
    }

    // req: az.303
    #[test]
    fn the_status_is_303_and_the_target_a_path_of_ours() {
        let response = to_own_page("/accounts/login/?transaction=x").unwrap();
        assert_eq!(response.status(), 303);
        for foreign in ["//evil.example", "/\\evil.example", "https://evil.example", ""] {
            assert!(to_own_page(foreign).is_err(), "{foreign}");
        }
    }
}
