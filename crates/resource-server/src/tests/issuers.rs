use super::*;
use crate::{BuildError, Keys, LiveKeys, Principal};

const OTHER: &str = "https://id.other.example.test";

fn of(issuer: &str, key: &SigningKey) -> ResourceServer {
    let (_, env) = ManualClock::env();
    ResourceServer::builder(issuer).audience(AUDIENCE).keys(FixedKeys::new(set_of(&[key]))).env(&env).build().unwrap()
}

// req: rs.iss
#[tokio::test]
async fn a_key_of_one_issuer_never_validates_a_token_of_another() {
    let (one, two) = (new_key(), new_key());
    // the same key id at both issuers, as it happens when both number their keys
    let two_named_as_one = SigningKey::from_pkcs8(Algorithm::ES256, one.kid(), &two.to_pkcs8().unwrap()).unwrap();
    let issuers = [(ISSUER, &one), (OTHER, &two), (OTHER, &two_named_as_one)];
    for (verifier, verifier_key) in issuers {
        for (claimed, _) in issuers {
            for (_, signer) in issuers {
                let token = token_of(&AccessTokenClaims { iss: claimed.into(), ..claims() }, signer);
                let right = claimed == verifier && signer.public_jwk().to_json() == verifier_key.public_jwk().to_json();
                assert_eq!(of(verifier, verifier_key).verify(&token).await.is_ok(), right, "{verifier} {claimed} {}", signer.kid());
            }
        }
    }
}

// req: rs.who
#[tokio::test]
async fn a_principal_is_a_person_of_an_issuer_or_an_application_of_one() {
    let key = new_key();
    let principal = async |issuer: &str, subject: &str, client_id: &str| {
        let token = token_of(&AccessTokenClaims { iss: issuer.into(), sub: subject.into(), client_id: client_id.into(), ..claims() }, &key);
        of(issuer, &key).verify(&token).await.unwrap().principal()
    };
    let ada = principal(ISSUER, "ada", "demo").await;
    assert_eq!(ada, principal(ISSUER, "ada", "another-app").await);
    assert_ne!(ada, principal(OTHER, "ada", "demo").await);
    assert_ne!(ada, principal(ISSUER, "bina", "demo").await);
    let machine = principal(ISSUER, "demo", "demo").await;
    assert_eq!(machine, Principal::Application { issuer: ISSUER.into(), client_id: "demo".into() });
}

#[tokio::test]
async fn live_keys_follow_a_rotation_and_close_while_there_are_none() {
    let (first, second) = (new_key(), new_key());
    let (_, env) = ManualClock::env();
    let live = Arc::new(arc_swap::ArcSwap::from_pointee(JwkSet::default()));
    let source = Arc::clone(&live);
    let builder = ResourceServer::builder(ISSUER).audience(AUDIENCE).keys(LiveKeys(move || Keys::Set(source.load_full())));
    let app = app(&builder.env(&env).build().unwrap());
    assert_eq!(with_token(&app, "/strict", &good_token(&first)).await.status, StatusCode::SERVICE_UNAVAILABLE);
    live.store(Arc::new(set_of(&[&first])));
    assert_eq!(with_token(&app, "/strict", &good_token(&first)).await.status, StatusCode::OK);
    live.store(Arc::new(set_of(&[&second])));
    assert_eq!(with_token(&app, "/strict", &good_token(&second)).await.status, StatusCode::OK);
    assert_eq!(with_token(&app, "/strict", &good_token(&first)).await.status, StatusCode::UNAUTHORIZED);
}

// req: rs.verify
#[test]
fn rules_that_would_let_anybody_in_cannot_be_built() {
    let builder = || ResourceServer::builder(ISSUER).audience(AUDIENCE);
    let error = |builder: crate::ResourceServerBuilder| builder.build().unwrap_err();
    assert_eq!(error(ResourceServer::builder(ISSUER)), BuildError::AudienceMissing);
    assert_eq!(error(ResourceServer::builder(ISSUER).audience("")), BuildError::AudienceMissing);
    assert_eq!(error(builder().skew_seconds(61)), BuildError::Skew);
    assert_eq!(error(builder().skew_seconds(-1)), BuildError::Skew);
    assert_eq!(error(builder().algorithms(&[])), BuildError::NoAlgorithm);
    assert_eq!(error(builder().jwks_uri("http://id.example.test/jwks")), BuildError::JwksUri);
    assert_eq!(error(builder().jwks_uri("http://localhost:8000/jwks")), BuildError::JwksUri);
    for issuer in ["http://id.example.test", "https://id.example.test/", "id.example.test", ""] {
        assert!(matches!(error(ResourceServer::builder(issuer).audience(AUDIENCE)), BuildError::Issuer(_)), "{issuer}");
    }
}
