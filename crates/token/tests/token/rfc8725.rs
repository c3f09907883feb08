//! Best practices for JWTs: algorithms belong to keys, kinds of tokens to types.

use chabi_token::{
    AccessTokenProfile, Algorithm, Jwk, JwkSet, SigningKey, Timestamp, TokenError, access_token, base64url, hash, verify_access_token,
};

use crate::fixtures::{API, EDDSA, ES256, ISSUER, NOW, RS256, claims, json, keys, signed, verify};

fn header(algorithm: &str, key: &SigningKey) -> String {
    serde_json::json!({"typ": "at+jwt", "alg": algorithm, "kid": key.kid()}).to_string()
}

mod section_3_1 {
    use super::*;

    // req: jw.none
    #[test]
    fn none_is_refused_in_every_spelling_with_and_without_signature() {
        for none in ["none", "None", "NONE", "nOnE", "", " none", "none\u{0}", "NULL"] {
            let header = header(none, &ES256);
            let token = signed(&header, &json().to_string(), &ES256);
            let (message, _) = token.rsplit_once('.').unwrap();
            for token in [format!("{message}."), token.clone()] {
                assert_eq!(verify(&token), Err(TokenError::Algorithm), "{none:?}");
            }
        }
    }

    // req: jw.none
    #[test]
    fn an_empty_or_short_signature_is_refused() {
        let token = access_token::issue(&claims(), &ES256, "at+jwt").unwrap();
        let (message, signature) = token.rsplit_once('.').unwrap();
        assert_eq!(verify(&format!("{message}.")), Err(TokenError::Signature));
        let signature = base64url::decode(signature).unwrap();
        // zeros were once a valid ECDSA signature of everything (CVE-2022-21449)
        for forged in [vec![0; 64], vec![0; 1], signature[..63].to_vec(), [signature.clone(), vec![0]].concat()] {
            assert_eq!(verify(&format!("{message}.{}", base64url::encode(&forged))), Err(TokenError::Signature));
        }
    }

    // req: jw.none
    #[test]
    fn an_hmac_with_the_public_key_as_secret_is_refused() {
        for key in [&*RS256, &*ES256] {
            for secret in [key.public_jwk().to_json(), keys().to_json(), key.kid().to_owned(), String::new()] {
                for algorithm in ["HS256", "HS384", "HS512", "hs256"] {
                    let message = format!("{}.{}", base64url::encode(header(algorithm, key)), base64url::encode(json().to_string()));
                    let mac = hash::hmac_sha256(secret.as_bytes(), &[message.as_bytes()]);
                    assert_eq!(verify(&format!("{message}.{}", base64url::encode(mac))), Err(TokenError::Algorithm), "{algorithm}");
                }
            }
        }
    }

    // RFC 7515 §4.1.1, RFC 7518 §3.1
    // req: jw.none
    #[test]
    fn the_algorithm_of_the_header_must_be_the_one_of_the_key() {
        for key in [&*ES256, &*RS256, &*EDDSA] {
            for algorithm in Algorithm::ALL {
                let verified = verify(&signed(&header(algorithm.as_str(), key), &json().to_string(), key));
                match algorithm == key.algorithm() {
                    true => assert!(verified.is_ok(), "{algorithm}"),
                    false => assert_eq!(verified, Err(TokenError::Algorithm), "{algorithm} with a key of {}", key.algorithm()),
                }
            }
        }
        for algorithm in ["es256", "ES384", "ES512", "ES256K", "RS384", "RS512", "RS1", "Ed25519", "EdDSA "] {
            assert_eq!(verify(&signed(&header(algorithm, &ES256), &json().to_string(), &ES256)), Err(TokenError::Algorithm), "{algorithm}");
        }
    }

    #[test]
    fn the_profile_decides_which_algorithms_are_taken_at_all() {
        let profile = AccessTokenProfile { algorithms: vec![Algorithm::RS256], ..AccessTokenProfile::new(ISSUER, API) };
        let now = Timestamp::from_seconds(NOW);
        let by = |key: &SigningKey| verify_access_token(&access_token::issue(&claims(), key, "at+jwt").unwrap(), &keys(), &profile, now);
        assert!(by(&RS256).is_ok());
        assert_eq!(by(&ES256).unwrap_err(), TokenError::Algorithm);
    }
}

mod section_3_8 {
    use super::*;

    // req: rs.iss
    #[test]
    fn another_issuer_is_refused_although_the_key_is_right() {
        for issuer in
            ["https://id.example/", "https://ID.example", "http://id.example", "https://id.example.evil", "", "https://id.example\u{0}"]
        {
            let mut claims = claims();
            claims.iss = issuer.to_owned();
            let token = access_token::issue(&claims, &ES256, "at+jwt").unwrap();
            assert_eq!(verify(&token), Err(TokenError::Issuer), "{issuer:?}");
        }
    }

    // req: rs.iss
    #[test]
    fn a_key_of_another_issuer_with_the_same_kid_does_not_verify() {
        let foreign = SigningKey::generate(Algorithm::ES256).unwrap();
        let renamed = SigningKey::from_pkcs8(Algorithm::ES256, ES256.kid(), &foreign.to_pkcs8().unwrap()).unwrap();
        let token = access_token::issue(&claims(), &renamed, "at+jwt").unwrap();
        assert_eq!(verify(&token), Err(TokenError::Signature));
    }
}

mod section_3_11 {
    use super::*;

    // RFC 7515 §4.1.9
    // req: at.cross
    #[test]
    fn the_type_is_compared_without_case_and_without_application() {
        let typed = |typ: &str| verify(&access_token::issue(&claims(), &ES256, typ).unwrap()).map(|_| ());
        for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
            assert_eq!(typed(typ), Ok(()), "{typ}");
        }
        for typ in [
            "",
            "JWT",
            "jwt",
            "at+jwt ",
            "application/",
            "application/application/at+jwt",
            "text/at+jwt",
            "logout+jwt",
            "dpop+jwt",
            "at jwt",
        ] {
            assert_eq!(typed(typ), Err(TokenError::Type), "{typ}");
        }
        let untyped = format!(r#"{{"alg":"ES256","kid":"{}"}}"#, ES256.kid());
        assert_eq!(verify(&signed(&untyped, &json().to_string(), &ES256)), Err(TokenError::Type));
    }
}

#[test]
fn a_set_that_verifies_with_pss_takes_only_pss() {
    let mut key: serde_json::Value = serde_json::from_str(&RS256.public_jwk().to_json()).unwrap();
    key["alg"] = "PS256".into();
    let set = JwkSet::new(vec![Jwk::parse(key.to_string().as_bytes()).unwrap().unwrap()]);
    let token = access_token::issue(&claims(), &RS256, "at+jwt").unwrap();
    let verified = verify_access_token(&token, &set, &AccessTokenProfile::new(ISSUER, API), Timestamp::from_seconds(NOW));
    assert_eq!(verified.unwrap_err(), TokenError::Algorithm);
}
