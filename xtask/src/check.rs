//! `cargo xtask check`: everything that can be said without running the product.

use std::{path::Path, process::Command};

use anyhow::Result;

use crate::{cargo_deny, layers, process, report, sizes, specs};

type Part = (&'static str, fn(&Path) -> Result<bool>);

/// In order: what is quick and often wrong comes first.
const PARTS: [Part; 7] = [
    ("fmt", |_| process::succeeds(&mut process::cargo(&["fmt", "--all", "--check"]))),
    ("layers", |_| report("layers", &layers::check()?)),
    ("sizes", |root| report("sizes", &sizes::check(root)?)),
    ("specs", |root| report("specs", &specs::check(root)?)),
    ("clippy", |_| process::succeeds(&mut clippy())),
    ("docs", |_| process::succeeds(&mut docs())),
    ("deny", |_| cargo_deny::check()),
];

/// Runs all parts, also after one has failed; `true` when all are in order.
pub fn run(root: &Path) -> Result<bool> {
    let mut failed = Vec::new();
    for (name, part) in PARTS {
        if !part(root)? {
            failed.push(name);
        }
    }
    if failed.is_empty() {
        println!("\ncheck: in order");
    } else {
        println!("\ncheck: FAILED: {}", failed.join(", "));
    }
    Ok(failed.is_empty())
}

fn clippy() -> Command {
    process::cargo(&["clippy", "--workspace", "--all-targets", "--profile", "ci", "--locked", "--quiet", "--", "-D", "warnings"])
}

fn docs() -> Command {
    let mut command =
        process::cargo(&["doc", "--workspace", "--no-deps", "--document-private-items", "--profile", "ci", "--locked", "--quiet"]);
    command.env("RUSTDOCFLAGS", "-D warnings -A rustdoc::private_intra_doc_links");
    command
}
