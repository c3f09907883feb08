//! `chabi run` and its nouns: the operations of the console and the API, beside a running server.

use std::{io::Write as _, path::Path, process::Stdio};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::process::{Running, chabi, failure, free_port, output, request, success};

const CONFIG: [&str; 2] = ["--config", "chabi.toml"];

fn begin(folder: &Path) -> (u16, Running) {
    let port = free_port();
    success(folder, &["init", &format!("http://localhost:{port}"), "--listen", &format!("127.0.0.1:{port}")]);
    let running = Running::start(&mut chabi(folder, &["serve", "--config", "chabi.toml"]), folder, port);
    (port, running)
}

fn with<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    arguments.iter().copied().chain(CONFIG).collect()
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&success(folder, &with(&[arguments, &["--json"]].concat()))).unwrap()
}

/// With a body on standard input, where nobody else sees it.
fn with_body(folder: &Path, arguments: &[&str], body: &str) -> String {
    let mut command = chabi(folder, &with(&[arguments, &["--body", "-"]].concat()));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(body.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_operation_can_be_found_and_a_slip_of_the_pen_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let all = success(folder.path(), &["run"]);
    for name in ["accounts.list", "sites.create", "social_applications.update <id>", "roles.grant", "audit.verify"] {
        assert!(all.contains(name), "{name}: {all}");
    }
    let said = failure(folder.path(), &["run", "acounts.list"]);
    assert!(said.contains("did you mean `accounts.list`"), "{said}");
    let said = failure(folder.path(), &["site", "lst"]);
    assert!(said.contains("list"), "{said}");
    let said = failure(folder.path(), &["site"]);
    assert!(said.contains("create") && said.contains("Adds a site"), "{said}");
    let schema: Value = serde_json::from_str(&success(folder.path(), &["site", "create", "--schema"])).unwrap();
    assert!(schema["components"]["schemas"].as_object().is_some_and(|named| !named.is_empty()));
}

#[test]
fn a_site_made_at_the_command_line_answers_in_the_running_server_and_the_log_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let (port, _running) = begin(folder.path());
    let issuer = format!("http://blue.localhost:{port}");
    success(folder.path(), &with(&["site", "create", "id=blue", &format!("issuer={issuer}"), "name=Blue"]));
    let ask = format!("GET /.well-known/openid-configuration HTTP/1.1\r\nHost: blue.localhost:{port}\r\nConnection: close\r\n\r\n");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !request(port, &ask).is_some_and(|answer| answer.contains(&format!("\"issuer\":\"{issuer}\""))) {
        assert!(std::time::Instant::now() < deadline, "the site does not answer");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let events = json(folder.path(), &["audit", "list"]);
    let made = events["items"].as_array().unwrap().iter().find(|event| event["kind"] == "admin.sites.create").unwrap().clone();
    assert_eq!((made["actor"].as_str(), made["object"].as_str()), (Some("operator"), Some("site blue")));
    let again = failure(folder.path(), &with(&["site", "create", "id=blue", &format!("issuer={issuer}"), "name=Blue"]));
    assert!(!again.is_empty() && !again.contains("panicked"), "{again}");
    success(folder.path(), &with(&["site", "delete", "blue"]));
}

#[test]
fn a_secret_comes_by_a_file_and_never_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let (_port, _running) = begin(folder.path());
    let made = with_body(
        folder.path(),
        &["provider", "create"],
        r#"{"id":"google","settings":{"catalogue":"google","client_id":"our-id"},"client_secret":"a secret of the test"}"#,
    );
    assert!(made.contains("/accounts/google/login/callback/") && !made.contains("a secret of the test"), "{made}");
    let shown = json(folder.path(), &["provider", "get", "google"]);
    assert!(!shown.to_string().contains("a secret of the test"), "{shown}");
    let said = failure(folder.path(), &with(&["provider", "update", "google", "client_secret=x"]));
    assert!(said.contains("--body"), "{said}");
    let log = json(folder.path(), &["audit", "list"]);
    assert!(!log.to_string().contains("a secret of the test"), "{log}");
    assert_eq!(json(folder.path(), &["audit", "verify"])["whole"], true);
}

#[test]
fn what_is_not_named_of_a_site_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (port, _running) = begin(folder.path());
    let issuer = format!("issuer=http://blue.localhost:{port}");
    success(folder.path(), &with(&["site", "create", "id=blue", &issuer, "name=Blue", "languages=bn", "settings.session_idle=600"]));
    let changed = json(folder.path(), &["site", "update", "blue", "settings.sign_up_open=false"]);
    assert_eq!((&changed["name"], &changed["languages"]), (&"Blue".into(), &serde_json::json!(["bn"])), "{changed}");
    assert_eq!((&changed["settings"]["session_idle"], &changed["settings"]["sign_up_open"]), (&600.into(), &false.into()), "{changed}");
    assert_eq!(json(folder.path(), &["site", "update", "blue", "disabled=true"])["disabled"], true);
    assert_eq!(json(folder.path(), &["site", "update", "blue", "name=Bluer"])["disabled"], true, "it is still switched off");
    let said = failure(folder.path(), &with(&["site", "update", "green", "name=Green"]));
    assert!(said.contains("chabi site list"), "{said}");
}

#[test]
fn each_change_of_the_command_line_is_in_the_audit_log() {
    let folder = tempfile::tempdir().unwrap();
    let (_port, _running) = begin(folder.path());
    for command in [
        &["api", "add", "https://api.example.org", "--scope", "notes:read"][..],
        &["api", "update", "https://api.example.org", "--set", "format=opaque"],
        &["application", "add", "Machine", "--machine", "--client-id", "machine"],
        &["application", "update", "machine", "--set", "name=Robot"],
        &["application", "disable", "machine"],
        &["application", "enable", "machine"],
        &["application", "rotate-secret", "machine"],
        &["application", "initial-token", "add", "partner"],
        &["application", "remove", "machine"],
        &["api", "delete", "https://api.example.org"],
    ] {
        let said = success(folder.path(), &with(&[command, &["--json"]].concat()));
        let read: Value = serde_json::from_str(&said).unwrap();
        assert!(read.is_object() || read.is_null(), "{command:?}: {said}");
    }
    let events = json(folder.path(), &["audit", "list"]);
    let mut kinds: Vec<&str> = events["items"].as_array().unwrap().iter().filter_map(|event| event["kind"].as_str()).collect();
    kinds.retain(|kind| kind.starts_with("admin."));
    kinds.reverse();
    let of = |kind: &str| kinds.iter().filter(|one| **one == format!("admin.{kind}")).count();
    let counts = ["apis.create", "apis.update", "applications.create", "applications.update", "applications.delete", "apis.delete"].map(of);
    assert_eq!(counts, [1, 1, 1, 3, 1, 1], "{kinds:?}");
    assert_eq!((of("applications.rotate_secret"), of("initial_access_tokens.create")), (1, 1), "{kinds:?}");
    assert_eq!(json(folder.path(), &["audit", "verify"])["whole"], true);
}

/// What is said of a token, whose verdict may be that it is not good.
fn inspected(folder: &Path, token: &str) -> Value {
    let told = output(folder, &["token", "inspect", token, "--data", ".chabi-dev", "--json"]);
    serde_json::from_slice(&told.stdout).unwrap()
}

#[test]
fn a_token_is_judged_by_the_site_that_it_says_it_is_of() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let _running = Running::start(&mut chabi(folder.path(), &["dev", "--port", &port.to_string()]), folder.path(), port);
    let blue = format!("http://blue.localhost:{port}");
    success(folder.path(), &["site", "create", "id=blue", &format!("issuer={blue}"), "name=Blue", "--data", ".chabi-dev"]);
    let token = success(folder.path(), &["dev", "token"]);
    let told = inspected(folder.path(), token.trim());
    assert_eq!((&told["verdict"]["site"], &told["verdict"]["accepted"]), (&"main".into(), &true.into()), "{told}");
    let parts: Vec<&str> = token.trim().split('.').collect();
    let of = |issuer: &str| {
        let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
        claims["iss"] = issuer.into();
        inspected(folder.path(), &format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(claims.to_string()), parts[2]))["verdict"].clone()
    };
    let theirs = of(&blue);
    assert_eq!((&theirs["site"], &theirs["signature"], &theirs["accepted"]), (&"blue".into(), &false.into(), &false.into()), "{theirs}");
    let nobodys = of("https://other.example");
    assert!(nobodys["site"].is_null() && nobodys["words"].as_str().unwrap().contains("is no site of this installation"), "{nobodys}");
}
