//! What the application's profile does not go together with. This is the one place where standards that contradict each other are told
//! apart at registration.

use chabi_store::application::{Profile, RegisteredClient};

use super::Contradiction;

pub(super) fn check(application: &RegisteredClient, found: &mut Vec<Contradiction>) {
    match application.profile {
        Profile::OAuth21 => oauth21(application, found),
        // OpenID Connect Core leaves all of these to the application
        Profile::Oidc => {}
    }
}

/// OAuth 2.1 has one audience for assertions.
fn oauth21(application: &RegisteredClient, found: &mut Vec<Contradiction>) {
    // draft-ietf-oauth-rfc7523bis §4: an assertion for the token endpoint's URL can be replayed elsewhere
    if application.settings.legacy_assertion_audience {
        let hint = "profile oauth21 takes assertions for the issuer alone: leave this out, or choose profile oidc";
        found.push(Contradiction::new("legacy_assertion_audience", "", ("legacy_audience_in_oauth21", "RFC 7523bis §4"), hint));
    }
}
