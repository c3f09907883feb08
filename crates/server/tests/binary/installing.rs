//! `chabi init`, `chabi doctor` and `chabi completion`, as an operator runs them.

use std::{fs::Permissions, os::unix::fs::PermissionsExt as _, path::Path};

use serde_json::Value;

use crate::process::{Running, chabi, failure, free_port, output, success};

fn findings(folder: &Path) -> (bool, Vec<Value>) {
    let output = output(folder, &["doctor", "--config", "chabi.toml", "--json"]);
    (output.status.success(), serde_json::from_slice(&output.stdout).unwrap())
}

fn verdict<'a>(findings: &'a [Value], looked_at: &str) -> &'a str {
    let found = findings.iter().find(|finding| finding["looked_at"] == looked_at);
    assert!(found.is_some(), "nobody looked at {looked_at}: {findings:?}");
    found.unwrap()["verdict"].as_str().unwrap()
}

#[test]
fn what_init_writes_serves_and_the_doctor_finds_it_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let (url, listen) = (format!("http://localhost:{port}"), format!("127.0.0.1:{port}"));
    success(folder.path(), &["init", &url, "--listen", &listen]);
    let before = success(folder.path(), &["config", "check", "--config", "chabi.toml"]);
    assert!(!before.contains("chabi_master_"), "{before}");

    let (fine, early) = findings(folder.path());
    assert!(!fine, "{early:?}");
    assert_eq!((verdict(&early, "migrations"), verdict(&early, "public URL")), ("warning", "trouble"));
    assert!(!folder.path().join("chabi.db").exists(), "the doctor made a database");

    let server = Running::start(&mut chabi(folder.path(), &["serve", "--config", "chabi.toml"]), folder.path(), port);
    let (fine, found) = findings(folder.path());
    assert!(fine, "{found:?}");
    for looked_at in ["configuration", "secret", "migrations", "database", "keys", "clock", "DNS", "public URL", "sign-in page"] {
        assert_eq!(verdict(&found, looked_at), "fine", "{looked_at}: {found:?}");
    }
    assert_eq!(verdict(&found, "mail"), "warning");
    drop(server);
}

#[test]
fn the_doctor_tells_another_issuer_a_readable_secret_and_a_proxy_that_nobody_named() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let listen = format!("127.0.0.1:{port}");
    success(folder.path(), &["init", &format!("http://localhost:{port}"), "--listen", &listen]);
    let server = Running::start(&mut chabi(folder.path(), &["serve", "--config", "chabi.toml"]), folder.path(), port);
    let written = std::fs::read_to_string(folder.path().join("chabi.toml")).unwrap();
    std::fs::write(folder.path().join("chabi.toml"), written.replace("//localhost:", "//127.0.0.1:")).unwrap();
    let (_, found) = findings(folder.path());
    assert_eq!(verdict(&found, "public URL"), "trouble", "{found:?}");
    drop(server);

    std::fs::write(folder.path().join("chabi.toml"), written.replace(&format!("http://localhost:{port}"), "https://id.chabi.invalid"))
        .unwrap();
    std::fs::set_permissions(folder.path().join("chabi.secret"), Permissions::from_mode(0o644)).unwrap();
    let (fine, found) = findings(folder.path());
    assert!(!fine);
    for looked_at in ["secret", "proxy headers", "DNS", "public URL"] {
        assert_eq!(verdict(&found, looked_at), "trouble", "{looked_at}: {found:?}");
    }
    let words = failure(folder.path(), &["doctor", "--config", "chabi.toml"]);
    assert!(words.contains("chmod 600") && words.contains("trusted_proxies"), "{words}");
}

#[test]
fn a_configuration_that_cannot_be_read_is_the_doctors_first_finding() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("chabi.toml"), "public_ulr = \"https://id.example.org\"").unwrap();
    let words = failure(folder.path(), &["doctor", "--config", "chabi.toml"]);
    assert!(words.contains("did you mean `public_url`"), "{words}");
}

#[test]
fn shells_complete_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(success(folder.path(), &["completion", shell]).contains("healthcheck"), "{shell}");
    }
}

#[test]
fn the_doctor_looks_at_each_site_at_its_callbacks_and_at_the_end_of_a_vendors_secret() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    success(folder.path(), &["init", &format!("http://localhost:{port}")]);
    let server = Running::start(&mut chabi(folder.path(), &["serve", "--config", "chabi.toml"]), folder.path(), port);
    let issuer = format!("issuer=http://shop.localhost:{port}");
    success(folder.path(), &["site", "create", "id=shop", &issuer, "name=Shop", "--config", "chabi.toml"]);
    let body = "{\"id\":\"google\",\"settings\":{\"catalogue\":\"google\",\"client_id\":\"x\"},\"client_secret\":\"a secret of the test\",\
                \"sites\":[\"main\",\"shop\"],\"secret_expires_at\":1700000000}";
    std::fs::write(folder.path().join("google.json"), body).unwrap();
    success(folder.path(), &["provider", "create", "--body", "google.json", "--config", "chabi.toml"]);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        let (fine, found) = findings(folder.path());
        let callback = |site: &str| {
            found.iter().any(|finding| finding["looked_at"] == "callback" && finding["site"] == site && finding["verdict"] == "fine")
        };
        let main =
            found.iter().any(|finding| finding["looked_at"] == "callback" && finding["site"].is_null() && finding["verdict"] == "fine");
        if main && callback("shop") {
            assert!(!fine && verdict(&found, "secrets") == "trouble", "{found:?}");
            let mend = found.iter().find(|finding| finding["looked_at"] == "secrets").unwrap()["mend"].as_str().unwrap();
            assert!(mend.contains("chabi provider update google"), "{mend}");
            break;
        }
        assert!(std::time::Instant::now() < deadline, "{found:?}");
    }
    drop(server);
}
