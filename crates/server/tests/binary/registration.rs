//! Applications that register themselves, at the real binary: what operators decide reaches a server that runs.

use std::path::Path;

use crate::process::{Running, chabi, failure, free_port, request, success};

const CONFIG: [&str; 2] = ["--config", "chabi.toml"];

fn with_config<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    arguments.iter().copied().chain(CONFIG).collect()
}

fn start(folder: &Path, registration: &str) -> (Running, u16) {
    let port = free_port();
    let text = format!("public_url = \"http://localhost:{port}\"\nlisten = [\"127.0.0.1:{port}\"]\n{registration}");
    std::fs::write(folder.join("chabi.toml"), text).unwrap();
    (Running::start(&mut chabi(folder, &with_config(&["serve"])), folder, port), port)
}

/// Status line and body.
fn register(port: u16, token: &str) -> String {
    let body = r#"{"redirect_uris":["https://app.example/cb"],"client_name":"Partner"}"#;
    let authorization = if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
    let head = format!(
        "POST /oauth2/register HTTP/1.1\r\nHost: localhost:{port}\r\n{authorization}Content-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    request(port, &format!("{head}{body}")).unwrap()
}

// req: dcr.off
#[test]
fn without_a_word_of_the_operator_nobody_registers() {
    let folder = tempfile::tempdir().unwrap();
    let (_running, port) = start(folder.path(), "");
    assert!(register(port, "").starts_with("HTTP/1.1 404"));
}

#[test]
fn a_token_of_an_operator_registers_until_it_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let (_running, port) = start(folder.path(), "[registration]\nmode = \"token\"");
    assert!(register(port, "").starts_with("HTTP/1.1 401"));
    let token = success(folder.path(), &with_config(&["application", "initial-token", "add", "partner", "--uses", "9"]));
    let answer = register(port, token.trim());
    assert!(answer.starts_with("HTTP/1.1 201") && answer.contains("\"client_secret\":\"chabi_cs_"), "{answer}");
    let listed = success(folder.path(), &with_config(&["application", "list"]));
    assert!(listed.contains("Partner") && listed.contains("itself"), "{listed}");
    let tokens = success(folder.path(), &with_config(&["application", "initial-token", "list", "--json"]));
    let tokens: serde_json::Value = serde_json::from_str(&tokens).unwrap();
    let token_row = &tokens["items"][0];
    assert_eq!((token_row["label"].as_str(), token_row["uses_left"].as_i64()), (Some("partner"), Some(8)), "{tokens}");
    success(folder.path(), &with_config(&["application", "initial-token", "revoke", token_row["id"].as_str().unwrap()]));
    assert!(register(port, token.trim()).starts_with("HTTP/1.1 401"));
}

#[test]
fn every_contradiction_of_an_application_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let _ = start(folder.path(), "");
    let add =
        ["application", "add", "Bad", "--redirect-uri", "https://app.example/#x", "--id-token-alg", "HS256", "--set", "logo_uri=http://x"];
    let said = failure(folder.path(), &with_config(&add));
    for words in ["it has a fragment", "HS256", "logo_uri `http://x`: use https"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let document = "https://app.example/client.json";
    success(folder.path(), &with_config(&["application", "disable", document]));
    assert!(success(folder.path(), &with_config(&["application", "list"])).contains("disabled_at"));
    success(folder.path(), &with_config(&["application", "enable", document]));
    assert!(failure(folder.path(), &with_config(&["application", "disable", "nobody"])).contains("there is no application"));
}
