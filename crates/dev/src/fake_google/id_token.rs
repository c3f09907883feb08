//! The fake Google's ID tokens: RS256, made here by hand so that a fault of our own JWS code cannot hide in both.

use aws_lc_rs::{
    digest,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{Code, Google};

/// An RSA key of 2048 bits and its id.
pub(super) struct SigningKey {
    pair: KeyPair,
    kid: String,
}

impl SigningKey {
    /// A new key; takes up to a second, so never on an async thread.
    pub(super) fn generate() -> Result<Self, String> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|error| error.to_string())?;
        let hashed = digest::digest(&digest::SHA256, pair.public_key().as_ref());
        let kid = hashed.as_ref().iter().take(20).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { pair, kid })
    }

    /// As it stands in the JWK set.
    pub(super) fn public_jwk(&self) -> Value {
        let public = self.pair.public_key();
        let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid,
            "n": number(public.modulus().big_endian_without_leading_zero()),
            "e": number(public.exponent().big_endian_without_leading_zero()),
        })
    }

    fn signature(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let made = self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature);
        made.map(|()| signature).map_err(|error| error.to_string())
    }
}

/// The signed ID token for what a code stands for; spoilt where the persona says so.
pub(super) fn issue(google: &Google, key: &SigningKey, code: &Code, access_token: &str) -> Result<String, String> {
    let now = google.0.env.now().as_seconds();
    let mut claims = code.person.claims(&code.scope);
    claims.insert("iss".to_owned(), json!(google.0.issuer));
    claims.insert("azp".to_owned(), json!(google.0.app.client_id));
    claims.insert("aud".to_owned(), json!(google.0.app.client_id));
    claims.insert("at_hash".to_owned(), json!(at_hash(access_token)));
    claims.insert("iat".to_owned(), json!(now));
    claims.insert("exp".to_owned(), json!(now + 3_600));
    match (&code.nonce, code.persona) {
        (_, "wrong-nonce") => claims.insert("nonce".to_owned(), json!("a-nonce-that-nobody-sent")),
        (Some(nonce), _) => claims.insert("nonce".to_owned(), json!(nonce)),
        (None, _) => None,
    };
    let header = json!({ "alg": "RS256", "kid": key.kid, "typ": "JWT" });
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(Value::Object(claims).to_string()));
    let mut signature = key.signature(signed.as_bytes())?;
    if code.persona == "wrong-signature"
        && let Some(byte) = signature.first_mut()
    {
        *byte ^= 1;
    }
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// OpenID Connect Core §3.1.3.6: the left half of the SHA-256 of the access token.
fn at_hash(access_token: &str) -> String {
    let hashed = digest::digest(&digest::SHA256, access_token.as_bytes());
    URL_SAFE_NO_PAD.encode(hashed.as_ref().get(..16).unwrap_or_default())
}
