use chabi_token::{
    Algorithm, Env, JwkSet, Seconds,
    jws::{self, ExpectedAudience, TokenError, VerificationProfile},
};
use serde_json::{Map, Value};

use super::*;
use crate::fixtures::{GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET};

const AUTHORIZE: &str = "/dev/idp/google/o/oauth2/v2/auth";
const TOKEN: &str = "/dev/idp/google/token";
const CALLBACK: &str = "http://localhost:8000/accounts/google/login/callback/";
// RFC 7636, appendix B
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn request() -> Vec<(&'static str, &'static str)> {
    vec![
        ("client_id", GOOGLE_CLIENT_ID),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid email profile"),
        ("state", "a state"),
        ("nonce", "a-nonce"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

async fn pick(app: &Router, persona: &str, more: &[(&str, &str)]) -> HashMap<String, String> {
    let fields = [request().as_slice(), more, &[("persona", persona)]].concat();
    let answer = post(app, AUTHORIZE, &fields).await;
    assert_eq!(answer.status, StatusCode::FOUND, "{}", answer.text);
    answer.location()
}

fn redemption(code: &str) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
        ("client_id", GOOGLE_CLIENT_ID),
        ("client_secret", GOOGLE_CLIENT_SECRET),
    ]
}

async fn tokens(app: &Router, persona: &str, more: &[(&str, &str)]) -> Value {
    let code = pick(app, persona, more).await["code"].clone();
    let answer = post(app, TOKEN, &redemption(&code)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json()
}

async fn verified(app: &Router, id_token: &Value) -> Result<Map<String, Value>, TokenError> {
    let keys = JwkSet::parse(get(app, "/dev/idp/google/oauth2/v3/certs").await.text.as_bytes()).unwrap();
    let profile = VerificationProfile {
        types: &["JWT"],
        algorithms: &[Algorithm::RS256],
        issuer: "http://localhost:8000/dev/idp/google",
        audience: ExpectedAudience::Is(GOOGLE_CLIENT_ID),
        skew: Seconds(5),
        required: &["sub", "iat"],
        forbidden: &[],
    };
    jws::verify(id_token.as_str().unwrap(), &keys, &profile, Env::system().now())
}

#[tokio::test]
async fn discovery_names_endpoints_that_answer() {
    let app = app();
    let document = get(&app, "/dev/idp/google/.well-known/openid-configuration").await.json();
    assert_eq!(document["issuer"], "http://localhost:8000/dev/idp/google");
    for name in ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "revocation_endpoint", "jwks_uri"] {
        let path = document[name].as_str().unwrap().strip_prefix(PUBLIC).unwrap();
        assert_ne!(get(&app, path).await.status, StatusCode::NOT_FOUND, "{name}");
    }
}

#[tokio::test]
async fn the_page_offers_every_persona_by_its_id_and_carries_the_request() {
    let page = get(&app(), &format!("{AUTHORIZE}?{}&login_hint=ada%40example.test", encoded(&request()))).await;
    assert_eq!(page.status, StatusCode::OK);
    for persona in crate::GOOGLE_PERSONAS {
        assert!(page.text.contains(&format!("id=\"persona-{}\"", persona.key)), "{}", persona.key);
    }
    assert!(page.text.contains("name=\"state\" value=\"a state\""));
    assert!(page.text.contains("ada@example.test"));
}

#[tokio::test]
async fn the_id_token_of_a_workspace_person_has_the_vendors_claims_and_verifies() {
    let app = app();
    let back = pick(&app, "workspace", &[]).await;
    assert_eq!((back["state"].as_str(), back["iss"].as_str()), ("a state", "http://localhost:8000/dev/idp/google"));
    let answer = tokens(&app, "workspace", &[]).await;
    let claims = verified(&app, &answer["id_token"]).await.unwrap();
    assert_eq!(claims["hd"], "school.example.test");
    assert_eq!(claims["azp"], GOOGLE_CLIENT_ID);
    assert_eq!(claims["email_verified"], true);
    assert_eq!(claims["nonce"], "a-nonce");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3_600);
    let half = &chabi_token::hash::sha256(answer["access_token"].as_str().unwrap().as_bytes())[..16];
    assert_eq!(claims["at_hash"], chabi_token::base64url::encode(half));

    let request = Request::get("/dev/idp/google/v1/userinfo")
        .header(header::AUTHORIZATION, format!("Bearer {}", answer["access_token"].as_str().unwrap()));
    let userinfo = send(&app, request.body(Body::empty()).unwrap()).await.json();
    assert_eq!((&userinfo["sub"], &userinfo["email"]), (&claims["sub"], &claims["email"]));
}

#[tokio::test]
async fn wrong_nonce_and_wrong_signature_are_spoilt_in_that_and_nothing_else() {
    let app = app();
    let nonce = tokens(&app, "wrong-nonce", &[]).await;
    assert_ne!(verified(&app, &nonce["id_token"]).await.unwrap()["nonce"], "a-nonce");
    let signature = tokens(&app, "wrong-signature", &[]).await;
    assert_eq!(verified(&app, &signature["id_token"]).await, Err(TokenError::Signature));
}

#[tokio::test]
async fn the_same_person_has_the_same_sub_again_and_fresh_people_never() {
    let app = app();
    let mut subs = Vec::new();
    for persona in ["new", "new", "fresh", "fresh"] {
        let answer = tokens(&app, persona, &[]).await;
        subs.push(verified(&app, &answer["id_token"]).await.unwrap()["sub"].clone());
    }
    assert_eq!(subs[0], subs[1]);
    assert_ne!(subs[2], subs[3]);
}

#[tokio::test]
async fn cancelling_and_prompt_none_go_back_with_an_error_and_the_state() {
    let app = app();
    let back = pick(&app, "cancelled", &[]).await;
    assert_eq!((back["error"].as_str(), back["state"].as_str()), ("access_denied", "a state"));
    let silent = get(&app, &format!("{AUTHORIZE}?{}&prompt=none", encoded(&request()))).await.location();
    assert_eq!(silent["error"], "interaction_required");
}

#[tokio::test]
async fn a_provider_that_is_down_answers_503_at_its_token_endpoint() {
    let app = app();
    let code = pick(&app, "down", &[]).await["code"].clone();
    assert_eq!(post(&app, TOKEN, &redemption(&code)).await.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_code_is_good_once_and_only_with_everything_it_was_made_with() {
    let app = app();
    let code = pick(&app, "new", &[]).await["code"].clone();
    let spoilt = [
        ("redirect_uri", "http://localhost:8000/elsewhere", "redirect_uri_mismatch"),
        ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK", "invalid_grant"),
        ("client_secret", "wrong", "invalid_client"),
        ("client_id", "wrong", "invalid_client"),
        ("code", "wrong", "invalid_grant"),
        ("grant_type", "password", "unsupported_grant_type"),
    ];
    for (name, value, error) in spoilt {
        let fields: Vec<_> =
            redemption(&code).into_iter().map(|(field, right)| (field, if field == name { value } else { right })).collect();
        assert_eq!(post(&app, TOKEN, &fields).await.json()["error"], error, "{name}");
    }
    assert_eq!(post(&app, TOKEN, &redemption(&code)).await.status, StatusCode::OK);
    assert_eq!(post(&app, TOKEN, &redemption(&code)).await.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn a_refresh_token_comes_with_offline_access_at_the_first_consent_or_when_asked_again() {
    let app = app();
    let offline = [("access_type", "offline")];
    assert!(tokens(&app, "new", &[]).await["refresh_token"].is_null());
    let first = tokens(&app, "new", &offline).await["refresh_token"].clone();
    assert!(tokens(&app, "new", &offline).await["refresh_token"].is_null());
    assert!(tokens(&app, "new", &[("access_type", "offline"), ("prompt", "consent")]).await["refresh_token"].is_string());

    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", first.as_str().unwrap()),
        ("client_id", GOOGLE_CLIENT_ID),
        ("client_secret", GOOGLE_CLIENT_SECRET),
    ];
    assert_eq!(post(&app, TOKEN, &refresh).await.status, StatusCode::OK);
    assert_eq!(post(&app, "/dev/idp/google/revoke", &[("token", first.as_str().unwrap())]).await.status, StatusCode::OK);
    assert_eq!(post(&app, TOKEN, &refresh).await.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn a_request_that_does_not_fit_the_registration_gets_an_error_page_and_no_redirect() {
    let app = app();
    let spoilt = [
        ("client_id", "another", "invalid_client"),
        ("redirect_uri", "http://localhost:8000/accounts/google/login/callback", "redirect_uri_mismatch"),
        ("response_type", "token", "invalid_request"),
        ("scope", "email", "invalid_scope"),
        ("scope", "openid drive", "invalid_scope"),
        ("code_challenge_method", "plain", "invalid_request"),
    ];
    for (name, value, error) in spoilt {
        let fields: Vec<_> = request().into_iter().map(|(field, right)| (field, if field == name { value } else { right })).collect();
        let shown = get(&app, &format!("{AUTHORIZE}?{}", encoded(&fields))).await;
        assert_eq!(shown.status, StatusCode::BAD_REQUEST, "{name}");
        assert!(shown.text.contains(&format!("<code id=\"provider-error\">{error}</code>")), "{name}");
        let picked = post(&app, AUTHORIZE, &[fields.as_slice(), &[("persona", "new")]].concat()).await;
        assert_eq!(picked.status, StatusCode::BAD_REQUEST, "{name}");
    }
}
