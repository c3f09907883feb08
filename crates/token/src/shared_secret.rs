//! Tokens with a MAC under a secret that two parties share (HS256), of the few providers that still have no keys for some of theirs.

use serde::de::DeserializeOwned;

use crate::{
    Timestamp, base64url, hash,
    jws::{self, TokenError, VerificationProfile},
};

/// The one algorithm. It is no [`Algorithm`](crate::Algorithm): a header can never ask for it where keys are expected.
const HS256: &str = "HS256";

/// Verifies a token that the caller knows to have a MAC under `secret`: by configuration, never by the token's own header. The
/// profile's `algorithms` do not count. An empty secret verifies nothing.
///
/// # Errors
/// The first rule that it breaks.
pub fn verify<C: DeserializeOwned>(token: &str, secret: &[u8], profile: &VerificationProfile<'_>, now: Timestamp) -> Result<C, TokenError> {
    let [header, payload, mac] = jws::segments(token, jws::LONGEST)?;
    let signed = token.get(..header.len() + 1 + payload.len()).ok_or(TokenError::Malformed)?;
    let header = base64url::decode(header).map_err(|_| TokenError::Malformed)?;
    let header = jws::read_header(&header)?;
    jws::check_type(header.typ.as_deref().unwrap_or_default(), profile.types)?;
    // RFC 8725 §3.1: what the caller expects, and nothing that the header would rather have
    if header.alg != HS256 {
        return Err(TokenError::Algorithm);
    }
    let mac = base64url::decode(mac).map_err(|_| TokenError::Malformed)?;
    // RFC 7518 §3.2, RFC 8725 §3.5: a MAC under nothing is no MAC
    if secret.is_empty() || !hash::constant_time_eq(&mac, &hash::hmac_sha256(secret, &[signed.as_bytes()])) {
        return Err(TokenError::Signature);
    }
    let payload = base64url::decode(payload).map_err(|_| TokenError::Malformed)?;
    jws::check_claims(&payload, profile, Some(now))?;
    serde_json::from_slice(&payload).map_err(|_| TokenError::Claim)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{Seconds, jws::ExpectedAudience};

    const NOW: i64 = 1_800_000_000;
    const SECRET: &[u8] = b"channel secret";

    fn token(header: &Value, claims: &Value, secret: &[u8]) -> String {
        let signed = format!("{}.{}", base64url::encode(header.to_string()), base64url::encode(claims.to_string()));
        format!("{signed}.{}", base64url::encode(hash::hmac_sha256(secret, &[signed.as_bytes()])))
    }

    fn verdict(token: &str, secret: &[u8]) -> Result<Value, TokenError> {
        let profile = VerificationProfile {
            types: &["JWT", ""],
            algorithms: &crate::Algorithm::ALL,
            issuer: "https://line.example",
            audience: ExpectedAudience::Is("1234"),
            skew: Seconds(60),
            required: &["sub"],
            forbidden: &["events"],
        };
        verify(token, secret, &profile, Timestamp::from_seconds(NOW))
    }

    fn claims() -> Value {
        json!({ "iss": "https://line.example", "aud": "1234", "sub": "U1", "exp": NOW + 60, "iat": NOW })
    }

    // RFC 7518 §3.2
    #[test]
    fn a_mac_under_the_shared_secret_is_taken_and_every_rule_of_the_profile_holds() {
        let header = json!({ "typ": "JWT", "alg": "HS256" });
        assert_eq!(verdict(&token(&header, &claims(), SECRET), SECRET).unwrap()["sub"], "U1");
        assert_eq!(verdict(&token(&header, &claims(), b"another"), SECRET), Err(TokenError::Signature));
        let mut late = claims();
        late["exp"] = json!(NOW - 61);
        assert_eq!(verdict(&token(&header, &late, SECRET), SECRET), Err(TokenError::Expired));
        let mut foreign = claims();
        foreign["aud"] = json!("5678");
        assert_eq!(verdict(&token(&header, &foreign, SECRET), SECRET), Err(TokenError::Audience));
    }

    // RFC 8725 §3.1
    #[test]
    fn no_header_talks_its_way_to_another_algorithm_and_no_empty_secret_verifies() {
        for alg in ["none", "HS512", "RS256", "ES256", "hs256", ""] {
            let header = json!({ "alg": alg });
            assert_eq!(verdict(&token(&header, &claims(), SECRET), SECRET), Err(TokenError::Algorithm), "{alg}");
        }
        let header = json!({ "alg": "HS256" });
        assert_eq!(verdict(&token(&header, &claims(), b""), b""), Err(TokenError::Signature));
        assert_eq!(verdict(&token(&json!({ "alg": "HS256", "crit": ["x"] }), &claims(), SECRET), SECRET), Err(TokenError::Extension));
    }
}
