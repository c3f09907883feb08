//! What an error code means, and what usually causes it.

use std::process::ExitCode;

use anyhow::Result;
use serde_json::json;

use super::super::operation;

/// Code, meaning, what to look at.
const CODES: &[(&str, &str, &str)] = &[
    (
        "invalid_request",
        "A parameter is missing, repeated or malformed.",
        "error_description names it; send each parameter once, in the body for /oauth2/token.",
    ),
    (
        "invalid_client",
        "The application is unknown, or its secret is wrong.",
        "Compare client_id and secret with `chabi application list`; a public application sends client_id alone.",
    ),
    (
        "invalid_grant",
        "The code or refresh token is unknown, expired, spent, revoked, or another application's.",
        "A code lives 60 seconds and works once; redirect_uri and code_verifier must be those of the same sign-in; keep the newest refresh token.",
    ),
    (
        "unauthorized_client",
        "This application may not use this grant.",
        "`chabi application add --machine` makes one for client_credentials.",
    ),
    ("unsupported_grant_type", "There is no such grant here.", "The metadata lists those that there are, in grant_types_supported."),
    ("unsupported_response_type", "There is no such response type here.", "Use response_type=code with PKCE."),
    ("invalid_scope", "The scope is malformed, or more than was granted.", "When refreshing, ask for what was granted or less."),
    ("invalid_target", "The resource is malformed or unknown.", "`chabi api list` shows the audiences that can be asked for."),
    ("access_denied", "The person said no.", "Nothing to repair: tell them what does not work without."),
    ("server_error", "The fault is ours.", "Look for the request id in the log."),
    ("temporarily_unavailable", "Too busy, or the database cannot be reached.", "Try again after Retry-After; look at /readyz."),
    ("invalid_token", "The access token is malformed, expired, revoked, or for another API.", "`chabi token inspect` shows aud and exp."),
    ("insufficient_scope", "The access token lacks a scope.", "The challenge in WWW-Authenticate says which."),
    ("login_required", "Somebody would have to sign in, and prompt=none forbids a page.", "Send the person through the front door once."),
    ("consent_required", "Somebody would have to consent, and prompt=none forbids a page.", "Send the person through the front door once."),
    (
        "invalid_redirect_uri",
        "A redirect URI of a registration breaks a rule.",
        "https, byte-exact, no fragment and no wildcard; http for loopback addresses of native applications alone.",
    ),
    (
        "invalid_client_metadata",
        "A member of a registration's metadata breaks a rule, or contradicts another.",
        "error_description names it.",
    ),
    (
        "invalid_dpop_proof",
        "The DPoP proof is missing, malformed, for another request, or was used before.",
        "One proof a request: htm, htu, a fresh iat and a jti of its own; ath at APIs.",
    ),
    (
        "use_dpop_nonce",
        "The proof must hold the nonce of this answer's DPoP-Nonce header.",
        "Try again with it; libraries do so by themselves.",
    ),
    (
        "insufficient_user_authentication",
        "The API demands a stronger or younger sign-in.",
        "Send the person with the acr_values and max_age of the challenge.",
    ),
    (
        "unmet_authentication_requirements",
        "Nobody can sign in here in the way that is demanded.",
        "acr_values_supported in the metadata says what can be had.",
    ),
    ("authorization_pending", "The person has not decided about the device yet.", "Ask again after `interval` seconds."),
    ("slow_down", "The device asks too often.", "Wait five seconds longer from now on."),
    ("expired_token", "Nobody decided about the device in time.", "Begin again with a new code."),
    ("request_not_supported", "Request objects are not taken.", "Send plain parameters, or push them (RFC 9126)."),
    ("request_uri_not_supported", "request_uri is taken for pushed requests alone.", "Push the request to /oauth2/par first."),
    (
        "invalid_request_uri",
        "The pushed request is unknown, expired, or another application's.",
        "Push it again: it lives for a short time.",
    ),
    ("interaction_required", "A page would have to be shown, and prompt=none forbids it.", "Send the person through the front door once."),
];

/// Codes are words of small letters; ids of requests are 16 characters of all kinds, which are never a known code.
pub fn is_like_a_code(text: &str) -> bool {
    let known = CODES.iter().any(|(known, ..)| known.eq_ignore_ascii_case(text));
    known || (text.len() != ID_LENGTH && text.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_'))
}

/// Of a request's id.
const ID_LENGTH: usize = 16;

/// What to look at when this code comes.
pub fn what_to_look_at(code: &str) -> Option<&'static str> {
    CODES.iter().find(|(known, ..)| *known == code).map(|(.., look)| *look)
}

/// Explains; exit code 1 for a code that we never send.
///
/// # Errors
/// The output cannot be written.
pub fn explain(code: &str, as_json: bool) -> Result<ExitCode> {
    match CODES.iter().find(|(known, ..)| known.eq_ignore_ascii_case(code)) {
        Some((code, meaning, look)) => {
            let said = json!({ "code": code, "meaning": meaning, "mend": look });
            operation::told(Ok(said), as_json, |_| format!("{code}: {meaning}\n{look}\n"))
        }
        None => {
            let known: Vec<&str> = CODES.iter().map(|(code, ..)| *code).collect();
            eprintln!("chabi: there is no error code `{code}` here; there are {}", known.join(", "));
            Ok(ExitCode::FAILURE)
        }
    }
}
