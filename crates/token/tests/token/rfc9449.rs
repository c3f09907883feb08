//! DPoP proofs (RFC 9449 §4), with the vectors of §4.2, §6.1 and §7.1.

use chabi_token::{
    Algorithm, DpopNonces, SigningKey, Timestamp, TokenError, base64url,
    dpop::{self, DpopError, ProvenRequest, VerifiedProof},
    hash,
};
use serde_json::{Value, json};

use crate::fixtures::{EDDSA, ES256, NOW, RS256, signed};

const URL: &str = "https://server.example.com/token";
const TOKEN_REQUEST: ProvenRequest<'_> = ProvenRequest { method: "POST", url: URL, access_token: None };

fn now() -> Timestamp {
    Timestamp::from_seconds(NOW)
}

fn jwk(key: &SigningKey) -> Value {
    serde_json::from_str(&key.public_jwk().to_json()).unwrap()
}

fn header(key: &SigningKey) -> Value {
    json!({"typ": "dpop+jwt", "alg": key.algorithm().as_str(), "jwk": jwk(key)})
}

fn claims() -> Value {
    json!({"jti": "-BwC3ESc6acc2lTc", "htm": "POST", "htu": URL, "iat": NOW})
}

fn proof(header: &Value, claims: &Value, key: &SigningKey) -> String {
    signed(&header.to_string(), &claims.to_string(), key)
}

fn verify(proof: &str) -> Result<VerifiedProof, DpopError> {
    dpop::verify(proof, &TOKEN_REQUEST, now())
}

/// A good proof, with this claim in place of ours; `null` takes it away.
fn with(name: &str, value: Value) -> String {
    let mut claims = claims();
    match value {
        Value::Null => claims.as_object_mut().unwrap().remove(name),
        value => claims.as_object_mut().unwrap().insert(name.to_owned(), value),
    };
    proof(&header(&ES256), &claims, &ES256)
}

mod section_4_2 {
    use super::*;

    const EXAMPLE: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";

    // RFC 9449 §4.2 and §6.1, RFC 7638 §3
    // req: dp.proof
    #[test]
    fn the_example_verifies_and_its_key_has_the_thumbprint_of_section_6_1() {
        let verified = dpop::verify(EXAMPLE, &TOKEN_REQUEST, Timestamp::from_seconds(1_562_262_616)).unwrap();
        assert_eq!(verified.thumbprint(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
        assert!(dpop::is_thumbprint(verified.thumbprint()));
        assert_eq!(verified.nonce(), None);
    }
}

mod section_4_3 {
    use super::*;

    // req: dp.proof
    #[test]
    fn every_algorithm_of_the_metadata_is_taken() {
        let mut taken: Vec<_> = Algorithm::ALL.iter().map(|algorithm| algorithm.as_str()).collect();
        let mut named = chabi_spec::bearer::DPOP_ALGORITHMS.to_vec();
        taken.sort_unstable();
        named.sort_unstable();
        assert_eq!(taken, named);
        for key in [&*ES256, &*RS256, &*EDDSA] {
            verify(&proof(&header(key), &claims(), key)).unwrap();
        }
    }

    // req: dp.proof
    #[test]
    fn the_header_has_the_type_an_algorithm_and_a_public_key() {
        use DpopError::{Key, PrivateKey, Token};
        let private = json!({"kty": "EC", "crv": "P-256", "x": jwk(&ES256)["x"], "y": jwk(&ES256)["y"], "d": "AAAA"});
        for (member, value, expected) in [
            ("typ", json!("JWT"), Token(TokenError::Type)),
            ("typ", json!("at+jwt"), Token(TokenError::Type)),
            ("typ", Value::Null, Token(TokenError::Type)),
            ("alg", json!("none"), Token(TokenError::Algorithm)),
            ("alg", json!("HS256"), Token(TokenError::Algorithm)),
            ("alg", json!("RS256"), Token(TokenError::Algorithm)),
            ("alg", json!("ES384"), Token(TokenError::Algorithm)),
            ("jwk", Value::Null, Key),
            ("jwk", json!("https://evil.example/jwk"), Key),
            ("jwk", json!({"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"}), Key),
            ("jwk", private, PrivateKey),
            ("jwk", json!({"kty": "oct", "k": "c2VjcmV0"}), PrivateKey),
            ("jwk", jwk(&SigningKey::generate(Algorithm::ES256).unwrap()), Token(TokenError::Signature)),
            ("crit", json!(["exp"]), Token(TokenError::Extension)),
        ] {
            let mut header = header(&ES256);
            match value.clone() {
                Value::Null => header.as_object_mut().unwrap().remove(member),
                value => header.as_object_mut().unwrap().insert(member.to_owned(), value),
            };
            assert_eq!(verify(&proof(&header, &claims(), &ES256)), Err(expected), "{member}: {value}");
        }
        let twice = header(&ES256).to_string().replacen('{', "{\"typ\":\"dpop+jwt\",", 1);
        assert_eq!(verify(&signed(&twice, &claims().to_string(), &ES256)), Err(Token(TokenError::Malformed)));
        for no_proof in ["", "x", "a.b", "a.b.c.d", "..", &"x".repeat(dpop::LONGEST + 1)] {
            assert!(verify(no_proof).is_err(), "{no_proof:.20}");
        }
    }

    // req: dp.proof
    #[test]
    fn it_is_for_this_method_and_has_an_id() {
        for (claim, value, expected) in [
            ("htm", json!("GET"), DpopError::Method),
            ("htm", json!("post"), DpopError::Method),
            ("htm", Value::Null, DpopError::Token(TokenError::Missing("htm"))),
            ("htu", Value::Null, DpopError::Token(TokenError::Missing("htu"))),
            ("iat", Value::Null, DpopError::Token(TokenError::Missing("iat"))),
            ("jti", Value::Null, DpopError::Token(TokenError::Missing("jti"))),
            ("jti", json!(""), DpopError::Token(TokenError::Claim)),
            ("jti", json!(7), DpopError::Token(TokenError::Claim)),
            ("jti", json!("j".repeat(513)), DpopError::Token(TokenError::Claim)),
            ("iat", json!("now"), DpopError::Token(TokenError::Claim)),
            ("nonce", json!(""), DpopError::Token(TokenError::Claim)),
            ("client_id", json!("app"), DpopError::Token(TokenError::Foreign("client_id"))),
        ] {
            assert_eq!(verify(&with(claim, value.clone())), Err(expected), "{claim}: {value}");
        }
    }

    // req: dp.proof
    #[test]
    fn the_url_is_compared_as_a_url_without_query_and_fragment() {
        for same in [
            "https://server.example.com/token?x=1",
            "https://server.example.com/token#f",
            "https://server.example.com:443/token",
            "HTTPS://SERVER.example.COM/token",
            "https://server.example.com/%74oken",
            "https://server.example.com/t%6Fken?%",
        ] {
            verify(&with("htu", json!(same))).unwrap_or_else(|error| panic!("{same}: {error}"));
        }
        for other in [
            "",
            "/token",
            "http://server.example.com/token",
            "https://server.example.com/token/",
            "https://server.example.com/TOKEN",
            "https://server.example.com//token",
            "https://server.example.com",
            "https://server.example.com:8443/token",
            "https://server.example.com.evil.example/token",
            "https://user@server.example.com/token",
            "https://evil.example/https://server.example.com/token",
            "https://server.example.com/token%",
            "https://server.example.com/token\u{a0}",
            "ftp://server.example.com/token",
        ] {
            assert_eq!(verify(&with("htu", json!(other))), Err(DpopError::Url), "{other}");
        }
        let root = ProvenRequest { url: "https://server.example.com", ..TOKEN_REQUEST };
        let proof = with("htu", json!("https://server.example.com/"));
        dpop::verify(&proof, &root, now()).unwrap();
    }

    // req: dp.proof
    // req: ck.skew
    #[test]
    fn clocks_may_differ_by_seconds_and_not_by_hours() {
        for seconds in [-299, -10, 0, 10, 60] {
            verify(&with("iat", json!(NOW + seconds))).unwrap_or_else(|error| panic!("{seconds}: {error}"));
        }
        assert_eq!(verify(&with("iat", json!(NOW + 61))), Err(DpopError::Token(TokenError::NotYetValid)));
        assert_eq!(verify(&with("iat", json!(NOW + 3600))), Err(DpopError::Token(TokenError::NotYetValid)));
        assert_eq!(verify(&with("nbf", json!(NOW + 61))), Err(DpopError::Token(TokenError::NotYetValid)));
        assert_eq!(verify(&with("iat", json!(NOW - 300))), Err(DpopError::TooOld));
        assert_eq!(verify(&with("iat", json!(NOW - 3600))), Err(DpopError::TooOld));
        assert_eq!(verify(&with("exp", json!(NOW - 60))), Err(DpopError::Token(TokenError::Expired)));
        let made = verify(&with("iat", json!(NOW - 10))).unwrap();
        assert_eq!(made.ends(), Timestamp::from_seconds(NOW + 290), "each copy of it ends at the same moment");
    }
}

mod section_7_1 {
    use super::*;

    const TOKEN: &str = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";

    // req: dp.proof
    #[test]
    fn beside_a_token_it_is_for_this_very_token() {
        let request = ProvenRequest { access_token: Some(TOKEN), ..TOKEN_REQUEST };
        let ath = "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo";
        assert_eq!(base64url::encode(hash::sha256(TOKEN.as_bytes())), ath, "the example of RFC 9449 §7.1");
        dpop::verify(&with("ath", json!(ath)), &request, now()).unwrap();
        for wrong in [Value::Null, json!(""), json!(TOKEN), json!("fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEO")] {
            assert_eq!(dpop::verify(&with("ath", wrong), &request, now()), Err(DpopError::AccessToken));
        }
    }
}

mod section_8 {
    use super::*;

    // req: dp.nonce
    #[test]
    fn a_nonce_rotates_and_the_one_before_it_is_still_taken() {
        let (ours, theirs) = (DpopNonces::new([1; 32]), DpopNonces::new([2; 32]));
        let at = |seconds: i64| Timestamp::from_seconds(NOW + seconds);
        let nonce = ours.current(at(0));
        assert_eq!(nonce.len(), 22);
        assert_eq!(nonce, ours.current(at(299)));
        assert_ne!(nonce, ours.current(at(300)));
        for (seconds, good) in [(0, true), (300, true), (599, true), (600, false), (-1, true), (-301, false), (86_400, false)] {
            assert_eq!(ours.is_good(&nonce, at(seconds)), good, "{seconds}");
        }
        assert!(!theirs.is_good(&nonce, at(0)));
        assert!(!ours.is_good("", at(0)));
        assert_eq!(verify(&with("nonce", json!(nonce))).unwrap().nonce(), Some(nonce.as_str()));
    }
}

mod section_11_1 {
    use super::*;

    // req: dp.replay
    #[test]
    fn two_proofs_are_told_apart_by_key_and_id_and_copies_are_not() {
        let one = verify(&with("jti", json!("1"))).unwrap();
        assert_eq!(one.replay_hash(), verify(&with("jti", json!("1"))).unwrap().replay_hash());
        assert_ne!(one.replay_hash(), verify(&with("jti", json!("2"))).unwrap().replay_hash());
        let mut claims = claims();
        claims["jti"] = json!("1");
        assert_ne!(one.replay_hash(), verify(&proof(&header(&EDDSA), &claims, &EDDSA)).unwrap().replay_hash());
    }
}
