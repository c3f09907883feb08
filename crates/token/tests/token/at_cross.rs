//! Each kind of token is refused wherever another kind is expected.

use chabi_token::{
    AccessTokenProfile, Algorithm, BrowserBinding, IdSecret, MasterSecret, OpaqueTokens, RefreshTokenKeys, SiteTag, Timestamp,
    access_token,
    client_assertion::{self, AssertionProfile},
    client_secret,
    dpop::{self, ProvenRequest},
    id_token, jws,
    logout_token::{self, LogoutTokenClaims, ToldInIdToken},
    verify_access_token,
};
use serde_json::{Value, json};

use crate::{
    fixtures::{API, ES256, ISSUER, NOW, RS256, claims, env, keys, signed},
    oidc_core,
};

/// Every kind, by name, well made.
fn kinds() -> Vec<(&'static str, String)> {
    let env = env();
    let master = MasterSecret::generate(&env);
    let told = ToldInIdToken { sub: "person-1".into(), sid: "s".into() };
    let logout = LogoutTokenClaims::new(ISSUER.into(), API.into(), told, "l".into(), Timestamp::from_seconds(NOW));
    let assertion = json!({"iss": "spa", "sub": "spa", "aud": ISSUER, "exp": NOW + 60, "iat": NOW, "jti": "a"});
    let proof = json!({"htm": "GET", "htu": API, "iat": NOW, "jti": "p"});
    let jwk: Value = serde_json::from_str(&ES256.public_jwk().to_json()).unwrap();
    let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk});
    vec![
        ("access token", access_token::issue(&claims(), &ES256, access_token::AT_JWT).unwrap()),
        ("ID token", id_token::issue(&oidc_core::claims(), &RS256).unwrap()),
        ("logout token", logout_token::issue(&logout, &ES256).unwrap()),
        ("client assertion", jws::sign("JWT", &assertion, &ES256).unwrap()),
        ("DPoP proof", signed(&header.to_string(), &proof.to_string(), &ES256)),
        ("opaque access token", OpaqueTokens::new(ISSUER, &master).seal(&claims(), &env).unwrap()),
        ("refresh token", RefreshTokenKeys::new(&master).first(env.new_id(), &env).0.expose().to_owned()),
        ("authorization code", IdSecret::new(SiteTag::MAIN, &env).text("chabi_ac_").expose().to_owned()),
        ("session cookie", IdSecret::new(SiteTag::MAIN, &env).text("").expose().to_owned()),
        ("browser binding", BrowserBinding::new(SiteTag::MAIN, &env).cookie_value()),
        ("client secret", client_secret::generate(&env).0.expose().to_owned()),
        ("master secret", MasterSecret::generate(&env).to_text().expose().to_owned()),
    ]
}

/// Every consumer, by the kind that it takes.
fn taken_by(consumer: &str, token: &str) -> bool {
    let master = MasterSecret::generate(&env());
    let now = Timestamp::from_seconds(NOW);
    match consumer {
        "access token" => verify_access_token(token, &keys(), &AccessTokenProfile::new(ISSUER, API).accepting_jwt_type(), now).is_ok(),
        "userinfo" => verify_access_token(token, &keys(), &AccessTokenProfile::of_issuer(ISSUER), now).is_ok(),
        "ID token" => id_token::verify_hint(token, &keys(), ISSUER).is_ok(),
        "refresh token" => RefreshTokenKeys::new(&master).parse(token).is_ok(),
        "authorization code" => IdSecret::parse("chabi_ac_", token, SiteTag::MAIN).is_some(),
        "session cookie" => IdSecret::parse("", token, SiteTag::MAIN).is_some(),
        "browser binding" => BrowserBinding::parse(token, SiteTag::MAIN).is_some(),
        // even by the same key
        "client assertion" => {
            let profile = AssertionProfile { client_id: "spa", audience: ISSUER, legacy_audiences: &[], algorithms: &Algorithm::ALL };
            client_assertion::verify(token, &keys(), &profile, now).is_ok()
        }
        "DPoP proof" => dpop::verify(token, &ProvenRequest { method: "GET", url: API, access_token: None }, now).is_ok(),
        "master secret" => MasterSecret::parse(token).is_ok(),
        _ => panic!("no such consumer: {consumer}"),
    }
}

// RFC 8725 §3.11 and §3.12
// req: at.cross
#[test]
fn each_kind_is_taken_by_its_own_consumer_alone() {
    let consumers = [
        "access token",
        "userinfo",
        "ID token",
        "refresh token",
        "authorization code",
        "session cookie",
        "browser binding",
        "master secret",
        "client assertion",
        "DPoP proof",
    ];
    for (kind, token) in kinds() {
        for consumer in consumers {
            let own = kind == consumer || (kind, consumer) == ("access token", "userinfo");
            assert_eq!(taken_by(consumer, &token), own, "{kind} at the consumer of {consumer}s");
        }
    }
}

// req: at.cross
#[test]
fn an_access_token_of_type_jwt_is_no_id_token_and_an_id_token_is_none_even_for_an_api_named_like_the_application() {
    let token = access_token::issue(&claims(), &ES256, access_token::JWT).unwrap();
    assert!(!taken_by("ID token", &token));
    let id_token = id_token::issue(&oidc_core::claims(), &RS256).unwrap();
    let profile = AccessTokenProfile::new(ISSUER, "spa").accepting_jwt_type();
    assert!(verify_access_token(&id_token, &keys(), &profile, Timestamp::from_seconds(NOW)).is_err());
}
