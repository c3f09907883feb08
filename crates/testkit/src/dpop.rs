//! Keys and proofs of clients that use DPoP, made by hand.

use std::sync::atomic::{AtomicU64, Ordering};

use chabi_token::{Algorithm, SigningKey, Timestamp, base64url, hash};
use serde_json::{Value, json};

/// The key of one client. Each proof has an id of its own.
pub struct DpopKey {
    key: SigningKey,
    proofs: AtomicU64,
}

impl Default for DpopKey {
    fn default() -> Self {
        Self { key: SigningKey::generate(Algorithm::ES256).expect("a key of the test"), proofs: AtomicU64::new(0) }
    }
}

impl DpopKey {
    /// RFC 7638, base64url.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        self.key.public_jwk().thumbprint()
    }

    /// The claims of a proof for a request without an access token.
    #[must_use]
    pub fn claims(&self, method: &str, url: &str, now: Timestamp) -> Value {
        let id = self.proofs.fetch_add(1, Ordering::SeqCst);
        json!({"jti": format!("proof-{id}"), "htm": method, "htu": url, "iat": now.as_seconds()})
    }

    /// A proof for a request without an access token.
    #[must_use]
    pub fn proof(&self, method: &str, url: &str, now: Timestamp) -> String {
        self.sign(&self.claims(method, url, now))
    }

    /// A proof for a request with this access token.
    #[must_use]
    pub fn proof_for(&self, token: &str, method: &str, url: &str, now: Timestamp) -> String {
        let mut claims = self.claims(method, url, now);
        if let Some(members) = claims.as_object_mut() {
            members.insert("ath".to_owned(), base64url::encode(hash::sha256(token.as_bytes())).into());
        }
        self.sign(&claims)
    }

    /// Signs these claims as a proof.
    #[must_use]
    pub fn sign(&self, claims: &Value) -> String {
        let jwk: Value = serde_json::from_str(&self.key.public_jwk().to_json()).expect("a key of the test");
        let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk});
        let signed = format!("{}.{}", base64url::encode(header.to_string()), base64url::encode(claims.to_string()));
        let signature = self.key.sign(signed.as_bytes()).expect("a key of the test");
        format!("{signed}.{}", base64url::encode(signature))
    }
}
