//! Parameters of every endpoint: said twice, unknown, or full of what should not come back.

use chabi_testkit::Page;

use crate::server::{CHALLENGE, PASSWORD, REDIRECT, SECRET, TestServer, VERIFIER, authorize_url};

const AUTHORIZE: [(&str, &str); 11] = [
    ("response_type", "code"),
    ("client_id", "app"),
    ("redirect_uri", REDIRECT),
    ("scope", "openid"),
    ("state", "s"),
    ("nonce", "n"),
    ("code_challenge", CHALLENGE),
    ("code_challenge_method", "S256"),
    ("prompt", "login"),
    ("max_age", "1"),
    ("login_hint", "a"),
];
const BY_CODE: [(&str, &str); 5] =
    [("grant_type", "authorization_code"), ("client_id", "app"), ("code", "x"), ("redirect_uri", REDIRECT), ("code_verifier", VERIFIER)];
const BY_REFRESH: [(&str, &str); 4] = [("grant_type", "refresh_token"), ("client_id", "app"), ("refresh_token", "x"), ("scope", "openid")];
const FOR_ITSELF: [(&str, &str); 4] =
    [("grant_type", "client_credentials"), ("client_id", "machine"), ("client_secret", SECRET), ("scope", "notes:read")];
const ABOUT_A_TOKEN: [(&str, &str); 4] =
    [("token", "x"), ("token_type_hint", "access_token"), ("client_id", "machine"), ("client_secret", SECRET)];

const ENDPOINTS: [(&str, &[(&str, &str)]); 6] = [
    ("/oauth2/authorize", &AUTHORIZE),
    ("/oauth2/token", &BY_CODE),
    ("/oauth2/token", &BY_REFRESH),
    ("/oauth2/token", &FOR_ITSELF),
    ("/oauth2/revoke", &ABOUT_A_TOKEN),
    ("/oauth2/introspect", &ABOUT_A_TOKEN),
];

async fn post(server: &TestServer, path: &str, fields: &[(&str, &str)]) -> Page {
    server.browser().post(path, fields).await
}

// req: az.dup
#[tokio::test]
async fn each_parameter_said_twice_is_refused_at_each_endpoint_also_with_the_same_value() {
    let server = TestServer::start().await;
    for (path, fields) in ENDPOINTS {
        for (name, value) in fields {
            for again in [*value, "other", ""] {
                let twice: Vec<_> = fields.iter().copied().chain([(*name, again)]).collect();
                let answer = post(&server, path, &twice).await;
                assert_eq!((answer.status.as_u16(), answer.location()), (400, None), "{path} {name}={again}");
                if path != "/oauth2/authorize" {
                    assert_eq!(answer.json()["error"], "invalid_request", "{path} {name}");
                }
            }
        }
        // once in the URL and once in the body
        let (name, value) = fields[0];
        let answer = post(&server, &format!("{path}?{name}={value}"), fields).await;
        assert_eq!((answer.status.as_u16(), answer.location()), (400, None), "{path}: {name} in the URL too");
    }
}

// req: az.unk
#[tokio::test]
async fn a_parameter_that_nobody_knows_changes_no_answer() {
    let server = TestServer::start().await;
    for (path, fields) in ENDPOINTS.into_iter().skip(1) {
        let plain = post(&server, path, fields).await;
        let more: Vec<_> = fields.iter().copied().chain([("foo", "bar"), ("x-y.z", "%"), ("admin", "true")]).collect();
        let answer = post(&server, path, &more).await;
        assert_eq!(answer.status, plain.status, "{path}");
        if !plain.body.contains("access_token") {
            assert_eq!(answer.body, plain.body, "{path}");
        }
    }
    let back = server.sign_in(&mut server.browser(), &[("foo", "bar"), ("admin", "true")]).await;
    assert!(back.location_parameter("code").is_some() && back.location_parameter("foo").is_none());
}

/// RFC 6749 §5.2, RFC 8707 §2 and RFC 6750 §3.1; what no error of ours is beside these.
const REGISTERED: [&str; 9] = [
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
    "invalid_target",
    "server_error",
    "temporarily_unavailable",
];

// req: tk.err
// req: wb.xss
#[tokio::test]
async fn no_error_repeats_what_was_sent_and_each_has_a_registered_name() {
    let server = TestServer::start().await;
    for canary in ["<script>canary</script>", "canary\"}{\"", "canary\u{7f}\r\nX: y", "canary 日本", "canary\\", "\u{0}canary"] {
        for (path, fields) in ENDPOINTS.into_iter().skip(1) {
            for (name, _) in fields {
                let changed: Vec<_> = fields.iter().map(|(key, value)| (*key, if key == name { canary } else { *value })).collect();
                let answer = post(&server, path, &changed).await;
                if answer.status == 200 {
                    // an unknown token is revoked, and inactive
                    assert!(!answer.body.contains("canary"), "{path} {name}");
                    continue;
                }
                let body = answer.json();
                let (error, about) = (body["error"].as_str().unwrap(), body["error_description"].as_str().unwrap_or_default());
                assert!(REGISTERED.contains(&error), "{path} {name}: {error}");
                assert!(about.bytes().all(|byte| matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e)), "{about}");
                assert!(!format!("{} {:?}", answer.body, answer.headers).contains("canary"), "{path} {name}: {}", answer.body);
            }
        }
    }
}

// req: cd.rand
// req: st.mac
#[tokio::test]
async fn a_code_with_any_character_changed_is_no_code_and_the_right_one_stays_good() {
    let server = TestServer::start().await;
    let code = server.sign_in(&mut server.browser(), &[]).await.location_parameter("code").unwrap();
    for (index, character) in code.char_indices() {
        // another character that base64url has, and that differs in its first bit, so that the last one too changes what is read
        let other = if character.is_ascii_lowercase() { 'B' } else { 'k' };
        let mut changed = code.clone();
        changed.replace_range(index..=index, &other.to_string());
        let answer = server.exchange(&changed).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (400, &"invalid_grant".into()), "{index}: {changed}");
    }
    for changed in [&code[..code.len() - 1], &format!("{code}A"), &code.to_uppercase(), &format!(" {code}"), PASSWORD] {
        assert_eq!(server.exchange(changed).await.json()["error"], "invalid_grant", "{changed}");
    }
    assert_eq!(server.exchange(&code).await.status, 200);
}

/// Status, where it goes, and what it says there but for `session_state`, which has another salt each time.
fn outcome(page: &Page) -> (u16, String, Vec<(String, String)>) {
    let told = match page.location() {
        Some(target) => form_urlencoded::parse(target.split_once(['?', '#']).unwrap().1.as_bytes()).into_owned().collect(),
        None => page.form_with("form-post").map(|form| form.hidden_fields()).unwrap_or_default(),
    };
    let target = page.location().or_else(|| page.form_action()).unwrap_or_default();
    let told = told.into_iter().filter(|(name, _): &(String, String)| name != "session_state").collect();
    (page.status.as_u16(), target.split(['?', '#']).next().unwrap().to_owned(), told)
}

// req: az.post
#[tokio::test]
async fn a_request_by_get_and_the_same_by_post_come_to_the_same() {
    let server = TestServer::start().await;
    let mut browser = server.browser();
    server.sign_in(&mut browser, &[]).await;
    let bad: [(&str, &str); 26] = [
        ("client_id", ""),
        ("client_id", "nobody"),
        ("redirect_uri", ""),
        ("redirect_uri", "https://app.example/callback/"),
        ("redirect_uri", "https://evil.example/"),
        ("response_type", ""),
        ("response_type", "token"),
        ("response_type", "code id_token"),
        ("response_mode", "web_message"),
        ("scope", "openid \""),
        ("code_challenge", ""),
        ("code_challenge", "short"),
        ("code_challenge_method", "plain"),
        ("code_challenge_method", ""),
        ("prompt", "none login"),
        ("prompt", "everything"),
        ("prompt", "none"),
        ("max_age", "-1"),
        ("max_age", "soon"),
        ("claims", "[]"),
        ("claims", r#"{"id_token":{"acr":{"essential":true,"value":"9"}}}"#),
        ("id_token_hint", "a.b.c"),
        ("request", "a.b.c"),
        ("request_uri", "https://app.example/r"),
        ("registration", "{}"),
        ("resource", "https://unknown.example"),
    ];
    for mode in ["query", "fragment", "form_post"] {
        for (name, value) in bad {
            let more = if name == "response_mode" { vec![(name, value)] } else { vec![("response_mode", mode), (name, value)] };
            let url = authorize_url(&more);
            let fields: Vec<_> = form_urlencoded::parse(url.split_once('?').unwrap().1.as_bytes()).into_owned().collect();
            let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let by_get = browser.get(&url).await;
            let by_post = browser.post("/oauth2/authorize", &fields).await;
            assert_eq!(outcome(&by_get), outcome(&by_post), "{mode} {name}={value}");
            let text = format!("{:?} {}", by_get.location(), by_get.body);
            assert!(text.contains("error=") || text.contains("name=\"error\"") || by_get.status == 400, "{mode} {name}={value}: {text}");
            assert!(!text.contains("chabi_ac_"), "{name}={value}");
        }
    }
}
