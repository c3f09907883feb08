//! DPoP: the scheme, and its challenge (RFC 9449 §7).

use chabi_spec::{
    Challenge, ErrorCode,
    bearer::{Authorization, Scheme},
};

// RFC 9449 §7.1
#[test]
fn the_scheme_is_read_in_any_case() {
    for header in ["DPoP a.b-c", "dpop a.b-c", "DPOP  a.b-c"] {
        assert!(Authorization::parse(header) == Authorization::Dpop("a.b-c"), "{header}");
    }
    assert!(Authorization::parse("DPoP a b") == Authorization::MalformedBearer);
    assert_eq!(format!("{:?}", Authorization::parse("DPoP hidden")), "Dpop(…)");
}

// RFC 9449 §7.1 and §9
#[test]
fn a_challenge_names_the_algorithms_and_its_status_is_401() {
    let refused = Challenge { scheme: Scheme::Dpop, error: Some(ErrorCode::UseDpopNonce), ..Challenge::default() };
    assert_eq!(refused.to_header(), r#"DPoP error="use_dpop_nonce",algs="ES256 RS256 EdDSA PS256""#);
    assert_eq!(refused.http_status(), 401);
    let downgraded = Challenge { scheme: Scheme::BearerThenDpop, ..Challenge::default() };
    assert_eq!(downgraded.to_header(), r#"Bearer, DPoP algs="ES256 RS256 EdDSA PS256""#);
}
