//! Several sites in one process: declared in the file, and added beside it.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use crate::process::{Running, chabi, failure, free_port, request, success};

const CONFIG: [&str; 2] = ["--config", "chabi.toml"];

fn with_config<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    arguments.iter().copied().chain(CONFIG).collect()
}

fn discovery(port: u16, host: &str) -> String {
    request(port, &format!("GET /.well-known/openid-configuration HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")).unwrap()
}

fn is_issuer(answer: &str, issuer: &str) -> bool {
    answer.contains(&format!("\"issuer\":\"{issuer}\""))
}

fn until(port: u16, host: &str, issuer: &str) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_issuer(&discovery(port, host), issuer) {
        assert!(Instant::now() < deadline, "{host} is not {issuer}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_declared_site_answers_at_its_host_and_one_that_is_added_does_too() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let text = format!(
        "public_url = \"http://localhost:{port}\"\nlisten = [\"127.0.0.1:{port}\"]\n\n\
         [sites.shop]\nissuer = \"http://shop.localhost:{port}\"\nname = \"Shop\"\nlanguages = [\"bn\"]\n"
    );
    std::fs::write(folder.path().join("chabi.toml"), text).unwrap();
    let running = Running::start(&mut chabi(folder.path(), &with_config(&["serve"])), folder.path(), port);
    let (main, shop, school) =
        (format!("http://localhost:{port}"), format!("http://shop.localhost:{port}"), format!("http://school.localhost:{port}"));
    assert!(is_issuer(&discovery(port, &format!("localhost:{port}")), &main));
    assert!(is_issuer(&discovery(port, &format!("shop.localhost:{port}")), &shop));
    let page =
        request(port, &format!("GET /accounts/login/ HTTP/1.1\r\nHost: shop.localhost:{port}\r\nConnection: close\r\n\r\n")).unwrap();
    assert!(page.contains("<html lang=\"bn\"") && page.contains("Shop"), "{page}");
    // by a second process, without a restart
    add(folder.path(), &school);
    until(port, &format!("school.localhost:{port}"), &school);
    success(folder.path(), &with_config(&["site", "delete", "school"]));
    until(port, &format!("school.localhost:{port}"), &main);
    running.terminate();
    assert!(running.ended().success());
}

fn add(folder: &Path, issuer: &str) {
    let issuer = format!("issuer={issuer}");
    success(folder, &with_config(&["site", "create", "id=school", &issuer, "name=School"]));
}

#[test]
fn a_site_that_cannot_be_is_refused_with_words() {
    let folder = tempfile::tempdir().unwrap();
    for (site, words) in [
        ("issuer = \"https://id.example\"\nname = \"Shop\"", "each site needs its own"),
        ("issuer = \"https://shop.example/x\"\nname = \"Shop\"", "leave `/x` out"),
        ("issuer = \"https://shop.example\"\nname = \"Shop\"\naccent_light = \"#ffee00\"", "choose a darker colour"),
        ("issuer = \"https://shop.example\"\nname = \"Shop\"\nsign_up_opne = true", "did you mean `sites.shop.sign_up_open`"),
    ] {
        let text = format!("public_url = \"https://id.example\"\nlisten = [\"127.0.0.1:{}\"]\n[sites.shop]\n{site}", free_port());
        std::fs::write(folder.path().join("chabi.toml"), &text).unwrap();
        let said = failure(folder.path(), &with_config(&["serve"]));
        assert!(said.contains(words), "{site}: {said}");
    }
}
