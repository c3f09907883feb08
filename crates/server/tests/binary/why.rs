//! `chabi why`, beside a running server.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use crate::process::{Running, chabi, failure, free_port, output, request, success};

const CONFIG: [&str; 2] = ["--config", "chabi.toml"];

fn start(folder: &Path) -> (Running, u16) {
    let port = free_port();
    let text = format!("public_url = \"http://localhost:{port}\"\nlisten = [\"127.0.0.1:{port}\"]\n");
    std::fs::write(folder.join("chabi.toml"), text).unwrap();
    (Running::start(&mut chabi(folder, &["serve", "--config", "chabi.toml"]), folder, port), port)
}

fn why(folder: &Path, more: &[&str]) -> String {
    let arguments: Vec<&str> = ["why"].iter().chain(more).chain(&CONFIG).copied().collect();
    let output = output(folder, &arguments);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Refusals are written within a second or so.
fn until_told(folder: &Path, id: &str) -> String {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let told = why(folder, &[id]);
        if told.contains("was refused with") {
            return told;
        }
        assert!(Instant::now() < deadline, "nothing is known of {id}: {told}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn id_of(answer: &str) -> String {
    answer.lines().find_map(|line| line.strip_prefix("x-request-id: ")).unwrap().trim().to_owned()
}

#[test]
fn a_refusal_is_explained_by_its_id_with_the_path_the_comparison_the_clause_and_the_mend() {
    let folder = tempfile::tempdir().unwrap();
    let (running, port) = start(folder.path());
    let add = ["application", "add", "App", "--client-id", "app", "--redirect-uri", "https://app.example/callback"];
    success(folder.path(), &add.iter().chain(&CONFIG).copied().collect::<Vec<_>>());
    let query = "response_type=code&client_id=app&redirect_uri=https%3A%2F%2Fapp.example%2Fcallback%2F&state=state-of-the-app&scope=openid";
    let answer =
        request(port, &format!("GET /oauth2/authorize?{query} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n")).unwrap();
    let id = id_of(&answer);
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains(&format!("<code>{id}</code>")), "the page shows the id: {answer}");
    assert!(!answer.contains("https://app.example/callback"), "in production the page shows neither what came nor what is registered");
    let told = until_told(folder.path(), &id);
    for words in [
        "GET /oauth2/authorize was refused with invalid_request",
        "Rule         redirect_uri_not_registered",
        "passed ",
        "refused  redirect_uri::trust",
        "Received     https://app.example/callback/\nRegistered   https://app.example/callback\n",
        "they differ by a slash at the end",
        "What helps\n  Send one of the registered redirect URIs",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(!told.contains("state-of-the-app"), "{told}");
    assert!(why(folder.path(), &["--application", "app"]).contains(&id));
    assert!(failure(folder.path(), &["why", "--application", "other", "--config", "chabi.toml"]).contains("nothing was refused"));
    assert!(failure(folder.path(), &["why", "AAZhBrzdyARvujud", "--config", "chabi.toml"]).contains("no refused request has the id"));
    drop(running);
}

// req: lg.secret
#[test]
fn no_secret_of_a_refused_token_request_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (running, port) = start(folder.path());
    let body = "grant_type=authorization_code&client_id=stranger&client_secret=canary-secret&code=canary-code&code_verifier=canary-verifier\
                &refresh_token=canary-refresh&assertion=canary-assertion&password=canary-password&something_new=canary-unknown";
    let ask = format!(
        "POST /oauth2/token HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let id = id_of(&request(port, &ask).unwrap());
    let told = until_told(folder.path(), &id);
    assert!(told.contains("invalid_client") && told.contains("client_id = stranger") && told.contains("code = …"), "{told}");
    assert!(!told.contains("canary"), "{told}");
    running.terminate();
    assert!(running.ended().success());
    for file in ["chabi.db", "chabi.db-wal", "log"] {
        let bytes = std::fs::read(folder.path().join(file)).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&bytes).contains("canary"), "{file}");
    }
}

#[test]
fn an_error_code_is_explained_without_an_installation() {
    let folder = tempfile::tempdir().unwrap();
    assert!(success(folder.path(), &["why", "invalid_grant"]).contains("works once"));
    assert!(failure(folder.path(), &["why", "no_such_code"]).contains("there is no error code"));
}
