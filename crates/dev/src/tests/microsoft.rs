use serde_json::{Value, json};

use super::*;
use crate::fixtures::{MICROSOFT_CLIENT_ID, MICROSOFT_CLIENT_SECRET, MICROSOFT_TENANT};

const PLACE: &str = "/dev/idp/microsoft";
const CALLBACK: &str = "http://localhost:8000/accounts/microsoft/login/callback/";
// RFC 7636, appendix B
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn request() -> Vec<(&'static str, &'static str)> {
    vec![
        ("client_id", MICROSOFT_CLIENT_ID),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid profile email User.Read offline_access"),
        ("state", "s"),
        ("nonce", "a-nonce"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

async fn pick(app: &Router, persona: &str) -> HashMap<String, String> {
    let fields = [request().as_slice(), &[("persona", persona)]].concat();
    let answer = post(app, &format!("{PLACE}/common/oauth2/v2.0/authorize"), &fields).await;
    assert_eq!(answer.status, StatusCode::FOUND, "{}", answer.text);
    answer.location()
}

async fn redeem(app: &Router, code: &str, secret: &str) -> Answer {
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", MICROSOFT_CLIENT_ID),
        ("client_secret", secret),
        ("redirect_uri", CALLBACK),
        ("code", code),
        ("code_verifier", VERIFIER),
    ];
    post(app, &format!("{PLACE}/common/oauth2/v2.0/token"), &fields).await
}

async fn tokens(app: &Router, persona: &str) -> Value {
    let answer = redeem(app, &pick(app, persona).await["code"], MICROSOFT_CLIENT_SECRET).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json()
}

#[tokio::test]
async fn discovery_of_common_has_a_placeholder_where_the_tenant_belongs() {
    let app = app();
    let place = format!("{PUBLIC}{PLACE}");
    for (tenant, issuer) in [
        ("common", "{tenantid}"),
        ("organizations", "{tenantid}"),
        ("consumers", "9188040d-6c67-4c5b-b112-36a304b66dad"),
        (MICROSOFT_TENANT, MICROSOFT_TENANT),
    ] {
        let document = get(&app, &format!("{PLACE}/{tenant}/v2.0/.well-known/openid-configuration")).await.json();
        assert_eq!(document["issuer"], format!("{place}/{issuer}/v2.0"), "{tenant}");
        assert_eq!(document["token_endpoint"], format!("{place}/{tenant}/oauth2/v2.0/token"));
    }
    assert_eq!(get(&app, &format!("{PLACE}/nowhere/v2.0/.well-known/openid-configuration")).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_token_is_of_the_persons_own_tenant_and_says_nothing_of_verification() {
    let app = app();
    for (persona, tenant) in [("work", MICROSOFT_TENANT), ("personal", "9188040d-6c67-4c5b-b112-36a304b66dad")] {
        let told = claims(&tokens(&app, persona).await["id_token"]);
        assert_eq!(told["iss"], format!("{PUBLIC}{PLACE}/{tenant}/v2.0"), "{persona}");
        assert_eq!((&told["tid"], &told["nonce"]), (&json!(tenant), &json!("a-nonce")));
        assert!(told.get("email_verified").is_none() && told.get("xms_edov").is_none());
    }
    let stranger = claims(&tokens(&app, "noauth").await["id_token"]);
    let ada = claims(&tokens(&app, "verified-domain").await["id_token"]);
    assert_eq!((&stranger["email"], stranger.get("xms_edov")), (&json!("ada@example.test"), None));
    assert_eq!((&ada["email"], &ada["xms_edov"]), (&json!("ada@example.test"), &json!(true)));
    assert_ne!(stranger["tid"], ada["tid"]);
    let without = claims(&tokens(&app, "without-email").await["id_token"]);
    assert!(without.get("email").is_none() && without["preferred_username"].as_str().unwrap().contains('@'));
}

#[tokio::test]
async fn the_personas_that_lie_about_their_tenant_do() {
    let app = app();
    let told = claims(&tokens(&app, "wrong-tenant").await["id_token"]);
    assert!(!told["iss"].as_str().unwrap().contains(told["tid"].as_str().unwrap()));
    let told = claims(&tokens(&app, "foreign-issuer").await["id_token"]);
    assert!(told["iss"].as_str().unwrap().starts_with("https://login.evil.example.test/"));
}

#[tokio::test]
async fn keys_are_of_all_tenants_unless_a_switch_makes_them_anothers() {
    let app = app();
    let issuer = async || get(&app, &format!("{PLACE}/common/discovery/v2.0/keys")).await.json()["keys"][0]["issuer"].clone();
    assert_eq!(issuer().await, format!("{PUBLIC}{PLACE}/{{tenantid}}/v2.0"));
    post(&app, "/dev/providers", &[("provider", "microsoft"), ("other_tenants_keys", "on")]).await;
    assert_eq!(issuer().await, format!("{PUBLIC}{PLACE}/bbbbcccc-1111-dddd-2222-eeee3333ffff/v2.0"));
}

#[tokio::test]
async fn the_graph_tells_the_person_to_who_holds_the_token() {
    let app = app();
    let tokens = tokens(&app, "work").await;
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let me = get_with(&app, &format!("{PLACE}/graph/v1.0/me"), &[("authorization", &bearer)]).await.json();
    assert_eq!(me["id"], claims(&tokens["id_token"])["oid"]);
    let userinfo = get_with(&app, &format!("{PLACE}/graph/oidc/userinfo"), &[("authorization", &bearer)]).await.json();
    assert_eq!(userinfo["sub"], claims(&tokens["id_token"])["sub"]);
    assert_eq!(get(&app, &format!("{PLACE}/graph/v1.0/me")).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_code_is_good_once_with_the_secret_and_refusals_have_the_vendors_numbers() {
    let app = app();
    let code = pick(&app, "work").await["code"].clone();
    let refused = redeem(&app, &code, "wrong").await;
    assert_eq!((refused.status, &refused.json()["error_codes"][0]), (StatusCode::UNAUTHORIZED, &json!(7_000_215)));
    assert_eq!(redeem(&app, &code, MICROSOFT_CLIENT_SECRET).await.status, StatusCode::OK);
    assert_eq!(redeem(&app, &code, MICROSOFT_CLIENT_SECRET).await.json()["error"], "invalid_grant");
    let back = pick(&app, "cancelled").await;
    assert_eq!((back["error"].as_str(), back["error_subcode"].as_str()), ("access_denied", "cancel"));
    let down = pick(&app, "down").await["code"].clone();
    assert_eq!(redeem(&app, &down, MICROSOFT_CLIENT_SECRET).await.status, StatusCode::SERVICE_UNAVAILABLE);
    for (name, value) in
        [("client_id", "x"), ("redirect_uri", "http://evil.test/"), ("response_type", "token"), ("scope", "openid Mail.Read")]
    {
        let fields: Vec<_> = request().into_iter().map(|(field, right)| (field, if field == name { value } else { right })).collect();
        let page = get(&app, &format!("{PLACE}/common/oauth2/v2.0/authorize?{}", encoded(&fields))).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{name}");
        assert!(page.text.contains("AADSTS"));
    }
    let page = get(&app, &format!("{PLACE}/common/oauth2/v2.0/authorize?{}", encoded(&request()))).await;
    for persona in crate::MICROSOFT_PERSONAS {
        assert!(page.text.contains(&format!("id=\"persona-{}\"", persona.key)), "{}", persona.key);
    }
}
