//! Secrets of confidential applications: made by us, shown once, stored as hashes.

use crate::{Env, SecretText, base64url, hash};

const PREFIX: &str = "chabi_cs_";

/// A new secret of 256 bits (`chabi_cs_` and 43 characters of `[A-Za-z0-9_-]`), and the SHA-256 of its text to be stored.
#[must_use]
pub fn generate(env: &Env) -> (SecretText, [u8; 32]) {
    let text = format!("{PREFIX}{}", base64url::encode(env.random::<32>()));
    let hash = hash_of(&text);
    (SecretText::new(text), hash)
}

/// SHA-256 of a secret's text.
#[must_use]
pub fn hash_of(secret: &str) -> [u8; 32] {
    hash::sha256(secret.as_bytes())
}

/// True when the presented secret is one of those stored. Always makes two comparisons of 32 bytes or more, whether the application
/// exists or not (pass an empty list for one that does not).
#[must_use]
pub fn verify(presented: &str, stored: &[[u8; 32]]) -> bool {
    let presented = hash_of(presented);
    // OAuth 2.1 §3.2.4: an unknown application and a wrong secret must look the same, also by time
    let mut found = false;
    for hash in stored {
        found |= hash::constant_time_eq(&presented, hash);
    }
    for _ in stored.len()..2 {
        // what stands in for a missing hash can match nothing, whatever it says
        let _same_work = std::hint::black_box(hash::constant_time_eq(&presented, &[0; 32]));
    }
    found
}
