//! The headers of every page.

use http::{
    HeaderName, HeaderValue,
    header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, InvalidHeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
    },
};

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'";
const POLICY_AND_FORMS: &str =
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/// The policy of a page on which script files of ours may run, and nothing else.
pub(crate) fn policy_with_our_scripts(allow_form_to_leave: bool) -> HeaderValue {
    match allow_form_to_leave {
        true => HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'",
        ),
        false => HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
        ),
    }
}

/// The policy of a page whose one script has this nonce, and whose form leaves for an application.
///
/// # Errors
/// When the nonce has characters that no header takes.
pub(crate) fn policy_with_script(nonce: &str) -> Result<HeaderValue, InvalidHeaderValue> {
    HeaderValue::try_from(format!("{POLICY}; script-src 'nonce-{nonce}'"))
}

/// The policy of a page that loads a picture of an application, from the one origin that this application named.
///
/// # Errors
/// When the origin has characters that no header takes.
pub(crate) fn policy_with_pictures(allow_form_to_leave: bool, origin: &str) -> Result<HeaderValue, InvalidHeaderValue> {
    let policy = if allow_form_to_leave { POLICY } else { POLICY_AND_FORMS };
    HeaderValue::try_from(policy.replace("img-src 'self' data:", &format!("img-src 'self' data: {origin}")))
}

/// The policy of a page that opens pages of applications in frames, from these origins and from no others; a script of ours may lead on.
///
/// # Errors
/// When an origin has characters that no header takes.
pub fn policy_with_frames(origins: &[String]) -> Result<HeaderValue, InvalidHeaderValue> {
    HeaderValue::try_from(format!("{POLICY}; script-src 'self'; frame-src {}", origins.join(" ")))
}

/// The headers of a page without script, content type included.
///
/// `allow_form_to_leave`: a POST of the page ends in a redirect to an application or a provider, which `form-action` would stop.
#[must_use]
pub fn for_page(allow_form_to_leave: bool) -> Vec<(HeaderName, HeaderValue)> {
    let policy = if allow_form_to_leave { POLICY } else { POLICY_AND_FORMS };
    [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, policy),
        // RFC 9700 §4.16: nobody may put our pages into a frame, also where CSP is not known.
        (X_FRAME_OPTIONS, "DENY"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // RFC 9700 §4.2.4: codes and transactions in our URLs must not travel on in `Referer`.
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"),
    ]
    .into_iter()
    .map(|(name, value)| (name, HeaderValue::from_static(value)))
    .collect()
}
