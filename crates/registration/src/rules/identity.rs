//! Its id, its name, and the origins of its scripts.

use chabi_spec::reserved_claims;
use chabi_store::application::RegisteredClient;

use super::Contradiction;
use crate::{client_id_document, origins};

/// The longest name, in characters.
const LONGEST_NAME: usize = 200;

pub(super) fn check(application: &RegisteredClient, found: &mut Vec<Contradiction>) {
    let id = &application.client_id;
    let plain = !id.is_empty() && id.len() <= 255 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    // the URL of a document is an id too: of what it says, or of a row by which an operator shuts it out
    if !plain && client_id_document::check_url(id).is_err() {
        let hint = "use letters, digits, `-` and `_`";
        found.push(Contradiction::new("client_id", id, ("client_id_characters", "RFC 6749 §2.2"), hint));
    }
    // people read it on the consent page: nothing in it may hide or turn round what stands beside it
    let odd = |character: char| {
        character.is_control()
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let names = application.settings.echoed.iter().filter(|(name, _)| name.starts_with("client_name#")).map(|(_, value)| value);
    for name in names.chain([&application.name]) {
        if name.is_empty() || name.chars().count() > LONGEST_NAME || name.contains(odd) {
            let hint = "a name has 1 to 200 characters, none of them invisible";
            found.push(Contradiction::new("client_name", name, ("client_name_characters", "RFC 7591 §5"), hint));
        }
    }
    for origin in application.origins.iter().filter(|origin| !origins::is_origin(origin)) {
        let hint = "an origin is a scheme, a host and perhaps a port, such as `https://app.example`";
        found.push(Contradiction::new("origins", origin, ("origin_malformed", "RFC 6454 §6.2"), hint));
    }
    if let Err(error) = reserved_claims::check(&application.settings.extra_claims) {
        let hint = "choose another name or value";
        found.push(Contradiction::new("extra_claims", error.to_string(), ("extra_claims", "RFC 7519 §4"), hint));
    }
}
