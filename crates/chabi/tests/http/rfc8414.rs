//! RFC 8414 §2 on the whole stack: the tests are made of the document. What it lists works, and what it does not list is refused.

use chabi::RegisteredClient;
use chabi_testkit::Page;
use http::HeaderValue;
use serde_json::Value;

use crate::server::{REDIRECT, SECRET, TestServer, VERIFIER, authorize_url};

async fn metadata(server: &TestServer) -> Value {
    server.browser().get("/.well-known/openid-configuration").await.json()
}

fn listed(metadata: &Value, member: &str) -> Vec<String> {
    metadata[member].as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}

/// The words that are offered, and others that exist and are not.
fn with_others(metadata: &Value, member: &str, known: &[&str]) -> Vec<(String, bool)> {
    let offered = listed(metadata, member);
    let others = known.iter().filter(|word| !offered.contains(&(**word).to_owned())).map(|word| ((*word).to_owned(), false));
    let all: Vec<_> = offered.iter().map(|word| (word.clone(), true)).chain(others).collect();
    assert!(all.iter().any(|(_, offered)| *offered));
    all
}

fn error(page: &Page) -> Option<String> {
    page.location_parameter("error").or_else(|| page.json()["error"].as_str().map(str::to_owned))
}

fn header_and_claims(token: &str) -> [Value; 2] {
    let mut parts = token.split('.').map(|part| chabi_token::base64url::decode(part).unwrap());
    [(); 2].map(|()| serde_json::from_slice(&parts.next().unwrap()).unwrap())
}

// req: md.truth
// req: az.rt
#[tokio::test]
async fn response_types_modes_and_methods_of_pkce_that_are_listed_work_and_others_do_not() {
    let server = TestServer::start().await;
    let metadata = metadata(&server).await;
    let all_types = ["code", "token", "id_token", "id_token token", "code token", "code id_token", "code id_token token", "none"];
    let all_modes = ["query", "fragment", "form_post", "web_message", "query.jwt", "fragment.jwt", "form_post.jwt", "jwt"];
    for (member, parameter, known, refused_with) in [
        ("response_types_supported", "response_type", &all_types[..], "unsupported_response_type"),
        ("response_modes_supported", "response_mode", &all_modes, "invalid_request"),
        ("code_challenge_methods_supported", "code_challenge_method", &["S256", "plain", "S512"], "invalid_request"),
    ] {
        for (word, offered) in with_others(&metadata, member, known) {
            let back = server.sign_in_or_refuse(&[(parameter, &word)]).await;
            match offered {
                true => assert!(back.location_parameter("code").is_some(), "{parameter}={word}: {back:?}"),
                false => assert_eq!(error(&back).as_deref(), Some(refused_with), "{parameter}={word}"),
            }
            let location = back.location().unwrap();
            assert!(!location.contains("access_token=") && !location.contains("id_token=") && !location.contains('#'), "{location}");
        }
    }
}

// req: md.truth
// req: tk.ropc
#[tokio::test]
async fn grants_that_are_listed_work_and_others_are_unsupported() {
    let server = TestServer::start().await;
    let tokens = server.tokens("openid offline_access").await;
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    let urn = |name: &str| format!("urn:ietf:params:oauth:grant-type:{name}");
    let urns = ["device_code", "jwt-bearer", "saml2-bearer", "token-exchange", "uma-ticket"].map(urn);
    let mut known: Vec<&str> = urns.iter().map(String::as_str).collect();
    known.extend(["password", "implicit", "urn:openid:params:grant-type:ciba"]);
    for (grant, offered) in with_others(&metadata(&server).await, "grant_types_supported", &known) {
        let code = server.sign_in(&mut server.browser(), &[]).await.location_parameter("code").unwrap();
        let mut fields = vec![("grant_type", grant.as_str()), ("code", &code), ("code_verifier", VERIFIER), ("redirect_uri", REDIRECT)];
        fields.extend([("refresh_token", refresh_token), ("username", "ada@example.test"), ("password", crate::server::PASSWORD)]);
        if grant == "client_credentials" {
            fields.extend([("client_id", "machine"), ("client_secret", SECRET)]);
        }
        let answer = server.token(&fields).await;
        match offered {
            true => assert_eq!(answer.status, 200, "{grant}: {}", answer.body),
            false => assert_eq!(error(&answer).as_deref(), Some("unsupported_grant_type"), "{grant}"),
        }
    }
}

// req: md.truth
// req: ca.one
// req: ca.hs
#[tokio::test]
async fn ways_of_authenticating_that_are_listed_work_at_each_endpoint_and_others_do_not() {
    let server = TestServer::start().await;
    let metadata = metadata(&server).await;
    let known = ["client_secret_basic", "client_secret_post", "none", "client_secret_jwt", "private_key_jwt", "tls_client_auth"];
    for (endpoint, member) in [
        ("/oauth2/token", "token_endpoint_auth_methods_supported"),
        ("/oauth2/revoke", "revocation_endpoint_auth_methods_supported"),
        ("/oauth2/introspect", "introspection_endpoint_auth_methods_supported"),
    ] {
        for (method, offered) in with_others(&metadata, member, &known) {
            let mut browser = server.browser();
            let mut fields = vec![("token", "x")];
            match method.as_str() {
                "none" => fields.extend([("grant_type", "refresh_token"), ("client_id", "app"), ("refresh_token", "x")]),
                _ => fields.extend([("grant_type", "client_credentials")]),
            }
            match method.as_str() {
                "client_secret_basic" => {
                    let basic = chabi_token::base64url::encode(format!("machine:{SECRET}"));
                    let basic = HeaderValue::from_str(&format!("Basic {}", basic.replace('-', "+").replace('_', "/"))).unwrap();
                    browser.headers.insert("authorization", basic);
                }
                "client_secret_post" => fields.extend([("client_id", "machine"), ("client_secret", SECRET)]),
                "client_secret_jwt" | "private_key_jwt" => fields.extend([
                    ("client_id", "machine"),
                    ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                    ("client_assertion", "eyJhbGciOiJIUzI1NiJ9.e30.x"),
                ]),
                "tls_client_auth" => fields.extend([("client_id", "machine")]),
                _ => {}
            }
            let answer = browser.post(endpoint, &fields).await;
            let refused = answer.status == 401 || answer.json()["error"] == "invalid_request";
            // a public application is known by its id: what is refused then is the refresh token, which is none
            assert_eq!(refused, !offered, "{method} at {endpoint}: {} {}", answer.status, answer.body);
        }
    }
}

// req: md.truth
#[tokio::test]
async fn id_tokens_are_signed_by_each_algorithm_that_is_listed_and_keys_of_all_are_published() {
    let server = TestServer::start().await;
    let metadata = metadata(&server).await;
    let app = server.chabi.store().find_application("app").await.unwrap().unwrap();
    let keys = server.browser().get("/oauth2/jwks").await.json();
    let mut subjects = Vec::new();
    for algorithm in listed(&metadata, "id_token_signing_alg_values_supported") {
        let client_id = format!("app-{algorithm}");
        let other = RegisteredClient { client_id: client_id.clone(), id_token_alg: algorithm.clone(), ..app.clone() };
        server.chabi.store().put_application(other).await.unwrap();
        let back = server.sign_in(&mut server.browser(), &[("client_id", &client_id)]).await;
        let code = back.location_parameter("code").unwrap();
        let fields = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", REDIRECT), ("code_verifier", VERIFIER)];
        let fields: Vec<_> = fields.into_iter().chain([("client_id", client_id.as_str())]).collect();
        let tokens = server.token(&fields).await.json();
        let [header, claims] = header_and_claims(tokens["id_token"].as_str().unwrap());
        assert_eq!(header["alg"], algorithm.as_str());
        assert!(keys["keys"].as_array().unwrap().iter().any(|key| key["kid"] == header["kid"] && key["alg"] == header["alg"]));
        subjects.push(claims["sub"].clone());
    }
    assert!(subjects.len() >= 2);
    // `subject_types_supported` is `public`: one person is the same to all
    assert_eq!(listed(&metadata, "subject_types_supported"), ["public"]);
    assert!(subjects.windows(2).all(|pair| pair[0] == pair[1]), "{subjects:?}");
}

// req: md.truth
// req: ui.claims
#[tokio::test]
async fn all_scopes_that_are_listed_are_granted_and_no_claim_comes_that_is_not_listed() {
    let server = TestServer::start().await;
    let metadata = metadata(&server).await;
    let scopes = listed(&metadata, "scopes_supported");
    let tokens = server.tokens(&scopes.join(" ")).await;
    let granted = tokens["scope"].as_str().map_or_else(|| scopes.clone(), |scope| scope.split(' ').map(str::to_owned).collect());
    assert!(scopes.iter().all(|scope| granted.contains(scope)), "{granted:?}");
    let supported = listed(&metadata, "claims_supported");
    let [_, id_token] = header_and_claims(tokens["id_token"].as_str().unwrap());
    let userinfo = server.get_with_token("/oauth2/userinfo", tokens["access_token"].as_str().unwrap()).await.json();
    for name in id_token.as_object().unwrap().keys().chain(userinfo.as_object().unwrap().keys()) {
        // `jti` is about the token, and about nobody
        assert!(supported.contains(name) || name == "jti", "{name}");
    }
}

// req: md.truth
#[tokio::test]
async fn prompts_and_languages_that_are_listed_are_understood() {
    let server = TestServer::start().await;
    let metadata = metadata(&server).await;
    for (prompt, offered) in with_others(&metadata, "prompt_values_supported", &["frobnicate", "NONE"]) {
        let page = server.browser().get(&authorize_url(&[("prompt", &prompt)])).await;
        let refused = page.location_parameter("error").as_deref() == Some("invalid_request");
        assert_eq!(refused, !offered, "{prompt}: {page:?}");
    }
    for language in listed(&metadata, "ui_locales_supported") {
        let page = server.browser().visit(&authorize_url(&[("ui_locales", &language)])).await;
        assert!(page.body.contains(&format!("<html lang=\"{language}\"")), "{language}: {}", page.body);
    }
}

impl TestServer {
    /// Signs in as far as it goes: ends at the redirect to the application, with a code or with an error.
    async fn sign_in_or_refuse(&self, parameters: &[(&str, &str)]) -> Page {
        let first = self.browser().get(&authorize_url(parameters)).await;
        if first.location().is_some_and(|location| location.starts_with(REDIRECT)) {
            first
        } else {
            self.sign_in(&mut self.browser(), parameters).await
        }
    }
}

// req: ca.one
#[tokio::test]
async fn a_public_application_that_sends_a_secret_and_a_confidential_one_that_sends_none_are_refused() {
    let server = TestServer::start().await;
    for (client_id, secret) in [("app", SECRET), ("machine", "")] {
        let answer = server.token(&[("grant_type", "client_credentials"), ("client_id", client_id), ("client_secret", secret)]).await;
        assert_eq!((answer.status.as_u16(), error(&answer).as_deref()), (401, Some("invalid_client")), "{client_id}");
    }
}
