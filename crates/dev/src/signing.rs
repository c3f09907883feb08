//! What the fakes sign: RS256, made here by hand so that a fault of our own JWS code cannot hide in both.

use std::sync::Arc;

use aws_lc_rs::{
    digest,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;

use crate::switches::Switches;

/// The key of one fake: made when first needed, and anew when somebody rotates it.
#[derive(Default)]
pub(crate) struct Keys(Mutex<Option<(u32, Arc<SigningKey>)>>);

impl Keys {
    /// The key of today. Made off the async threads: an RSA key takes a while.
    pub(crate) async fn current(&self, switches: &Switches) -> Result<Arc<SigningKey>, String> {
        let rotations = switches.rotations();
        let mut kept = self.0.lock().await;
        if let Some((_, key)) = kept.as_ref().filter(|(made_for, _)| *made_for == rotations) {
            return Ok(Arc::clone(key));
        }
        let made = tokio::task::spawn_blocking(SigningKey::generate).await.map_err(|error| error.to_string())?;
        let key = Arc::new(made.inspect_err(|error| tracing::error!(%error, "a fake provider could not make its key"))?);
        *kept = Some((rotations, Arc::clone(&key)));
        Ok(key)
    }
}

/// An RSA key of 2048 bits and its id.
pub(crate) struct SigningKey {
    pair: KeyPair,
    kid: String,
}

impl SigningKey {
    fn generate() -> Result<Self, String> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|error| error.to_string())?;
        let hashed = digest::digest(&digest::SHA256, pair.public_key().as_ref());
        let kid = hashed.as_ref().iter().take(20).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { pair, kid })
    }

    /// As it stands in the JWK set.
    pub(crate) fn public_jwk(&self) -> Value {
        let public = self.pair.public_key();
        let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid,
            "n": number(public.modulus().big_endian_without_leading_zero()),
            "e": number(public.exponent().big_endian_without_leading_zero()),
        })
    }

    /// The token. `spoilt`: one bit of its signature is wrong.
    pub(crate) fn sign(&self, claims: Map<String, Value>, spoilt: bool) -> Result<String, String> {
        let header = json!({ "alg": "RS256", "kid": self.kid, "typ": "JWT" });
        let signed =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(Value::Object(claims).to_string()));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let made = self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature);
        made.map_err(|error| error.to_string())?;
        if spoilt && let Some(byte) = signature.first_mut() {
            *byte ^= 1;
        }
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// OpenID Connect Core §3.1.3.6: the left half of the SHA-256 of an access token.
pub(crate) fn at_hash(access_token: &str) -> String {
    let hashed = digest::digest(&digest::SHA256, access_token.as_bytes());
    URL_SAFE_NO_PAD.encode(hashed.as_ref().get(..16).unwrap_or_default())
}
