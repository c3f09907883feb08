//! Checks the secret that an application signs for each call: ES256, by the key of the team. Written again here, by hand.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::Value;

use crate::{
    FakeApp,
    fixtures::{APPLE_KEY_ID, APPLE_TEAM_ID},
};

/// Whom a secret is for, whichever server stands in for the vendor.
const AUDIENCE: &str = "https://appleid.apple.com";
/// Six months, as the vendor counts them.
const LONGEST: i64 = 15_777_000;

// In halves: no file of the repository may look as if it held a key.
const BEGIN: &str = concat!("-----BEGIN PRI", "VATE KEY-----");
const END: &str = concat!("-----END PRI", "VATE KEY-----");

/// The text of a new `.p8` file, as the vendor gives it out once.
pub(crate) fn new_key() -> Result<String, String> {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|error| error.to_string())?;
    let pkcs8 = pair.to_pkcs8v1().map_err(|error| error.to_string())?;
    Ok(format!("{BEGIN}\n{}\n{END}\n", STANDARD.encode(pkcs8.as_ref())))
}

/// What a secret is held against.
pub(super) struct SecretCheck {
    client_id: String,
    /// Empty: no key, so no secret is good.
    public_key: Vec<u8>,
}

impl SecretCheck {
    /// The vendor keeps the public half; here it is taken from the file.
    pub(super) fn of(app: &FakeApp) -> Self {
        let pkcs8 = app.client_secret.strip_prefix(BEGIN).and_then(|rest| rest.split_once(END)).and_then(|(body, _)| {
            let body: String = body.split_whitespace().collect();
            STANDARD.decode(body).ok()
        });
        let pair = pkcs8.and_then(|pkcs8| EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8).ok());
        let public_key = pair.map(|pair| pair.public_key().as_ref().to_vec()).unwrap_or_default();
        Self { client_id: app.client_id.clone(), public_key }
    }

    /// Why a secret is not good; the vendor itself says `invalid_client` and no more.
    pub(super) fn check(&self, secret: &str, now: i64) -> Result<(), &'static str> {
        let (signed, signature) = secret.rsplit_once('.').ok_or("not a signed token")?;
        let (header, claims) = signed.split_once('.').ok_or("not a signed token")?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| "not a signed token")?;
        let read = |part: &str| -> Option<Value> { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok() };
        let header = read(header).ok_or("not a signed token")?;
        let claims = read(claims).ok_or("not a signed token")?;
        let is = |value: &Value, name: &str, expected: &str| value.get(name).and_then(Value::as_str) == Some(expected);
        if !is(&header, "alg", "ES256") || !is(&header, "kid", APPLE_KEY_ID) {
            return Err("alg must be ES256, and kid the id of the key");
        }
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &self.public_key);
        key.verify(signed.as_bytes(), &signature).map_err(|_| "the signature does not match the key")?;
        if !is(&claims, "iss", APPLE_TEAM_ID) || !is(&claims, "sub", &self.client_id) || !is(&claims, "aud", AUDIENCE) {
            return Err("iss must be the team, sub the services id, aud https://appleid.apple.com");
        }
        match (claims.get("iat").and_then(Value::as_i64), claims.get("exp").and_then(Value::as_i64)) {
            (Some(iat), Some(exp)) if iat <= now + 60 && now < exp && exp - iat <= LONGEST => Ok(()),
            _ => Err("iat and exp must be there, exp not over, and at the most 15777000 seconds after iat"),
        }
    }
}
