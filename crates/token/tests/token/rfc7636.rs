//! Proof Key for Code Exchange.

use chabi_spec::pkce::{CodeChallenge, CodeVerifier};
use chabi_token::pkce;

use crate::fixtures::env;

// RFC 7636 §4.6
// req: cd.ver
#[test]
fn the_vector_of_appendix_b_matches_and_nothing_else_does() {
    let challenge = CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", Some("S256")).unwrap();
    let matches = |verifier: &str| pkce::matches(&CodeVerifier::parse(verifier).unwrap(), &challenge);
    assert!(matches("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
    assert!(!matches("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK"));
    // what would match if the method were plain
    assert!(!matches("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
}

#[test]
fn what_we_make_as_a_client_matches() {
    let (verifier, challenge) = pkce::generate(&env());
    let challenge = CodeChallenge::parse(&challenge, Some("S256")).unwrap();
    assert!(pkce::matches(&CodeVerifier::parse(verifier.expose()).unwrap(), &challenge));
}
