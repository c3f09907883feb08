//! What it wants answers signed with.

use chabi_store::application::RegisteredClient;
use chabi_token::Algorithm;

use super::Contradiction;

pub(super) fn check(application: &RegisteredClient, found: &mut Vec<Contradiction>) {
    let settings = &application.settings;
    let chosen = [
        ("id_token_signed_response_alg", application.id_token_alg.as_str(), true),
        ("userinfo_signed_response_alg", settings.userinfo_signed_response_alg.as_str(), false),
        ("introspection_signed_response_alg", settings.introspection_signed_response_alg.as_str(), false),
    ];
    for (member, name, required) in chosen {
        // OpenID Connect Core §2: never `none`; RFC 8725 §3.1: never a secret that both sides know
        if Algorithm::parse(name).is_none() && (required || !name.is_empty()) {
            let hint = "it is no signing algorithm here: use RS256, PS256, ES256 or EdDSA";
            found.push(Contradiction::new(member, name, ("signing_alg_unknown", "OpenID Connect Registration §2"), hint));
        }
    }
    if settings.default_max_age.is_some_and(|age| age < 0) {
        let hint = "it is a number of seconds, from 0 on";
        found.push(Contradiction::new("default_max_age", "", ("default_max_age_negative", "OpenID Connect Registration §2"), hint));
    }
}
