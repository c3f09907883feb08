//! A clock that stands still, randomness that can be told, keys, and tokens made by hand.

use std::sync::{
    Arc, LazyLock,
    atomic::{AtomicU64, Ordering},
};

use chabi_token::{
    AccessTokenClaims, AccessTokenProfile, Algorithm, Env, JwkSet, SigningKey, Timestamp, TokenError, VerifiedAccessToken, base64url,
    env::{Clock, Randomness},
    verify_access_token,
};

pub const ISSUER: &str = "https://id.example";
pub const API: &str = "https://api.example/";
/// 2026-01-01.
pub const NOW: i64 = 1_767_225_600;

pub static ES256: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Algorithm::ES256).unwrap());
pub static RS256: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Algorithm::RS256).unwrap());
pub static EDDSA: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(Algorithm::EdDSA).unwrap());

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(NOW)
    }
}

/// Never the same bytes twice, and the same ones at each run.
struct Counted(AtomicU64);

impl Randomness for Counted {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let count = self.0.fetch_add(1, Ordering::Relaxed);
            let block = chabi_token::hash::sha256(&count.to_be_bytes());
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

pub fn env() -> Env {
    Env::new(Arc::new(Still), Arc::new(Counted(AtomicU64::new(0))))
}

pub fn keys() -> JwkSet {
    JwkSet::new([&*RS256, &*ES256, &*EDDSA].map(|key| key.public_jwk().clone()).to_vec())
}

pub fn claims() -> AccessTokenClaims {
    AccessTokenClaims {
        iss: ISSUER.to_owned(),
        sub: "person-1".to_owned(),
        aud: vec![API.to_owned()],
        exp: NOW + 300,
        iat: NOW,
        jti: "family.random".to_owned(),
        client_id: "spa".to_owned(),
        scope: Some("notes:read".to_owned()),
        ..AccessTokenClaims::default()
    }
}

/// The claims of an access token, as JSON to be changed.
pub fn json() -> serde_json::Value {
    serde_json::to_value(claims()).unwrap()
}

/// A token out of any header and payload, with a signature by this key.
pub fn signed(header: &str, payload: &str, key: &SigningKey) -> String {
    let signed = format!("{}.{}", base64url::encode(header), base64url::encode(payload));
    let signature = key.sign(signed.as_bytes()).unwrap();
    format!("{signed}.{}", base64url::encode(signature))
}

/// The header of an access token by the ES256 key, with more members such as `,"crit":["exp"]`.
pub fn header(more: &str) -> String {
    format!(r#"{{"typ":"at+jwt","alg":"ES256","kid":"{}"{more}}}"#, ES256.kid())
}

pub fn verify(token: &str) -> Result<VerifiedAccessToken, TokenError> {
    verify_access_token(token, &keys(), &AccessTokenProfile::new(ISSUER, API), Timestamp::from_seconds(NOW))
}

/// What becomes of an access token with this payload, well signed.
pub fn verify_payload(payload: &str) -> Result<VerifiedAccessToken, TokenError> {
    verify(&signed(&header(""), payload, &ES256))
}
