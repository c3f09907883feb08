//! Proof Key for Code Exchange: the verifier must hash to the challenge (RFC 7636 §4.6).

use chabi_spec::pkce::{CodeChallenge, CodeVerifier};

use crate::{Env, SecretText, base64url, hash};

/// True when the verifier is the one that the challenge was made from.
#[must_use]
pub fn matches(verifier: &CodeVerifier, challenge: &CodeChallenge) -> bool {
    // RFC 7636 §4.6: base64url(SHA-256(verifier)) must equal the stored challenge
    hash::constant_time_eq(challenge_of(verifier.expose()).as_bytes(), challenge.as_str().as_bytes())
}

/// A verifier and its S256 challenge, for the times when we are the client.
#[must_use]
pub fn generate(env: &Env) -> (SecretText, String) {
    let verifier = base64url::encode(env.random::<32>());
    let challenge = challenge_of(&verifier);
    (SecretText::new(verifier), challenge)
}

fn challenge_of(verifier: &str) -> String {
    base64url::encode(hash::sha256(verifier.as_bytes()))
}
