//! What is in the repository, and what it is built of.

use std::{fs, path::Path, process::Command};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

// req: sc.deps
#[test]
fn what_is_banned_is_neither_locked_nor_let_in_later() {
    let (lock, deny) = (read("Cargo.lock"), read("deny.toml"));
    for name in ["rsa", "openssl", "openssl-sys", "native-tls", "jsonwebtoken"] {
        assert!(!lock.contains(&format!("name = \"{name}\"\n")), "{name} is in Cargo.lock");
        assert!(deny.contains(&format!("crate = \"{name}\"")), "{name} may come back");
    }
    // all from one package registry, none from a repository of somebody's
    let mut sources: Vec<_> = lock.lines().filter(|line| line.starts_with("source = ")).collect();
    sources.dedup();
    assert!(matches!(sources[..], [only] if only.starts_with("source = \"registry+https://")), "{sources:?}");
}

// req: sc.deps
#[test]
fn ci_builds_what_is_locked_and_asks_cargo_deny() {
    assert!(read(".ci/run").lines().any(|line| line == "cargo xtask test"));
    assert!(read("xtask/src/tests_of_all_kinds.rs").contains("check::run(root)?"));
    assert!(read("xtask/src/check.rs").contains("cargo_deny::check()"));
    let deny = read("xtask/src/cargo_deny.rs");
    for part in ["\"bans\"", "\"licenses\"", "\"sources\"", "\"advisories\""] {
        assert!(deny.contains(part), "{part}");
    }
    for builds in ["xtask/src/check.rs", "xtask/src/tests_of_all_kinds.rs"] {
        for words in ["clippy", "test", "build"].map(|task| format!("\"{task}\", \"--workspace\"")) {
            let lines = read(builds);
            let mut calls = lines.lines().filter(|line| line.contains(&words));
            assert!(calls.all(|line| line.contains("--locked")), "{builds}: {words}");
        }
    }
}

// req: sc.deps
#[test]
fn no_crate_may_be_unsafe_and_none_leaves_the_lints_of_all() {
    assert!(read("Cargo.toml").contains("unsafe_code = \"forbid\""));
    let crates = fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap().path());
    let others = ["xtask", "bench", "examples/embed-in-axum", "examples/protect-an-api"].map(|path| root().join(path));
    for folder in crates.chain(others).filter(|folder| folder.join("Cargo.toml").is_file()) {
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{}", folder.display());
    }
}

// req: sc.keys
#[test]
fn no_key_and_no_certificate_lies_in_the_repository() {
    let Ok(listed) = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output() else { panic!("git is missing") };
    let listed = String::from_utf8(listed.stdout).unwrap();
    let files: Vec<&str> = listed.split('\0').filter(|path| !path.is_empty()).collect();
    // written in halves, so that this file is not found
    let marks =
        [["-----BEGIN PRI", "VATE KEY"], ["-----BEGIN RSA PRI", "VATE"], ["-----BEGIN EC PRI", "VATE"], ["-----BEGIN CERT", "IFICATE"]];
    for path in files {
        let name = path.rsplit('/').next().unwrap();
        let ending = name.rsplit('.').next().unwrap_or_default();
        assert!(!["pem", "key", "p12", "pfx", "jks", "der", "env", "secret"].contains(&ending), "{path}");
        let Ok(text) = fs::read_to_string(root().join(path)) else { continue };
        for mark in marks.map(|halves| halves.concat()) {
            assert!(!text.contains(&mark), "{path} holds {mark}");
        }
    }
}
