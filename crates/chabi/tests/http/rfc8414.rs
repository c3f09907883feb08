//! RFC 8414 §2 on the whole stack: the tests are made of the document. What it lists works, and what it does not list is refused.

use chabi::{ClientAuthentication, RegisteredClient, Scope, operations::accounts};
use chabi_testkit::Page;
use chabi_token::{Algorithm, JwkSet, SigningKey};
use http::HeaderValue;
use serde_json::Value;

use crate::{
    conformance::suite::{By, EVERYTHING, callback, profile},
    server::{ADA, ISSUER, PASSWORD, REDIRECT, SECRET, TestServer, VERIFIER, application, authorize_url},
};

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
            let back = callback(&back).unwrap_or_else(|| panic!("{parameter}={word}: {back:?}"));
            match offered {
                true => assert!(back.get("code").is_some(), "{parameter}={word}: {back:?}"),
                false => assert_eq!(back.get("error"), Some(refused_with), "{parameter}={word}"),
            }
            let by = match word.as_str() {
                "fragment" => By::Fragment,
                "form_post" => By::FormPost,
                // unknown modes, and response types that would have gone into the fragment: there is no other flow here
                _ => By::Query,
            };
            assert_eq!(back.by, by, "{parameter}={word}");
            assert!(back.get("access_token").is_none() && back.get("id_token").is_none(), "{back:?}");
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
        fields.extend([("refresh_token", refresh_token), ("username", "ada@example.test"), ("password", PASSWORD)]);
        if grant == "client_credentials" {
            fields.extend([("client_id", "machine"), ("client_secret", SECRET)]);
        }
        fields.extend([("device_code", "x"), ("assertion", "x"), ("subject_token", "x")]);
        fields.push(("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"));
        let answer = server.token(&fields).await;
        match offered {
            // those need a person at a device, or a rule of the operator's: an application without it is told so, and has tests of its own
            true if grant.starts_with("urn:") => assert_eq!(error(&answer).as_deref(), Some("unauthorized_client"), "{grant}"),
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
    let key = put_application_with_a_key(&server).await;
    for (endpoint, member) in [
        ("/oauth2/token", "token_endpoint_auth_methods_supported"),
        ("/oauth2/revoke", "revocation_endpoint_auth_methods_supported"),
        ("/oauth2/introspect", "introspection_endpoint_auth_methods_supported"),
    ] {
        for (method, offered) in with_others(&metadata, member, &known) {
            let mut browser = server.browser();
            let assertion = assertion(&key, &format!("{endpoint}{method}"), &server);
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
                "client_secret_jwt" => {
                    fields.extend([("client_id", "machine"), ASSERTION_TYPE, ("client_assertion", "eyJhbGciOiJIUzI1NiJ9.e30.x")])
                }
                "private_key_jwt" => fields.extend([("client_id", "with-a-key"), ASSERTION_TYPE, ("client_assertion", &assertion)]),
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

const ASSERTION_TYPE: (&str, &str) = ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");

/// `with-a-key`, which is `machine` but for its proof.
async fn put_application_with_a_key(server: &TestServer) -> Vec<SigningKey> {
    let keys: Vec<_> = Algorithm::ALL.into_iter().map(|algorithm| SigningKey::generate(algorithm).unwrap()).collect();
    let machine = server.chabi.store().find_application("machine").await.unwrap().unwrap();
    let mut with_keys = RegisteredClient {
        client_id: "with-a-key".into(),
        authentication: ClientAuthentication::PrivateKeyJwt,
        secret_hashes: Vec::new(),
        ..machine
    };
    with_keys.settings.jwks = JwkSet::new(keys.iter().map(|key| key.public_jwk().clone()).collect()).to_json();
    server.chabi.store().put_application(with_keys).await.unwrap();
    server.chabi.store().configuration_changed();
    keys
}

fn assertion(keys: &[SigningKey], jti: &str, server: &TestServer) -> String {
    assertion_by(keys.first().unwrap(), jti, server)
}

fn assertion_by(key: &SigningKey, jti: &str, server: &TestServer) -> String {
    let now = server.chabi.env().now().as_seconds();
    let claims = serde_json::json!({"iss": "with-a-key", "sub": "with-a-key", "aud": ISSUER, "exp": now + 60, "iat": now, "jti": jti});
    chabi_token::jws::sign("JWT", &claims, key).unwrap()
}

// req: md.truth
// req: ca.hs
#[tokio::test]
async fn assertions_are_taken_by_each_algorithm_that_is_listed_and_by_no_other() {
    let server = TestServer::start().await;
    let metadata = metadata(&server).await;
    let keys = put_application_with_a_key(&server).await;
    let ask = async |assertion: &str| {
        let fields = [("grant_type", "client_credentials"), ("client_id", "with-a-key"), ASSERTION_TYPE, ("client_assertion", assertion)];
        server.token(&fields).await.status.as_u16()
    };
    for (algorithm, offered) in with_others(&metadata, "token_endpoint_auth_signing_alg_values_supported", &["none", "HS256", "ES384"]) {
        let key = keys.iter().find(|key| key.algorithm().as_str() == algorithm);
        let good = assertion_by(key.unwrap_or(&keys[0]), &algorithm, &server);
        let header = serde_json::json!({"alg": algorithm, "kid": keys[0].kid(), "typ": "JWT"}).to_string();
        let claimed = format!("{}.{}", chabi_token::base64url::encode(header), good.split_once('.').unwrap().1);
        assert_eq!(ask(if offered { &good } else { &claimed }).await, if offered { 200 } else { 401 }, "{algorithm}");
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
    // one person is the same to all that are `public`, and another to each that is `pairwise`
    assert_eq!(listed(&metadata, "subject_types_supported"), ["public", "pairwise"]);
    let mut pairwise = RegisteredClient { client_id: "app-pairwise".into(), ..app.clone() };
    pairwise.settings.pairwise = true;
    server.chabi.store().put_application(pairwise).await.unwrap();
    let back = server.sign_in(&mut server.browser(), &[("client_id", "app-pairwise")]).await;
    let code = back.location_parameter("code").unwrap();
    let fields = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", REDIRECT), ("code_verifier", VERIFIER)];
    let fields: Vec<_> = fields.into_iter().chain([("client_id", "app-pairwise")]).collect();
    let [_, claims] = header_and_claims(server.token(&fields).await.json()["id_token"].as_str().unwrap());
    assert!(claims["sub"].is_string() && !subjects.contains(&claims["sub"]));
    assert!(subjects.windows(2).all(|pair| pair[0] == pair[1]), "{subjects:?}");
}

// req: md.truth
// req: ui.claims
#[tokio::test]
async fn all_scopes_and_claims_that_are_listed_come_and_no_other_claim() {
    let app = RegisteredClient { scope: Scope::parse(EVERYTHING).unwrap(), default_audience: String::new(), ..application() };
    let server = TestServer::start_with(|builder| builder.application(app)).await;
    let ada = accounts::find(server.chabi.store(), ADA).await.unwrap();
    server.chabi.store().update_claims(ada.id, Some(Box::new(profile())), chabi::Timestamp(1)).await.unwrap();
    let metadata = metadata(&server).await;
    let scopes = listed(&metadata, "scopes_supported");
    let back = server.sign_in(&mut server.browser(), &[("scope", &scopes.join(" ")), ("nonce", "n")]).await;
    let tokens = server.exchange(&back.location_parameter("code").unwrap()).await.json();
    let granted: Vec<_> = tokens["scope"].as_str().unwrap().split(' ').collect();
    assert!(scopes.iter().all(|scope| granted.contains(&scope.as_str())), "{granted:?}");
    let [_, id_token] = header_and_claims(tokens["id_token"].as_str().unwrap());
    let userinfo = server.get_with_token("/oauth2/userinfo", tokens["access_token"].as_str().unwrap()).await.json();
    let came: Vec<_> = id_token.as_object().unwrap().keys().chain(userinfo.as_object().unwrap().keys()).collect();
    let supported = listed(&metadata, "claims_supported");
    for name in &came {
        // `jti` is about the token, and about nobody
        assert!(supported.contains(name) || *name == "jti", "{name}");
    }
    for name in &supported {
        assert!(came.contains(&name), "{name}: {id_token} {userinfo}");
    }
}

// req: md.truth
// req: az.acr
#[tokio::test]
async fn classes_that_are_listed_are_reached_and_others_are_refused_where_they_are_essential() {
    let server = TestServer::start().await;
    for (acr, offered) in with_others(&metadata(&server).await, "acr_values_supported", &["2", "urn:mace:incommon:iap:silver", "0"]) {
        let claims = format!(r#"{{"id_token":{{"acr":{{"essential":true,"value":"{acr}"}}}}}}"#);
        let back = server.sign_in_or_refuse(&[("claims", &claims)]).await;
        let expected = (!offered).then_some("unmet_authentication_requirements");
        assert_eq!(
            (back.location_parameter("error").as_deref(), back.location_parameter("code").is_some()),
            (expected, offered),
            "{acr}: {back:?}"
        );
    }
}

// req: md.truth
#[tokio::test]
async fn request_objects_are_said_not_to_be_taken_and_are_not() {
    let server = TestServer::start().await;
    let metadata = metadata(&server).await;
    for (parameter, member, code) in [
        ("request", "request_parameter_supported", "request_not_supported"),
        ("request_uri", "request_uri_parameter_supported", "request_uri_not_supported"),
    ] {
        assert_eq!(metadata[member], false);
        let back = server.sign_in_or_refuse(&[(parameter, "https://app.example/request.jwt")]).await;
        assert_eq!(error(&back).as_deref(), Some(code));
    }
}

// req: md.truth
#[tokio::test]
async fn every_endpoint_that_is_named_is_there() {
    let server = TestServer::start().await;
    for (name, value) in metadata(&server).await.as_object().unwrap() {
        if name.ends_with("_endpoint") || name.ends_with("_uri") || name.ends_with("_iframe") {
            let path = value.as_str().unwrap().strip_prefix(ISSUER).unwrap();
            assert_ne!(server.browser().get(path).await.status, 404, "{name}");
        }
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

// req: md.truth
#[tokio::test]
async fn where_nobody_can_sign_up_the_prompt_for_it_is_not_listed_and_is_refused() {
    let server = TestServer::start_with(|builder| builder.sign_up_open(false)).await;
    for (prompt, offered) in with_others(&metadata(&server).await, "prompt_values_supported", &["create"]) {
        let page = server.browser().get(&authorize_url(&[("prompt", &prompt)])).await;
        let refused = page.location_parameter("error").as_deref() == Some("invalid_request");
        assert_eq!(refused, !offered, "{prompt}: {page:?}");
    }
}

// req: md.truth
#[tokio::test]
async fn the_language_that_is_asked_for_reaches_the_consent_page_of_who_is_signed_in() {
    let server = TestServer::start().await;
    let mut browser = server.browser();
    let page = browser.visit("/accounts/").await;
    browser.submit(&page, &[("username", ADA), ("password", PASSWORD)]).await;
    let page = browser.visit(&authorize_url(&[("ui_locales", "bn en")])).await;
    assert!(page.url.starts_with("/accounts/consent/") && page.body.contains("<html lang=\"bn\""), "{} {}", page.url, page.body);
}

impl TestServer {
    /// Signs in as far as it goes: ends at the redirect to the application, with a code or with an error.
    async fn sign_in_or_refuse(&self, parameters: &[(&str, &str)]) -> Page {
        let first = self.browser().get(&authorize_url(parameters)).await;
        if first.location().is_some_and(|location| location.starts_with(REDIRECT)) || first.body.contains("id=\"form-post\"") {
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
