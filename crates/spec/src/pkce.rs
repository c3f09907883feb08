//! Proof Key for Code Exchange: the shapes of challenge and verifier (RFC 7636 §4.1 to §4.3). S256 is the only method.

use std::fmt;

use crate::{ErrorCode, Refusal};

/// An S256 challenge: 43 characters of base64url.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeChallenge(String);

/// A verifier: 43 to 128 unreserved characters. Secret.
#[derive(Clone, PartialEq, Eq)]
pub struct CodeVerifier(String);

impl CodeChallenge {
    /// Reads `code_challenge` and `code_challenge_method`.
    ///
    /// # Errors
    /// `invalid_request` unless the method is there and `S256`, and the challenge can be one of S256.
    pub fn parse(challenge: &str, method: Option<&str>) -> Result<Self, Refusal> {
        // RFC 7636 §4.3: a missing method means plain, and plain protects nothing that we want protected
        if method != Some("S256") {
            let refusal = Refusal::new(
                ErrorCode::InvalidRequest,
                "code_challenge_method_not_s256",
                "code_challenge_method must be S256",
                "RFC 7636 §4.3",
            );
            return Err(refusal.explain(method.unwrap_or("(absent)"), "S256"));
        }
        Self::from_stored(challenge).ok_or_else(|| {
            Refusal::new(
                ErrorCode::InvalidRequest,
                "code_challenge_malformed",
                "code_challenge must be the base64url of a SHA-256 hash: 43 characters",
                "RFC 7636 §4.2",
            )
        })
    }

    /// A challenge that was parsed before, and kept; `None` when it does not look like one.
    #[must_use]
    pub fn from_stored(challenge: &str) -> Option<Self> {
        // RFC 7636 §4.2: base64url of 32 bytes; the last character carries four bits only, so that one hash has one text
        let last_is_canonical = challenge.bytes().last().is_some_and(|byte| b"AEIMQUYcgkosw048".contains(&byte));
        let well_formed = challenge.len() == 43 && challenge.bytes().all(is_base64url) && last_is_canonical;
        well_formed.then(|| Self(challenge.to_owned()))
    }

    /// As it came.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl CodeVerifier {
    /// Reads `code_verifier`.
    ///
    /// # Errors
    /// `invalid_grant` when it cannot be a verifier: it then cannot match either.
    pub fn parse(verifier: &str) -> Result<Self, Refusal> {
        // RFC 7636 §4.1: 43 to 128 unreserved characters
        if (43..=128).contains(&verifier.len()) && verifier.bytes().all(is_unreserved) {
            return Ok(Self(verifier.to_owned()));
        }
        Err(Refusal::new(
            ErrorCode::InvalidGrant,
            "code_verifier_malformed",
            "code_verifier must have 43 to 128 unreserved characters",
            "RFC 7636 §4.1",
        ))
    }

    /// The verifier itself, to be hashed.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CodeVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeVerifier(…)")
    }
}

fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

fn is_unreserved(byte: u8) -> bool {
    is_base64url(byte) || matches!(byte, b'.' | b'~')
}
