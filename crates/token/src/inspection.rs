//! What stands in a signed token, for a developer who looks at it. Nothing here lets anybody in: that is [`crate::jws::verify`]'s work.

use serde_json::{Map, Value};

use crate::{Algorithm, JwkSet, base64url, jws, jws::TokenError};

/// The parts of a JWT that can be read (RFC 7519 §3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnverifiedToken {
    /// Header members, as they came.
    pub header: Map<String, Value>,
    /// Claims, as they came.
    pub claims: Map<String, Value>,
}

/// Reads a token that nobody has verified: a stranger can write any.
///
/// # Errors
/// [`TokenError::TooLong`], or [`TokenError::Malformed`] when it is not three parts of base64url of which two are JSON objects.
pub fn read_unverified(token: &str) -> Result<UnverifiedToken, TokenError> {
    if token.len() > jws::LONGEST {
        return Err(TokenError::TooLong);
    }
    let mut parts = token.split('.');
    let (Some(header), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(TokenError::Malformed);
    };
    Ok(UnverifiedToken { header: object(header)?, claims: object(claims)? })
}

fn object(part: &str) -> Result<Map<String, Value>, TokenError> {
    let bytes = base64url::decode(part).map_err(|_| TokenError::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| TokenError::Malformed)
}

/// Whether one of these keys signed it, whatever kind of token it is and however old.
///
/// # Errors
/// The rule of RFC 7515 §5.2 that it breaks: shape, algorithm, key or signature.
pub fn check_signature(token: &str, keys: &JwkSet) -> Result<(), TokenError> {
    let read = read_unverified(token)?;
    let typ = read.header.get("typ").and_then(Value::as_str).unwrap_or_default();
    let typ = typ.strip_prefix("application/").unwrap_or(typ);
    jws::verify_signature(token, keys, &[typ], &Algorithm::ALL, jws::LONGEST).map(drop)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::SigningKey;

    #[test]
    fn a_token_of_any_kind_is_read_and_its_signature_told() {
        let key = SigningKey::generate(Algorithm::ES256).unwrap();
        let token = jws::sign("logout+jwt", &json!({ "iss": "https://id.example", "exp": 1 }), &key).unwrap();
        let keys = JwkSet::new(vec![key.public_jwk().clone()]);
        assert_eq!(read_unverified(&token).unwrap().claims["iss"], "https://id.example");
        assert_eq!(check_signature(&token, &keys), Ok(()));
        let other = SigningKey::generate(Algorithm::ES256).unwrap();
        assert!(check_signature(&token, &JwkSet::new(vec![other.public_jwk().clone()])).is_err());
        assert_eq!(check_signature(token.trim_end_matches(|c| c != '.'), &keys), Err(TokenError::Signature));
        for text in ["", "a.b", "a.b.c", "a.b.c.d", "e30.e30"] {
            assert!(read_unverified(text).is_err(), "{text}");
        }
    }
}
