use chabi_token::hash;
use serde_json::Value;

use super::*;
use crate::fixtures::{FACEBOOK_APP_ID, FACEBOOK_APP_SECRET};

const DIALOG: &str = "/dev/idp/facebook/v24.0/dialog/oauth";
const TOKEN: &str = "/dev/idp/facebook/v24.0/oauth/access_token";
const CALLBACK: &str = "http://localhost:8000/accounts/facebook/login/callback/";

fn request(scope: &'static str) -> Vec<(&'static str, &'static str)> {
    vec![("client_id", FACEBOOK_APP_ID), ("redirect_uri", CALLBACK), ("scope", scope), ("state", "s"), ("response_type", "code")]
}

async fn pick(app: &Router, persona: &str, scope: &'static str) -> HashMap<String, String> {
    let answer = post(app, DIALOG, &[request(scope).as_slice(), &[("persona", persona)]].concat()).await;
    assert_eq!(answer.status, StatusCode::FOUND, "{}", answer.text);
    assert!(answer.headers[header::LOCATION].to_str().unwrap().ends_with("#_=_"));
    answer.location()
}

fn redemption(code: &str) -> Vec<(&str, &str)> {
    vec![("client_id", FACEBOOK_APP_ID), ("client_secret", FACEBOOK_APP_SECRET), ("redirect_uri", CALLBACK), ("code", code)]
}

async fn access_token(app: &Router, persona: &str, scope: &'static str) -> String {
    let code = pick(app, persona, scope).await["code"].clone();
    let answer = get(app, &format!("{TOKEN}?{}", encoded(&redemption(&code)))).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert!(answer.json()["id_token"].is_null());
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

fn proof(token: &str) -> String {
    let mac = hash::hmac_sha256(FACEBOOK_APP_SECRET.as_bytes(), &[token.as_bytes()]);
    mac.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn me(app: &Router, token: &str, proof: &str) -> Value {
    let query = encoded(&[("fields", "id,name,email,first_name,last_name,picture"), ("access_token", token), ("appsecret_proof", proof)]);
    get(app, &format!("/dev/idp/facebook/v24.0/me?{query}")).await.json()
}

#[tokio::test]
async fn the_profile_has_an_e_mail_only_when_there_is_one_and_it_was_permitted() {
    let app = app();
    for (persona, scope, expected) in [
        ("with-email", "email,public_profile", Some("farid@example.test")),
        ("with-email", "public_profile", None),
        ("without-email", "email public_profile", None),
    ] {
        let token = access_token(&app, persona, scope).await;
        let profile = me(&app, &token, &proof(&token)).await;
        assert_eq!(profile["email"].as_str(), expected, "{persona} {scope}");
        assert!(profile["id"].is_string());
        assert!(profile.get("email").is_none_or(|email| !email.is_null()));
    }
}

#[tokio::test]
async fn the_graph_wants_the_proof_and_checks_it() {
    let app = app();
    let token = access_token(&app, "with-email", "email").await;
    assert_eq!(me(&app, &token, "").await["error"]["code"], 100);
    assert_eq!(me(&app, &token, &proof("another")).await["error"]["code"], 100);
    assert_eq!(me(&app, "another", &proof("another")).await["error"]["code"], 190);
    let refused = access_token(&app, "bad-proof", "email").await;
    assert_eq!(me(&app, &refused, &proof(&refused)).await["error"]["code"], 100);
}

#[tokio::test]
async fn debug_token_says_whose_a_token_is_and_only_to_the_app() {
    let app = app();
    let token = access_token(&app, "with-email", "email").await;
    let ours = format!("{FACEBOOK_APP_ID}|{FACEBOOK_APP_SECRET}");
    let ask = async |input: &str, access: &str| {
        get(&app, &format!("/dev/idp/facebook/debug_token?{}", encoded(&[("input_token", input), ("access_token", access)]))).await.json()
    };
    let data = ask(&token, &ours).await["data"].clone();
    assert_eq!((&data["is_valid"], &data["app_id"]), (&Value::Bool(true), &Value::from(FACEBOOK_APP_ID)));
    assert_eq!(data["user_id"], me(&app, &token, &proof(&token)).await["id"]);
    assert_eq!(ask("another", &ours).await["data"]["is_valid"], false);
    assert_eq!(ask(&token, &token).await["error"]["code"], 190);
}

#[tokio::test]
async fn a_code_is_good_once_and_only_for_the_app_and_the_redirect_uri() {
    let app = app();
    let code = pick(&app, "with-email", "email").await["code"].clone();
    for (name, value) in [("client_secret", "wrong"), ("client_id", "1"), ("redirect_uri", "http://localhost:8000/"), ("code", "wrong")] {
        let fields: Vec<_> =
            redemption(&code).into_iter().map(|(field, right)| (field, if field == name { value } else { right })).collect();
        assert_eq!(post(&app, TOKEN, &fields).await.status, StatusCode::BAD_REQUEST, "{name}");
    }
    assert_eq!(post(&app, TOKEN, &redemption(&code)).await.status, StatusCode::OK);
    assert_eq!(post(&app, TOKEN, &redemption(&code)).await.json()["error"]["code"], 100);
}

#[tokio::test]
async fn cancelled_and_down_fail_as_the_vendor_does() {
    let app = app();
    let back = pick(&app, "cancelled", "email").await;
    assert_eq!((back["error"].as_str(), back["error_reason"].as_str(), back["state"].as_str()), ("access_denied", "user_denied", "s"));
    let code = pick(&app, "down", "email").await["code"].clone();
    assert_eq!(post(&app, TOKEN, &redemption(&code)).await.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_foreign_redirect_uri_an_unknown_app_and_an_unknown_permission_get_an_error_page() {
    let app = app();
    for (name, value) in [("redirect_uri", "http://evil.test/"), ("client_id", "1"), ("scope", "user_friends"), ("response_type", "token")]
    {
        let fields: Vec<_> =
            request("email").into_iter().map(|(field, right)| (field, if field == name { value } else { right })).collect();
        assert_eq!(get(&app, &format!("{DIALOG}?{}", encoded(&fields))).await.status, StatusCode::BAD_REQUEST, "{name}");
    }
    let page = get(&app, &format!("{DIALOG}?{}", encoded(&request("email,public_profile")))).await;
    for persona in crate::FACEBOOK_PERSONAS {
        assert!(page.text.contains(&format!("id=\"persona-{}\"", persona.key)), "{}", persona.key);
    }
}
