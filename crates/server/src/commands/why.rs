//! `chabi why`: what an error code means, and what usually causes it.

use std::process::ExitCode;

/// Code, meaning, what to look at.
const CODES: [(&str, &str, &str); 16] = [
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
    ("unsupported_grant_type", "There is no such grant here.", "authorization_code, refresh_token and client_credentials are."),
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
    ("interaction_required", "A page would have to be shown, and prompt=none forbids it.", "Send the person through the front door once."),
];

/// Explains; exit code 1 for a code that we never send.
pub fn run(code: &str) -> ExitCode {
    match CODES.iter().find(|(known, ..)| known.eq_ignore_ascii_case(code)) {
        Some((code, meaning, look)) => {
            println!("{code}: {meaning}\n{look}");
            ExitCode::SUCCESS
        }
        None => {
            let known: Vec<&str> = CODES.iter().map(|(code, ..)| *code).collect();
            println!("there is no error code `{code}` here; there are {}", known.join(", "));
            ExitCode::FAILURE
        }
    }
}
