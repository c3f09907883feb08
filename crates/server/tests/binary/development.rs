//! `chabi dev`.

use std::net::TcpListener;

use crate::process::{Running, chabi, failure, free_port, output, request, success};

#[test]
fn it_listens_on_this_machine_alone() {
    let folder = tempfile::tempdir().unwrap();
    for host in ["0.0.0.0", "::", "192.0.2.7"] {
        assert!(failure(folder.path(), &["dev", "--host", host]).contains("this machine alone"), "{host}");
    }
    assert!(!folder.path().join(".chabi-dev").exists(), "nothing was made");
}

#[test]
fn a_taken_port_is_told_with_a_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let words = failure(folder.path(), &["dev", "--port", &port.to_string()]);
    assert!(words.contains(&format!("port {port} is taken")) && words.contains("--port"), "{words}");
}

#[test]
fn the_check_runs_by_itself_and_against_a_running_server() {
    let folder = tempfile::tempdir().unwrap();
    let alone = success(folder.path(), &["dev", "check"]);
    assert!(alone.contains("ok sign-in with a password") && alone.contains("all in order in"), "{alone}");
    let port = free_port();
    let running = Running::start(&mut chabi(folder.path(), &["dev", "--port", &port.to_string()]), folder.path(), port);
    assert!(success(folder.path(), &["dev", "check"]).contains("all in order"));
    let token = success(folder.path(), &["dev", "token", "--person", "bina", "--scope", "notes:read"]);
    let call = format!(
        "GET /demo/api/notes HTTP/1.1\r\nHost: localhost:{port}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
        token.trim()
    );
    assert!(request(port, &call).unwrap().starts_with("HTTP/1.1 200"));
    let dropped = output(folder.path(), &["dev", "token", "--scope", "notes:read notes:fly"]);
    assert!(String::from_utf8_lossy(&dropped.stderr).contains("not granted: notes:fly"), "{dropped:?}");
    running.terminate();
    assert!(running.ended().success());
    assert!(failure(folder.path(), &["dev", "token"]).contains("no development server runs"));
}

#[test]
fn a_folder_has_one_server_and_the_second_is_told_where_the_first_runs() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let running = Running::start(&mut chabi(folder.path(), &["dev", "--port", &port.to_string()]), folder.path(), port);
    let words = failure(folder.path(), &["dev", "--port", &free_port().to_string()]);
    assert!(words.contains(&format!("http://localhost:{port}")) && words.contains("--data"), "{words}");
    assert!(success(folder.path(), &["dev", "check"]).contains("all in order"), "the first is as it was");
    running.terminate();
    assert!(running.ended().success());
}

#[test]
fn what_development_mode_made_is_refused_by_serve() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let running = Running::start(&mut chabi(folder.path(), &["dev", "--port", &port.to_string()]), folder.path(), port);
    running.terminate();
    assert!(running.ended().success());
    let config = format!(
        "public_url = \"http://localhost:{port}\"\ndatabase_url = \"sqlite:.chabi-dev/chabi.db\"\nsecret_file = \".chabi-dev/secret\"\n\
         listen = [\"127.0.0.1:{port}\"]\n"
    );
    std::fs::write(folder.path().join("chabi.toml"), config).unwrap();
    assert!(failure(folder.path(), &["serve", "--config", "chabi.toml"]).contains("made by development mode"));
}

/// The answer to a request that a person's browser would make, with these cookies.
fn page(port: u16, path: &str) -> String {
    request(port, &format!("GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n")).unwrap()
}

#[test]
fn a_seed_is_applied_at_every_start_and_changes_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let seed = folder.path().join("seed.toml");
    let start = |redirect: &str, nickname: &str, password: &str| {
        let text = format!(
            "[[apis]]\naudience = \"https://api.example.test\"\nscope = \"notes:read\"\n\
             [[applications]]\nclient_id = \"seeded\"\nclient_secret = \"chabi_cs_test-value-of-a-seed-0001\"\nprofile = \"oidc\"\n\
             redirect_uris = [\"{redirect}\"]\naudience = \"https://api.example.test\"\n\
             [[accounts]]\nemail = \"alice@example.test\"\npassword = \"{password}\"\nnickname = \"{nickname}\"\n"
        );
        std::fs::write(&seed, text).unwrap();
        let mut dev = chabi(folder.path(), &["dev", "--port", &port.to_string(), "--seed", "seed.toml", "--no-providers"]);
        Running::start(&mut dev, folder.path(), port)
    };
    let authorize = |redirect: &str| {
        page(port, &format!("/oauth2/authorize?response_type=code&client_id=seeded&scope=openid&nonce=n&redirect_uri={redirect}"))
    };
    let running = start("https://app.example/first", "Allie", "orchard-velvet-compass-52");
    assert!(authorize("https://app.example/first").contains("location: /accounts/login/"), "{}", authorize("https://app.example/first"));
    assert!(authorize("https://app.example/second").starts_with("HTTP/1.1 400"));
    assert!(!page(port, "/accounts/login/").contains("Google"), "no providers were asked for");
    running.terminate();
    assert!(running.ended().success());
    let running = start("https://app.example/second", "Ally", "another-meadow-lantern-77");
    assert!(authorize("https://app.example/first").starts_with("HTTP/1.1 400"));
    assert!(authorize("https://app.example/second").contains("location: /accounts/login/"));
    running.terminate();
    assert!(running.ended().success());
    std::fs::write(&seed, "[[applications]]\nclient_id = \"seeded\"\nredirect_uri = []\n").unwrap();
    let said = failure(folder.path(), &["dev", "--port", &port.to_string(), "--seed", "seed.toml"]);
    assert!(said.contains("seed.toml") && said.contains("did you mean `redirect_uris`"), "{said}");
}

#[test]
fn every_noun_looks_at_the_development_server_by_its_folder_or_finds_it() {
    let folder = tempfile::tempdir().unwrap();
    let nothing = failure(folder.path(), &["account", "list"]);
    assert!(nothing.contains("--config") && nothing.contains("--data") && nothing.contains("chabi init"), "{nothing}");
    let missing = failure(folder.path(), &["account", "list", "--data", "nowhere"]);
    assert!(missing.contains("chabi dev --data nowhere"), "{missing}");
    let port = free_port();
    let _running = Running::start(&mut chabi(folder.path(), &["dev", "--port", &port.to_string()]), folder.path(), port);
    for verb in [
        &["account", "list"][..],
        &["account", "get", "ada@example.test"],
        &["account", "grants", "ada@example.test"],
        &["account", "update", "ada@example.test", "name=Ada"],
        &["application", "list"],
        &["application", "show", "dev"],
        &["api", "list"],
        &["provider", "list"],
        &["provider", "catalogue"],
        &["site", "list"],
        &["site", "get", "main"],
        &["key", "list"],
        &["session", "list"],
        &["session", "grants"],
        &["audit", "list"],
        &["audit", "verify"],
        &["admin", "list"],
        &["admin", "statistics"],
        &["admin", "setup-link"],
        &["application", "initial-token", "list"],
        &["config", "check"],
        &["why", "invalid_grant"],
        &["run", "accounts.list"],
    ] {
        let for_people = success(folder.path(), &[verb, &["--data", ".chabi-dev"]].concat());
        assert!(!for_people.trim().is_empty() && !for_people.starts_with('{'), "{verb:?}: {for_people}");
        let found = output(folder.path(), &[verb, &["--json"]].concat());
        let read: Result<serde_json::Value, _> = serde_json::from_slice(&found.stdout);
        assert!(found.status.success() && read.is_ok(), "{verb:?}: {}", String::from_utf8_lossy(&found.stdout));
        let told = String::from_utf8_lossy(&found.stderr).into_owned();
        assert!(verb[0] == "why" || told.contains("the development server's in .chabi-dev"), "{verb:?}: {told}");
    }
    let said = failure(folder.path(), &["account", "get", "nobody@example.test"]);
    assert!(said.contains("chabi account list"), "{said}");
    std::fs::write(folder.path().join("chabi.toml"), "public_url = \"https://id.example.org\"").unwrap();
    let both = failure(folder.path(), &["account", "list"]);
    assert!(both.contains("--config chabi.toml") && both.contains("--data .chabi-dev"), "{both}");
}
