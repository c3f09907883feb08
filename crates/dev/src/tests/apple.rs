use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

use super::*;
use crate::fixtures::{APPLE_CLIENT_ID, APPLE_KEY_ID, APPLE_TEAM_ID};

const AUTHORIZE: &str = "/dev/idp/apple/auth/authorize";
const TOKEN: &str = "/dev/idp/apple/auth/token";
const CALLBACK: &str = "http://localhost:8000/accounts/apple/login/callback/";

/// A fake, and the application with its key.
struct Rig {
    app: Router,
    key: EcdsaKeyPair,
}

impl Rig {
    fn start() -> Self {
        let settings = settings();
        let body: String = settings.apple.client_secret.lines().filter(|line| !line.contains("KEY")).collect();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &STANDARD.decode(body).unwrap()).unwrap();
        Self { app: router(settings), key }
    }

    /// A secret; `change` replaces claims.
    fn secret(&self, alg: &str, change: &[(&str, Value)]) -> String {
        let now = Env::system().now().as_seconds();
        let mut claims = json!({
            "iss": APPLE_TEAM_ID, "sub": APPLE_CLIENT_ID, "aud": "https://appleid.apple.com", "iat": now, "exp": now + 300,
        });
        for (name, value) in change {
            claims[*name] = value.clone();
        }
        let header = json!({ "alg": alg, "kid": APPLE_KEY_ID });
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    async fn pick(&self, persona: &str) -> HashMap<String, String> {
        let answer = post(&self.app, AUTHORIZE, &[request().as_slice(), &[("persona", persona)]].concat()).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        assert!(answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().contains("sandbox allow-forms allow-scripts"));
        answer.posted()
    }

    async fn redeem(&self, code: &str, secret: &str) -> Answer {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("client_id", APPLE_CLIENT_ID),
            ("client_secret", secret),
        ];
        post(&self.app, TOKEN, &fields).await
    }

    async fn tokens(&self, persona: &str) -> Value {
        let answer = self.redeem(&self.pick(persona).await["code"], &self.secret("ES256", &[])).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()
    }
}

fn request() -> Vec<(&'static str, &'static str)> {
    vec![
        ("client_id", APPLE_CLIENT_ID),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("response_mode", "form_post"),
        ("scope", "openid name email"),
        ("state", "a state"),
        ("nonce", "a-nonce"),
    ]
}

#[tokio::test]
async fn the_name_is_told_at_the_first_sign_in_and_after_the_person_revoked() {
    let rig = Rig::start();
    let first = rig.pick("new").await;
    let user: Value = serde_json::from_str(&first["user"]).unwrap();
    assert_eq!(user["name"], json!({ "firstName": "Amina", "lastName": "Newcomer" }));
    assert_eq!(first["state"], "a state");
    let again = rig.pick("new").await;
    assert!(!again.contains_key("user"));
    let tokens = rig.redeem(&again["code"], &rig.secret("ES256", &[])).await.json();
    assert!(claims(&tokens["id_token"]).get("name").is_none());
    let secret = rig.secret("ES256", &[]);
    let token = tokens["refresh_token"].as_str().unwrap();
    let fields = [("client_id", APPLE_CLIENT_ID), ("client_secret", secret.as_str()), ("token", token)];
    assert_eq!(post(&rig.app, "/dev/idp/apple/auth/revoke", &fields).await.status, StatusCode::OK);
    assert!(rig.pick("new").await.contains_key("user"));
}

#[tokio::test]
async fn flags_come_as_strings_and_as_booleans_and_an_address_may_be_a_relay_or_missing() {
    let rig = Rig::start();
    let told = async |persona| claims(&rig.tokens(persona).await["id_token"]);
    let new = told("new").await;
    assert_eq!((&new["email_verified"], &new["nonce"]), (&json!("true"), &json!("a-nonce")));
    let relay = told("relay").await;
    assert_eq!((&relay["email_verified"], &relay["is_private_email"]), (&json!(true), &json!(true)));
    assert!(relay["email"].as_str().unwrap().ends_with("@privaterelay.appleid.com"));
    assert_eq!(told("unverified").await["email_verified"], "false");
    assert!(told("without-email").await.get("email").is_none());
    assert_eq!(told("wrong-nonce").await["nonce"], "a-nonce-that-nobody-sent");
}

#[tokio::test]
async fn a_secret_is_signed_by_the_teams_key_for_apple_and_for_half_a_year_at_most() {
    let rig = Rig::start();
    let now = Env::system().now().as_seconds();
    let wrong = [
        ("iss", json!("OTHERTEAM1")),
        ("sub", json!("another.app")),
        ("aud", json!("http://localhost:8000/dev/idp/apple")),
        ("exp", json!(now - 1)),
        ("exp", json!(now + 15_777_001)),
        ("iat", json!(now + 3_600)),
    ];
    let code = rig.pick("new").await["code"].clone();
    for change in wrong {
        let answer = rig.redeem(&code, &rig.secret("ES256", std::slice::from_ref(&change))).await;
        assert_eq!((answer.status, &answer.json()["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_client")), "{change:?}");
    }
    let other = Rig::start();
    for secret in [rig.secret("HS256", &[]), other.secret("ES256", &[]), String::new(), "a.b.c".to_owned()] {
        assert_eq!(rig.redeem(&code, &secret).await.json()["error"], "invalid_client");
    }
    assert_eq!(rig.redeem(&code, &rig.secret("ES256", &[])).await.status, StatusCode::OK);
    assert_eq!(rig.redeem(&code, &rig.secret("ES256", &[])).await.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn who_asks_for_a_name_must_take_the_answer_as_a_form() {
    let rig = Rig::start();
    let asked = async |change: (&str, &'static str)| {
        let fields: Vec<_> = request().into_iter().map(|(name, value)| (name, if name == change.0 { change.1 } else { value })).collect();
        get(&rig.app, &format!("{AUTHORIZE}?{}", encoded(&fields))).await
    };
    let refused = asked(("response_mode", "query")).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(refused.text.contains("form_post when name or email"), "{}", refused.text);
    for change in [("client_id", "x"), ("redirect_uri", "http://evil.test/"), ("response_type", "id_token"), ("scope", "openid phone")] {
        assert_eq!(asked(change).await.status, StatusCode::BAD_REQUEST, "{change:?}");
    }
    let page = asked(("state", "s")).await;
    for persona in crate::APPLE_PERSONAS {
        assert!(page.text.contains(&format!("id=\"persona-{}\"", persona.key)), "{}", persona.key);
    }
}

#[tokio::test]
async fn a_refusal_is_posted_too_and_discovery_knows_no_userinfo() {
    let rig = Rig::start();
    let back = rig.pick("cancelled").await;
    assert_eq!((back["error"].as_str(), back["state"].as_str()), ("user_cancelled_authorize", "a state"));
    let code = rig.pick("down").await["code"].clone();
    assert_eq!(rig.redeem(&code, &rig.secret("ES256", &[])).await.status, StatusCode::SERVICE_UNAVAILABLE);
    let document = get(&rig.app, "/dev/idp/apple/.well-known/openid-configuration").await.json();
    assert_eq!(document["issuer"], "http://localhost:8000/dev/idp/apple");
    assert!(document.get("userinfo_endpoint").is_none());
}
