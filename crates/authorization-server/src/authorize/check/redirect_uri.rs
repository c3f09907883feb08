//! The redirect URI must be one of the registered ones: only then may anything be sent there.

use chabi_spec::{ErrorCode, Refusal, Scope, authorization_request::ReturnAddress, form::Form, redirect_uri};
use chabi_store::application::{ApplicationKind, RegisteredClient};

/// Evidence that a URI is registered for the application. Made here alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TrustedRedirect {
    uri: String,
    was_sent: bool,
}

impl TrustedRedirect {
    /// As it was sent.
    pub(crate) fn uri(&self) -> &str {
        &self.uri
    }

    /// True when the request named it.
    pub(crate) fn was_sent(&self) -> bool {
        self.was_sent
    }
}

/// RFC 9700 §4.1.3: equal, byte for byte, to a registered one; the port of a loopback redirect of a native application is free.
pub(super) fn trust(address: &ReturnAddress, form: &Form, client: &RegisteredClient) -> Result<TrustedRedirect, Refusal> {
    let native = client.kind == ApplicationKind::Native;
    match &address.redirect_uri {
        Some(sent) => match client.redirect_uris.iter().any(|registered| redirect_uri::matches(registered, sent, native)) {
            true => Ok(TrustedRedirect { uri: sent.clone(), was_sent: true }),
            false => Err(refusal("redirect_uri_not_registered", "redirect_uri is not registered for this application", "RFC 9700 §4.1.3")
                .explain(sent, client.redirect_uris.join(" "))),
        },
        None => the_only_one(form, client),
    }
}

/// OAuth 2.1 §2.3.2, OpenID Connect Core §3.1.2.1: it may be left out when there is one alone, and never with `openid`.
fn the_only_one(form: &Form, client: &RegisteredClient) -> Result<TrustedRedirect, Refusal> {
    let openid = form.get("scope").and_then(|scope| Scope::parse(scope).ok()).is_some_and(|scope| scope.contains("openid"));
    match client.redirect_uris.as_slice() {
        [only] if !openid => Ok(TrustedRedirect { uri: only.clone(), was_sent: false }),
        _ => Err(refusal("redirect_uri_missing", "redirect_uri is missing", "OAuth 2.1 §2.3.2")
            .explain("nothing", client.redirect_uris.join(" "))),
    }
}

fn refusal(rule: &'static str, hint: &'static str, clause: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidRequest, rule, hint, clause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::application;

    fn trusted(query: &str, client: &RegisteredClient) -> Result<TrustedRedirect, Refusal> {
        let form = Form::parse(format!("client_id=spa&{query}").as_bytes(), &[])?;
        trust(&ReturnAddress::parse(&form)?, &form, client)
    }

    // req: rd.exact
    #[test]
    fn a_redirect_uri_is_trusted_byte_for_byte_or_not_at_all() {
        assert_eq!(trusted("redirect_uri=https://app.example/cb", &application()).unwrap().uri(), "https://app.example/cb");
        for foreign in [
            "https://app.example/cb/",
            "https://app.example/CB",
            "https://app.example/cb?x=1",
            "https://app.example/cb%23",
            "https://app.example:443/cb",
            "https://app.example/a/../cb",
            "https://app.example.evil.example/cb",
            "http://app.example/cb",
            "//app.example/cb",
        ] {
            assert!(trusted(&format!("redirect_uri={foreign}"), &application()).is_err(), "{foreign}");
        }
    }

    // req: rd.req
    #[test]
    fn it_may_be_left_out_only_when_there_is_one_and_openid_is_not_asked_for() {
        assert!(!trusted("scope=notes:read", &application()).unwrap().was_sent());
        assert!(trusted("scope=openid", &application()).is_err());
        let two = RegisteredClient { redirect_uris: vec!["https://a/".to_owned(), "https://b/".to_owned()], ..application() };
        assert!(trusted("scope=notes:read", &two).is_err());
    }

    // req: rd.loop
    #[test]
    fn the_port_of_a_native_loopback_redirect_is_free() {
        let redirect_uris = vec!["http://127.0.0.1/cb".to_owned()];
        let native = RegisteredClient { kind: ApplicationKind::Native, redirect_uris, ..application() };
        assert!(trusted("redirect_uri=http://127.0.0.1:49152/cb", &native).is_ok());
        assert!(trusted("redirect_uri=http://127.0.0.1:49152/other", &native).is_err());
        let web = RegisteredClient { kind: ApplicationKind::Web, ..native };
        assert!(trusted("redirect_uri=http://127.0.0.1:49152/cb", &web).is_err());
    }
}
