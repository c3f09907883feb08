//! How it proves who it is, and with which keys.

use chabi_store::application::{ClientAuthentication, RegisteredClient};
use chabi_token::{Algorithm, JwkSet, jwk::JwkError};

use super::Contradiction;

pub(super) fn check(application: &RegisteredClient, found: &mut Vec<Contradiction>) {
    let settings = &application.settings;
    let by_secret = application.authentication.is_by_secret();
    let by_key = application.authentication == ClientAuthentication::PrivateKeyJwt;
    let mut wrong = |member, rule, hint| found.push(Contradiction::new(member, "", rule, hint));
    if by_secret && application.secret_hashes.is_empty() {
        wrong("client_secret", ("client_secret_missing", "RFC 6749 §2.3.1"), "it is said to have a secret, and has none: give it one");
    }
    // OAuth 2.1 §2.4: one way to prove who it is, and nothing left over from another
    if !by_secret && !application.secret_hashes.is_empty() {
        wrong("client_secret", ("client_secret_unused", "OAuth 2.1 §2.4"), "its secret would prove nothing: take it away");
    }
    if application.secret_hashes.len() > 2 {
        wrong("client_secret", ("client_secrets_many", "RFC 6749 §2.3.1"), "it has more than two secrets: keep the old and the new one");
    }
    // RFC 7591 §2: jwks and jwks_uri exclude each other
    if !settings.jwks.is_empty() && !settings.jwks_uri.is_empty() {
        wrong("jwks", ("jwks_twice", "RFC 7591 §2"), "name its keys by jwks or by jwks_uri, not by both");
    }
    if by_key && settings.jwks.is_empty() && settings.jwks_uri.is_empty() {
        let hint = "private_key_jwt is checked with its public keys: add jwks or jwks_uri";
        wrong("token_endpoint_auth_method", ("jwks_missing", "RFC 7523 §3"), hint);
    }
    if !by_key && !settings.token_endpoint_auth_signing_alg.is_empty() {
        let hint = "it belongs to private_key_jwt: leave it out";
        wrong("token_endpoint_auth_signing_alg", ("assertion_alg_unused", "RFC 7591 §2"), hint);
    }
    if !settings.token_endpoint_auth_signing_alg.is_empty() && Algorithm::parse(&settings.token_endpoint_auth_signing_alg).is_none() {
        let hint = "use RS256, PS256, ES256 or EdDSA";
        wrong("token_endpoint_auth_signing_alg", ("assertion_alg_unknown", "RFC 8725 §3.1"), hint);
    }
    if !by_key && settings.legacy_assertion_audience {
        wrong("legacy_assertion_audience", ("legacy_audience_unused", "RFC 7523 §3"), "it belongs to private_key_jwt: leave it out");
    }
    if !settings.jwks.is_empty() {
        check_keys(&settings.jwks, by_key, found);
    }
}

/// RFC 7517 §5: public keys, one at least that we can use.
fn check_keys(jwks: &str, needed: bool, found: &mut Vec<Contradiction>) {
    let (rule, hint) = match JwkSet::parse(jwks.as_bytes()) {
        Ok(set) if needed && set.keys().is_empty() => (
            ("jwks_without_use", "RFC 7517 §5"),
            "none of its keys can be used: RSA of 2048 bits or more, EC P-256 or Ed25519, for signatures, each with a kid",
        ),
        Ok(_) => return,
        Err(JwkError::Malformed) => (("jwks_malformed", "RFC 7517 §5"), "it is no JWK Set: an object whose member keys is a list of keys"),
        Err(JwkError::Private) => (
            ("jwks_private", "RFC 7517 §9.2"),
            "it has a private or symmetric key, which has now left its owner: make new keys, and register the public ones",
        ),
        Err(JwkError::Weak) => (("jwks_weak", "RFC 7518 §3.3"), "it has a weak or invalid key: RSA keys have 2048 bits or more"),
        Err(JwkError::DuplicateKeyId) => (("jwks_same_kid", "RFC 7517 §4.5"), "two of its keys have the same kid: give each its own"),
    };
    found.push(Contradiction::new("jwks", "", rule, hint));
}
