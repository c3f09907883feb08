//! JSON Web Signature: vectors, the shape of the compact form, and the header.

use chabi_token::{Algorithm, Jwk, TokenError, access_token, base64url};

use crate::fixtures::{ES256, claims, header, json, signed, verify};

/// Appendix A.2.1.
const RSA: &str = r#"{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}"#;
const RSA_TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
/// Appendix A.3.1.
const EC: &str =
    r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
const EC_TOKEN: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
/// RFC 8037 appendix A.4.
const ED25519: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
const ED25519_TOKEN: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

#[test]
fn the_signatures_of_the_rfcs_verify_and_those_of_other_texts_do_not() {
    for (jwk, algorithm, token) in
        [(RSA, Algorithm::RS256, RSA_TOKEN), (EC, Algorithm::ES256, EC_TOKEN), (ED25519, Algorithm::EdDSA, ED25519_TOKEN)]
    {
        let key = Jwk::parse(jwk.as_bytes()).unwrap().unwrap();
        let (message, signature) = token.rsplit_once('.').unwrap();
        let signature = base64url::decode(signature).unwrap();
        assert!(key.verify(algorithm, message.as_bytes(), &signature), "{algorithm}");
        assert!(!key.verify(algorithm, format!("{message}x").as_bytes(), &signature), "{algorithm}");
        for other in Algorithm::ALL.into_iter().filter(|other| *other != algorithm) {
            assert!(!key.verify(other, message.as_bytes(), &signature), "{algorithm} as {other}");
        }
    }
}

mod section_7_1 {
    use super::*;

    // RFC 7515 §7.1
    // req: jw.size
    #[test]
    fn a_token_is_16_kib_at_the_most_and_has_exactly_three_segments() {
        assert_eq!(verify(&".".repeat(1024 * 1024)), Err(TokenError::TooLong));
        assert_eq!(verify(&".".repeat(16 * 1024)), Err(TokenError::Malformed));
        let token = access_token::issue(&claims(), &ES256, "at+jwt").unwrap();
        assert!(verify(&token).is_ok());
        let (message, _) = token.rsplit_once('.').unwrap();
        for wrong in [message.to_owned(), format!("{token}."), format!("{token}.x"), format!(".{token}"), String::new()] {
            assert_eq!(verify(&wrong), Err(TokenError::Malformed), "{wrong}");
        }
        let padding = "x".repeat(16 * 1024);
        let mut payload = json();
        payload["sid"] = padding.into();
        assert_eq!(verify(&signed(&header(""), &payload.to_string(), &ES256)), Err(TokenError::TooLong));
    }

    // req: jw.jwe
    #[test]
    fn encrypted_tokens_are_refused_unread() {
        let header = base64url::encode(r#"{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2147483647,"p2s":"x","zip":"DEF"}"#);
        assert_eq!(verify(&format!("{header}.a.b.c.d")), Err(TokenError::Malformed));
    }

    // req: jw.crit
    #[test]
    fn the_json_serialization_is_refused() {
        let token = access_token::issue(&claims(), &ES256, "at+jwt").unwrap();
        let parts: Vec<_> = token.split('.').collect();
        let general = format!(r#"{{"payload":"{}","signatures":[{{"protected":"{}","signature":"{}"}}]}}"#, parts[1], parts[0], parts[2]);
        let flattened = format!(r#"{{"payload":"{}","protected":"{}","signature":"{}"}}"#, parts[1], parts[0], parts[2]);
        for json in [general, flattened] {
            assert_eq!(verify(&json), Err(TokenError::Malformed));
        }
    }

    // RFC 7515 §2, RFC 4648 §5
    // req: jw.crit
    #[test]
    fn each_segment_has_one_text_without_padding_or_white_space() {
        let token = access_token::issue(&claims(), &ES256, "at+jwt").unwrap();
        let parts: Vec<_> = token.split('.').collect();
        for at in 0..3 {
            for ending in ["=", "==", " ", "\n", "%3D"] {
                let mut changed: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
                changed[at].push_str(ending);
                assert!(verify(&changed.join(".")).is_err(), "segment {at} with {ending:?}");
            }
        }
        // 64 bytes leave four unused bits in the last character
        let last = parts[2].chars().last().unwrap();
        let sibling = char::from(u8::try_from(last).unwrap() + 1);
        let changed = format!("{}.{}.{}{sibling}", parts[0], parts[1], &parts[2][..parts[2].len() - 1]);
        assert!(verify(&changed).is_err());
    }
}

mod section_4 {
    use super::*;

    // RFC 7515 §4 and §4.1.11, RFC 7797 §3
    // req: jw.crit
    #[test]
    fn extensions_duplicate_members_and_odd_headers_are_refused_although_they_are_signed() {
        let payload = json().to_string();
        let kid = ES256.kid();
        let extension = [
            header(r#","crit":["exp"]"#),
            header(r#","crit":[]"#),
            header(r#","crit":["b64"],"b64":false"#),
            header(r#","b64":false"#),
            header(r#","b64":true"#),
        ];
        for header in extension {
            assert_eq!(verify(&signed(&header, &payload, &ES256)), Err(TokenError::Extension), "{header}");
        }
        let malformed = [
            header(r#","alg":"ES256""#),
            header(r#","x":1,"x":1"#),
            header(r#","\u0061lg":"none""#),
            header(r#","x":{"y":1,"y":2}"#),
            header(r#","crit":null"#),
            header("} {"),
            header(",]"),
            format!("{} ", header("")).replace("} ", "}x"),
            format!("[{}]", header("")),
            format!(r#"{{"typ":"at+jwt","alg":"ES256","kid":["{kid}"]}}"#),
            format!(r#"{{"typ":"at+jwt","alg":["ES256"],"kid":"{kid}"}}"#),
            format!(r#"{{"typ":"at+jwt","kid":"{kid}"}}"#),
            r#""at+jwt""#.to_owned(),
            String::new(),
        ];
        for header in malformed {
            assert_eq!(verify(&signed(&header, &payload, &ES256)), Err(TokenError::Malformed), "{header}");
        }
        let deep = format!(r#","x":{}{}"#, "[".repeat(40), "]".repeat(40));
        assert_eq!(verify(&signed(&header(&deep), &payload, &ES256)), Err(TokenError::Malformed));
    }

    // RFC 8725 §3.10
    // req: jw.hdr
    #[test]
    fn keys_and_addresses_in_the_header_are_never_used() {
        let stranger = chabi_token::SigningKey::generate(Algorithm::ES256).unwrap();
        let jwk = stranger.public_jwk().to_json();
        for more in [
            format!(r#","jwk":{jwk}"#),
            r#","jku":"http://127.0.0.1:1/jwks""#.to_owned(),
            r#","x5u":"http://127.0.0.1:1/x5u""#.to_owned(),
            r#","x5c":["MIIB"]"#.to_owned(),
        ] {
            assert_eq!(verify(&signed(&header(&more), &json().to_string(), &stranger)), Err(TokenError::Signature), "{more}");
        }
    }

    // RFC 8725 §3.10
    // req: ky.kid
    #[test]
    fn an_unknown_kid_is_refused_and_no_other_key_is_tried() {
        let payload = json().to_string();
        for kid in ["", "other", "../../etc/passwd", "' OR 1=1 --", "http://evil.example/key", "\u{0}", "kid\u{0}"] {
            let header = serde_json::json!({"typ": "at+jwt", "alg": "ES256", "kid": kid}).to_string();
            assert_eq!(verify(&signed(&header, &payload, &ES256)), Err(TokenError::UnknownKey), "{kid:?}");
        }
        assert_eq!(verify(&signed(r#"{"typ":"at+jwt","alg":"ES256"}"#, &payload, &ES256)), Err(TokenError::NoKeyId));
    }

    #[test]
    fn a_token_without_kid_is_taken_when_the_issuer_has_one_key() {
        let token = signed(r#"{"typ":"at+jwt","alg":"ES256"}"#, &json().to_string(), &ES256);
        let only = chabi_token::JwkSet::new(vec![ES256.public_jwk().clone()]);
        let profile = chabi_token::AccessTokenProfile::new(crate::fixtures::ISSUER, crate::fixtures::API);
        let now = chabi_token::Timestamp::from_seconds(crate::fixtures::NOW);
        assert!(chabi_token::verify_access_token(&token, &only, &profile, now).is_ok());
    }
}
