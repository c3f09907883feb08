//! The URIs beside the redirects: pages that people are shown links to, and places that we call or send a browser to.

use chabi_spec::redirect_uri::is_loopback_address;
use chabi_store::application::RegisteredClient;
use url::Url;

use super::Contradiction;
use crate::Place;

/// The longest one, in bytes.
const LONGEST: usize = 2_048;
/// Members that may be repeated in a language, such as `policy_uri#bn` (RFC 7591 §2.2).
const IN_LANGUAGES: [&str; 4] = ["client_uri", "logo_uri", "policy_uri", "tos_uri"];

pub(super) fn check(application: &RegisteredClient, place: Place, found: &mut Vec<Contradiction>) {
    let settings = &application.settings;
    let members = [
        ("client_uri", &settings.client_uri),
        ("logo_uri", &settings.logo_uri),
        ("policy_uri", &settings.policy_uri),
        ("tos_uri", &settings.tos_uri),
        ("jwks_uri", &settings.jwks_uri),
        ("initiate_login_uri", &settings.initiate_login_uri),
        ("sector_identifier_uri", &settings.sector_identifier_uri),
        ("frontchannel_logout_uri", &settings.frontchannel_logout_uri),
        ("backchannel_logout_uri", &settings.backchannel_logout_uri),
    ];
    let in_languages = settings.echoed.iter().filter_map(|(name, uri)| {
        let (base, _) = name.split_once('#')?;
        IN_LANGUAGES.into_iter().find(|member| *member == base).map(|member| (member, uri))
    });
    for (member, uri) in members.into_iter().filter(|(_, uri)| !uri.is_empty()).chain(in_languages) {
        if let Err((rule, hint)) = check_one(uri, place) {
            found.push(Contradiction::new(member, uri, rule, hint));
        }
    }
}

type Broken = ((&'static str, &'static str), &'static str);

/// CIMD §6.5, RFC 7591 §2: https, so that nobody on the way changes what people read or we fetch; no script, no data, no file.
fn check_one(text: &str, place: Place) -> Result<(), Broken> {
    if text.len() > LONGEST
        || !text.bytes().all(|byte| byte.is_ascii_graphic())
        || text.contains(['\\', '<', '>', '"', '^', '`', '{', '|', '}'])
    {
        return Err((("uri_characters", "RFC 3986 §2"), "it is too long, or has a character that URIs do not have"));
    }
    let url = Url::parse(text).map_err(|_| (("uri_not_absolute", "RFC 7591 §2"), "it is not an absolute URI"))?;
    let host = url.host_str().unwrap_or_default();
    let here = place == Place::ThisMachine && is_loopback_address(host);
    if !(url.scheme() == "https" || url.scheme() == "http" && here) {
        return Err((("uri_not_https", "RFC 7591 §5"), "use https"));
    }
    if !url.username().is_empty() || url.password().is_some() || text.contains('#') {
        return Err((("uri_userinfo_or_fragment", "RFC 7591 §5"), "it has a user name, a password or a fragment: leave that out"));
    }
    Ok(())
}
