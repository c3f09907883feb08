//! Shapes of challenge and verifier.

use chabi_spec::{
    ErrorCode,
    pkce::{CodeChallenge, CodeVerifier},
};

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

// RFC 7636 §4.2
// req: az.pkce
#[test]
fn a_challenge_is_the_base64url_of_a_sha_256_hash() {
    assert_eq!(CodeChallenge::parse(CHALLENGE, Some("S256")).unwrap().as_str(), CHALLENGE);
    let long = "A".repeat(128);
    for challenge in ["", &CHALLENGE[..42], &format!("{CHALLENGE}A"), &CHALLENGE.replace('-', "+"), &CHALLENGE.replace('-', "."), &long] {
        assert_eq!(CodeChallenge::parse(challenge, Some("S256")).unwrap_err().code, ErrorCode::InvalidRequest, "{challenge}");
    }
    // the last character carries four bits: this one cannot come from 32 bytes
    assert!(CodeChallenge::parse(&CHALLENGE.replace("cM", "cN"), Some("S256")).is_err());
}

// RFC 7636 §4.1
// req: cd.ver
#[test]
fn a_verifier_has_43_to_128_unreserved_characters() {
    for verifier in ["a".repeat(43), "Z9-._~".repeat(8), "a".repeat(128)] {
        assert_eq!(CodeVerifier::parse(&verifier).unwrap().expose(), verifier);
    }
    for verifier in [String::new(), "a".repeat(42), "a".repeat(129), "a+".repeat(25), "a ".repeat(25), "\u{e9}".repeat(50)] {
        assert_eq!(CodeVerifier::parse(&verifier).unwrap_err().code, ErrorCode::InvalidGrant, "{verifier}");
    }
    assert!(!format!("{:?}", CodeVerifier::parse(&"a".repeat(43)).unwrap()).contains("aaa"));
}
