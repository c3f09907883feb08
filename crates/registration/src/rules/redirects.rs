//! Where a browser may be sent: after an authorization, and after a logout.

use chabi_spec::redirect_uri::RegisteredRedirectUri;
use chabi_store::application::{ApplicationKind, RegisteredClient};

use super::{About, Contradiction};
use crate::Place;

/// The most of each kind.
const MOST: usize = 100;

pub(super) fn check(application: &RegisteredClient, place: Place, found: &mut Vec<Contradiction>) {
    // RFC 9700 §2.6: plain http is for loopback addresses alone; the parser holds native applications and this machine to them
    let native = application.kind == ApplicationKind::Native || place == Place::ThisMachine;
    let of_kind = |member: &'static str, uri: &str| {
        let refusal = RegisteredRedirectUri::parse(uri, native).err()?;
        let about = if member == "redirect_uris" { About::RedirectUri } else { About::Metadata };
        Some(Contradiction { about, ..Contradiction::new(member, uri, (refusal.cause.rule, refusal.clause), refusal.hint) })
    };
    found.extend(application.redirect_uris.iter().filter_map(|uri| of_kind("redirect_uris", uri)));
    found.extend(application.post_logout_redirect_uris.iter().filter_map(|uri| of_kind("post_logout_redirect_uris", uri)));
    for (member, list) in
        [("redirect_uris", &application.redirect_uris), ("post_logout_redirect_uris", &application.post_logout_redirect_uris)]
    {
        if list.len() > MOST {
            found.push(Contradiction::new(member, "", ("too_many_uris", "RFC 7591 §2"), "register 100 URIs at the most"));
        }
    }
    // RFC 6749 §3.1.2.2, OAuth 2.1 §2.3: a code is sent to a registered URI and nowhere else
    if application.redirect_uris.is_empty() && application.grant_types.iter().any(|grant| grant == "authorization_code") {
        let hint = "the code grant needs a redirect URI: register one, or leave the grant out";
        let missing = Contradiction::new("redirect_uris", "", ("redirect_uris_missing", "OAuth 2.1 §2.3"), hint);
        found.push(Contradiction { about: About::RedirectUri, ..missing });
    }
}
