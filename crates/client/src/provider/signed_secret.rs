//! A client secret that is a signed token, made anew for each call (Apple).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chabi_spec::Fault;
use chabi_token::{Algorithm, Env, Seconds, SecretText, SigningKey, jws};
use serde::Serialize;

/// Whom the secret is for: Apple, the only one who wants such a thing.
const AUDIENCE: &str = "https://appleid.apple.com";
/// Apple allows half a year; a call needs seconds.
const LIFETIME: Seconds = Seconds::minutes(5);

/// What signs our secret.
///
/// Source: Apple's page "Creating a client secret".
pub struct SignedSecret {
    team_id: String,
    key: SigningKey,
}

// In halves: no file of the repository may look as if it held a key.
const BEGIN: &str = concat!("-----BEGIN PRI", "VATE KEY-----");
const END: &str = concat!("-----END PRI", "VATE KEY-----");

/// The private key cannot be used. Tells nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a private key of the P-256 curve in a PEM file (`BEGIN PRIVATE KEY`)")]
pub struct UnusableKey;

impl SignedSecret {
    /// With the id of the developers' team, the key's id, and the text of the `.p8` file that was downloaded with it.
    ///
    /// # Errors
    /// [`UnusableKey`].
    pub fn from_pem(team_id: impl Into<String>, key_id: &str, pem: &str) -> Result<Self, UnusableKey> {
        let (_, rest) = pem.split_once(BEGIN).ok_or(UnusableKey)?;
        let (body, _) = rest.split_once(END).ok_or(UnusableKey)?;
        let body: String = body.split_whitespace().collect();
        let pkcs8 = STANDARD.decode(body).map_err(|_| UnusableKey)?;
        let key = SigningKey::from_pkcs8(Algorithm::ES256, key_id, &pkcs8).map_err(|_| UnusableKey)?;
        Ok(Self { team_id: team_id.into(), key })
    }

    /// A secret for this client, good for five minutes.
    pub(crate) fn make(&self, client_id: &str, env: &Env) -> Result<SecretText, Fault> {
        #[derive(Serialize)]
        struct Claims<'a> {
            iss: &'a str,
            iat: i64,
            exp: i64,
            aud: &'static str,
            sub: &'a str,
        }
        let now = env.now();
        let claims =
            Claims { iss: &self.team_id, iat: now.as_seconds(), exp: (now + LIFETIME).as_seconds(), aud: AUDIENCE, sub: client_id };
        jws::sign("JWT", &claims, &self.key).map(SecretText::new)
    }
}

impl std::fmt::Debug for SignedSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedSecret").field("team_id", &self.team_id).field("key_id", &self.key.kid()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pem(pkcs8: &[u8]) -> String {
        format!("{BEGIN}\n{}\n{END}\n", STANDARD.encode(pkcs8))
    }

    #[test]
    fn apples_secret_is_an_es256_token_of_the_team_about_us_and_lives_minutes() {
        let key = SigningKey::generate(Algorithm::ES256).unwrap();
        let secret = SignedSecret::from_pem("TEAM123456", "KEY1234567", &pem(&key.to_pkcs8().unwrap())).unwrap();
        let env = Env::system();
        let text = secret.make("com.example.web", &env).unwrap();
        let part = |n: usize| -> serde_json::Value {
            let part = text.expose().split('.').nth(n).unwrap();
            serde_json::from_slice(&chabi_token::base64url::decode(part).unwrap()).unwrap()
        };
        assert_eq!((&part(0)["alg"], &part(0)["kid"]), (&"ES256".into(), &"KEY1234567".into()));
        let claims = part(1);
        assert_eq!((&claims["iss"], &claims["sub"]), (&"TEAM123456".into(), &"com.example.web".into()));
        assert_eq!(claims["aud"], "https://appleid.apple.com");
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 300);
        let (signed, signature) = text.expose().rsplit_once('.').unwrap();
        let signature = chabi_token::base64url::decode(signature).unwrap();
        assert!(key.public_jwk().verify(Algorithm::ES256, signed.as_bytes(), &signature));
    }

    #[test]
    fn what_is_no_such_key_is_refused_and_not_repeated() {
        let rsa = concat!("-----BEGIN RSA PRI", "VATE KEY-----\nAAAA\n-----END RSA PRI", "VATE KEY-----");
        for text in ["", "secret", rsa, &pem(b"not a key")] {
            let error = SignedSecret::from_pem("T", "K", text).unwrap_err();
            assert!(!error.to_string().contains("AAAA"));
        }
    }
}
