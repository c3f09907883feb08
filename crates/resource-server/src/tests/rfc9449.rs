//! Tokens that are bound to a key, at an API (RFC 9449 §7 and §9).

use std::sync::atomic::AtomicU64;

use chabi_spec::Confirmation;
use chabi_token::{base64url, hash};
use serde_json::{Value, json};

use super::*;
use crate::{ProofStore, ProofsUnavailable, RememberedProofs, ResourceServerBuilder};

/// The key of a client; each proof has an id of its own.
struct ClientKey {
    key: SigningKey,
    proofs: AtomicU64,
}

impl ClientKey {
    fn new() -> Self {
        Self { key: new_key(), proofs: AtomicU64::new(0) }
    }

    /// A token that is bound to it.
    fn token(&self, issuer: &SigningKey) -> String {
        let cnf = Some(Confirmation { jkt: self.key.public_jwk().thumbprint() });
        token_of(&AccessTokenClaims { cnf, ..claims() }, issuer)
    }

    fn claims(&self, token: &str, url: &str) -> Value {
        let id = self.proofs.fetch_add(1, Ordering::Relaxed);
        let ath = base64url::encode(hash::sha256(token.as_bytes()));
        json!({"jti": format!("proof-{id}"), "htm": "GET", "htu": url, "iat": NOW, "ath": ath})
    }

    fn proof(&self, token: &str, url: &str) -> String {
        self.sign(&self.claims(token, url))
    }

    fn sign(&self, claims: &Value) -> String {
        let jwk: Value = serde_json::from_str(&self.key.public_jwk().to_json()).unwrap();
        let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk});
        let signed = format!("{}.{}", base64url::encode(header.to_string()), base64url::encode(claims.to_string()));
        let signature = self.key.sign(signed.as_bytes()).unwrap();
        format!("{signed}.{}", base64url::encode(signature))
    }
}

const URL: &str = "https://api.example.test/strict";

fn api(key: &SigningKey, change: impl FnOnce(ResourceServerBuilder) -> ResourceServerBuilder) -> Router {
    let (_, env) = ManualClock::env();
    let builder = ResourceServer::builder(ISSUER).audience(AUDIENCE).keys(FixedKeys::new(set_of(&[key]))).env(&env);
    app(&change(builder).build().unwrap())
}

async fn send(app: &Router, path: &str, authorization: &str, proofs: &[&str]) -> Answer {
    let mut request = Request::get(path).header(header::HOST, "api.example.test").header(header::AUTHORIZATION, authorization);
    for proof in proofs {
        request = request.header("dpop", *proof);
    }
    let (parts, body) = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status, headers: parts.headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
}

// RFC 9449 §7.1
// req: dp.proof
// req: dp.bind
// req: rs.dpop
#[tokio::test]
async fn a_bound_token_passes_with_a_proof_by_its_key_for_this_request_and_no_other_way() {
    let (issuer, client, thief) = (new_key(), ClientKey::new(), ClientKey::new());
    let app = api(&issuer, |builder| builder);
    let token = client.token(&issuer);
    let by_dpop = format!("DPoP {token}");
    for scheme in ["DPoP", "dpop", "DPOP"] {
        let answer = send(&app, "/strict?x=1", &format!("{scheme} {token}"), &[&client.proof(&token, URL)]).await;
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, "ada"), "{scheme}");
    }
    let mut old = client.claims(&token, URL);
    old["iat"] = json!(NOW - 3600);
    let good = client.proof(&token, URL);
    for (what, proofs, error) in [
        ("two proofs", vec![good.as_str(), good.as_str()], "invalid_dpop_proof"),
        ("nonsense", vec!["x"], "invalid_dpop_proof"),
        ("another path", vec![&client.proof(&token, "https://api.example.test/scoped")], "invalid_dpop_proof"),
        ("another host", vec![&client.proof(&token, "https://evil.example/strict")], "invalid_dpop_proof"),
        ("another token", vec![&client.proof("another", URL)], "invalid_dpop_proof"),
        ("an old one", vec![&client.sign(&old)], "invalid_dpop_proof"),
        ("another key", vec![&thief.proof(&token, URL)], "invalid_token"),
        ("none", vec![], "invalid_token"),
    ] {
        let answer = send(&app, "/strict", &by_dpop, &proofs).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{what}");
        assert!(answer.challenge().contains(&format!("error=\"{error}\"")), "{what}: {}", answer.challenge());
        assert!(answer.challenge().contains("algs=\"ES256 RS256 EdDSA PS256\""), "{what}: {}", answer.challenge());
    }
    assert_eq!(send(&app, "/strict", &by_dpop, &[&good]).await.status, StatusCode::OK, "what was refused was not spent");
}

// RFC 9449 §7.2
// req: dp.bind
// req: rs.dpop
#[tokio::test]
async fn a_bound_token_is_no_bearer_token_and_a_bearer_token_does_not_come_by_dpop() {
    let (issuer, client) = (new_key(), ClientKey::new());
    let app = api(&issuer, |builder| builder);
    let (bound, free) = (client.token(&issuer), good_token(&issuer));
    for path in ["/strict", "/guest", "/scoped"] {
        for proofs in [vec![], vec![client.proof(&bound, URL)]] {
            let proofs: Vec<&str> = proofs.iter().map(String::as_str).collect();
            let answer = send(&app, path, &format!("Bearer {bound}"), &proofs).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
            assert!(answer.challenge().contains(", DPoP algs="), "{}", answer.challenge());
        }
    }
    let answer = send(&app, "/strict", &format!("DPoP {free}"), &[&client.proof(&free, URL)]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(send(&app, "/strict", &format!("Bearer {free}"), &[]).await.status, StatusCode::OK);

    let strict = api(&issuer, ResourceServerBuilder::require_dpop);
    let refused = send(&strict, "/strict", &format!("Bearer {free}"), &[]).await;
    assert!(refused.challenge().starts_with("DPoP error=\"invalid_token\""), "{}", refused.challenge());
    assert_eq!(send(&strict, "/strict", &format!("DPoP {bound}"), &[&client.proof(&bound, URL)]).await.status, StatusCode::OK);
}

// RFC 9449 §7.2: from elsewhere than a request there is no proof
// req: dp.bind
#[tokio::test]
async fn outside_of_a_request_a_bound_token_is_not_taken() {
    let (issuer, client) = (new_key(), ClientKey::new());
    let server = server(&issuer);
    let token = client.token(&issuer);
    assert_eq!(*server.verify(&token).await.unwrap_err().reason(), crate::Reason::ProofMissing);
    assert_eq!(server.verify_for_whomever(&token).await.unwrap().subject(), "ada");
}

// RFC 8705 §3.1: other ways of binding are not known here, and so not passed over
#[tokio::test]
async fn a_token_that_is_bound_in_another_way_is_refused() {
    let issuer = new_key();
    let mut claims = serde_json::to_value(claims()).unwrap();
    for cnf in [json!({"x5t#S256": "bwcK0esc"}), json!({}), json!({"jkt": "a", "x5t#S256": "b"}), json!("a"), Value::Null] {
        claims["cnf"] = cnf.clone();
        let token = chabi_token::jws::sign("at+jwt", &claims, &issuer).unwrap();
        let answer = with_token(&app(&server(&issuer)), "/strict", &token).await;
        assert_eq!(answer.status == StatusCode::OK, cnf.is_null(), "{cnf}");
    }
}

// RFC 9449 §11.1
// req: dp.replay
// req: rs.dpop
#[tokio::test]
async fn a_proof_passes_once() {
    let (issuer, client) = (new_key(), ClientKey::new());
    let app = api(&issuer, |builder| builder);
    let token = client.token(&issuer);
    let (proof, by_dpop) = (client.proof(&token, URL), format!("DPoP {token}"));
    let proofs = [proof.as_str()];
    let sent = futures_util::future::join_all((0..16).map(|_| send(&app, "/strict", &by_dpop, &proofs))).await;
    assert_eq!(sent.iter().filter(|answer| answer.status == StatusCode::OK).count(), 1);
    assert!(sent.iter().any(|answer| answer.challenge().starts_with("DPoP error=\"invalid_dpop_proof\"")));
}

// RFC 9449 §11.1
// req: dp.replay
#[tokio::test]
async fn what_is_remembered_is_bounded_and_what_cannot_be_is_not_taken() {
    let remembered = RememberedProofs::new(2);
    let (now, ends) = (Timestamp::from_seconds(NOW), Timestamp::from_seconds(NOW + 10));
    let used = async |hash: u8, now| remembered.use_once([hash; 32], ends, now).await;
    assert_eq!(used(1, now).await, Ok(true));
    assert_eq!(used(1, now).await, Ok(false));
    assert_eq!(used(2, now).await, Ok(true));
    assert_eq!(used(3, now).await, Err(ProofsUnavailable));
    assert_eq!(used(2, now).await, Ok(false));
    assert_eq!(used(1, ends).await, Ok(false), "over by itself, although its place is free again");
    let (issuer, client) = (new_key(), ClientKey::new());
    let app = api(&issuer, |builder| builder.proofs(RememberedProofs::new(0)));
    let token = client.token(&issuer);
    let answer = send(&app, "/strict", &format!("DPoP {token}"), &[&client.proof(&token, URL)]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
}

// RFC 9449 §9
// req: dp.nonce
#[tokio::test]
async fn an_api_may_ask_for_nonces_of_its_own() {
    let (issuer, client) = (new_key(), ClientKey::new());
    let app = api(&issuer, |builder| builder.dpop_nonces([7; 32]));
    let token = client.token(&issuer);
    let by_dpop = format!("DPoP {token}");
    let asked = send(&app, "/strict", &by_dpop, &[&client.proof(&token, URL)]).await;
    assert_eq!(asked.status, StatusCode::UNAUTHORIZED);
    assert!(asked.challenge().starts_with("DPoP error=\"use_dpop_nonce\""), "{}", asked.challenge());
    let mut claims = client.claims(&token, URL);
    claims["nonce"] = json!(asked.headers["dpop-nonce"].to_str().unwrap());
    let passed = send(&app, "/strict", &by_dpop, &[&client.sign(&claims)]).await;
    assert_eq!(passed.status, StatusCode::OK);
    assert!(passed.headers.contains_key("dpop-nonce"), "the next one is told with the answer");
    assert!(!send(&app, "/strict", &format!("Bearer {}", good_token(&issuer)), &[]).await.headers.contains_key("dpop-nonce"));
}

// RFC 9449 §4.3
// req: dp.proof
#[tokio::test]
async fn where_clients_reach_the_api_may_be_said_and_a_nested_route_has_its_whole_path() {
    let (issuer, client) = (new_key(), ClientKey::new());
    let outside = "https://public.example/v1/strict";
    let app = Router::new().nest("/v1", api(&issuer, |builder| builder.public_url("https://public.example/")));
    let token = client.token(&issuer);
    let by_dpop = format!("DPoP {token}");
    assert_eq!(send(&app, "/v1/strict", &by_dpop, &[&client.proof(&token, outside)]).await.status, StatusCode::OK);
    for other in ["https://public.example/strict", "https://api.example.test/v1/strict", "http://public.example/v1/strict"] {
        assert_eq!(send(&app, "/v1/strict", &by_dpop, &[&client.proof(&token, other)]).await.status, StatusCode::UNAUTHORIZED, "{other}");
    }
}
