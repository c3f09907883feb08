//! `chabi serve`, and what operators do beside it.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::Stdio,
};

use crate::process::{Running, chabi, failure, free_port, request, status, success};

/// Writes a configuration for a free port.
fn configure(folder: &Path, more: &str) -> u16 {
    let port = free_port();
    let text = format!("public_url = \"http://localhost:{port}\"\nlisten = [\"127.0.0.1:{port}\"]\n{more}");
    std::fs::write(folder.join("chabi.toml"), text).unwrap();
    port
}

const CONFIG: [&str; 2] = ["--config", "chabi.toml"];

fn with_config<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    arguments.iter().copied().chain(CONFIG).collect()
}

// req: cf.doctor
#[test]
fn a_weak_or_misspelt_configuration_is_refused_with_words() {
    let folder = tempfile::tempdir().unwrap();
    for (text, words) in [
        ("public_url = \"http://id.example.org\"", "https"),
        ("public_url = \"https://id.example.org\"\n[sign_up]\nopne = true", "did you mean `sign_up.open`"),
        ("public_url = \"https://id.example.org\"\ndatabase_url = \"postgres://127.0.0.1/none\"", "secret file chabi.secret is missing"),
    ] {
        // a port that nobody has: otherwise the first complaint might be that 8000 is taken
        let text = format!("listen = [\"127.0.0.1:{}\"]\n{text}", free_port());
        std::fs::write(folder.path().join("chabi.toml"), &text).unwrap();
        let said = failure(folder.path(), &with_config(&["serve"]));
        assert!(said.contains(words), "{text}: {said}");
    }
}

#[test]
fn the_secret_is_made_beside_the_database_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let port = configure(folder.path(), "");
    let running = Running::start(&mut chabi(folder.path(), &with_config(&["serve"])), folder.path(), port);
    for file in ["chabi.secret", "chabi.db"] {
        let mode = std::fs::metadata(folder.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    running.terminate();
    assert!(running.ended().success());
}

// req: op.term
#[test]
fn sigterm_lets_a_request_under_way_finish_and_takes_no_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let port = configure(folder.path(), "");
    let running = Running::start(&mut chabi(folder.path(), &with_config(&["serve"])), folder.path(), port);
    let mut under_way = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let body = "grant_type=client_credentials";
    let head = format!(
        "POST /oauth2/token HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    );
    under_way.write_all(head.as_bytes()).unwrap();
    // the server asks for the body: the request has reached a handler
    let mut answer = [0; 25];
    under_way.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100 Continue\r\n\r\n");
    running.terminate();
    while request(port, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").is_some_and(|answer| !answer.is_empty()) {}
    under_way.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    under_way.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("invalid_client") || answer.contains("invalid_request"), "{answer}");
    assert!(running.ended().success());
}

#[test]
fn operators_register_and_remove_beside_a_running_server() {
    let folder = tempfile::tempdir().unwrap();
    let port = configure(folder.path(), "");
    let running = Running::start(&mut chabi(folder.path(), &with_config(&["serve"])), folder.path(), port);
    success(folder.path(), &with_config(&["api", "add", "https://api.example.org", "--scope", "notes:read"]));
    let machine = ["application", "add", "Machine", "--machine", "--client-id", "machine", "--audience", "https://api.example.org"];
    let added = success(folder.path(), &with_config(&machine));
    let secret = added.lines().find_map(|line| line.strip_prefix("OIDC_CLIENT_SECRET=")).unwrap();
    let body = format!("grant_type=client_credentials&client_id=machine&client_secret={secret}&scope=notes:read");
    let ask = format!(
        "POST /oauth2/token HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    assert!(request(port, &ask).unwrap().contains("access_token"));
    success(folder.path(), &with_config(&["application", "remove", "machine"]));
    // a node keeps applications in memory for a second at the most
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !request(port, &ask).unwrap().contains("invalid_client") {
        assert!(std::time::Instant::now() < deadline, "an application that was removed is still served");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let refused = failure(folder.path(), &with_config(&["application", "add", "Bad", "--redirect-uri", "https://*.example.org/cb"]));
    assert!(refused.contains("it has a wildcard"), "{refused}");
    drop(running);
}

#[test]
fn operators_see_and_change_every_setting_and_the_secret_stays() {
    let folder = tempfile::tempdir().unwrap();
    let port = configure(folder.path(), "");
    let running = Running::start(&mut chabi(folder.path(), &with_config(&["serve"])), folder.path(), port);
    success(folder.path(), &with_config(&["api", "add", "https://api.example.org", "--scope", "notes:read"]));
    let words = "scope_words={ \"notes:read\" = \"Read your notes\" }";
    success(folder.path(), &with_config(&["api", "update", "https://api.example.org", "--set", "format=opaque", "--set", words]));
    let shown = success(folder.path(), &with_config(&["api", "show", "https://api.example.org"]));
    assert!(shown.contains("format = \"opaque\"") && shown.contains("\"notes:read\" = \"Read your notes\""), "{shown}");
    let machine = ["application", "add", "Machine", "--machine", "--client-id", "machine", "--audience", "https://api.example.org"];
    let added = success(folder.path(), &with_config(&machine));
    let secret = added.lines().find_map(|line| line.strip_prefix("OIDC_CLIENT_SECRET=")).unwrap().to_owned();
    let update = ["application", "update", "machine", "--set", "name=Robot", "--set", "logo_uri=https://app.example/logo.png"];
    success(folder.path(), &with_config(&update));
    let shown = success(folder.path(), &with_config(&["application", "show", "machine"]));
    assert!(shown.contains("name = \"Robot\"") && shown.contains("logo_uri = ") && !shown.contains(&secret), "{shown}");
    let body = format!("grant_type=client_credentials&client_id=machine&client_secret={secret}&scope=notes:read");
    let head = format!("POST /oauth2/token HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n");
    let kind = "Content-Type: application/x-www-form-urlencoded";
    let answer = request(port, &format!("{head}{kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len())).unwrap();
    assert!(answer.contains("access_token"), "the secret is still good: {answer}");
    let slip = failure(folder.path(), &with_config(&["application", "update", "machine", "--set", "redirect_uri=https://a.example/"]));
    assert!(slip.contains("did you mean `redirect_uris`"), "{slip}");
    let bad = ["application", "update", "machine", "--set", "redirect_uris=[\"https://*.example.org/cb\"]"];
    assert!(failure(folder.path(), &with_config(&bad)).contains("it has a wildcard"));
    assert!(failure(folder.path(), &with_config(&["application", "show", "nobody"])).contains("there is no application"));
    drop(running);
}

#[test]
fn a_running_server_publishes_new_keys_and_withdraws_compromised_ones() {
    let folder = tempfile::tempdir().unwrap();
    let port = configure(folder.path(), "");
    let running = Running::start(&mut chabi(folder.path(), &with_config(&["serve"])), folder.path(), port);
    let keys = || request(port, &format!("GET /oauth2/jwks HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n")).unwrap();
    let until_published = |count: usize| {
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while keys().matches("\"kid\"").count() != count {
            assert!(std::time::Instant::now() < deadline, "the running server does not publish {count} keys: {}", keys());
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    };
    success(folder.path(), &with_config(&["key", "rotate"]));
    // one of each algorithm, RS256, PS256, ES256 and EdDSA, and as many new ones
    until_published(8);
    let made = success(folder.path(), &with_config(&["key", "replace-compromised", "--json"]));
    until_published(4);
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    let kids = made["kids"].as_array().unwrap();
    assert!(kids.len() == 4 && kids.iter().all(|kid| keys().contains(kid.as_str().unwrap())), "{made}");
    drop(running);
}

// req: dos.limits
#[test]
fn headers_that_are_too_long_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let port = configure(folder.path(), "");
    let running = Running::start(&mut chabi(folder.path(), &with_config(&["serve"])), folder.path(), port);
    let with_header = |length: usize| {
        let text = format!("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: {}\r\n\r\n", "a".repeat(length));
        request(port, &text).unwrap().split(' ').nth(1).map(str::to_owned)
    };
    assert_eq!(with_header(31 * 1024).as_deref(), Some("200"));
    assert_eq!(with_header(33 * 1024).as_deref(), Some("431"));
    assert_eq!(status(port, "/healthz"), Some(200));
    drop(running);
}

// req: lg.secret
#[test]
fn the_log_holds_no_secret_at_any_level() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let mut dev = chabi(folder.path(), &["dev", "--port", &port.to_string()]);
    let running = Running::start(dev.env("CHABI_LOG__LEVEL", "trace"), folder.path(), port);
    let token = success(folder.path(), &["dev", "token"]);
    assert!(success(folder.path(), &["dev", "check"]).contains("all in order"));
    running.terminate();
    assert!(running.ended().success());
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(log.contains("/oauth2/token"), "the log was written");
    let secret = std::fs::read_to_string(folder.path().join(".chabi-dev/secret")).unwrap();
    let signature = token.trim().rsplit('.').next().unwrap().to_owned();
    for canary in ["chabi_rt_", "chabi_ac_", "lantern-orbit-mango-71", "code_verifier=", secret.trim(), &signature, "chabi_session=", "eyJ"]
    {
        let line = log.lines().find(|line| line.contains(canary));
        assert_eq!(line, None, "the log holds {canary}");
    }
}

#[test]
fn the_password_of_a_new_account_comes_from_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    configure(folder.path(), "");
    let add = |password: &str| {
        let mut command = chabi(folder.path(), &with_config(&["account", "add", "ada@example.org", "--name", "Ada"]));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    assert!(!add("short\n").status.success());
    assert!(add("lantern-orbit-mango-71\n").status.success());
    assert!(String::from_utf8_lossy(&add("lantern-orbit-mango-71\n").stderr).contains("already"));
    success(folder.path(), &with_config(&["account", "disable", "ada@example.org"]));
}

// req: op.metrics
#[test]
fn health_tells_nothing_and_an_unknown_path_is_404() {
    let folder = tempfile::tempdir().unwrap();
    let port = configure(folder.path(), "");
    let running = Running::start(&mut chabi(folder.path(), &with_config(&["serve"])), folder.path(), port);
    assert_eq!(status(port, "/healthz"), Some(200));
    assert_eq!(status(port, "/nothing-here"), Some(404));
    let answer = request(port, &format!("GET /readyz HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n")).unwrap();
    assert!(answer.ends_with("ready\n"), "{answer}");
    assert!(success(folder.path(), &["healthcheck", "--url", &format!("http://127.0.0.1:{port}")]).is_empty());
    assert!(success(folder.path(), &with_config(&["healthcheck"])).is_empty(), "it asks where the configuration says");
    drop(running);
}

#[test]
fn an_operator_takes_a_token_back_beside_a_running_server_and_only_once() {
    let folder = tempfile::tempdir().unwrap();
    let port = configure(folder.path(), "");
    let running = Running::start(&mut chabi(folder.path(), &with_config(&["serve"])), folder.path(), port);
    let jti = "AAZhBrzdyARvujud2zpZeg";
    assert!(success(folder.path(), &with_config(&["revoke", "--token", jti])).contains("revoked: 1"));
    assert!(failure(folder.path(), &with_config(&["revoke", "--token", jti])).contains("nothing to revoke"));
    assert!(failure(folder.path(), &with_config(&["revoke", "--application", "nobody"])).contains("there is no application"));
    assert!(failure(folder.path(), &with_config(&["revoke"])).contains("--account"));
    drop(running);
}
