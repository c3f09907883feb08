//! `chabi run` and its nouns: the operations of the console and the API, beside a running server.

use std::{io::Write as _, path::Path, process::Stdio};

use serde_json::Value;

use crate::process::{Running, chabi, failure, free_port, request, success};

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
    assert!(success(folder.path(), &["site"]).lines().all(|line| line.starts_with("sites.")));
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
