//! How it is told of a logout.

use chabi_store::application::RegisteredClient;
use url::Url;

use super::Contradiction;

pub(super) fn check(application: &RegisteredClient, found: &mut Vec<Contradiction>) {
    let settings = &application.settings;
    let front = &settings.frontchannel_logout_uri;
    // OpenID Connect Front-Channel Logout §2: scheme, host and port of a registered redirect URI, since a browser is sent there
    if !front.is_empty() && !application.redirect_uris.iter().any(|uri| is_same_origin(uri, front)) {
        let hint = "it must have the scheme, host and port of one of the redirect URIs";
        let rule = ("frontchannel_logout_origin", "OpenID Connect Front-Channel Logout §2");
        found.push(Contradiction::new("frontchannel_logout_uri", front, rule, hint));
    }
    for (member, uri, required, clause) in [
        (
            "frontchannel_logout_session_required",
            front,
            settings.frontchannel_logout_session_required,
            "OpenID Connect Front-Channel Logout §2",
        ),
        (
            "backchannel_logout_session_required",
            &settings.backchannel_logout_uri,
            settings.backchannel_logout_session_required,
            "OpenID Connect Back-Channel Logout §2.2",
        ),
    ] {
        if required && uri.is_empty() {
            let hint = "there is no URI to send the session to: register one, or leave this out";
            found.push(Contradiction::new(member, "", ("logout_session_without_uri", clause), hint));
        }
    }
}

fn is_same_origin(one: &str, other: &str) -> bool {
    let origin = |text: &str| Url::parse(text).map(|url| url.origin());
    // one without a host equals no other
    matches!((origin(one), origin(other)), (Ok(one), Ok(other)) if one == other)
}
