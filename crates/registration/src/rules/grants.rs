//! What it may ask tokens by.

use chabi_store::application::{ClientAuthentication, RegisteredClient};

use super::Contradiction;

/// RFC 8628 §3.4.
pub(crate) const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// RFC 8693 §2.1.
pub(crate) const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// RFC 7523 §2.1.
pub(crate) const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

const KNOWN: [&str; 6] = ["authorization_code", "refresh_token", "client_credentials", DEVICE_CODE, TOKEN_EXCHANGE, JWT_BEARER];
const RESPONSE_MODES: [&str; 3] = ["query", "fragment", "form_post"];

pub(super) fn check(application: &RegisteredClient, found: &mut Vec<Contradiction>) {
    let grants = &application.grant_types;
    let has = |grant: &str| grants.iter().any(|own| own == grant);
    let mut wrong = |grant: &str, rule, hint| found.push(Contradiction::new("grant_types", grant, rule, hint));
    for grant in grants.iter().filter(|grant| !KNOWN.contains(&grant.as_str())) {
        let hint = "there is no such grant here: use authorization_code, refresh_token, client_credentials, or the URN of device_code, token-exchange or jwt-bearer";
        wrong(grant, ("grant_type_unknown", "RFC 7591 §2"), hint);
    }
    let public = application.authentication == ClientAuthentication::None;
    // RFC 6749 §4.4: the client credentials grant is for confidential clients alone
    if public && has("client_credentials") {
        let hint = "client_credentials needs an application that can prove who it is: give it a secret or a key";
        wrong("client_credentials", ("client_credentials_public", "RFC 6749 §4.4"), hint);
    }
    let (exchange, native) = (application.settings.exchange.is_some(), !application.settings.native_sign_in.is_empty());
    // RFC 8693 §5: whoever may exchange tokens must be known for sure; a mobile app proves by its vendor's token and nonce
    if public && has(TOKEN_EXCHANGE) && (exchange || !native) {
        let hint = "token exchange needs an application that can prove who it is: give it a secret or a key";
        wrong(TOKEN_EXCHANGE, ("token_exchange_public", "RFC 8693 §5"), hint);
    }
    if has(TOKEN_EXCHANGE) != (exchange || native) {
        let hint = "the token-exchange grant and a rule of what may be exchanged go together: add the one, or remove the other";
        wrong(TOKEN_EXCHANGE, ("token_exchange_rule", "RFC 8693 §2.1"), hint);
    }
    if has(JWT_BEARER) == application.settings.assertion_issuers.is_empty() {
        let hint = "the jwt-bearer grant and the issuers whose assertions are taken go together: add the one, or remove the other";
        wrong(JWT_BEARER, ("jwt_bearer_issuers", "RFC 7523 §3"), hint);
    }
    if native && !application.first_party {
        let hint = "nobody can be asked for consent: only a first-party application may bring a vendor's ID tokens";
        found.push(Contradiction::new("native_sign_in", "", ("native_sign_in_of_strangers", "RFC 8693 §5"), hint));
    }
    let mut wrong = |grant: &str, rule, hint| found.push(Contradiction::new("grant_types", grant, rule, hint));
    if has("refresh_token") && !has("authorization_code") && !has(DEVICE_CODE) && !native {
        let hint = "nothing gives it a refresh token: add authorization_code or device_code, or leave refresh_token out";
        wrong("refresh_token", ("refresh_token_alone", "RFC 6749 §6"), hint);
    }
    for mode in application.settings.response_modes.iter().filter(|mode| !RESPONSE_MODES.contains(&mode.as_str())) {
        let hint = "there is no such response mode here: use query, fragment or form_post";
        found.push(Contradiction::new("response_modes", mode, ("response_mode_unknown", "OAuth 2.0 Multiple Response Types §2.1"), hint));
    }
}
