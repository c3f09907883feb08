//! What an application presents at the token endpoint of a fake: its id and secret, and the verifier of its code.

use aws_lc_rs::digest;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use http::{HeaderMap, header};

use crate::{FakeApp, parameters::Parameters};

/// The secret, in the form or in the Basic header.
pub(crate) fn is_our_app(app: &FakeApp, headers: &HeaderMap, parameters: &Parameters) -> bool {
    let basic = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| value.strip_prefix("Basic "));
    let presented = match basic {
        Some(encoded) => STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok()).and_then(|text| {
            let (id, secret) = text.split_once(':')?;
            let decoded = |part: &str| form_urlencoded::parse(part.as_bytes()).next().map(|(name, _)| name.into_owned());
            Some((decoded(id)?, decoded(secret)?))
        }),
        None => parameters.find("client_id").zip(parameters.find("client_secret")).map(|(id, secret)| (id.to_owned(), secret.to_owned())),
    };
    presented.is_some_and(|(id, secret)| id == app.client_id && secret == app.client_secret)
}

/// The access token of a call, under one of these schemes.
pub(crate) fn token<'a>(headers: &'a HeaderMap, schemes: &[&str]) -> Option<&'a str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    schemes.iter().any(|one| one.eq_ignore_ascii_case(scheme)).then_some(token)
}

/// RFC 7636 §4.6, written again here: a verifier exactly when there was a challenge, and of the right hash.
pub(crate) fn verifier_matches(challenge: Option<&str>, verifier: Option<&str>) -> bool {
    match (challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => {
            challenge == URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()).as_ref())
        }
        _ => false,
    }
}

/// A challenge that comes does so with its method, and is as long as a hash.
pub(crate) fn challenge_is_fine(parameters: &Parameters) -> bool {
    match (parameters.find("code_challenge"), parameters.find("code_challenge_method")) {
        (None, None) => true,
        (Some(challenge), Some("S256")) => challenge.len() == 43,
        _ => false,
    }
}
