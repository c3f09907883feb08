use serde_json::Value;

use super::*;
use crate::fixtures::{GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET};

const AUTHORIZE: &str = "/dev/idp/github/login/oauth/authorize";
const TOKEN: &str = "/dev/idp/github/login/oauth/access_token";
const CALLBACK: &str = "http://localhost:8000/accounts/github/login/callback/";
// RFC 7636, appendix B
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn request(scope: &'static str) -> Vec<(&'static str, &'static str)> {
    vec![
        ("client_id", GITHUB_CLIENT_ID),
        ("redirect_uri", CALLBACK),
        ("scope", scope),
        ("state", "s"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

async fn pick(app: &Router, persona: &str, scope: &'static str) -> HashMap<String, String> {
    let answer = post(app, AUTHORIZE, &[request(scope).as_slice(), &[("persona", persona)]].concat()).await;
    assert_eq!(answer.status, StatusCode::FOUND, "{}", answer.text);
    answer.location()
}

fn redemption(code: &str) -> Vec<(&str, &str)> {
    vec![
        ("client_id", GITHUB_CLIENT_ID),
        ("client_secret", GITHUB_CLIENT_SECRET),
        ("redirect_uri", CALLBACK),
        ("code", code),
        ("code_verifier", VERIFIER),
    ]
}

async fn redeem(app: &Router, fields: &[(&str, &str)]) -> Value {
    let request = Request::post(TOKEN).header(header::ACCEPT, "application/json").body(Body::from(encoded(fields))).unwrap();
    let answer = send(app, request).await;
    assert_eq!(answer.status, StatusCode::OK, "errors have status 200 too");
    answer.json()
}

async fn access_token(app: &Router, persona: &str, scope: &'static str) -> String {
    let code = pick(app, persona, scope).await["code"].clone();
    let answer = redeem(app, &redemption(&code)).await;
    answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

async fn ask(app: &Router, path: &str, token: &str) -> Answer {
    get_with(app, path, &[("authorization", &format!("Bearer {token}")), ("user-agent", "chabi")]).await
}

#[tokio::test]
async fn the_token_answer_is_a_form_unless_one_asks_for_json() {
    let app = app();
    let code = pick(&app, "new", "read:user user:email").await["code"].clone();
    let answer = post(&app, TOKEN, &redemption(&code)).await;
    assert!(answer.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("application/x-www-form-urlencoded"));
    let fields: HashMap<_, _> = form_urlencoded::parse(answer.text.as_bytes()).into_owned().collect();
    assert!(fields["access_token"].starts_with("gho_"));
    assert_eq!((fields["scope"].as_str(), fields["token_type"].as_str()), ("read:user,user:email", "bearer"));
}

#[tokio::test]
async fn errors_have_status_200() {
    let app = app();
    let code = pick(&app, "new", "user:email").await["code"].clone();
    for (name, value, error) in [
        ("client_secret", "wrong", "incorrect_client_credentials"),
        ("redirect_uri", "http://localhost:8000/", "redirect_uri_mismatch"),
        ("code", "wrong", "bad_verification_code"),
        ("code_verifier", "a-verifier-of-somebody-else-0000000000000000", "bad_verification_code"),
    ] {
        let fields: Vec<_> =
            redemption(&code).into_iter().map(|(field, right)| (field, if field == name { value } else { right })).collect();
        assert_eq!(redeem(&app, &fields).await["error"], error, "{name}");
    }
    assert!(redeem(&app, &redemption(&code)).await["access_token"].is_string());
    assert_eq!(redeem(&app, &redemption(&code)).await["error"], "bad_verification_code");
    let refused = pick(&app, "code-refused", "user:email").await["code"].clone();
    assert_eq!(redeem(&app, &redemption(&refused)).await["error"], "bad_verification_code");
}

#[tokio::test]
async fn the_api_wants_to_know_which_program_asks_and_a_token_that_is_good() {
    let app = app();
    let token = access_token(&app, "new", "user:email").await;
    let nameless = get_with(&app, "/dev/idp/github/api/v3/user", &[("authorization", &format!("Bearer {token}"))]).await;
    assert_eq!(nameless.status, StatusCode::FORBIDDEN);
    assert!(nameless.text.contains("User-Agent"));
    assert_eq!(ask(&app, "/dev/idp/github/api/v3/user", "another").await.status, StatusCode::UNAUTHORIZED);
    let refused = access_token(&app, "bad-credentials", "user:email").await;
    assert_eq!(ask(&app, "/dev/idp/github/api/v3/user", &refused).await.json()["message"], "Bad credentials");
}

#[tokio::test]
async fn a_person_is_a_number_whose_login_may_change() {
    let app = app();
    let mut seen = Vec::new();
    for persona in ["new", "renamed"] {
        let token = access_token(&app, persona, "user:email").await;
        let profile = ask(&app, "/dev/idp/github/api/v3/user", &token).await.json();
        assert!(profile["email"].is_null());
        seen.push((profile["id"].as_u64().unwrap(), profile["login"].as_str().unwrap().to_owned()));
    }
    assert_eq!(seen[0].0, seen[1].0);
    assert_ne!(seen[0].1, seen[1].1);
}

#[tokio::test]
async fn addresses_have_an_endpoint_of_their_own_that_some_may_not_ask() {
    let app = app();
    for (persona, scope, status) in
        [("secondary", "user:email", 200), ("secondary", "read:user", 404), ("emails-hidden", "user:email", 404)]
    {
        let token = access_token(&app, persona, scope).await;
        assert_eq!(ask(&app, "/dev/idp/github/api/v3/user/emails", &token).await.status, status, "{persona} {scope}");
    }
    let token = access_token(&app, "secondary", "user:email").await;
    let list = ask(&app, "/dev/idp/github/api/v3/user/emails", &token).await.json();
    assert_eq!((&list[0]["primary"], &list[0]["verified"]), (&false.into(), &true.into()));
    assert_eq!(list[1]["primary"], true);
}

#[tokio::test]
async fn the_eleventh_token_of_a_person_makes_the_first_one_dead() {
    let app = app();
    let first = access_token(&app, "new", "user:email").await;
    for _ in 0..9 {
        access_token(&app, "new", "user:email").await;
    }
    access_token(&app, "new", "read:user").await;
    assert_eq!(ask(&app, "/dev/idp/github/api/v3/user", &first).await.status, StatusCode::OK);
    access_token(&app, "new", "user:email").await;
    assert_eq!(ask(&app, "/dev/idp/github/api/v3/user", &first).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_foreign_redirect_goes_back_to_the_registered_one_and_a_cancelled_sign_in_says_so() {
    let app = app();
    let changed = |name: &'static str, value: &'static str| -> Vec<_> {
        request("user:email").into_iter().map(|(field, right)| (field, if field == name { value } else { right })).collect()
    };
    let answer = get(&app, &format!("{AUTHORIZE}?{}", encoded(&changed("redirect_uri", "http://evil.test/")))).await;
    assert!(answer.headers[header::LOCATION].to_str().unwrap().starts_with(CALLBACK));
    assert_eq!(answer.location()["error"], "redirect_uri_mismatch");
    for (name, value) in [("client_id", "1"), ("code_challenge_method", "plain")] {
        let answer = get(&app, &format!("{AUTHORIZE}?{}", encoded(&changed(name, value)))).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}");
    }
    let back = pick(&app, "cancelled", "user:email").await;
    assert_eq!((back["error"].as_str(), back["state"].as_str()), ("access_denied", "s"));
    let page = get(&app, &format!("{AUTHORIZE}?{}", encoded(&request("user:email")))).await;
    for persona in crate::GITHUB_PERSONAS {
        assert!(page.text.contains(&format!("id=\"persona-{}\"", persona.key)), "{}", persona.key);
    }
}
